"""P(findings | state) of each measured variable, from statements and readings, each different reading weighed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from bn.cohort.kernel.context import Batch, Span
from bn.core.evidence import Findings, Indices, Statements, scaled
from cpds.knowledge import Knowledge
from cpds.measurement import PART, Readings, contribution, together
from cpds.strata import cutting
from cpds.table import Array, Table

TABULATE_RATIO = 2
"""A table over the different readings and all strata is made where it is this many times smaller than the rows."""
_ONE = np.ones(1, dtype=np.int64)


@dataclass(frozen=True)
class _Tabulated:
    """What different readings or statements contribute, and which of them each row holds.

    `values` has axes (part, stratum and reading), the reading varying fastest; `codes` has axis (row).
    """

    strata: Mapping[str, int]
    values: Array
    codes: Indices

    def step(self, states: Mapping[str, Indices]) -> Indices:
        """How far the stratum of these context states is from the first; one number where there is one stratum."""
        number = np.zeros(1, dtype=np.int64)
        for name, size in self.strata.items():
            number = number * size + states[name]
        return np.asarray(number * (self.values.shape[1] // prod(self.strata.values())))

    def contributions(self, rows: Indices, states: Mapping[str, Indices]) -> Table:
        return Table((PART,), np.take(self.values, self.codes[rows] + self.step(states), axis=1))


@dataclass(frozen=True)
class _RowByRow:
    """Readings that are weighed row by row."""

    knowledge: Knowledge
    marker: str
    readings: Readings

    def contributions(self, rows: Indices, states: Mapping[str, Indices]) -> Table:
        return contribution(self.knowledge, self.marker, self.readings.take(rows), states)


@dataclass(frozen=True)
class MarkerLikelihoods:
    """Statements and markers of one variable; `stratified` says whether their likelihoods depend on the context."""

    knowledge: Knowledge
    variable: str
    statements: Statements | None
    readings: Mapping[str, Readings]
    markers: Mapping[str, _Tabulated | _RowByRow]
    stratified: bool

    @classmethod
    def of(cls, knowledge: Knowledge, findings: Findings, variable: str) -> MarkerLikelihoods:
        """`findings` are those that count, with products computed: see `Findings.settled`."""
        readings = _readings(knowledge, findings, variable)
        markers = {name: _marker(knowledge, findings, name) for name in readings}
        stratified = is_stratified(knowledge, findings, variable)
        return cls(knowledge, variable, findings.statements.get(variable), readings, markers, stratified)

    def of_batch(self, batch: Batch) -> Array:
        """Likelihoods over the largest of them, and below them its natural log: axes (state and log, row or entry).

        They are those of entries where they are stratified. What excludes every state keeps its zeros. Batches share
        a table where one holds everything.
        """
        step = None
        if self._table is not None:
            found, place = self._table.values, self._table.codes[batch.rows]
            step = self._table.step(batch.states) if self.stratified else None
        elif not self.stratified:
            return _scaled(self._log(batch.rows, {}))
        else:
            rows, states, step = self._expanded(batch)
            found, place = _scaled(self._log(rows, states)), np.arange(len(batch.rows))
        return np.take(found, place if step is None else place[batch.origin] + batch.expanded(step), axis=1)

    def _expanded(self, batch: Batch) -> tuple[Indices, Mapping[str, Indices], Indices]:
        """Rows to be weighed, their context, and how far the rows of each stretch are from the first.

        All rows come once for each stratum that some stretch lies in, or once for each of their alternatives, whichever
        is less.
        """
        stratifiers = {axis for name in self.markers for axis in cutting(self.knowledge, name)}
        of_stretch = {name: states for name, states in batch.states.items() if name in stratifiers}
        sizes = [len(self.knowledge.variables[name].states) for name in of_stretch]
        number = np.ravel_multi_index(tuple(of_stretch.values()), sizes)
        strata, where, stratum = np.unique(number, return_index=True, return_inverse=True)
        length = len(batch.rows)
        if len(strata) * length < len(batch.origin):
            states = {name: np.repeat(states[where], length) for name, states in of_stretch.items()}
            return np.tile(batch.rows, len(strata)), states, stratum * length
        states = {name: batch.expanded(states) for name, states in of_stretch.items()}
        return batch.rows[batch.origin], states, batch.offset

    @cached_property
    def _table(self) -> _Tabulated | None:
        """The table of the only marker, or of the statements, with scaled likelihoods, where it holds everything."""
        if self.statements is not None:
            return None if self.markers else _Tabulated({}, _scaled(self.statements.log_weights), self.statements.codes)
        if len(self.markers) != 1:
            return None
        ((name, marker),) = self.markers.items()
        if isinstance(marker, _RowByRow):
            return None
        panel = self.knowledge.biomarkers[name].panel
        log = together(self.knowledge, self.variable, panel, [Table((PART,), marker.values)], _ONE).values
        return replace(marker, values=_scaled(log))

    def _log(self, rows: Indices, states: Mapping[str, Indices]) -> Array:
        """Log likelihood of the states, axes (state, row)."""
        total = np.zeros((len(self.knowledge.variables[self.variable].states), len(rows)))
        if self.statements is not None:
            total += self.statements.log_weights[:, self.statements.codes[rows]]
        for panel, names in self._panels:
            parts = [self.markers[name].contributions(rows, states) for name in names]
            count = np.sum([self.readings[name].measured[rows] for name in names], axis=0) if len(names) > 1 else _ONE
            table = together(self.knowledge, self.variable, panel, parts, count)
            if len(table.axes) > 1:
                strata = ", ".join(table.axes[1:])
                raise ValueError(f"likelihood of {self.variable} depends on {strata}, which is no context variable")
            total += table.values
        return total

    @cached_property
    def _panels(self) -> list[tuple[str | None, list[str]]]:
        """Markers that are read together, with their panel; None for one without a panel."""
        panels = [(name, self.knowledge.biomarkers[name].panel) for name in self.markers]
        single: list[tuple[str | None, list[str]]] = [(None, [name]) for name, panel in panels if panel is None]
        several = dict.fromkeys(panel for _, panel in panels if panel is not None)
        return [*single, *((panel, [name for name, other in panels if other == panel]) for panel in several)]


def is_stratified(knowledge: Knowledge, findings: Findings, variable: str) -> bool:
    """Whether the likelihoods of a variable's markers depend on the context."""
    return any(cutting(knowledge, name) for name in _readings(knowledge, findings, variable))


