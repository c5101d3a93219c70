"""The network contracted to joints of context and measured variables, cell by cell of the context.

A row whose context is known picks one cell of the joint, and weighs the joint states of the measured variables in it
by its likelihoods. A *tile* fixes the outer context variables and holds the cells of all states of the inner ones,
which share the work of contracting them. Tiles are made when first needed, many at once along the batch axis: those
of many sets at one parameter vector, or those of one at many draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise, product
from math import prod
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from bn.cohort.kernel.context import Alternatives, Context, Sets
from bn.cohort.kernel.query import Factors, Posteriors
from bn.engine import eliminate
from bn.engine.cache import Cache
from bn.engine.parallel import cores, side_by_side
from cpds.logistic import cpd
from cpds.table import Table

DRAWS_AT_ONCE = 50
ENTRIES_AT_ONCE = 1 << 20
CACHE_BYTES = 3 << 28
STACK_BYTES = 1 << 24

Joint = NDArray[np.floating]


@dataclass(frozen=True)
class Contraction:
    """What is kept of the network of a query.

    `outer` are the context variables that a tile fixes, the others, `inner`, are kept as axes.
    """

    query: Posteriors
    context: Context
    outer: tuple[str, ...]
    measured: tuple[str, ...]
    _unvarying: dict[int, tuple[dict[str, Table], list[Table]]] = field(default_factory=dict)

    @cached_property
    def inner(self) -> tuple[str, ...]:
        """Context variables that a tile keeps as axes."""
        return tuple(name for name in self.context.names if name not in self.outer)

    def tiles(self, wanted: Sequence[Sets]) -> dict[Sets, Joint]:
        """Joints, by the sets, where the outer variables lie in the given sets of their states.

        Axes (cell of the inner variables, measured state, column and draw): draws vary fastest, the plain joint
        is the last column.
        """
        if self.query.draws > 1:
            return {sets: self._of_draws(sets) for sets in wanted}
        by_shape: dict[Sets, list[Sets]] = {}
        for sets in wanted:
            by_shape.setdefault(self._shape(sets), []).append(sets)
        chunks = [chunk for some in by_shape.values() for chunk in _chunks(some, self._step)]
        return {
            sets: joint
            for chunk, joints in zip(chunks, side_by_side(self._of_sets, chunks), strict=True)
            for sets, joint in zip(chunk, joints, strict=True)
        }

    def _shape(self, sets: Sets) -> Sets:
        """Equal for tiles that have tables with the same axes, and the same states of what the query reaches."""
        return tuple(
            place if name in self.query.reached else int(place < self.context.sets[name].states)
            for name, place in zip(self.outer, sets, strict=True)
        )

    @property
    def _step(self) -> int:
        """How many batch entries are contracted at once."""
        return int(np.clip(ENTRIES_AT_ONCE // self.query.size((*self.inner, *self.measured)), 1, DRAWS_AT_ONCE))

    def _of_sets(self, wanted: Sequence[Sets]) -> list[Joint]:
        """Tiles of the same shape, at one parameter vector."""
        each = [self._varying_tables(sets, self.query) for sets in wanted]
        cpds = {name: _beside([tables[name] for tables, _ in each]) for name in self._varying}
        likelihoods = [_beside(same) for same in zip(*(likelihoods for _, likelihoods in each), strict=True)]
        found = self._flat(self.query, 0, cpds, likelihoods)
        return [np.ascontiguousarray(found[..., k]) for k in range(len(wanted))]

    def _of_draws(self, sets: Sets) -> Joint:
        """One tile at all draws."""

        def part(start: int) -> Joint:
            query = self.query.some(start, self._step)
            return self._flat(query, start, *self._varying_tables(sets, query))

        joined = np.concatenate(side_by_side(part, range(0, self.query.draws, self._step)), axis=-1)
        return joined.reshape(*joined.shape[:2], -1)

    @cached_property
    def _varying(self) -> list[str]:
        """Variables whose CPDs depend on what a tile fixes."""
        return [
            name
            for name, variable in self.query.knowledge.variables.items()
            if {name, *(parent.id for parent in variable.parents)} & set(self.outer)
        ]

    def _varying_tables(self, sets: Sets, query: Posteriors) -> tuple[dict[str, Table], list[Table]]:
        """What differs between tiles: CPDs where a state is fixed, and likelihoods where it must not or several are."""
        members = {name: self.context.sets[name].members[place] for name, place in zip(self.outer, sets, strict=True)}
        fixed = {
            name: int(member.argmax())
            for name, member in members.items()
            if member.sum() == 1 and name not in query.reached
        }
        variables = query.knowledge.variables
        cpds = {name: cpd(variables[name], variables, query.parameters, fixed) for name in self._varying}
        return cpds, [
            Table((name,), member.astype(float)[:, None]) for name, member in members.items() if name not in fixed
        ]

    def _of_all_tiles(self, query: Posteriors, start: int) -> tuple[dict[str, Table], list[Table]]:
        """CPDs at some draws that are the same in every tile; and with what only they mention summed out."""
        if start not in self._unvarying:
            variables = query.knowledge.variables
            cpds = {
                name: cpd(variable, variables, query.parameters)
                for name, variable in variables.items()
                if name not in self._varying
            }
            mentioned = {axis for name in self._varying for axis in (name, *(p.id for p in variables[name].parents))}
            wanted = {*self.context.names, *self.measured, *(name for name, _ in query.columns)}
            reduced = eliminate(list(cpds.values()), [name for name in variables if name not in mentioned | wanted])
            self._unvarying[start] = cpds, reduced
        return self._unvarying[start]

    def _flat(self, query: Posteriors, start: int, varying: Mapping[str, Table], likelihoods: list[Table]) -> Joint:
        """Axes (cell, measured state, column, batch)."""
        same, reduced = self._of_all_tiles(query, start)
        cpds = {name: varying.get(name) or same[name] for name in query.knowledge.variables}
        factors = Factors(cpds, likelihoods, reduced=[*reduced, *varying.values()])
        stacked = query.joint(factors, (*self.inner, *self.measured))
        for axis, name in enumerate(self.inner):
            members = self.context.sets[name].members.astype(float)
            stacked = np.moveaxis(np.tensordot(members, stacked, axes=(1, axis)), 0, axis)
        cells = prod(stacked.shape[: len(self.inner)])
        return np.ascontiguousarray(stacked.reshape(cells, -1, *stacked.shape[-2:]), dtype=query.dtype)


def _beside(tables: Sequence[Table]) -> Table:
    """Tables with the same axes as one, along the batch axis."""
    return Table(tables[0].axes, np.concatenate([table.values for table in tables], axis=-1))


def _chunks(some: Sequence[Sets], most: int) -> Iterator[Sequence[Sets]]:
    """Parts of nearly the same length, at least one for each core, none longer than `most`."""
    count = min(len(some), max(cores(), -(-len(some) // most)))
    bounds = np.linspace(0, len(some), count + 1).round().astype(int).tolist()
    return (some[low:high] for low, high in pairwise(bounds))


@dataclass(frozen=True)
class Joints:
    """The cells of a contraction. Tiles and stacks of cells used last are kept; threads may share them."""

    contraction: Contraction
    _tiles: Cache[Sets, Joint] = field(default_factory=lambda: Cache(CACHE_BYTES))
    _stacks: Cache[tuple[Sets, ...], Joint] = field(default_factory=lambda: Cache(STACK_BYTES))
    _lock: Lock = field(default_factory=Lock)

    def cell(self, sets: Sets) -> Joint:
        """Joint where each context variable lies in the given set of its states.

        Axes (measured state, column and draw): draws vary fastest, the plain joint is the last column.
        """
        index = 0
        for place, size in self._inner:
            index = index * size + sets[place]
        outer = tuple([sets[place] for place in self._outer])
        with self._lock:
            cell: Joint = self._tile(outer)[index]
        return cell

    @cached_property
    def _outer(self) -> list[int]:
        """Places of the outer variables among all of the context."""
        return [self.contraction.context.names.index(name) for name in self.contraction.outer]

    @cached_property
    def _inner(self) -> list[tuple[int, int]]:
        """Places of the inner variables among all of the context, and the number of their sets."""
        context = self.contraction.context
        return [(context.names.index(name), len(context.sets[name].members)) for name in self.contraction.inner]

    def cells(self, alternatives: Alternatives) -> Joint:
        """Cells of all alternatives, side by side.

        Axes (measured state and alternative, column and draw), alternatives varying faster than states.
        """
        if len(alternatives) == 1:
            return self.cell(alternatives[0][0])
        all_sets = tuple([sets for sets, _ in alternatives])
        stack = self._stacks.get(all_sets)
        if stack is None:
            found = [self.cell(sets) for sets in all_sets]
            stack = self._stacks.put(all_sets, np.stack(found, axis=1).reshape(-1, found[0].shape[-1]))
        return stack

    def prepare(self, needed: Iterable[Sets]) -> None:
        """Contract together what these cells need and is not there yet, where one parameter vector is asked for."""
        if self.contraction.query.draws > 1:
            return
        with self._lock:
            tiles = {tuple(sets[place] for place in self._outer) for sets in needed}
            if self.contraction.inner:
                tiles = {single for sets in tiles for single in self._singles(sets)}
            missing = sorted(sets for sets in tiles if sets not in self._tiles)
            for sets, tile in self.contraction.tiles(missing).items():
                self._tiles.put(sets, tile)

    def _tile(self, sets: Sets) -> Joint:
        kept = self._tiles.get(sets)
        if kept is not None:
            return kept
        singles = list(self._singles(sets))
        if self.contraction.inner and len(singles) > 1:
            tile = self._tile(singles[0]).copy()
            for single in singles[1:]:
                tile += self._tile(single)
        else:
            tile = self.contraction.tiles([sets])[sets]
        return self._tiles.put(sets, tile)

    def _singles(self, sets: Sets) -> Iterator[Sets]:
        """The tiles of one state each that a tile is the sum of."""
        every = self.contraction.context.sets
        members = [every[name].members[place] for name, place in zip(self.contraction.outer, sets, strict=True)]
        return product(*(np.flatnonzero(member).tolist() for member in members))
