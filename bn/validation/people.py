"""The people of a validation: rows with the outcome and a probability, their design, and what the others lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn.cohort.reading.summary import counted
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.validation.design import Design
from bn.validation.groups import MOST, Bands, ByColumn, Division, labels
from bn.validation.performance import FEWEST
from bn.validation.plan import Plan, Use
from bn.validation.question import OutcomeQuestion
from bn.validation.result import Flow
from bn.validation.rows import Rows
from cpds.table import Array
from cpds.text import quotable

SHOWN = 3
ROUNDED = 12
"""Decimals of a probability: people of whom the same is known have the same one, however sums were ordered."""
LEAST = 50
"""Assumed: with fewer people in all every interval is too wide for a validation to say anything."""


@dataclass(frozen=True)
class People:
    """Rows that have all: `event` and `risk`, axis (row), the design, groups as label and mask, inputs' numbers.

    `inputs` has axes (input, row), NaN where one is not given; `rows` are their places among all rows read.
    """

    event: Array
    risk: Array
    design: Design
    groups: Sequence[tuple[str, str, NDArray[np.bool_]]]
    inputs: Array
    flow: Flow
    rows: Indices


def people(rows: Rows, asked: Plan, columns: Use) -> People:
    """The people among the rows.

    Raises QuestionError where there are too few, or of one kind only, and for weights, strata or clusters that are
    missing or cannot be.
    """
    question, event, risk = asked.question, rows.results[0], np.round(rows.results[1], ROUNDED)
    used = ~np.isnan(event) & ~np.isnan(risk)
    tally = question.tally
    without = {reason: count for reason, count in tally.without.items() if count}
    unpredicted = {reason: count for reason, count in tally.unpredicted.items() if count}
    errors = {kind: one.count for kind, one in rows.summary.errors.items()}
    _refuse_few(event[used], question.outcome.text, without, unpredicted, errors)
    weightless = np.zeros(len(event), dtype=bool)
    if columns.weights is not None:
        weightless = used & (_weights(columns.weights, rows, used) == 0)
        used &= ~weightless
        _refuse_few(event[used], question.outcome.text, without, unpredicted, errors)
    size = int(used.sum())
    summary = rows.summary
    flow = Flow(summary.rows, errors, summary.failed, without, unpredicted, int(weightless.sum()), size)
    design = _design(rows, columns, used)
    inputs = rows.results[2 + len(question.bands) :][:, used]
    for name, numbers in rows.exact.items():
        place = question.inputs.index(name)
        inputs[place] = np.where(np.isnan(numbers[used]), inputs[place], numbers[used])
    groups = list(_groups(rows, question, asked.by, used))
    return People(event[used], risk[used], design, groups, inputs, flow, np.flatnonzero(used))


def _refuse_few(event: Array, outcome: str, *lacking: Mapping[str, int]) -> None:
    n, events = len(event), int(event.sum())
    why = "; ".join(f"{reason}: {counted(count, 'row')}" for reasons in lacking for reason, count in reasons.items())
    lacks = f" ({why})" if why else ""
    if n and events in (0, n):
        kind = "all of them have" if events else "none of them has"
        raise QuestionError(
            f"{counted(n, 'row')} tell the outcome ({outcome}), and {kind} it; both kinds are needed{lacks}"
        )
    if n < LEAST or min(events, n - events) < FEWEST:
        found = f"{counted(n, 'row')} tell the outcome ({outcome}) and have a probability, {events} with it"
        expected = f"expected at least {LEAST}, {FEWEST} of either kind"
        raise QuestionError(f"{found}; {expected}: fewer say nothing{lacks}")


def _design(rows: Rows, columns: Use, used: NDArray[np.bool_]) -> Design:
    codes = {}
    for header in columns.texts:
        missing = used & (rows.texts[header] == "")
        if missing.any():
            raise QuestionError(f"column '{quotable(header)}' is empty in {_places(rows, missing)}; fill it in")
        codes[header] = np.unique(rows.texts[header][used].astype(str), return_inverse=True)[1]
    weights = None if columns.weights is None else rows.numbers[columns.weights][used]
    return Design.of(weights, codes.get(columns.strata or ""), codes.get(columns.clusters or ""), int(used.sum()))


def _weights(header: str, rows: Rows, used: NDArray[np.bool_]) -> Array:
    weights, shown = rows.numbers[header], f"weights: column '{quotable(header)}'"
    missing = used & ~np.isfinite(weights)
    if missing.any():
        way = "give every person with the outcome a weight, or leave weights out"
        raise QuestionError(f"{shown} holds no number in {_places(rows, missing)}; {way}")
    negative = used & (weights < 0)
    if negative.any():
        found = f"{weights[negative][0]:g}"
        raise QuestionError(
            f"{shown} is negative in {_places(rows, negative)}: found {found}, expected a number from 0 on"
        )
    return weights


def _places(rows: Rows, where: NDArray[np.bool_]) -> str:
    first = ", ".join(str(place) for place in rows.places[where][:SHOWN].tolist())
    more = ", ..." if where.sum() > SHOWN else ""
    return f"{counted(int(where.sum()), 'row')} ({rows.summary.place} {first}{more})"


def _groups(
    rows: Rows, question: OutcomeQuestion, by: Sequence[Division], used: NDArray[np.bool_]
) -> list[tuple[str, str, NDArray[np.bool_]]]:
    found: list[tuple[str, str, NDArray[np.bool_]]] = []
    for division in by:
        if isinstance(division, Bands):
            codes, names = rows.results[2 + question.bands.index(division)][used], division.labels
            title = division.title
        else:
            codes, names = _by_column(rows, division, used)
            title = division.header
        found += [(title, name, codes == place) for place, name in enumerate(names) if (codes == place).any()]
        if np.isnan(codes).any():
            found.append((title, "not told", np.isnan(codes)))
    return found


def _by_column(rows: Rows, division: ByColumn, used: NDArray[np.bool_]) -> tuple[Array, tuple[str, ...]]:
    """The class of each row, NaN where the cell is empty, and what the classes are called."""
    if division.cuts:
        numbers = rows.numbers[division.header][used]
        codes = np.digitize(numbers, division.cuts).astype(float)
        return np.where(np.isnan(numbers), np.nan, codes), labels(division.cuts)
    texts = rows.texts[division.header][used].astype(str)
    names, codes = np.unique(texts, return_inverse=True)
    if len(names) > MOST + 1:
        header = quotable(division.header)
        way = f"for numbers give cuts, such as '{header}:10,20'"
        raise QuestionError(f"by '{header}': {len(names)} different values, expected at most {MOST}; {way}")
    return np.where(texts == "", np.nan, codes), tuple(names.tolist())
