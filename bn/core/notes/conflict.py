"""Findings that hardly go together: a statement of a variable's state beside a marker that speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Indices
from bn.core.findings import Findings, Said
from bn.core.note import Remark
from bn.core.notes.alike import alike
from bn.core.notes.said import said
from cpds.knowledge import Knowledge
from cpds.measurement import Readings, log_likelihood
from cpds.products import short
from cpds.records import Binned, Biomarker, Declared
from cpds.shares import state_shares
from cpds.table import Array

AT_ODDS = 20.0
"""Assumed: how much likelier a reading must be in a state that is excluded than in any that is left.

One in twenty is the usual mark of what is not put down to chance; and readings that the knowledge itself takes for
weak (a CRP multiplies odds by 14 at most) never raise an alarm against what somebody knows.
"""


def against_statements(
    knowledge: Knowledge, settled: Findings, given: Mapping[str, NDArray[np.bool_]]
) -> Iterator[Remark]:
    """Markers that are `AT_ODDS` times likelier in a state that a statement excludes than in any that it leaves.

    What cuts the marker's reference and is not known of a person is summed out, its states being taken as equally
    frequent: this is a warning, for which no network need be asked.
    """
    for name, reading in settled.readings.items():
        marker = knowledge.biomarkers[name]
        statement = settled.said.get(marker.variable)
        if statement is None or isinstance(marker, Binned):
            continue
        excludes = (statement.weights == 0).any(axis=0)[statement.codes]
        rows = np.flatnonzero(excludes & reading.measured)
        if len(rows):
            yield from _against(knowledge, marker, reading, settled.said, rows, _sayers(knowledge, marker, given))


def _against(
    knowledge: Knowledge,
    marker: Biomarker,
    reading: Readings,
    statements: Mapping[str, Said],
    rows: Indices,
    sayers: tuple[str, ...],
) -> Iterator[Remark]:
    variable = knowledge.variables[marker.variable]
    first, which = alike(
        reading.values[rows], reading.censored[rows], *(statement.codes[rows] for statement in statements.values())
    )
    chosen = rows[first]
    logs = _log_likelihood(knowledge, marker, reading.take(chosen), statements, chosen)
    left = statements[variable.id].weights[:, statements[variable.id].codes[chosen]] > 0
    gaps, best = logs.max(axis=0) - np.where(left, logs, -np.inf).max(axis=0), logs.argmax(axis=0)
    at_odds = np.zeros(len(reading.values), dtype=bool)
    at_odds[rows] = (gaps > np.log(AT_ODDS))[which]
    if not at_odds.any():
        return
    kind_of = np.zeros(len(reading.values), dtype=np.int64)
    kind_of[rows] = which
    about = f"{marker.id} speaks against what is said of {variable.id}"

    def told(row: int) -> str:
        kind = kind_of[row]
        states = " or ".join(np.array(variable.states)[left[:, kind]].tolist())
        return (
            f"{variable.id} is said to be {states}, but {said(marker, reading, row)} is "
            f"{short(float(np.exp(gaps[kind])))} times likelier where it is {variable.states[best[kind]]}; "
            "what is said counts, so check both"
        )

    yield Remark("conflict", (*sayers, marker.id), about, at_odds, told)


def _log_likelihood(
    knowledge: Knowledge, marker: Biomarker, reading: Readings, statements: Mapping[str, Said], rows: Indices
) -> Array:
    """Of each state, axes (state, row): summed over what cuts the marker's reference, as far as it is not known."""
    table = log_likelihood(knowledge, marker.id, reading)
    weights = np.broadcast_to(state_shares(knowledge, marker)[..., None], table.values.shape)
    for position, name in enumerate(table.axes[1:], 1):
        if name in statements:
            shape = [1] * weights.ndim
            shape[position], shape[-1] = -1, len(rows)
            weights = weights * statements[name].weights[:, statements[name].codes[rows]].reshape(shape)
    strata = tuple(range(1, weights.ndim - 1))
    shares = weights / weights.sum(axis=strata, keepdims=True)
    peak = table.values.max(axis=(0, *strata), keepdims=True)
    return np.asarray(np.log((np.exp(table.values - peak) * shares).sum(axis=strata)))


def _sayers(knowledge: Knowledge, marker: Biomarker, given: Mapping[str, NDArray[np.bool_]]) -> tuple[str, ...]:
    """Names under which a statement of the marker's variable came."""
    binned = (one for one in knowledge.biomarkers.values() if isinstance(one, Binned))
    names = {marker.variable, *(one.id for one in binned if one.variable == marker.variable)}
    return tuple(name for name in given if name in names)


def implied(knowledge: Knowledge, findings: Findings) -> Iterator[Remark]:
    """A yes beside a no of what it implies."""
    for name, reading in findings.readings.items():
        marker = knowledge.biomarkers[name]
        for other in marker.implies if isinstance(marker, Declared) else ():
            if other in findings.readings:
                rows = (reading.values == 1) & (findings.readings[other].values == 0)
                if rows.any():
                    text = f"{name} yes implies {other} yes, but {other} says no; check both"
                    yield Remark.alike("conflict", (name, other), text, rows)
