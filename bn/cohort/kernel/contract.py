"""The network contracted to the joint of context and measured variables, with some context variables fixed.

Contractions are done many at once along the batch axis: those of many tiles at one parameter vector, or of
one tile at many draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bn.cohort.kernel.context import Context
from bn.engine import eliminate, infer
from bn.engine.parallel import cores, side_by_side
from cpds.knowledge import Knowledge
from cpds.logistic import cpd
from cpds.table import Array, Table

DRAWS_AT_ONCE = 50
ENTRIES_AT_ONCE = 1 << 20

Joint = NDArray[np.floating]
Sets = tuple[int, ...]


@dataclass(frozen=True)
class Contraction:
    """What is kept of a network at some parameters.

    `outer` are the context variables that a tile fixes, `inner` those that it keeps as axes; `columns`
    are the (variable, state) pairs whose joint probability is wanted beside the plain one.
    """

    knowledge: Knowledge
    parameters: Mapping[str, Array]
    context: Context
    outer: tuple[str, ...]
    measured: tuple[str, ...]
    columns: tuple[tuple[str, int], ...]
    dtype: DTypeLike = np.float64
    _constants: dict[int, list[Table]] = field(default_factory=dict)

    @cached_property
    def inner(self) -> tuple[str, ...]:
        """Context variables that a tile keeps as axes."""
        return tuple(name for name in self.context.names if name not in self.outer)

    @cached_property
    def draws(self) -> int:
        """Number of draws of the parameters."""
        return max(len(values) for values in self.parameters.values())

    def tiles(self, wanted: Sequence[Sets]) -> list[Joint]:
        """Joints where the outer variables lie in the given sets of their states.

        Axes (cell of the inner variables, measured state, column and draw): draws vary fastest, the plain joint
        is the last column.
        """
        if self.draws > 1:
            return [self._of_draws(sets) for sets in wanted]
        alike: dict[tuple[bool, ...], list[Sets]] = {}
        for sets in wanted:
            alone = (place < self.context.spans[name].states for name, place in zip(self.outer, sets, strict=True))
            alike.setdefault(tuple(alone), []).append(sets)
        chunks = [chunk for some in alike.values() for chunk in _chunks(some, self._step)]
        found = {
            sets: joint
            for chunk, joints in zip(chunks, side_by_side(self._of_tiles, chunks), strict=True)
            for sets, joint in zip(chunk, joints, strict=True)
        }
        return [found[sets] for sets in wanted]

    @property
    def _step(self) -> int:
        """How many batch entries are contracted at once."""
        variables = self.knowledge.variables
        entries = prod(len(variables[name].states) for name in (*self.inner, *self.measured))
        return int(np.clip(ENTRIES_AT_ONCE // entries, 1, DRAWS_AT_ONCE))

    def _of_tiles(self, wanted: Sequence[Sets]) -> list[Joint]:
        """Tiles that fix the same variables, at one parameter vector."""
        each = [self._varying_tables(sets, self.parameters) for sets in wanted]
        joined = [
            Table(same[0].axes, np.concatenate([table.values for table in same], axis=-1))
            for same in zip(*each, strict=True)
        ]
        found = self._flat([*self._constant(0), *joined])
        return [np.ascontiguousarray(found[..., k]) for k in range(len(wanted))]

    def _of_draws(self, sets: Sets) -> Joint:
        """One tile at all draws."""

        def part(start: int) -> Joint:
            some = {name: values[start : start + self._step] for name, values in self.parameters.items()}
            return self._flat([*self._constant(start), *self._varying_tables(sets, some)])

        joined = np.concatenate(side_by_side(part, range(0, self.draws, self._step)), axis=-1)
        return joined.reshape(*joined.shape[:2], -1)

    def _varying_tables(self, sets: Sets, parameters: Mapping[str, Array]) -> list[Table]:
        """Tables that differ between tiles: CPDs where a state is fixed, and what several states leave open."""
        members = {name: self.context.spans[name].members[place] for name, place in zip(self.outer, sets, strict=True)}
        alone = {name: int(member.argmax()) for name, member in members.items() if member.sum() == 1}
        variables = self.knowledge.variables
        tables = [cpd(variables[name], variables, parameters, alone) for name in self._varying]
        several = [
            Table((name,), member.astype(float)[:, None]) for name, member in members.items() if name not in alone
        ]
        return [*tables, *several]

    def _constant(self, start: int) -> list[Table]:
        """Tables of some draws that are the same in every tile, with what only they speak of summed out."""
        if start not in self._constants:
            variables = self.knowledge.variables
            some = {name: values[start : start + self._step] for name, values in self.parameters.items()}
            tables = [cpd(variables[name], variables, some) for name in variables if name not in self._varying]
            spoken = {axis for name in self._varying for axis in (name, *(p.id for p in variables[name].parents))}
            wanted = {*self.context.names, *self.measured, *(name for name, _ in self.columns)}
            self._constants[start] = eliminate(tables, [name for name in variables if name not in spoken | wanted])
        return self._constants[start]

    @cached_property
    def _varying(self) -> list[str]:
        """Variables whose tables depend on what a tile fixes."""
        return [
            name
            for name, variable in self.knowledge.variables.items()
            if {name, *(parent.id for parent in variable.parents)} & set(self.outer)
        ]

    def _flat(self, tables: list[Table]) -> Joint:
        """Axes (cell, measured state, column, batch)."""
        stacked = _joint(tables, (*self.inner, *self.measured), self.columns)
        for axis, name in enumerate(self.inner):
            members = self.context.spans[name].members.astype(float)
            stacked = np.moveaxis(np.tensordot(members, stacked, axes=(1, axis)), 0, axis)
        cells = prod(stacked.shape[: len(self.inner)])
        return np.ascontiguousarray(stacked.reshape(cells, -1, *stacked.shape[-2:]), dtype=self.dtype)


def _chunks(some: Sequence[Sets], most: int) -> Iterator[Sequence[Sets]]:
    """Parts of nearly the same length, at least one for each core, none longer than `most`."""
    count = min(len(some), max(cores(), -(-len(some) // most)))
    bounds = np.linspace(0, len(some), count + 1).round().astype(int).tolist()
    return (some[low:high] for low, high in pairwise(bounds))


def _joint(tables: list[Table], keep: tuple[str, ...], columns: Sequence[tuple[str, int]]) -> Array:
    """Joint of the kept variables, with each column's state and plain: axes (*keep, column, batch).

    A single target is kept like the others, which spares the way back down the bucket tree.
    """
    targets = {name for name, _ in columns} - set(keep)
    if len(targets) == 1:
        (target,) = targets
        found = infer(tables, keep=(*keep, target)).total.values
        joints = {target: Table((*keep, target), found)}
        total = found.sum(axis=-2)
    else:
        answer = infer(tables, targets, keep)
        joints, total = dict(answer.joints), answer.total.values
    whole = Table(keep, total)
    values = [_with_state(joints.get(name, whole), keep, name, state) for name, state in columns]
    return np.stack(np.broadcast_arrays(*values, total), axis=-2)


def _with_state(joint: Table, keep: tuple[str, ...], name: str, state: int) -> Array:
    """Joint of the kept variables and one state, axes (*keep, batch)."""
    if name not in keep:
        return np.asarray(joint.values[..., state, :])
    axis = keep.index(name)
    chosen = np.arange(joint.values.shape[axis]) == state
    return np.asarray(joint.values * chosen.reshape(-1, *[1] * (joint.values.ndim - axis - 1)))
