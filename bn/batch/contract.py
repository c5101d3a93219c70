"""The network contracted to the joint of context and measured variables; rows then are matrix products.

A row whose context is known picks one cell of the joint, and weighs the joint states of the measured
variables in it by its likelihoods. Some context variables are fixed before contracting, so that a joint
stays small; such a joint is called a tile. A tile keeps the other context variables as axes, which shares
work between their states, and is made when a row first needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod
from threading import Lock

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bn.batch.context import Context
from bn.batch.parallel import side_by_side
from bn.engine import eliminate, infer
from cpds.knowledge import Knowledge
from cpds.logistic import cpd
from cpds.table import Array, Table

DRAWS_AT_ONCE = 50
ENTRIES_AT_ONCE = 1 << 20
CACHE_BYTES = 3 << 28

Joint = NDArray[np.floating]
Sets = tuple[int, ...]


@dataclass
class Joints:
    """Joints of a network at some parameters.

    `outer` are the context variables that a tile fixes, `inner` those that it keeps as axes; `columns`
    are the (variable, state) pairs whose joint probability is wanted beside the plain one. Tiles used last
    are kept, up to `CACHE_BYTES`.
    """

    knowledge: Knowledge
    parameters: Mapping[str, Array]
    context: Context
    outer: tuple[str, ...]
    measured: tuple[str, ...]
    columns: tuple[tuple[str, int], ...]
    dtype: DTypeLike = np.float64
    _kept: dict[Sets, Joint] = field(default_factory=dict)
    _constants: dict[int, list[Table]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def inner(self) -> tuple[str, ...]:
        """Context variables that a tile keeps as axes."""
        return tuple(name for name in self.context.names if name not in self.outer)

    @property
    def draws(self) -> int:
        """Number of draws of the parameters."""
        return max(len(values) for values in self.parameters.values())

    def cell(self, sets: Sets) -> Joint:
        """Joint where each context variable lies in the given set of its states.

        Axes (measured state, column and draw): draws vary fastest, the plain joint is the last column.
        """
        at = dict(zip(self.context.names, sets, strict=True))
        index = 0
        for name in self.inner:
            index = index * len(self.context.spans[name].members) + at[name]
        with self._lock:
            cell: Joint = self._tile(tuple(at[name] for name in self.outer))[index]
        return cell

    def prepare(self, sets: Iterable[Sets]) -> None:
        """Contract what these cells need and is not there yet, side by side."""
        places = [self.context.names.index(name) for name in self.outer]
        with self._lock:
            needed = {tuple(one[place] for place in places) for one in sets}
            if self.inner:
                needed = {single for one in needed for single in self._singles(one)}
            missing = sorted(needed - set(self._kept))
            if self.draws == 1:
                for one, tile in zip(missing, side_by_side(self._contract, missing), strict=True):
                    self._keep(one, tile)

    def _singles(self, sets: Sets) -> Iterator[Sets]:
        """The tiles of one state each that a tile is the sum of."""
        members = [self.context.spans[name].members[place] for name, place in zip(self.outer, sets, strict=True)]
        return product(*(np.flatnonzero(member).tolist() for member in members))

    def _keep(self, sets: Sets, tile: Joint) -> None:
        """Keep a tile as the one used last; those not used for longest make room."""
        self._kept[sets] = tile
        while len(self._kept) > 1 and sum(kept.nbytes for kept in self._kept.values()) > CACHE_BYTES:
            del self._kept[next(iter(self._kept))]

    def _tile(self, sets: Sets) -> Joint:
        """Axes (cell of the inner variables, measured state, column and draw)."""
        if sets in self._kept:
            self._kept[sets] = self._kept.pop(sets)
            return self._kept[sets]
        singles = list(self._singles(sets))
        if self.inner and len(singles) > 1:
            tile = self._tile(singles[0]).copy()
            for single in singles[1:]:
                tile += self._tile(single)
        else:
            tile = self._contract(sets)
        self._keep(sets, tile)
        return tile

    def _contract(self, sets: Sets) -> Joint:
        members = [self.context.spans[name].members[place] for name, place in zip(self.outer, sets, strict=True)]
        alone = {name: int(m.argmax()) for name, m in zip(self.outer, members, strict=True) if m.sum() == 1}
        several = [
            Table((name,), m.astype(float)[:, None])
            for name, m in zip(self.outer, members, strict=True)
            if 1 < m.sum() < len(m)
        ]
        variables = self.knowledge.variables
        entries = prod(len(variables[name].states) for name in (*self.inner, *self.measured))
        step = int(np.clip(ENTRIES_AT_ONCE // entries, 1, DRAWS_AT_ONCE))

        def part(start: int) -> Joint:
            some = {name: values[start : start + step] for name, values in self.parameters.items()}
            tables = [cpd(variables[name], variables, some, alone) for name in self._varying]
            return self._flat([*self._constant(start, step), *tables, *several])

        parts = side_by_side(part, range(0, self.draws, step))
        joined = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
        return joined.reshape(*joined.shape[:2], -1)

    def _constant(self, start: int, step: int) -> list[Table]:
        """Tables of some draws that are the same in every tile, with what only they speak of summed out."""
        if start not in self._constants:
            variables = self.knowledge.variables
            some = {name: values[start : start + step] for name, values in self.parameters.items()}
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
        """Axes (cell, measured state, column, draw)."""
        stacked = _joint(tables, (*self.inner, *self.measured), self.columns)
        for axis, name in enumerate(self.inner):
            members = self.context.spans[name].members.astype(float)
            stacked = np.moveaxis(np.tensordot(members, stacked, axes=(1, axis)), 0, axis)
        cells = prod(stacked.shape[: len(self.inner)])
        return np.ascontiguousarray(stacked.reshape(cells, -1, *stacked.shape[-2:]), dtype=self.dtype)


def _joint(tables: list[Table], keep: tuple[str, ...], columns: Sequence[tuple[str, int]]) -> Array:
    """Joint of the kept variables, with each column's state and plain: axes (*keep, column, draw).

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
    """Joint of the kept variables and one state, axes (*keep, draw)."""
    if name not in keep:
        return np.asarray(joint.values[..., state, :])
    axis = keep.index(name)
    chosen = np.arange(joint.values.shape[axis]) == state
    return np.asarray(joint.values * chosen.reshape(-1, *[1] * (joint.values.ndim - axis - 1)))
