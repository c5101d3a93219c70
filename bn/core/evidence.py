"""Observations about people: what rows say, and the likelihoods over the states of variables that follow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cpds.knowledge import Knowledge
from cpds.measurement import Readings, log_likelihood, panel_log_likelihood, settle
from cpds.products import without_void
from cpds.table import Array, Table

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Observed:
    """What was observed in each of `rows` people.

    `weights[variable]` holds P(finding | state), axes (state, row), all ones where nothing was stated.
    `readings[biomarker]` holds measured values, NaN where there is none.
    """

    rows: int
    weights: Mapping[str, Array] = field(default_factory=dict)
    readings: Mapping[str, Readings] = field(default_factory=dict)

    def __repr__(self) -> str:
        stated, measured = (", ".join(names) or "nothing" for names in (self.weights, self.readings))
        return f"<Observed: rows: {self.rows}; said: {stated}; measured: {measured}>"

    @property
    def findings(self) -> Findings:
        """The same with a statement for each row."""
        said = {
            name: Statements(np.column_stack([weight, np.ones(len(weight))]), np.arange(self.rows))
            for name, weight in self.weights.items()
        }
        return Findings(self.rows, said, self.readings)


@dataclass(frozen=True)
class Evidence:
    """Likelihoods: `known[variable]` is the index of the only possible state, -1 where it is open.

    `soft` are log likelihoods with axes (variable, *strata) and one batch entry a row; where a state
    is known the table adds a constant at most. `used` are the biomarkers that entered, by variable.
    """

    rows: int
    known: Mapping[str, Indices]
    soft: tuple[Table, ...]
    used: Mapping[str, tuple[str, ...]]

    def __repr__(self) -> str:
        stated = ", ".join(self.known) or "nothing"
        measured = ", ".join(name for names in self.used.values() for name in names) or "nothing"
        return f"<Evidence: rows: {self.rows}; said: {stated}; measured: {measured}>"

    @property
    def findings(self) -> tuple[str, ...]:
        """Names of the variables known in the first row and of the biomarkers that entered."""
        known = (name for name, index in self.known.items() if index[0] >= 0)
        return tuple(sorted({*known, *(name for names in self.used.values() for name in names)}))

    def tables(self, states: Mapping[str, tuple[str, ...]], scale: bool = False) -> list[Table]:
        """Likelihoods: one-hot where a state is known, else the probabilities of bounds, levels, yes and no.

        With `scale` each is divided by the largest entry of the row, since readings far out have tiny densities:
        ratios, which are all that a condition uses, stay. An event must not be scaled.
        """
        known = [
            Table((name,), np.where(index < 0, 1.0, np.eye(len(states[name]))[:, index]))
            for name, index in self.known.items()
        ]
        return known + [
            Table(logs.axes, scaled(logs.values)[0] if scale else np.exp(logs.values)) for logs in self.soft
        ]


def scaled(logs: Array) -> tuple[Array, Array]:
    """Likelihoods over the largest in each row, and the natural log of that, axis (row), which is last in `logs`.

    A row that excludes everything keeps its zeros, with log 0.

    >>> likelihoods, peak = scaled(np.log([[1.0, 0.5], [4.0, 0.5]]))
    >>> likelihoods.round(12).tolist(), np.exp(peak).round(12).tolist()
    ([[0.25, 1.0], [1.0, 1.0]], [4.0, 0.5])
    """
    peak = logs.max(axis=tuple(range(logs.ndim - 1)))
    peak = np.where(np.isneginf(peak), 0.0, peak)
    return np.exp(logs - peak), peak


def weigh(knowledge: Knowledge, observed: Observed, at: Mapping[str, Indices] | None = None) -> Evidence:
    """Evidence from observations: panels read together, derived and voided markers settled.

    `at` gives the state index of variables that cut a marker's strata, where every row's is known; the
    tables then have no axis for them.
    """
    settled = settle(knowledge, observed.readings)
    readings = {name: reading for name, reading in settled.items() if reading.measured.any()}
    known: dict[str, Indices] = {}
    soft: list[Table] = []
    for name, weight in observed.weights.items():
        single = (weight > 0).sum(axis=0) == 1
        known[name] = np.where(single, weight.argmax(axis=0), -1)
        if not (single.all() and (weight.max(axis=0) == 1).all()):
            soft.append(Table((name,), log_of(weight)))
    soft += read_together(knowledge, readings, at)
    used: dict[str, list[str]] = {}
    for name in readings:
        used.setdefault(knowledge.biomarkers[name].variable, []).append(name)
    return Evidence(observed.rows, known, tuple(soft), {name: tuple(ids) for name, ids in used.items()})


def read_together(
    knowledge: Knowledge, readings: Mapping[str, Readings], at: Mapping[str, Indices] | None = None
) -> list[Table]:
    """Log likelihoods of settled readings, a table for each panel and for each marker without one."""
    panels: dict[str | None, dict[str, Readings]] = {}
    for name, reading in readings.items():
        panels.setdefault(knowledge.biomarkers[name].panel, {})[name] = reading
    tables = []
    for panel, members in panels.items():
        if panel is None:
            tables += [log_likelihood(knowledge, name, reading, at) for name, reading in members.items()]
        else:
            tables.append(panel_log_likelihood(knowledge, panel, members, at))
    return tables


def linked(links: Sequence[Collection[str]]) -> list[list[int]]:
    """Places of those that share a link, directly or through others.

    >>> linked([{"a"}, {"b"}, {"c"}, {"a", "c"}])
    [[1], [0, 2, 3]]
    """
    groups: list[tuple[set[str], list[int]]] = []
    for place, own in enumerate(links):
        touching = [group for group in groups if not group[0].isdisjoint(own)]
        groups = [group for group in groups if group not in touching]
        groups.append(
            ({*own}.union(*(group[0] for group in touching)), [*(p for _, ps in touching for p in ps), place])
        )
    return [places for _, places in groups]


def log_of(weights: Array) -> Array:
    """Natural log of likelihoods, minus infinity where they exclude a state."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(weights))


