"""What-if for every row of a cohort: both worlds contracted once a context, then one matrix product for its rows.

Rows of which the same is known for certain of their context go together. For each such group both worlds are
contracted to the joint of the variables that findings speak of, as they were before the acts, and the outcome,
as it is after them; a row then weighs that joint by its likelihoods. The joints are kept for the rows of other
blocks and files. All at the point, without intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Evidence, Indices, Observed, scaled, weigh
from bn.engine import infer
from bn.engine.cache import Cache
from bn.questions.what_if.treatments import Change
from bn.questions.what_if.twin import Worlds, worlds
from cpds.measurement import settle
from cpds.records import CONTEXT_ROLES
from cpds.table import Array, Table

if TYPE_CHECKING:
    from bn.core.model import Model

MAX_STATES = 1 << 12
ENTRIES = 1 << 21
ROWS_AT_ONCE = 32
KEPT = 1 << 27


@dataclass(frozen=True)
class Batch:
    """A change asked of many rows, also by several threads. The risk is P(`outcome` = state number `state`)."""

    model: Model
    change: Change
    outcome: str
    state: int
    _kept: Cache[object, Array] = field(default_factory=lambda: Cache(KEPT))
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, model: Model, change: Change) -> Batch:
        """About the risk of the model."""
        outcome, state = model.risk_of
        return cls(model, change, outcome, model.knowledge.variables[outcome].states.index(state))

    def risks(self, observed: Observed, rows: Indices) -> tuple[Array, Array]:
        """Risk before and after in each of `rows`, axis (row) each; NaN where the findings exclude each other."""
        observed = replace(observed, readings=settle(self.model.knowledge, observed.readings))
        result = np.full((2, len(rows)), np.nan)
        for at, fixed in self._contexts(observed, rows):
            for part, findings in self._portions(self._findings(take(observed, rows[at]), fixed), len(at)):
                result[:, at[part]] = self._answer(fixed, findings, len(part))
        return result[0], result[1]

    def _contexts(self, observed: Observed, rows: Indices) -> Iterator[tuple[Indices, dict[str, int]]]:
        """Positions in `rows` with the same certain context, and what that is, by state index."""
        names = [name for name, variable in self.model.knowledge.variables.items() if variable.role in CONTEXT_ROLES]
        states = np.full((len(rows), len(names)), -1)
        for column, name in enumerate(names):
            if name in observed.weights:
                weight = observed.weights[name][:, rows]
                states[:, column] = np.where((weight > 0).sum(axis=0) == 1, weight.argmax(axis=0), -1)
        for kind, at in _alike(states):
            yield at, {name: int(state) for name, state in zip(names, kind, strict=True) if state >= 0}

    def _findings(self, observed: Observed, fixed: Mapping[str, int]) -> list[Table]:
        """Likelihoods of what was found beyond the certain context, a batch entry a row, at most 1 each."""
        at = {name: np.full(observed.rows, state) for name, state in fixed.items()}
        read = weigh(self.model.knowledge, Observed(observed.rows, {}, observed.readings), at).soft
        said = [
            Table((name,), weight)
            for name, weight in observed.weights.items()
            if name not in fixed and (weight != 1).any()
        ]
        return said + [Table(logs.axes, scaled(logs.values)[0]) for logs in read]

    def _portions(self, findings: list[Table], rows: int) -> Iterator[tuple[Indices, list[Table]]]:
        """Rows with their findings, apart by what the findings speak of where that is too much for one joint."""
        if prod(self._sizes(self._spoken(findings))) <= MAX_STATES:
            yield np.arange(rows), findings
            return
        speaks = [(table.values != 1).any(axis=tuple(range(len(table.axes)))) for table in findings]
        for kind, at in _alike(np.broadcast_to(np.array(speaks), (len(findings), rows)).T):
            speaking = [table for table, there in zip(findings, kind, strict=True) if there]
            yield at, [Table(table.axes, table.values[..., at]) for table in speaking]

    def _answer(self, fixed: Mapping[str, int], findings: list[Table], rows: int) -> Array:
        """Risk before and after of some rows, axes (world, row)."""
        seen = self._spoken(findings)
        size = prod(self._sizes(seen))
        if size > MAX_STATES:
            pair, pieces = self._worlds(fixed), _pieces(rows, ROWS_AT_ONCE)
            return np.concatenate([self._directly(pair, findings, some) for some in pieces], axis=1)
        joints = self._joints(fixed, seen)
        result = np.empty((2, rows))
        for some in _pieces(rows, max(1, ENTRIES // size)):
            weights = np.ones((1,) * len(seen) + (1,))
            for table in findings:
                weights = weights * table.over(seen)[..., some]
            flat = np.broadcast_to(weights, (*self._sizes(seen), some.stop - some.start)).reshape(size, -1)
            result[:, some] = _share(np.einsum("sr,wso->wor", flat, joints, optimize=True), self.state)
        return result

    def _directly(self, pair: tuple[Worlds, Worlds], findings: list[Table], some: slice) -> Array:
        """The same for a few rows whose findings speak of too much for a joint."""
        here = [Table(table.axes, table.values[..., some]) for table in findings]
        parts = []
        for world in pair:
            both = replace(world, findings=(*world.findings, *here)).twin()
            tables = [*both.tables, *(both.seen(finding) for finding in (*world.findings, *here))]
            joint = infer(tables, keep=(self.outcome,)).total.values
            total = np.zeros((self._sizes((self.outcome,))[0], joint.shape[-1]))
            np.add.at(total, both.pairs[self.outcome].after, joint)
            parts.append(_share(total, self.state))
        return np.stack(np.broadcast_arrays(*parts))

    def _joints(self, fixed: Mapping[str, int], seen: tuple[str, ...]) -> Array:
        """P(states of `seen` before, outcome | context) in both worlds, unnormalized: axes (world, seen, outcome)."""
        key, size = (*fixed.items(), seen), prod(self._sizes(seen))
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                return kept
            joints = np.stack([w.joint(seen, self.outcome).reshape(size, -1) for w in self._worlds(fixed)])
            return self._kept.put(key, joints)

    def _worlds(self, fixed: Mapping[str, int]) -> tuple[Worlds, Worlds]:
        """A context without the change, and with it."""
        known = {name: np.array([state]) for name, state in fixed.items()}
        both = worlds(self.model.knowledge, self.model.point, Evidence(1, known, (), {}), self.change)
        return replace(both, after=both.before, acted=frozenset()), both

    def _spoken(self, findings: list[Table]) -> tuple[str, ...]:
        """What findings speak of, in the network's order."""
        spoken = {axis for table in findings for axis in table.axes}
        return tuple(name for name in self.model.knowledge.variables if name in spoken)

    def _sizes(self, names: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(len(self.model.knowledge.variables[name].states) for name in names)


def take(observed: Observed, rows: Indices) -> Observed:
    """Some rows of what was observed, in the order of `rows`."""
    return Observed(
        len(rows),
        {name: weight[:, rows] for name, weight in observed.weights.items()},
        {name: reading.take(rows) for name, reading in observed.readings.items()},
    )


def _alike(keys: NDArray[np.generic]) -> Iterator[tuple[NDArray[np.generic], Indices]]:
    """Each distinct row of `keys`, with the positions where it stands; nothing where there are no rows."""
    if not len(keys):
        return
    kinds, which = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    starts = np.cumsum(np.bincount(which.ravel(), minlength=len(kinds)))[:-1]
    yield from zip(kinds, np.split(order, starts), strict=True)


def _pieces(rows: int, step: int) -> list[slice]:
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


def _share(weights: Array, state: int) -> Array:
    """Probability of one state from unnormalized weights, axes (..., state, row); NaN where all are zero."""
    total = weights.sum(axis=-2)
    return np.asarray(weights[..., state, :] / np.where(total > 0, total, np.nan))
