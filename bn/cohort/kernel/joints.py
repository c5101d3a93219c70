"""Joints of context and measured variables, cell by cell; the tiles they lie in are made when first needed.

A row whose context is known picks one cell of the joint, and weighs the joint states of the measured
variables in it by its likelihoods. A tile holds the cells of all states of the inner context variables, which
share the work of contracting them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from threading import Lock

import numpy as np

from bn.cohort.kernel.context import Alternatives
from bn.cohort.kernel.contract import Contraction, Joint, Sets
from bn.cohort.kernel.layout import CACHE_BYTES
from bn.engine.cache import Cache

STACK_BYTES = 1 << 24


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
        return [(context.names.index(name), len(context.spans[name].members)) for name in self.contraction.inner]

    def cells(self, alternatives: Alternatives) -> Joint:
        """Cells of all alternatives, beside one another.

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

    def prepare(self, sets: Iterable[Sets]) -> None:
        """Contract together what these cells need and is not there yet, where one parameter vector is asked for."""
        if self.contraction.draws > 1:
            return
        with self._lock:
            needed = {tuple(one[place] for place in self._outer) for one in sets}
            if self.contraction.inner:
                needed = {single for one in needed for single in self._singles(one)}
            missing = sorted(one for one in needed if one not in self._tiles)
            for one, tile in zip(missing, self.contraction.tiles(missing), strict=True):
                self._tiles.put(one, tile)

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
            (tile,) = self.contraction.tiles([sets])
        return self._tiles.put(sets, tile)

    def _singles(self, sets: Sets) -> Iterator[Sets]:
        """The tiles of one state each that a tile is the sum of."""
        spans = self.contraction.context.spans
        members = [spans[name].members[place] for name, place in zip(self.contraction.outer, sets, strict=True)]
        return product(*(np.flatnonzero(member).tolist() for member in members))