@dataclass(frozen=True)
class Statements:
    """What rows state of one variable's states, each distinct statement once.

    `weights` holds P(statement | state), axes (state, statement), its last column ones: nothing stated.
    `codes` gives each row's statement.
    """

    weights: Array
    codes: Indices

    def take(self, rows: Indices) -> Statements:
        """The same for some rows."""
        return Statements(self.weights, self.codes[rows])

    def also(self, other: Statements) -> Statements:
        """Both statements of each row together: their weights multiply."""
        width = other.weights.shape[1]
        pairs, codes = np.unique(self.codes * width + other.codes, return_inverse=True)
        joined = self.weights[:, pairs // width] * other.weights[:, pairs % width]
        codes = np.where((joined == 1).all(axis=0)[codes], len(pairs), codes)
        return Statements(np.column_stack([joined, np.ones(len(joined))]), codes)

    @property
    def log_weights(self) -> Array:
        """Natural log of the weights, minus infinity where a statement excludes a state."""
        return log_of(self.weights)

    @property
    def single(self) -> Indices:
        """The only possible state of each row, -1 where several are."""
        possible = self.weights > 0
        return np.asarray(np.where(possible.sum(axis=0) == 1, possible.argmax(axis=0), -1)[self.codes])

    @property
    def silent(self) -> NDArray[np.bool_]:
        """Rows in which nothing is stated, or nothing in effect."""
        return np.asarray((self.weights == 1).all(axis=0)[self.codes])


@dataclass(frozen=True)
class Distinct:
    """The different readings of a marker, the last one missing, and which of them each row holds."""

    readings: Readings
    codes: Indices


@dataclass(frozen=True)
class Findings:
    """`statements[variable]` and `readings[biomarker]` of each of `rows` rows.

    `distinct[biomarker]` is there for markers of which many rows hold the same reading.
    """

    rows: int
    statements: Mapping[str, Statements]
    readings: Mapping[str, Readings]
    distinct: Mapping[str, Distinct] = field(default_factory=dict)

    def take(self, rows: Indices) -> Findings:
        """Some rows, in the order of `rows`, which may repeat."""
        return Findings(
            len(rows),
            {name: each.take(rows) for name, each in self.statements.items()},
            {name: reading.take(rows) for name, reading in self.readings.items()},
            {name: Distinct(one.readings, one.codes[rows]) for name, one in self.distinct.items()},
        )

    def where(self, keep: Callable[[str], bool]) -> Findings:
        """Those on variables and biomarkers that are to be kept, by id."""
        return Findings(
            self.rows,
            {name: one for name, one in self.statements.items() if keep(name)},
            {name: one for name, one in self.readings.items() if keep(name)},
            {name: one for name, one in self.distinct.items() if keep(name)},
        )

    def without_void(self, knowledge: Knowledge) -> Findings:
        """The same without readings that a declared marker voids."""
        readings = without_void(knowledge, self.readings)
        distinct = {name: one for name, one in self.distinct.items() if readings[name] is self.readings[name]}
        return replace(self, readings=readings, distinct=distinct)

    def settled(self, knowledge: Knowledge) -> Findings:
        """Products computed; what is superseded or void left out. See `cpds.products.settle`."""
        readings = settle(knowledge, self.readings)
        distinct = {}
        for name, one in self.distinct.items():
            if not _others(readings[name], self.readings[name]).any():
                missing = len(one.readings.values) - 1
                distinct[name] = Distinct(one.readings, np.where(readings[name].measured, one.codes, missing))
        return replace(self, readings=readings, distinct=distinct)

    def observed(self) -> Observed:
        """The same with the weights of every row written out."""
        return Observed(self.rows, {name: s.weights[:, s.codes] for name, s in self.statements.items()}, self.readings)


def _others(settled: Readings, before: Readings) -> NDArray[np.bool_]:
    """Rows in which settling put another reading."""
    return np.asarray(settled.measured & ((settled.values != before.values) | (settled.censored != before.censored)))
