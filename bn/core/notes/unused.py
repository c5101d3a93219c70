"""Findings that have no part, or not their whole part, in an answer, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bn.core.findings import Findings
from bn.core.note import Remark
from bn.core.notes.alike import alike
from bn.core.notes.said import said
from cpds.knowledge import Knowledge
from cpds.measurement import Readings, log_likelihood
from cpds.records import Binned, Biomarker
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
                yield Remark.alike("unused", (name,), f"{name} is void, as {cause} says yes", rows)
                left = left & ~rows


def silent(knowledge: Knowledge, findings: Findings, given: Mapping[str, NDArray[np.bool_]]) -> Iterator[Remark]:
    """Statements that leave every state as it was."""
    for name, rows in given.items():
        marker = knowledge.biomarkers.get(name)
        variable = marker.variable if isinstance(marker, Binned) else name
        if variable in findings.said:
            statement = findings.said[variable]
            level = (statement.weights == statement.weights[:1]).all(axis=0)[statement.codes]
            if (empty := rows & level).any():
                text = f"{name} says nothing: it leaves every state of {variable} as likely as it was"
                yield Remark.alike("unused", (name,), text, empty)


def empty_limits(knowledge: Knowledge, settled: Findings) -> Iterator[Remark]:
    """Limits within which next to everybody lies."""
    for name, reading in settled.readings.items():
        rows = np.flatnonzero(reading.measured & (reading.censored != EXACT))
        if len(rows):
            first, which = alike(reading.values[rows], reading.censored[rows])
            logs = log_likelihood(knowledge, name, reading.take(rows[first])).values
            axes = tuple(range(logs.ndim - 1))
            empty = np.zeros(settled.rows, dtype=bool)
            empty[rows] = (logs.max(axis=axes) - logs.min(axis=axes) < NOTHING)[which]
            if empty.any():
                marker = knowledge.biomarkers[name]
                about = f"{name} says nothing: next to everybody lies within the limit"
                yield Remark("unused", (name,), about, empty, partial(_within, marker, reading))


def _within(marker: Biomarker, reading: Readings, row: int) -> str:
    return f"{said(marker, reading, row)} says nothing: next to everybody lies within the limit"


def beside_statements(knowledge: Knowledge, settled: Findings, conflicts: Sequence[Remark]) -> Iterator[Remark]:
    """Markers of a variable whose state is stated for certain: at most they tell of what cuts their reference.

    Rows in which a conflict says as much already are left out.
    """
    certain = {name: statement.single >= 0 for name, statement in settled.said.items()}
    told = {
        name: np.any([remark.rows for remark in conflicts if name in remark.findings], axis=0)
        for name in {name for remark in conflicts for name in remark.findings}
    }
    for name, reading in settled.readings.items():
        variable = knowledge.biomarkers[name].variable
        if variable in certain:
            rows = certain[variable] & reading.measured & ~told.get(name, np.zeros(settled.rows, dtype=bool))
            if rows.any():
                about = f"{name} adds nothing to {variable}, which is stated"
                yield Remark("unused", (name,), about, rows, partial(_stated, about, cutting(knowledge, name), certain))


def _stated(about: str, cuts: Sequence[str], certain: Mapping[str, NDArray[np.bool_]], row: int) -> str:
    """The same for one row, with what the reading still tells of."""
    still = [name for name in cuts if name not in certain or not certain[name][row]]
    return f"{about}; it only tells of {' and '.join(still)}, by which its reference differs" if still else about
