"""What rows say of one measured variable: statements and readings, each different reading weighed once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from bn.cohort.kernel.pieces import Batch
from bn.core.evidence import Findings, Indices, Statements, scaled
from cpds.knowledge import Knowledge
from cpds.measurement import PART, Readings, contribution, together
from cpds.strata import cutting
from cpds.table import Array, Table

WORTH = 2
"""A table over the different readings and all strata is made where it is this many times smaller than the rows."""


@dataclass(frozen=True)
class _Tabled:
    """What different readings or statements contribute, and which of them each row holds.

    `values` has axes (part, stratum and reading), the reading varying fastest; `codes` has axis (row).
    """

    strata: Mapping[str, int]
    values: Array
    codes: Indices

    def step(self, at: Mapping[str, Indices]) -> Indices:
        """How far the stratum in which the states `at` lie is from the first; one for all where there is but one."""
        number = np.zeros(1, dtype=np.int64)
        for name, size in self.strata.items():
            number = number * size + at[name]
        return np.asarray(number * (self.values.shape[1] // prod(self.strata.values())))

    def at(self, rows: Indices, at: Mapping[str, Indices]) -> Table:
        return Table((PART,), np.take(self.values, self.codes[rows] + self.step(at), axis=1))


@dataclass(frozen=True)
class _Direct:
    """Readings weighed row by row."""

    knowledge: Knowledge
    marker: str
    readings: Readings

    def at(self, rows: Indices, at: Mapping[str, Indices]) -> Table:
        return contribution(self.knowledge, self.marker, self.readings.take(rows), at)


@dataclass(frozen=True)
class Lookup:
    """Likelihoods of a variable's states over the largest of them, and where the rows of a batch find theirs.

    `values` has axes (state, place), `peaks` (place) holds the natural log of what was divided out. A row finds its
    own at `first`, axis (row), moved by `step`, axis (stretch), where that is not None. A place that excludes every
    state keeps its zeros.
    """

    values: Array
    peaks: Array
    first: Indices
    step: Indices | None


@dataclass(frozen=True)
class Witnesses:
    """Statements and markers of one variable; `cut` says whether what they say depends on the context."""

    knowledge: Knowledge
    variable: str
    said: Statements | None
    readings: Mapping[str, Readings]
    markers: Mapping[str, _Tabled | _Direct]
    cut: bool

    @classmethod
    def of(cls, knowledge: Knowledge, findings: Findings, variable: str) -> Witnesses:
        """`findings` are settled."""
        readings = _readings(knowledge, findings, variable)
        markers = {name: _marker(knowledge, findings, name) for name in readings}
        cut = is_cut(knowledge, findings, variable)
        return cls(knowledge, variable, findings.statements.get(variable), readings, markers, cut)

    def lookup(self, batch: Batch) -> Lookup:
        """What the rows of a batch say; batches share a table where one says all."""
        if self._alone is not None:
            values, codes = self._alone.values, self._alone.codes[batch.rows]
            return Lookup(values[:-1], values[-1], codes, self._alone.step(batch.at) if self.cut else None)
        rows, at, step = self._written(batch) if self.cut else (batch.rows, {}, None)
        scaled = _scaled(self._log(rows, at))
        return Lookup(scaled[:-1], scaled[-1], np.arange(len(batch.rows)), step)

    def _written(self, batch: Batch) -> tuple[Indices, Mapping[str, Indices], Indices]:
        """Rows to be weighed, their context, and how far the rows of each stretch are from the first.

        All rows come once for each stratum that some stretch lies in, or once for each of their alternatives, whichever
        is less.
        """
        cut = {axis for name in self.markers for axis in cutting(self.knowledge, name)}
        at = {name: states for name, states in batch.at.items() if name in cut}
        number = np.ravel_multi_index(tuple(at.values()), [len(self.knowledge.variables[name].states) for name in at])
        strata, where, stratum = np.unique(number, return_index=True, return_inverse=True)
        length = len(batch.rows)
        if len(strata) * length < len(batch.origin):
            seen = {name: np.repeat(states[where], length) for name, states in at.items()}
            return np.tile(batch.rows, len(strata)), seen, stratum * length
        return batch.rows[batch.origin], {name: batch.written(states) for name, states in at.items()}, batch.ahead

    @cached_property
    def _alone(self) -> _Tabled | None:
        """The table of the only marker, or of the statements, with likelihoods already scaled, where it says all."""
        if self.said is not None:
            return None if self.markers else _Tabled({}, _scaled(self.said.log_weights), self.said.codes)
        if len(self.markers) != 1:
            return None
        ((name, marker),) = self.markers.items()
        if isinstance(marker, _Direct):
            return None
        panel = self.knowledge.biomarkers[name].panel
        log = together(self.knowledge, self.variable, panel, [Table((PART,), marker.values)], _ONE).values
        return replace(marker, values=_scaled(log))

    def _log(self, rows: Indices, at: Mapping[str, Indices]) -> Array:
        """Log likelihood of the states, axes (state, row)."""
        total = np.zeros((len(self.knowledge.variables[self.variable].states), len(rows)))
        if self.said is not None:
            total += self.said.log_weights[:, self.said.codes[rows]]
        for panel, names in self._panels():
            parts = [self.markers[name].at(rows, at) for name in names]
            count = np.sum([self.readings[name].measured[rows] for name in names], axis=0) if len(names) > 1 else _ONE
            table = together(self.knowledge, self.variable, panel, parts, count)
            if len(table.axes) > 1:
                strata = ", ".join(table.axes[1:])
                raise ValueError(f"likelihood of {self.variable} depends on {strata}, which is no context variable")
            total += table.values
        return total

    def _panels(self) -> Iterator[tuple[str | None, list[str]]]:
        groups: dict[str, list[str]] = {}
        for name in self.markers:
            panel = self.knowledge.biomarkers[name].panel
            if panel is None:
                yield None, [name]
            else:
                groups.setdefault(panel, []).append(name)
        yield from groups.items()


def is_cut(knowledge: Knowledge, findings: Findings, variable: str) -> bool:
    """Whether what is read of a variable depends on the context."""
    return any(cutting(knowledge, name) for name in _readings(knowledge, findings, variable))


def _readings(knowledge: Knowledge, findings: Findings, variable: str) -> dict[str, Readings]:
    """The markers of a variable that some row has measured."""
    return {
        name: reading
        for name, reading in findings.readings.items()
        if knowledge.biomarkers[name].variable == variable and reading.measured.any()
    }


_ONE = np.ones(1, dtype=np.int64)


def _scaled(log: Array) -> Array:
    """Likelihoods over the largest of them, axes (state, row), and below them the log of that."""
    likelihoods, peak = scaled(log)
    return np.concatenate([likelihoods, peak[None]])


def _marker(knowledge: Knowledge, findings: Findings, name: str) -> _Tabled | _Direct:
    strata = {axis: len(knowledge.variables[axis].states) for axis in cutting(knowledge, name)}
    distinct = findings.distinct.get(name)
    if distinct is not None:
        size = len(distinct.readings.values)
        if size * prod(strata.values()) * WORTH <= findings.rows:
            table = contribution(knowledge, name, distinct.readings)
            laid = np.broadcast_to(table.over((PART, *strata)), (len(table.values), *strata.values(), size))
            return _Tabled(strata, laid.reshape(len(laid), -1), distinct.codes)
    return _Direct(knowledge, name, findings.readings[name])
