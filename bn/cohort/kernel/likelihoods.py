"""P(findings | states) of the measured variables, from statements and readings, each different reading weighed once.

Variables have a likelihood each, but for those of which one reading tells jointly: where the reference of a marker is
cut by another variable than those of the context, that variable and its own have one likelihood, over their joint
states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from bn.cohort.kernel.context import Batch, Span
from bn.core.evidence import Findings, Indices, Statements, linked, scaled
from cpds.knowledge import Knowledge
from cpds.measurement import Readings, contribution, together
from cpds.strata import cutting, measured_by
from cpds.table import Array, Table

TABULATE_RATIO = 2
"""A table over the different readings and all strata is made where it is this many times smaller than the rows."""
_ONE = np.ones(1, dtype=np.int64)


@dataclass(frozen=True)
class _Tabulated:
    """What different readings or statements contribute, and which of them each row holds.

    `values` has axes (*axes, stratum and reading), the reading varying fastest; `strata` are the context variables that
    cut the reference, with their numbers of states. `codes` has axis (row).
    """

    strata: Mapping[str, int]
    axes: tuple[str, ...]
    values: Array
    codes: Indices

    def step(self, states: Mapping[str, Indices]) -> Indices:
        """How far the stratum of these context states is from the first; one number where there is one stratum."""
        number = np.zeros(1, dtype=np.int64)
        for name, size in self.strata.items():
            number = number * size + states[name]
        return np.asarray(number * (self.values.shape[-1] // prod(self.strata.values())))

    def contributions(self, rows: Indices, states: Mapping[str, Indices]) -> Table:
        return Table(self.axes, np.take(self.values, self.codes[rows] + self.step(states), axis=-1))


@dataclass(frozen=True)
class _RowByRow:
    """Readings that are weighed row by row."""

    knowledge: Knowledge
    marker: str
    readings: Readings

    def contributions(self, rows: Indices, states: Mapping[str, Indices]) -> Table:
        return contribution(self.knowledge, self.marker, self.readings.take(rows), states)


@dataclass(frozen=True)
class JointLikelihoods:
    """Statements and markers of variables that are weighed jointly, mostly one.

    `stratified` says whether their likelihoods depend on the context.
    """

    knowledge: Knowledge
    variables: tuple[str, ...]
    statements: Mapping[str, Statements]
    readings: Mapping[str, Readings]
    markers: Mapping[str, _Tabulated | _RowByRow]
    stratified: bool

    @classmethod
    def of(cls, knowledge: Knowledge, findings: Findings, variables: tuple[str, ...]) -> JointLikelihoods:
        """`findings` are those that count, with products computed: see `Findings.settled`."""
        readings = _readings(knowledge, findings, variables)
        markers = {name: _marker(knowledge, findings, name) for name in readings}
        statements = {name: findings.statements[name] for name in variables if name in findings.statements}
        stratified = is_stratified(knowledge, findings, variables)
        return cls(knowledge, variables, statements, readings, markers, stratified)

    def of_batch(self, batch: Batch) -> Array:
        """Likelihoods over the largest of them, and its natural log in a row below: axes (joint state, row or entry).

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
        stratifiers = {axis for name in self.markers for axis in _context_strata(self.knowledge, name)}
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
        """The table of the only marker, or the only statements, with scaled likelihoods, where it holds everything."""
        if not self.markers and len(self.statements) == 1:
            ((name, statements),) = self.statements.items()
            return _Tabulated({}, (name,), _scaled(statements.log_weights), statements.codes)
        if self.statements or len(self.markers) != 1:
            return None
        ((name, marker),) = self.markers.items()
        if isinstance(marker, _RowByRow):
            return None
        of = self.knowledge.biomarkers[name]
        table = together(self.knowledge, of.variable, of.panel, [Table(marker.axes, marker.values)], _ONE)
        return replace(marker, values=_scaled(table.over(self.variables).reshape(-1, marker.values.shape[-1])))

    def _log(self, rows: Indices, states: Mapping[str, Indices]) -> Array:
        """Log likelihood of the joint states, the last variable fastest: axes (joint state, row)."""
        total = np.zeros((*(len(self.knowledge.variables[name].states) for name in self.variables), len(rows)))
        for name, statements in self.statements.items():
            total += Table((name,), statements.log_weights[:, statements.codes[rows]]).over(self.variables)
        for panel, names in self._panels:
            parts = [self.markers[name].contributions(rows, states) for name in names]
            count = np.sum([self.readings[name].measured[rows] for name in names], axis=0) if len(names) > 1 else _ONE
            variable = self.knowledge.biomarkers[names[0]].variable
            total += together(self.knowledge, variable, panel, parts, count).over(self.variables)
        return total.reshape(-1, len(rows))

    @cached_property
    def _panels(self) -> list[tuple[str | None, list[str]]]:
        """Markers that are read together, with their panel; None for one without a panel."""
        panels = [(name, self.knowledge.biomarkers[name].panel) for name in self.markers]
        single: list[tuple[str | None, list[str]]] = [(None, [name]) for name, panel in panels if panel is None]
        several = dict.fromkeys(panel for _, panel in panels if panel is not None)
        return [*single, *((panel, [name for name, other in panels if other == panel]) for panel in several)]


