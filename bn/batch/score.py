"""Scoring a cohort: every row its posteriors, exactly as one person at a time would get them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from bn.batch.columns import Columns, read_columns
from bn.batch.contract import Contraction, contract
from bn.errors import QuestionError
from bn.evidence import Evidence, Indices, Observed, weigh
from bn.posterior import LEVEL, interval_of
from cpds.measurement import Readings, strata_variables
from cpds.records import Criterion, Measured, Threshold
from cpds.table import Array, Table

if TYPE_CHECKING:
    import pandas as pd

    from bn.model import RiskModel

CONTEXT = frozenset({"root", "context"})
SCORED = frozenset({"mechanism", "signaling", "outcome"})
LARGEST_JOINT = 1 << 12
DRAWS_AT_ONCE = 40
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
        part = _Part.of(model, columns.observed, chosen, measured)
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


@dataclass(frozen=True)
class _Part:
    """Some rows with the same measured variables, expanded where a context has to be summed by hand.

    `rows[e]` is the row that expanded row e belongs to; `weights` has axes (expanded row, measured state);
    `scale` is the logarithm of what was taken out of the weights.
    """

    model: RiskModel
    count: int
    rows: Indices
    context: Mapping[str, Indices]
    measured: tuple[str, ...]
    weights: Array
    scale: Array

    @classmethod
    def of(cls, model: RiskModel, observed: Observed, chosen: Indices, measured: tuple[str, ...]) -> _Part:
        variables = model.knowledge.variables
        names = tuple(name for name, variable in variables.items() if variable.role in CONTEXT)
        local = _take(observed, chosen)
        rows, context, extra = _expand(model, local, names)
        expanded = _take(local, rows)
        at = {name: np.maximum(context[name], 0) for name in names}
        inner = replace(expanded, weights={name: w for name, w in expanded.weights.items() if name not in names})
        evidence = weigh(model.knowledge, inner, at)
        weights, scale = _weights(model, evidence, measured, len(rows))
        return cls(model, len(chosen), rows, context, measured, weights, scale + extra)

    def point(self, names: Sequence[str]) -> tuple[dict[str, Array], Array]:
        """Posterior of each variable, axes (state, row), and the log evidence, -inf where impossible."""
        joint = contract(self.model.knowledge, self.model.point, tuple(self.context), self.measured, names)
        products = self._products(joint, slice(None))[..., 0]
        top = self._peak()
        summed = self._sum(products * np.exp(self.scale - top[self.rows])[:, None])
        total = summed[:, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = summed / total[:, None]
            logs = np.log(total) + top
        found, start = {}, 0
        for name in names:
            size = joint.sizes[name]
            found[name] = shares[:, start : start + size].T
            start += size
        return found, logs

    def risk(self, draws: int) -> Array:
        """Probability of the risk state, axes (row, point and draws)."""
        variable, state = self.model.risk_of
        index = self.model.knowledge.variables[variable].states.index(state)
        top = self._peak()
        scale = np.exp(self.scale - top[self.rows])[:, None, None]
        parts = []
        for start in range(0, draws, DRAWS_AT_ONCE):
            some = {
                name: values[start : min(start + DRAWS_AT_ONCE, draws)]
                for name, values in self.model.parameters.items()
            }
            joint = contract(self.model.knowledge, some, tuple(self.context), self.measured, [variable])
            summed = self._sum(self._products(joint, [index, -1]) * scale)
            with np.errstate(invalid="ignore"):
                parts.append(summed[:, 0] / summed[:, 1])
        return np.concatenate(parts, axis=1)

    def _products(self, joint: Contraction, columns: object) -> Array:
        """Row weights times the joint of the row's context slice: axes (expanded row, column, draw)."""
        slices = joint.slices(self.context, len(self.rows))
        values = joint.values[:, :, columns]  # type: ignore[index]
        result = np.empty((len(self.rows), *values.shape[2:]))
        order = np.argsort(slices, kind="stable")
        found, starts = np.unique(slices[order], return_index=True)
        for index, here in zip(found, np.split(order, starts[1:]), strict=True):
            flat = values[int(index)].reshape(values.shape[1], -1)
            result[here] = (self.weights[here] @ flat).reshape(len(here), *values.shape[2:])
        return result

    def _sum(self, values: Array) -> Array:
        """Expanded rows added up to the rows that they came from."""
        if len(self.rows) == self.count:
            return values
        total = np.zeros((self.count, *values.shape[1:]))
        np.add.at(total, self.rows, values)
        return total

    def _peak(self) -> Array:
        peak = np.full(self.count, -np.inf)
        np.maximum.at(peak, self.rows, self.scale)
        return np.where(np.isfinite(peak), peak, 0.0)


