"""Scoring a cohort: every row its posteriors, exactly as one person at a time would get them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from bn.batch.columns import Columns, read_columns
from bn.batch.part import CONTEXT, Part
from bn.errors import QuestionError
from bn.evidence import Indices
from bn.posterior import LEVEL, interval_of
from cpds.records import Threshold
from cpds.table import Array

if TYPE_CHECKING:
    import pandas as pd

    from bn.model import RiskModel

SCORED = frozenset({"mechanism", "signaling", "outcome"})
LARGEST_JOINT = 1 << 12
ROWS_AT_ONCE = 1 << 14


@dataclass(frozen=True)
class Scores:
    """Raw results: `posteriors[variable]` has axes (state, row), `risk` (row, point and draws), NaN in failed rows."""

    posteriors: Mapping[str, Array]
    log_evidence: Array
    risk: Array
    columns: Columns


def score(model: RiskModel, frame: pd.DataFrame, interval: bool = True, require: Iterable[str] = ()) -> pd.DataFrame:
    """The frame with its input columns unchanged and the results after them, same index.

    Adds risk, risk_low and risk_high (unless `interval` is off), a probability for every mechanism,
    signaling variable and outcome (`p_<variable>` of its last state, `p_<variable>_<state>` where it has
    more than two), log_evidence and error. Raises QuestionError for a column named like a result.
    """
    return assemble(model, frame, score_columns(model, frame, interval, require), interval)


def assemble(model: RiskModel, frame: pd.DataFrame, scores: Scores, interval: bool) -> pd.DataFrame:
    """Input columns, then results."""
    import pandas as pd

    results: dict[str, object] = {"risk": scores.risk[:, 0]}
    if interval:
        low, high = interval_of(scores.risk[:, 1:], LEVEL) if len(frame) else (np.zeros(0), np.zeros(0))
        results |= {"risk_low": low, "risk_high": high}
    for name, values in scores.posteriors.items():
        states = model.knowledge.variables[name].states
        chosen = [(f"p_{name}", -1)] if len(states) == 2 else [(f"p_{name}_{s}", k) for k, s in enumerate(states)]
        results |= {column: values[position] for column, position in chosen}
    results |= {"log_evidence": scores.log_evidence, "error": scores.columns.errors}
    clash = [str(column) for column in frame.columns if str(column) in results]
    if clash:
        raise QuestionError(f"columns {', '.join(clash)} bear the names of results; rename them")
    return pd.concat([frame, pd.DataFrame(results, index=frame.index)], axis=1)


def score_columns(model: RiskModel, frame: pd.DataFrame, interval: bool = True, require: Iterable[str] = ()) -> Scores:
    """Posteriors as arrays; see `Scores` for their axes."""
    columns = read_columns(model.names, frame)
    _require(model, columns, require)
    names = [name for name, variable in model.knowledge.variables.items() if variable.role in SCORED]
    rows = len(frame)
    draws = len(next(iter(model.parameters.values()))) if interval else 1
    posteriors = {name: np.full((len(model.knowledge.variables[name].states), rows), np.nan) for name in names}
    log_evidence, risk = np.full(rows, np.nan), np.full((rows, draws), np.nan)
    for chosen, measured in _batches(model, columns):
        part = Part.of(model, columns.observed, chosen, measured)
        point, logs = part.point(names)
        possible = np.isfinite(logs)
        for row in chosen[~possible]:
            columns.errors[int(row)] = "these findings cannot occur together"
        log_evidence[chosen[possible]] = logs[possible]
        for name in names:
            posteriors[name][:, chosen[possible]] = point[name][:, possible]
        risk[chosen[possible]] = part.risk(draws)[possible]
    return Scores(posteriors, log_evidence, risk, columns)


def _require(model: RiskModel, columns: Columns, required: Iterable[str]) -> None:
    """Rows that lack a required finding get an error."""
    for name in (model.names.resolve(name) for name in required):
        given = np.zeros(columns.observed.rows, dtype=bool)
        marker = model.knowledge.biomarkers.get(name)
        target = marker.variable if marker and name not in columns.observed.readings else name
        if target in columns.observed.weights:
            weight = columns.observed.weights[target]
            given = (weight != weight[:1]).any(axis=0)
        elif name in columns.observed.readings:
            given = columns.observed.readings[name].measured
        for row in np.flatnonzero(~given):
            columns.errors[int(row)] = columns.errors[int(row)] or f"{name}: missing, and required"


def _batches(model: RiskModel, columns: Columns) -> Iterator[tuple[Indices, tuple[str, ...]]]:
    """Rows that are fine, with the variables measured in them; split by pattern where all would be too many."""
    observed, variables = columns.observed, model.knowledge.variables
    fine = np.flatnonzero(columns.fine)
    given = {name: (weight != 1).any(axis=0) for name, weight in observed.weights.items()}
    for name, reading in observed.readings.items():
        variable = model.knowledge.biomarkers[name].variable
        given[variable] = given.get(variable, np.zeros(observed.rows, dtype=bool)) | reading.measured
    for marker in model.knowledge.biomarkers.values():
        if isinstance(marker, Threshold) and marker.product_of and set(marker.product_of) <= set(observed.readings):
            both = np.all([observed.readings[name].measured for name in marker.product_of], axis=0)
            given[marker.variable] = given.get(marker.variable, np.zeros(observed.rows, dtype=bool)) | both
    measured = [
        name
        for name, variable in variables.items()
        if variable.role not in CONTEXT and name in given and given[name].any()
    ]
    if prod(len(variables[name].states) for name in measured) <= LARGEST_JOINT:
        for start in range(0, len(fine), ROWS_AT_ONCE):
            yield fine[start : start + ROWS_AT_ONCE], tuple(measured)
        return
    patterns, which = np.unique(np.array([given[name][fine] for name in measured]).T, axis=0, return_inverse=True)
    for index, pattern in enumerate(patterns):
        yield fine[which.ravel() == index], tuple(name for name, there in zip(measured, pattern, strict=True) if there)
