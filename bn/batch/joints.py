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

from bn.batch.context import Alternatives
from bn.batch.contract import Contraction, Joint, Sets
from bn.batch.layout import CACHE_BYTES


@dataclass(frozen=True)
class Joints:
    """The cells of a contraction. Tiles used last are kept, up to `CACHE_BYTES`; threads may share them."""

    contraction: Contraction
    _kept: dict[Sets, Joint] = field(default_factory=dict)
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
        found = [self.cell(sets) for sets, _ in alternatives]
        return found[0] if len(found) == 1 else np.stack(found, axis=1).reshape(-1, found[0].shape[-1])

    def prepare(self, sets: Iterable[Sets]) -> None:
        """Contract together what these cells need and is not there yet, where one parameter vector is asked for."""
        if self.contraction.draws > 1:
            return
        with self._lock:
            needed = {tuple(one[place] for place in self._outer) for one in sets}
            if self.contraction.inner:
                needed = {single for one in needed for single in self._singles(one)}
            missing = sorted(needed - set(self._kept))
            for one, tile in zip(missing, self.contraction.tiles(missing), strict=True):
                self._keep(one, tile)

    def _tile(self, sets: Sets) -> Joint:
        if sets in self._kept:
            self._kept[sets] = self._kept.pop(sets)
            return self._kept[sets]
        singles = list(self._singles(sets))
        if self.contraction.inner and len(singles) > 1:
            tile = self._tile(singles[0]).copy()
            for single in singles[1:]:
                tile += self._tile(single)
        else:
            (tile,) = self.contraction.tiles([sets])
        self._keep(sets, tile)
        return tile

    def _singles(self, sets: Sets) -> Iterator[Sets]:
        """The tiles of one state each that a tile is the sum of."""
        spans = self.contraction.context.spans
        members = [spans[name].members[place] for name, place in zip(self.contraction.outer, sets, strict=True)]
        return product(*(np.flatnonzero(member).tolist() for member in members))

    def _keep(self, sets: Sets, tile: Joint) -> None:
        """Keep a tile as the one used last; those not used for longest make room."""
        self._kept[sets] = tile
        while len(self._kept) > 1 and sum(kept.nbytes for kept in self._kept.values()) > CACHE_BYTES:
            del self._kept[next(iter(self._kept))]