def _take(observed: Observed, rows: Indices) -> Observed:
    return Observed(
        len(rows),
        {name: weight[:, rows] for name, weight in observed.weights.items()},
        {name: Readings(reading.values[rows], reading.censored[rows]) for name, reading in observed.readings.items()},
    )


def _expand(model: RiskModel, observed: Observed, names: Sequence[str]) -> tuple[Indices, dict[str, Indices], Array]:
    """Rows whose context must be summed by hand, once a state; the others as they are.

    That is a context said softly (`80+`), or one that cuts the strata of a marker measured in the row
    and is not known. Returns the row behind each expanded row, its context states (-1 where it may stay
    missing) and the log of its weight.
    """
    rows = np.arange(observed.rows)
    context: dict[str, Indices] = {}
    extra = np.zeros(observed.rows)
    for name in names:
        size = len(model.knowledge.variables[name].states)
        weight = observed.weights.get(name, np.ones((size, observed.rows)))
        possible = (weight > 0).sum(axis=0)
        single = np.where(possible == 1, weight.argmax(axis=0), -1)
        silent = (weight == 1).all(axis=0)
        by_hand = (single < 0) & (~silent | _needed(model, observed, name))
        states = np.where(
            by_hand[rows][:, None], np.arange(size), np.where(np.arange(size) == 0, single[rows][:, None], -2)
        )
        keep = states > -2
        states[:, 0] = np.where(by_hand[rows], 0, single[rows])
        repeat = np.nonzero(keep | (np.arange(size) == 0))
        chosen_states = states[repeat]
        rows, extra = rows[repeat[0]], extra[repeat[0]]
        context = {other: values[repeat[0]] for other, values in context.items()}
        context[name] = chosen_states
        with np.errstate(divide="ignore"):
            extra = extra + np.where(chosen_states >= 0, np.log(weight[np.maximum(chosen_states, 0), rows]), 0.0)
    return rows, context, extra


def _needed(model: RiskModel, observed: Observed, name: str) -> Array:
    """Rows with a reading whose marker's strata are cut by the variable."""
    needed = np.zeros(observed.rows, dtype=bool)
    cut = {
        marker.id
        for marker in model.knowledge.biomarkers.values()
        if isinstance(marker, Measured | Threshold | Criterion) and name in strata_variables(marker)
    }
    for marker_id in cut:
        marker = model.knowledge.biomarkers[marker_id]
        factors = marker.product_of if isinstance(marker, Threshold) else ()
        for source in (marker_id, *factors):
            if source in observed.readings:
                needed |= observed.readings[source].measured
    return needed


def _weights(model: RiskModel, evidence: Evidence, measured: tuple[str, ...], rows: int) -> tuple[Array, Array]:
    """Outer product over the measured variables of each row's likelihoods, and the log of what was taken out."""
    logs = {name: np.zeros((len(model.knowledge.variables[name].states), rows)) for name in measured}
    for table in evidence.soft:
        if table.axes[0] not in logs:
            continue
        logs[table.axes[0]] = logs[table.axes[0]] + _only_axis(table)
    for name, index in evidence.known.items():
        if name in logs:
            states = np.arange(len(logs[name]))[:, None]
            logs[name] = np.where((index >= 0) & (states != index), -np.inf, logs[name])
    weights, scale = np.ones((rows, 1)), np.zeros(rows)
    for name in measured:
        peak = logs[name].max(axis=0)
        peak = np.where(np.isfinite(peak), peak, 0.0)
        likelihood = np.exp(logs[name] - peak).T
        scale = scale + peak
        weights = (weights[:, :, None] * likelihood[:, None, :]).reshape(rows, -1)
    return weights, scale


def _only_axis(table: Table) -> Array:
    if len(table.axes) != 1:
        raise ValueError(f"likelihood of {table.axes[0]} still depends on {table.axes[1:]}")
    return table.values
