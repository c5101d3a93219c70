"""Findings that hardly go together: a statement of a variable's state beside markers that speak against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from bn.core.answer import Remark
from bn.core.evidence import Findings, Indices, Statements, read_together
from bn.core.reading_text import reading_text
from cpds.knowledge import Knowledge
from cpds.measurement import Readings
from cpds.products import short
from cpds.records import Binned, Declared
from cpds.shares import state_shares
from cpds.strata import cutting
from cpds.table import Array, Table


def distinct_rows(*columns: NDArray[np.generic]) -> tuple[Indices, Indices]:
    """The first row of each kind of rows that are alike in all columns, and the kind of every row.

    >>> first, kinds = distinct_rows(np.array([4.0, 1.0, 4.0]), np.array([0, 0, 0]))
    >>> first.tolist(), kinds.tolist()
    ([1, 0], [1, 0, 1])
    """
    kinds = np.zeros(len(columns[0]), dtype=np.int64)
    first = kinds[:1]
    for column in columns:
        values, codes = np.unique(column, return_inverse=True)
        _, first, kinds = np.unique(kinds * len(values) + codes.ravel(), return_index=True, return_inverse=True)
    return first, kinds.ravel()


AT_ODDS = 20.0
"""Assumed: how much likelier readings must be in a state that is excluded than in any that is left.

