"""Findings that have no part, or not their whole part, in an answer, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bn.core.answer import Remark
from bn.core.evidence import Findings
from bn.core.notes.conflict import distinct_rows
from bn.core.reading_text import reading_text
from cpds.knowledge import Knowledge
from cpds.measurement import Readings, log_likelihood
from cpds.products import products, superseding, without_void
from cpds.records import Binned, Biomarker, Threshold
from cpds.strata import cutting
from cpds.units import EXACT

NOTHING = 1e-3
"""Log likelihood ratio that moves no probability by as much as a table shows."""


def void(knowledge: Knowledge, readings: Mapping[str, Readings]) -> Iterator[Remark]:
    """Readings that a declared marker voids."""
    for name, reading in readings.items():
        left = reading.measured
        for cause in knowledge.biomarkers[name].voided_by:
            if cause in readings and (rows := left & (readings[cause].values == 1)).any():
                yield Remark.same("unused", (name,), f"{name} is void, as {cause} says yes", rows)
                left = left & ~rows


def silent(knowledge: Knowledge, findings: Findings, given: Mapping[str, NDArray[np.bool_]]) -> Iterator[Remark]:
    """Statements that leave every state as it was."""
    for name, rows in given.items():
        marker = knowledge.biomarkers.get(name)
        variable = marker.variable if isinstance(marker, Binned) else name
        if variable in findings.statements:
            statement = findings.statements[variable]
            level = (statement.weights == statement.weights[:1]).all(axis=0)[statement.codes]
            if (empty := rows & level).any():
                text = f"{name} says nothing: it leaves every state of {variable} as likely as it was"
                yield Remark.same("unused", (name,), text, empty)


def empty_limits(knowledge: Knowledge, settled: Findings) -> Iterator[Remark]:
    """Limits within which next to everybody lies."""
    for name, reading in settled.readings.items():
        rows = np.flatnonzero(reading.measured & (reading.censored != EXACT))
        if len(rows):
            first, which = distinct_rows(reading.values[rows], reading.censored[rows])
            logs = log_likelihood(knowledge, name, reading.take(rows[first])).values
            axes = tuple(range(logs.ndim - 1))
            empty = np.zeros(settled.rows, dtype=bool)
            empty[rows] = (logs.max(axis=axes) - logs.min(axis=axes) < NOTHING)[which]
            if empty.any():
                marker = knowledge.biomarkers[name]
                about = f"{name} says nothing: next to everybody lies within the limit"
                yield Remark("unused", (name,), about, empty, partial(_within, marker, reading))


def _within(marker: Biomarker, reading: Readings, row: int) -> str:
    return f"{reading_text(marker, reading, row)} says nothing: next to everybody lies within the limit"


def beside_statements(knowledge: Knowledge, settled: Findings, conflicts: Sequence[Remark]) -> Iterator[Remark]:
    """Markers of a variable whose state is stated for certain: at most they tell of what cuts their reference.

    Rows in which a conflict says as much already are left out.
    """
    certain = {name: statement.single >= 0 for name, statement in settled.statements.items()}
    in_conflict = {
        name: np.any([remark.rows for remark in conflicts if name in remark.findings], axis=0)
        for name in {name for remark in conflicts for name in remark.findings}
    }
    for name, reading in settled.readings.items():
        variable = knowledge.biomarkers[name].variable
        if variable in certain:
            rows = certain[variable] & reading.measured & ~in_conflict.get(name, np.zeros(settled.rows, dtype=bool))
            if rows.any():
                about = f"{name} adds nothing to {variable}, which is stated"
                yield Remark("unused", (name,), about, rows, partial(_stated, about, cutting(knowledge, name), certain))


def _stated(about: str, cuts: Sequence[str], certain: Mapping[str, NDArray[np.bool_]], row: int) -> str:
    """The same for one row, with what the reading still tells of."""
    still = [name for name in cuts if name not in certain or not certain[name][row]]
    return f"{about}; it only tells of {' and '.join(still)}, by which its reference differs" if still else about


def computed(
    knowledge: Knowledge, readings: Mapping[str, Readings], settled: Mapping[str, Readings]
) -> Iterator[Remark]:
    """Products that were not given as they count."""
    for product in products(knowledge):
        now = settled.get(product.id)
        if now is not None:
            rows = now.measured & ~_as_given(now, readings.get(product.id))
            if rows.any():
                about = f"{product.id} from {' and '.join(product.product_of)}"
                yield Remark("derived", (product.id, *product.product_of), about, rows, partial(_value, product, now))


def counted_once(
    knowledge: Knowledge, readings: Mapping[str, Readings], settled: Mapping[str, Readings]
) -> Iterator[Remark]:
    """Readings that are not void and did not count, since another one says the same, or more of it."""
    valid = without_void(knowledge, readings)
    for product in products(knowledge):
        given, now = valid.get(product.id), settled.get(product.id)
        if now is None:
            continue
        if given is not None:
            for rows, other in (
                (given.measured & now.measured & ~_as_given(now, given), " x ".join(product.product_of)),
                (given.measured & ~now.measured, " and ".join(_own(knowledge, product))),
            ):
                if rows.any():
                    about = f"{product.id} says less than {other}"
                    yield Remark("unused", (product.id,), about, rows, partial(_less, product, given, other))
            for name in _own(knowledge, product):
                if name in valid:
                    rows = valid[name].measured & _as_given(now, given)
                    at_limit = rows & (now.censored != given.censored)
                    about = f"{name} counts within {product.id}"
                    if (rows & ~at_limit).any():
                        yield Remark.same("unused", (name,), about, rows & ~at_limit)
                    if at_limit.any():
                        about = f"{about}, which is read as the limit itself, since {name} lies beyond it"
                        yield Remark.same("unused", (name,), about, at_limit)
        yield from _not_entered(knowledge, product, valid, settled)


def _not_entered(
    knowledge: Knowledge, product: Threshold, valid: Mapping[str, Readings], settled: Mapping[str, Readings]
) -> Iterator[Remark]:
    """Limits of other factors, beside a factor that by itself says more of the product than with them."""
    own = _own(knowledge, product)
    if len(own) == 1 and all(name in valid for name in product.product_of):
        alone = settled[own[0]].measured & np.all([valid[name].measured for name in product.product_of], axis=0)
        for name in product.product_of:
            rows = alone & (valid[name].censored != 0)
            if name not in own and rows.any():
                about = f"{name} does not enter {product.id}, of which {own[0]} by itself says more"
                yield Remark.same("unused", (name,), about, rows)


def _own(knowledge: Knowledge, product: Threshold) -> tuple[str, ...]:
    """Factors that tell of the product's own variable."""
    return tuple(name for name in product.product_of if product.id in superseding(knowledge, name))


def _as_given(now: Readings, given: Readings | None) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Rows in which the reading that counts is the one that was given, or the number at its limit."""
    if given is None:
        return np.zeros(now.values.shape, dtype=bool)
    return np.asarray((now.values == given.values) & ((now.censored == given.censored) | (now.censored == 0)))


def _value(product: Threshold, now: Readings, row: int) -> str:
    return f"{reading_text(product, now, row)} from {' and '.join(product.product_of)}"


def _less(product: Threshold, given: Readings, other: str, row: int) -> str:
    return f"{reading_text(product, given, row)} says less than {other}"
