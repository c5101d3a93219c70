"""What rows say of one measured variable: statements and readings, each different reading weighed once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bn.batch.findings import Distinct, Findings, Said
from bn.evidence import Indices
from cpds.knowledge import Knowledge
from cpds.measurement import PART, Readings, contribution, together
from cpds.strata import cutting
from cpds.table import Array, Table

WORTH = 2
"""A table over the different readings and all strata is made where it is this many times smaller than the rows."""


@dataclass(frozen=True)
class _Tabled:
    """Contributions of the different readings, axes (part, stratum and reading), and where each row finds its own."""

    strata: Mapping[str, int]
    values: Array
    distinct: Distinct

    def at(self, rows: Indices, at: Mapping[str, Indices]) -> Table:
        place = np.zeros(len(rows), dtype=np.int64)
        for name, size in self.strata.items():
            place = place * size + at[name]
        place = place * len(self.distinct.readings.values) + self.distinct.codes[rows]
        return Table((PART,), self.values[:, place])


@dataclass(frozen=True)
class _Direct:
    """Readings weighed row by row."""

    knowledge: Knowledge
    marker: str
    readings: Readings

    def at(self, rows: Indices, at: Mapping[str, Indices]) -> Table:
        return contribution(self.knowledge, self.marker, self.readings.take(rows), at)


@dataclass(frozen=True)
class Witnesses:
    """Statements and markers of one variable; `cut` says whether what they say depends on the context."""

    knowledge: Knowledge
    variable: str
    said: Said | None
    readings: Mapping[str, Readings]
    markers: Mapping[str, _Tabled | _Direct]
    cut: bool

    @classmethod
    def of(cls, knowledge: Knowledge, findings: Findings, variable: str) -> Witnesses:
        """`findings` are settled."""
        readings = {
            name: reading
            for name, reading in findings.readings.items()
            if knowledge.biomarkers[name].variable == variable and reading.measured.any()
        }
        markers = {name: _marker(knowledge, findings, name) for name in readings}
        cut = any(cutting(knowledge, name) for name in readings)
        return cls(knowledge, variable, findings.said.get(variable), readings, markers, cut)

    def scaled(self, rows: Indices, at: Mapping[str, Indices]) -> tuple[Array, Array]:
        """Likelihood of the states over each row's largest, axes (state, row), and the log of that, axis (row).

        `at` is the context of each of `rows`. A row that excludes every state keeps its zeros.
        """
        if self._alone is not None:
            found = self._alone.at(rows, at).values
            return found[:-1], found[-1]
        scaled = _scaled(self._log(rows, at))
        return scaled[:-1], scaled[-1]

    @cached_property
    def _alone(self) -> _Tabled | None:
        """The only marker's table with the likelihoods already scaled, where one table says all."""
        if self.said is not None or len(self.markers) != 1:
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
            with np.errstate(divide="ignore"):
                total += np.log(self.said.weights)[:, self.said.codes[rows]]
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


_ONE = np.ones(1, dtype=np.int64)


def _scaled(log: Array) -> Array:
    """Likelihoods over the largest of them, axes (state, row), and below them the log of that."""
    peak = log.max(axis=0)
    peak = np.where(np.isneginf(peak), 0.0, peak)
    return np.concatenate([np.exp(log - peak), peak[None]])


def _marker(knowledge: Knowledge, findings: Findings, name: str) -> _Tabled | _Direct:
    strata = {axis: len(knowledge.variables[axis].states) for axis in cutting(knowledge, name)}
    distinct = findings.distinct.get(name)
    if distinct is not None:
        size = len(distinct.readings.values) * int(np.prod(list(strata.values()), initial=1))
        if size * WORTH <= findings.rows:
            table = contribution(knowledge, name, distinct.readings)
            laid = np.broadcast_to(
                table.over((PART, *strata)), (len(table.values), *strata.values(), len(distinct.readings.values))
            )
            return _Tabled(strata, laid.reshape(len(laid), -1), distinct)
    return _Direct(knowledge, name, findings.readings[name])