def _readings(knowledge: Knowledge, findings: Findings, variable: str) -> dict[str, Readings]:
    """The markers of a variable that some row has measured."""
    return {
        name: reading
        for name, reading in findings.readings.items()
        if knowledge.biomarkers[name].variable == variable and reading.measured.any()
    }


def _scaled(log: Array) -> Array:
    """Likelihoods over the largest of them, axes (state, row), and below them the log of that."""
    likelihoods, peak = scaled(log)
    return np.concatenate([likelihoods, peak[None]])


def _marker(knowledge: Knowledge, findings: Findings, name: str) -> _Tabulated | _RowByRow:
    strata = {axis: len(knowledge.variables[axis].states) for axis in cutting(knowledge, name)}
    distinct = findings.distinct.get(name)
    if distinct is not None:
        size = len(distinct.readings.values)
        if size * prod(strata.values()) * TABULATE_RATIO <= findings.rows:
            table = contribution(knowledge, name, distinct.readings)
            shape = (len(table.values), *strata.values(), size)
            values = np.broadcast_to(table.over((PART, *strata)), shape)
            return _Tabulated(strata, values.reshape(len(values), -1), distinct.codes)
    return _RowByRow(knowledge, name, findings.readings[name])


@dataclass(frozen=True)
class Likelihoods:
    """P(findings | state) of each measured variable for the entries of a batch, up to a factor for each row.

    `of_entries[variable]`, axes (state, entry), are the likelihoods that depend on the context; the variables come in
    this order, then those of `of_rows[variable]`, axes (state, row). `factor` (entry) puts the alternatives of one row
    on a common scale, `log_scale` (row) is the natural log of what was divided out.
    """

    of_entries: Mapping[str, Array]
    of_rows: Mapping[str, Array]
    factor: Array
    log_scale: Array

    @classmethod
    def of(cls, markers: Sequence[MarkerLikelihoods], batch: Batch) -> Likelihoods:
        """From the readings and statements of each measured variable."""
        scale = batch.expanded(batch.log_weight)
        common = np.zeros(len(batch.rows))
        of_entries: dict[str, Array] = {}
        of_rows: dict[str, Array] = {}
        for marker in markers:
            found = marker.of_batch(batch)
            (of_entries if marker.stratified else of_rows)[marker.variable] = found[:-1]
            peaks = scale if marker.stratified else common
            peaks += found[-1]
        top = np.full(len(batch.rows), -np.inf)
        np.maximum.at(top, batch.origin, scale)
        return cls(of_entries, of_rows, np.exp(scale - top[batch.origin]), top + common)

    @property
    def states(self) -> int:
        """Number of joint states of the measured variables."""
        return prod(len(part) for parts in (self.of_entries, self.of_rows) for part in parts.values())

    def joint(self, run: Sequence[Span], buffer: Array) -> Array:
        """Product over the measured variables: axes (joint state, entry), the last variable fastest.

        `run` is one of the batch's runs. `buffer` holds at least as many numbers; the result is a view of it. What
        alternatives share is multiplied once for all of them.
        """
        rows, entries = slice(run[0].rows.start, run[-1].rows.stop), slice(run[0].entries.start, run[-1].entries.stop)
        own = _product([self.factor[None, entries], *(part[:, entries] for part in self.of_entries.values())])
        shared = _product([np.ones((1, 1)), *(part[:, rows] for part in self.of_rows.values())])
        length = rows.stop - rows.start
        each = own.reshape(len(own), 1, -1, length)
        joint = buffer[: each.size * len(shared)].reshape(len(own), len(shared), -1, length)
        np.multiply(each, shared[None, :, None, :], out=joint)
        return joint.reshape(len(own) * len(shared), -1)


def _product(parts: Sequence[Array]) -> Array:
    """Axes (joint state, row) from tables with axes (state, row), the last table's states fastest."""
    first, *others = parts
    for part in others:
        first = (first[:, None, :] * part).reshape(-1, part.shape[1])
    return first
