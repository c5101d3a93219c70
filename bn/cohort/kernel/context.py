"""Rows by their context: groups of rows that know the same of it, what is summed over in each, and batches of them.

A context variable that a row leaves open is summed inside the joint, unless it stratifies the reference of a marker
measured in the row (grip strength by age): then the row is answered for each class of states that the references do
not tell apart. What is known softly (`80+`) is answered state by state. A row is *expanded* into one entry for each of
these alternatives of its context; the entries of one alternative of a group are a *stretch*, which shares one cell of
the joint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise, product
from math import prod
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Findings, Indices
from cpds.knowledge import Knowledge
from cpds.records import CONTEXT_ROLES
from cpds.strata import strata_classes
from cpds.table import Array

Sets = tuple[int, ...]
"""A set of states of each context variable, by its place in `StateSets.members`."""
Weighted = tuple[tuple[int, float], ...]
Alternatives = tuple[tuple[Sets, float], ...]
T = TypeVar("T", bound=np.generic)
FEWEST_ROWS = 128


@dataclass(frozen=True)
class StateSets:
    """Sets of states of one context variable: each state by itself, all of them, then classes of several.

    `members` has axes (set, state). `open` and `by_class` are what to sum over where nothing is known, as places of
    sets with weights: all at once, and class by class where a reading depends on the class.
    """

    members: NDArray[np.bool_]
    open: Weighted
    by_class: Weighted

    @classmethod
    def of(cls, size: int, classes: NDArray[np.bool_]) -> StateSets:
        """`classes` has axes (class, state); none where the variable stratifies nothing."""
        several = classes[classes.sum(axis=1) > 1]
        members = np.concatenate([np.eye(size, dtype=bool), np.ones((1, size), dtype=bool), several])
        singles = [int(states.argmax()) for states in classes if states.sum() == 1]
        places = [*singles, *range(size + 1, len(members))]
        return cls(members, ((size, 1.0),), tuple((place, 1.0) for place in places) or ((size, 1.0),))

    @property
    def states(self) -> int:
        """Number of states."""
        return int(self.members.shape[1])


@dataclass(frozen=True)
class Group:
    """Rows of one context: positions among the rows, and the alternatives that are summed over.

    Each alternative gives a set of states for every context variable, and the weight of the statements on it.
    """

    rows: Indices
    alternatives: Alternatives


@dataclass(frozen=True)
class Context:
    """Context variables, the sets of their states that rows may need, and which markers each of them stratifies.

    A context variable that is not among them is summed inside the joint for every row.
    """

    names: tuple[str, ...]
    sets: Mapping[str, StateSets]
    stratified: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, knowledge: Knowledge, findings: Findings) -> Context:
        """The context variables that some row knows something of, or that stratify a marker's reference."""
        names = [name for name, variable in knowledge.variables.items() if variable.role in CONTEXT_ROLES]
        classes = {name: strata_classes(knowledge, name, findings.readings) for name in names}
        needed = tuple(name for name in names if name in findings.statements or classes[name][1])
        return cls(
            needed,
            {name: StateSets.of(len(knowledge.variables[name].states), classes[name][0]) for name in needed},
            {name: classes[name][1] for name in needed},
        )

    def groups(self, findings: Findings) -> list[Group]:
        """Rows with the same context together; groups that share a state of the first variable are neighbors."""
        choices = [self._choices(findings, name) for name in self.names]
        key = np.zeros(findings.rows, dtype=np.int64)
        for options, choice in choices:
            key = key * len(options) + choice
        small = key.astype(np.uint16) if len(key) and key.max() < 1 << 16 else key  # sorts faster
        order = np.argsort(small, kind="stable")
        ordered = key[order]
        bounds = [0, *(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1).tolist(), len(order)]
        every = [options for options, _ in choices]
        return [
            Group(order[low:high], _alternatives(every, int(ordered[low])))
            for low, high in pairwise(bounds)
            if high > low
        ]

    def _choices(self, findings: Findings, name: str) -> tuple[list[Weighted], Indices]:
        """Distinct things to sum over, each as sets with weights, and which of them each row needs."""
        sets = self.sets[name]
        stratified = np.zeros(findings.rows, dtype=bool)
        for marker in self.stratified[name]:
            if marker in findings.readings:
                stratified |= findings.readings[marker].measured
        states = sets.states
        options = [((state, 1.0),) for state in range(states)] + [sets.open, sets.by_class]
        unknown = np.where(stratified, states + 1, states)
        if name not in findings.statements:
            return options, unknown
        statements = findings.statements[name]
        option_of = np.empty(statements.weights.shape[1], dtype=np.int64)
        for position, weights in enumerate(statements.weights.T):
            possible = np.flatnonzero(weights)
            if (weights == 1).all():
                option_of[position] = -1
            elif len(possible) == 1 and weights[possible[0]] == 1:
                option_of[position] = possible[0]
            else:
                option_of[position] = len(options)
                options.append(tuple((int(state), float(weights[state])) for state in possible))
        chosen = option_of[statements.codes]
        return options, np.where(chosen < 0, unknown, chosen)