def weighed_jointly(knowledge: Knowledge, findings: Findings, measured: Sequence[str]) -> list[tuple[str, ...]]:
    """The measured variables, those together of which readings tell jointly, directly or through others."""
    markers = [measured_by(knowledge, name) for name, reading in findings.readings.items() if reading.measured.any()]
    groups = linked([*((name,) for name in measured), *(names for names in markers if len(names) > 1)])
    return [tuple(measured[place] for place in sorted(places) if place < len(measured)) for places in groups]


def is_stratified(knowledge: Knowledge, findings: Findings, variables: Sequence[str]) -> bool:
    """Whether the likelihoods of the variables' markers depend on the context."""
    return any(_context_strata(knowledge, name) for name in _readings(knowledge, findings, variables))


def _readings(knowledge: Knowledge, findings: Findings, variables: Sequence[str]) -> dict[str, Readings]:
    """The markers of some variables that some row has measured."""
    return {
        name: reading
        for name, reading in findings.readings.items()
        if knowledge.biomarkers[name].variable in variables and reading.measured.any()
    }


def _context_strata(knowledge: Knowledge, marker: str) -> tuple[str, ...]:
    """Context variables that cut a marker's reference."""
    jointly = measured_by(knowledge, marker)
    return tuple(name for name in cutting(knowledge, marker) if name not in jointly)


def _scaled(log: Array) -> Array:
    """Likelihoods over the largest of them, axes (state, row), and below them the log of that."""
    likelihoods, peak = scaled(log)
    return np.concatenate([likelihoods, peak[None]])


def _marker(knowledge: Knowledge, findings: Findings, name: str) -> _Tabulated | _RowByRow:
    strata = {axis: len(knowledge.variables[axis].states) for axis in _context_strata(knowledge, name)}
    distinct = findings.distinct.get(name)
    if distinct is not None:
        size = len(distinct.readings.values)
        if size * prod(strata.values()) * TABULATE_RATIO <= findings.rows:
            table = contribution(knowledge, name, distinct.readings)
            axes = tuple(axis for axis in table.axes if axis not in strata)
            laid = table.over((*axes, *strata))
            return _Tabulated(strata, axes, laid.reshape(*laid.shape[: len(axes)], -1), distinct.codes)
    return _RowByRow(knowledge, name, findings.readings[name])


@dataclass(frozen=True)
class Likelihoods:
    """P(findings | states) of the measured variables for the entries of a batch, up to a factor for each row.

    `of_entries`, each with axes (state, entry), are the likelihoods that depend on the context; the variables come in
    this order, then those of `of_rows`, each with axes (state, row). `factor` (entry) puts the alternatives of one row
    on a common scale, `log_scale` (row) is the natural log of what was divided out.
    """

    of_entries: Sequence[Array]
    of_rows: Sequence[Array]
    factor: Array
    log_scale: Array

    @classmethod
    def of(cls, weighed: Sequence[JointLikelihoods], batch: Batch) -> Likelihoods:
        """From the readings and statements of all measured variables, stratified ones first."""
        scale = batch.expanded(batch.log_weight)
        common = np.zeros(len(batch.rows))
        of_entries: list[Array] = []
        of_rows: list[Array] = []
        for one in weighed:
            found = one.of_batch(batch)
            (of_entries if one.stratified else of_rows).append(found[:-1])
            peaks = scale if one.stratified else common
            peaks += found[-1]
        top = np.full(len(batch.rows), -np.inf)
        np.maximum.at(top, batch.origin, scale)
        return cls(of_entries, of_rows, np.exp(scale - top[batch.origin]), top + common)

    @property
    def states(self) -> int:
        """Number of joint states of the measured variables."""
        return prod(len(part) for parts in (self.of_entries, self.of_rows) for part in parts)

    def joint(self, run: Sequence[Span], buffer: Array) -> Array:
        """Product over the measured variables: axes (joint state, entry), the last variable fastest.

        `run` is one of the batch's runs. `buffer` holds at least as many numbers; the result is a view of it. What
        alternatives share is multiplied once for all of them.
        """
        rows, entries = slice(run[0].rows.start, run[-1].rows.stop), slice(run[0].entries.start, run[-1].entries.stop)
        own = _product([self.factor[None, entries], *(part[:, entries] for part in self.of_entries)])
        shared = _product([np.ones((1, 1)), *(part[:, rows] for part in self.of_rows)])
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
