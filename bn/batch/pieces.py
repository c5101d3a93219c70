"""Rows written out over the alternatives of their context, in handy batches of equal blocks.

A group's rows are filled up to a multiple of `WIDTH` and cut into blocks of that width; each block is written
out once for every alternative of the group, one after the other. So a batch is a stack of equal blocks, each
with one cell of the joint, and what belongs to the same rows stands together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bn.batch.context import Context, Group
from bn.evidence import Indices
from cpds.table import Array

WIDTH = 16


@dataclass(frozen=True)
class Batch:
    """Some groups' rows, each once in `rows`."""

    context: Context
    groups: Sequence[Group]

    @cached_property
    def rows(self) -> Indices:
        """Positions of the rows, in the order of the groups."""
        return np.concatenate([group.rows for group in self.groups])

    @cached_property
    def sets(self) -> list[tuple[int, ...]]:
        """Set of states of each context variable, for each alternative of each group."""
        return [sets for group in self.groups for sets, _ in group.alternatives]

    @cached_property
    def alternative(self) -> Indices:
        """For each block, the place of its alternative in `sets`."""
        first = np.cumsum(self._widths) - self._widths
        return np.asarray(first[self._group] + self._turn % self._widths[self._group])

    @cached_property
    def origin(self) -> Indices:
        """For each row written out, its place in `rows`; blocks are filled up with the last row of the group."""
        first = np.cumsum(self._sizes) - self._sizes
        inside = np.minimum(self._within, self._sizes[self._group][:, None] - 1)
        return np.asarray((first[self._group][:, None] + inside).ravel())

    @cached_property
    def at(self) -> Mapping[str, Indices]:
        """A state of each context variable for each row written out, as readings are to see it."""
        found = [self.context.representative(sets) for sets in self.sets]
        return {
            name: np.repeat(np.array([states[name] for states in found])[self.alternative], WIDTH)
            for name in self.context.names
        }

    @cached_property
    def log_weight(self) -> Array:
        """Log of what the alternative of each row written out was said to weigh."""
        weights = np.array([weight for group in self.groups for _, weight in group.alternatives])
        return np.asarray(np.repeat(np.log(weights)[self.alternative], WIDTH))

    def add_up(self, blocks: Array) -> Array:
        """Axes (block, column, row in block) -> (column, row): summed over the alternatives of each row."""
        first = self._turn % self._widths[self._group] == 0
        summed = blocks if first.all() else np.add.reduceat(blocks, np.flatnonzero(first), axis=0)
        real = (self._within < self._sizes[self._group][:, None])[first]
        laid = summed.transpose(1, 0, 2).reshape(blocks.shape[1], -1)
        return np.asarray(laid if real.all() else laid[:, real.ravel()])

    @cached_property
    def spans(self) -> list[slice]:
        """Blocks of each group."""
        ends = np.cumsum(self._blocks * self._widths).tolist()
        return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]

    @cached_property
    def _sizes(self) -> Indices:
        """Rows of each group."""
        return np.array([len(group.rows) for group in self.groups])

    @cached_property
    def _widths(self) -> Indices:
        """Alternatives of each group."""
        return np.array([len(group.alternatives) for group in self.groups])

    @cached_property
    def _blocks(self) -> Indices:
        """Blocks of each group, for one alternative."""
        return -(-self._sizes // WIDTH)

    @cached_property
    def _group(self) -> Indices:
        """For each block, the place of its group."""
        return np.repeat(np.arange(len(self.groups)), self._blocks * self._widths)

    @cached_property
    def _turn(self) -> Indices:
        """For each block, its place among those of its group."""
        counts = self._blocks * self._widths
        return np.asarray(np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts))

    @cached_property
    def _within(self) -> Indices:
        """Place of each row in its group, also of those that only fill up: axes (block, row in block)."""
        start = self._turn // self._widths[self._group] * WIDTH
        return np.asarray(start[:, None] + np.arange(WIDTH))


def batches(context: Context, groups: Sequence[Group], size: int) -> Iterator[Batch]:
    """Groups in batches of about `size` rows written out; large ones are cut."""
    waiting: list[Group] = []
    filled = 0
    for group in groups:
        step = max(1, size // len(group.alternatives))
        for start in range(0, len(group.rows), step):
            part = Group(group.rows[start : start + step], group.alternatives)
            waiting.append(part)
            filled += len(part.rows) * len(part.alternatives)
            if filled >= size:
                yield Batch(context, waiting)
                waiting, filled = [], 0
    if waiting:
        yield Batch(context, waiting)