One in twenty is the usual mark of what is not put down to chance; and readings that the knowledge itself takes for
weak, since they never multiply odds by as much, raise no alarm against what somebody knows.
"""


def against_statements(
    knowledge: Knowledge, settled: Findings, given: Mapping[str, NDArray[np.bool_]]
) -> Iterator[Remark]:
    """Markers that together are `AT_ODDS` times likelier in a state that a statement excludes than in any it leaves.

    All markers of a variable are weighed as the network does, so several weak ones may speak against a statement, and
    one that others outweigh does not. What cuts their references and is not known of a person is summed out, its
    states being taken as equally frequent: this is a warning, for which no network need be asked.
    """
    for variable, statement in settled.statements.items():
        members = {
            name: reading
            for name, reading in settled.readings.items()
            if (marker := knowledge.biomarkers[name]).variable == variable and not isinstance(marker, Binned)
        }
        excludes = (statement.weights == 0).any(axis=0)[statement.codes]
        measured = np.any([reading.measured for reading in members.values()], axis=0) if members else excludes & False
        rows = np.flatnonzero(excludes & measured)
        if len(rows):
            yield from _against(
                knowledge, variable, members, settled.statements, rows, _stated_under(knowledge, variable, given)
            )


def _against(
    knowledge: Knowledge,
    variable: str,
    members: Mapping[str, Readings],
    statements: Mapping[str, Statements],
    rows: Indices,
    stated_under: tuple[str, ...],
) -> Iterator[Remark]:
    """One remark for each set of markers that speak against what is said of the variable."""
    columns = [column[rows] for one in members.values() for column in (one.values, one.censored)]
    first, which = distinct_rows(*columns, *(statement.codes[rows] for statement in statements.values()))
    statement = statements[variable]
    left = statement.weights[:, statement.codes[rows[first]]] > 0
    logs = _log_likelihood(knowledge, members, statements, rows[first])
    gaps, best = _gaps(logs, left), logs.argmax(axis=0)
    odd = np.flatnonzero(gaps > np.log(AT_ODDS))
    at = np.full(len(gaps), -1)
    at[odd] = np.arange(len(odd))
    place = np.full(len(statement.codes), -1)
    place[rows] = at[which]
    left, gaps, best = left[:, odd], gaps[odd], best[odd]
    speaking = _speaking(knowledge, members, statements, rows[first][odd], left, best)
    states = np.array(knowledge.variables[variable].states)
    for speakers in np.unique(speaking, axis=1).T:
        names = tuple(name for name, speaks in zip(members, speakers, strict=True) if speaks)
        here = (speaking == speakers[:, None]).all(axis=0)

        def text_of(row: int, names: tuple[str, ...] = names) -> str:
            kind = place[row]
            read = _listed([reading_text(knowledge.biomarkers[name], members[name], row) for name in names])
            return (
                f"{variable} is said to be {' or '.join(states[left[:, kind]].tolist())}, "
                f"but {read} {'together are' if len(names) > 1 else 'is'} "
                f"{short(float(np.exp(gaps[kind])))} times likelier where it is {states[best[kind]]}; "
                f"what is said counts, so check {'all of them' if len(names) > 1 else 'both'}"
            )

        about = f"{_listed(names)} {'speak' if len(names) > 1 else 'speaks'} against what is said of {variable}"
        yield Remark("conflict", (*stated_under, *names), about, (place >= 0) & np.append(here, False)[place], text_of)


def _speaking(
    knowledge: Knowledge,
    members: Mapping[str, Readings],
    statements: Mapping[str, Statements],
    rows: Indices,
    left: NDArray[np.bool_],
    best: Indices,
) -> NDArray[np.bool_]:
    """Which of the markers, taken alone, is likelier in the `best` state than in those `left`: axes (marker, row)."""
    speaking = np.zeros((len(members), len(rows)), dtype=bool)
    for alone, (name, reading) in zip(speaking, members.items(), strict=True):
        if (there := np.flatnonzero(reading.measured[rows])).size:
            logs = _log_likelihood(knowledge, {name: reading}, statements, rows[there])
            alone[there] = _gaps(logs, left[:, there], best[there]) > 0
    return speaking


def _gaps(logs: Array, left: NDArray[np.bool_], best: Indices | None = None) -> Array:
    """How much likelier, as a log, the best state is than the best that is left; axis (row)."""
    best = logs.argmax(axis=0) if best is None else best
    top = np.take_along_axis(logs, best[None], axis=0)[0]
    return np.asarray(top - np.where(left, logs, -np.inf).max(axis=0))


def _listed(words: Sequence[str]) -> str:
    """Words as a list: commas between them, "and" before the last."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _log_likelihood(
    knowledge: Knowledge, readings: Mapping[str, Readings], statements: Mapping[str, Statements], rows: Indices
) -> Array:
    """Of each state, axes (state, row): summed over what cuts the markers' references, as far as it is not known."""
    tables = read_together(knowledge, {name: reading.take(rows) for name, reading in readings.items()})
    variable = tables[0].axes[0]
    axes = (variable, *dict.fromkeys(axis for table in tables for axis in table.axes[1:]))
    logs = reduce(np.add, [table.over(axes) for table in tables])
    weights = np.ones(logs.shape)
    for name in readings:
        shares = state_shares(knowledge, knowledge.biomarkers[name])
        if shares.ndim:
            weights = weights * Table((variable, *cutting(knowledge, name)), shares[..., None]).over(axes)
            break  # shares of one marker's own reference stand for those of the variable
    for position, name in enumerate(axes[1:], 1):
        if name in statements:
            shape = [1] * weights.ndim
            shape[position], shape[-1] = -1, len(rows)
            weights = weights * statements[name].weights[:, statements[name].codes[rows]].reshape(shape)
    strata = tuple(range(1, weights.ndim - 1))
    shares = weights / weights.sum(axis=strata, keepdims=True)
    peak = logs.max(axis=(0, *strata), keepdims=True)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log((np.exp(logs - peak) * shares).sum(axis=strata)))


def _stated_under(knowledge: Knowledge, variable: str, given: Mapping[str, NDArray[np.bool_]]) -> tuple[str, ...]:
    """Names under which a statement of the variable came."""
    binned = (one for one in knowledge.biomarkers.values() if isinstance(one, Binned))
    names = {variable, *(one.id for one in binned if one.variable == variable)}
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
                    yield Remark.same("conflict", (name, other), text, rows)
