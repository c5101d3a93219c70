"""Rows written out over the alternatives of their context, in handy batches.

The rows of a group are written out once for every alternative of the group, one alternative after the other: each
such stretch of rows shares one cell of the joint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bn.cohort.kernel.context import Alternatives, Context, Group
from bn.core.evidence import Indices
from cpds.table import Array

T = TypeVar("T", bound=np.generic)
FEWEST = 128


@dataclass(frozen=True)
class Span:
    """A group in a batch: its stretch of the batch's rows, and that of its rows written out."""

    alternatives: Alternatives
    rows: slice
    written: slice


@dataclass(frozen=True)
class Batch:
    """Some groups' rows, each once in `rows`; about `most` rows written out are to be weighed at once."""

    context: Context
    groups: Sequence[Group]
    most: int

    @cached_property
    def rows(self) -> Indices:
        """Positions of the rows, in the order of the groups."""
        return np.concatenate([group.rows for group in self.groups])

    @cached_property
    def spans(self) -> list[Span]:
        """Where each group stands."""
        rows = accumulate((len(group.rows) for group in self.groups), initial=0)
        written = accumulate((len(group.rows) * len(group.alternatives) for group in self.groups), initial=0)
        places = zip(self.groups, pairwise(rows), pairwise(written), strict=True)
        return [Span(group.alternatives, slice(*among), slice(*out)) for group, among, out in places]

    @cached_property
    def runs(self) -> list[list[Span]]:
        """Spans to be weighed at once: several of one alternative each, or one of several alternatives."""
        runs: list[list[Span]] = []
        room = 0
        for span in self.spans:
            length = span.written.stop - span.written.start
            if len(span.alternatives) > 1 or length > room:
                runs.append([])
                room = self.most if len(span.alternatives) == 1 else 0
            runs[-1].append(span)
            room -= length
        return runs

    @cached_property
    def sets(self) -> list[tuple[int, ...]]:
        """Set of states of each context variable, for each stretch."""
        return [sets for group in self.groups for sets, _ in group.alternatives]

    @cached_property
    def at(self) -> Mapping[str, Indices]:
        """A state of each context variable for each stretch, as readings are to see it."""
        return self.context.representatives(self.sets)

    @cached_property
    def log_weight(self) -> Array:
        """Log of what the alternative of each stretch was said to weigh."""
        return np.log([weight for group in self.groups for _, weight in group.alternatives])

    @cached_property
    def lengths(self) -> Indices:
        """Number of rows of each stretch."""
        return np.array([len(group.rows) for group in self.groups for _ in group.alternatives])

    @cached_property
    def ahead(self) -> Indices:
        """How much further than in `rows` the rows of each stretch stand when written out."""
        first = [span.rows.start for span in self.spans for _ in span.alternatives]
        return np.asarray(np.cumsum(self.lengths) - self.lengths - first)

    @cached_property
    def origin(self) -> Indices:
        """For each row written out, its place in `rows`."""
        return np.asarray(np.arange(self.lengths.sum()) - self.written(self.ahead))

    def written(self, values: NDArray[T]) -> NDArray[T]:
        """What holds of each stretch, for each row written out."""
        return np.asarray(np.repeat(values, self.lengths))


def batches(context: Context, groups: Sequence[Group], size: int, most: int) -> Iterator[Batch]:
    """Groups in batches of about `size` rows written out, those with one alternative first, the largest ones cut."""
    waiting: list[Group] = []
    filled = 0
    most = max(FEWEST, most)
    for group in sorted(groups, key=lambda group: len(group.alternatives) > 1):
        step = max(FEWEST, most // len(group.alternatives))
        for start in range(0, len(group.rows), step):
            part = Group(group.rows[start : start + step], group.alternatives)
            waiting.append(part)
            filled += len(part.rows) * len(part.alternatives)
            if filled >= size:
                yield Batch(context, waiting, most)
                waiting, filled = [], 0
    if waiting:
        yield Batch(context, waiting, most)