def _alternatives(options: list[list[Weighted]], key: int) -> Alternatives:
    chosen = []
    for some in reversed(options):
        key, digit = divmod(key, len(some))
        chosen.append(some[digit])
    return _combined(tuple(reversed(chosen)))


@lru_cache(maxsize=1 << 14)
def _combined(chosen: tuple[Weighted, ...]) -> Alternatives:
    return tuple(
        (tuple(place for place, _ in parts), prod(weight for _, weight in parts)) for parts in product(*chosen)
    )


@dataclass(frozen=True)
class Span:
    """Where a group of a batch is: among the batch's rows, and among its entries."""

    alternatives: Alternatives
    rows: slice
    entries: slice


@dataclass(frozen=True)
class Batch:
    """Some groups' rows, each once in `rows`; about `limit` entries are to be weighed at once."""

    context: Context
    groups: Sequence[Group]
    limit: int

    @cached_property
    def rows(self) -> Indices:
        """Positions of the rows, in the order of the groups."""
        return np.concatenate([group.rows for group in self.groups])

    @cached_property
    def spans(self) -> list[Span]:
        """Where each group is."""
        rows = accumulate((len(group.rows) for group in self.groups), initial=0)
        entries = accumulate((len(group.rows) * len(group.alternatives) for group in self.groups), initial=0)
        places = zip(self.groups, pairwise(rows), pairwise(entries), strict=True)
        return [Span(group.alternatives, slice(*among), slice(*out)) for group, among, out in places]

    @cached_property
    def runs(self) -> list[list[Span]]:
        """Spans to be weighed at once: several of one alternative each, or one of several alternatives."""
        runs: list[list[Span]] = []
        left = 0
        for span in self.spans:
            length = span.entries.stop - span.entries.start
            if len(span.alternatives) > 1 or length > left:
                runs.append([])
                left = self.limit if len(span.alternatives) == 1 else 0
            runs[-1].append(span)
            left -= length
        return runs

    @cached_property
    def states(self) -> Mapping[str, Indices]:
        """A state of each context variable for each stretch; no reading tells the states of a set apart."""
        sets = [sets for group in self.groups for sets, _ in group.alternatives]
        places = np.array(sets, dtype=np.int64).reshape(len(sets), len(self.context.names))
        return {
            name: self.context.sets[name].members.argmax(axis=1)[places[:, position]]
            for position, name in enumerate(self.context.names)
        }

    @cached_property
    def log_weight(self) -> Array:
        """Natural log of the weight of each stretch's alternative."""
        return np.log([weight for group in self.groups for _, weight in group.alternatives])

    @cached_property
    def lengths(self) -> Indices:
        """Number of rows of each stretch."""
        return np.array([len(group.rows) for group in self.groups for _ in group.alternatives])

    @cached_property
    def offset(self) -> Indices:
        """How much further on than in `rows` the rows of each stretch are among the entries."""
        first = [span.rows.start for span in self.spans for _ in span.alternatives]
        return np.asarray(np.cumsum(self.lengths) - self.lengths - first)

    @cached_property
    def origin(self) -> Indices:
        """For each entry, its place in `rows`."""
        return np.asarray(np.arange(self.lengths.sum()) - self.expanded(self.offset))

    def expanded(self, values: NDArray[T]) -> NDArray[T]:
        """What holds of each stretch, for each entry."""
        return np.asarray(np.repeat(values, self.lengths))


def batches(context: Context, groups: Sequence[Group], size: int, limit: int) -> Iterator[Batch]:
    """Groups in batches of about `size` entries, those with one alternative first, the largest ones split."""
    waiting: list[Group] = []
    filled = 0
    limit = max(FEWEST_ROWS, limit)
    for group in sorted(groups, key=lambda group: len(group.alternatives) > 1):
        step = max(FEWEST_ROWS, limit // len(group.alternatives))
        for start in range(0, len(group.rows), step):
            part = Group(group.rows[start : start + step], group.alternatives)
            waiting.append(part)
            filled += len(part.rows) * len(part.alternatives)
            if filled >= size:
                yield Batch(context, waiting, limit)
                waiting, filled = [], 0
    if waiting:
        yield Batch(context, waiting, limit)
