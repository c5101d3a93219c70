"""Rows written out over the alternatives of their context, in handy batches.

A run is the rows of one group written out for one of its alternatives. Runs are filled up to a multiple of
`WIDTH` rows, so that a batch is a stack of equal blocks, each with one cell of the joint.
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
    """Some groups' rows, each once in `rows`, and their runs, which follow one another group by group."""

    context: Context
    groups: Sequence[Group]

    @cached_property
    def rows(self) -> Indices:
        """Positions of the rows, in the order of the groups."""
        return np.concatenate([group.rows for group in self.groups])

    @cached_property
    def sets(self) -> list[tuple[int, ...]]:
        """Set of states of each context variable, for each run."""
        return [sets for group in self.groups for sets, _ in group.alternatives]

    @cached_property
    def blocks(self) -> Indices:
        """Number of blocks of each run."""
        return -(-self._counts // WIDTH)

    @cached_property
    def starts(self) -> Indices:
        """Where each run starts among the rows written out."""
        ends: Indices = np.cumsum(self.blocks * WIDTH)
        return ends - self.blocks * WIDTH

    @cached_property
    def origin(self) -> Indices:
        """For each row written out, its place in `rows`; a run is filled up with its last row."""
        first = np.repeat(np.cumsum([0, *self._sizes[:-1]]), self._widths)
        lengths = self.blocks * WIDTH
        within = np.arange(lengths.sum()) - np.repeat(self.starts, lengths)
        return np.asarray(np.repeat(first, lengths) + np.minimum(within, np.repeat(self._counts, lengths) - 1))

    @cached_property
    def at(self) -> Mapping[str, Indices]:
        """A state of each context variable for each row written out, as readings are to see it."""
        found = [self.context.representative(sets) for sets in self.sets]
        lengths = self.blocks * WIDTH
        return {name: np.repeat(np.array([states[name] for states in found]), lengths) for name in self.context.names}

    @cached_property
    def log_weight(self) -> Array:
        """Log of what the alternative of each row written out was said to weigh."""
        weights = np.array([weight for group in self.groups for _, weight in group.alternatives])
        return np.asarray(np.repeat(np.log(weights), self.blocks * WIDTH))

    def add_up(self, values: Array) -> Array:
        """Values of the rows written out, axes (column, row written out), summed over each row's alternatives."""
        total = np.empty((len(values), len(self.rows)))
        row = run = 0
        for count, width in zip(self._sizes.tolist(), self._widths.tolist(), strict=True):
            start, length = int(self.starts[run]), int(self.blocks[run]) * WIDTH
            runs = values[:, start : start + width * length].reshape(len(values), width, length)[:, :, :count]
            np.sum(runs, axis=1, out=total[:, row : row + count])
            row, run = row + count, run + width
        return total

    @cached_property
    def _sizes(self) -> Indices:
        """Rows of each group."""
        return np.array([len(group.rows) for group in self.groups])

    @cached_property
    def _widths(self) -> Indices:
        """Alternatives of each group."""
        return np.array([len(group.alternatives) for group in self.groups])

    @cached_property
    def _counts(self) -> Indices:
        """Rows of each run."""
        return np.repeat(self._sizes, self._widths)


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
