"""Rows of like context, and the states of it that must be written out and summed.

A context variable that a row leaves open is summed inside the joint, unless it cuts the reference of a
marker measured in the row (grip strength by age): then the row is answered for each class of states that
the references do not tell apart. What is said softly (`80+`) is written out state by state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product
from math import prod

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Findings, Indices
from cpds.knowledge import Knowledge
from cpds.records import CONTEXT_ROLES
from cpds.strata import strata_classes

Weighted = tuple[tuple[int, float], ...]
Alternatives = tuple[tuple[tuple[int, ...], float], ...]


@dataclass(frozen=True)
class Spans:
    """Sets of states of one context variable: each alone, all of them, then classes of several.

    `members` has axes (set, state). `open` and `cut` are what to sum over where nothing is said, as positions
    of sets with weights: all at once, and class by class where a reading depends on the class.
    """

    members: NDArray[np.bool_]
    open: Weighted
    cut: Weighted

    @classmethod
    def of(cls, size: int, classes: NDArray[np.bool_]) -> Spans:
        """`classes` has axes (class, state); none where nothing is cut by the variable."""
        several = classes[classes.sum(axis=1) > 1]
        members = np.concatenate([np.eye(size, dtype=bool), np.ones((1, size), dtype=bool), several])
        alone = [int(one.argmax()) for one in classes if one.sum() == 1]
        parts = [*alone, *range(size + 1, len(members))]
        return cls(members, ((size, 1.0),), tuple((part, 1.0) for part in parts) or ((size, 1.0),))

    @property
    def states(self) -> int:
        """Number of states."""
        return int(self.members.shape[1])


@dataclass(frozen=True)
class Group:
    """Rows of one context: positions among the rows, and the alternatives that are summed over.

    Each alternative gives a set of states for every context variable, and the weight that was said.
    """

    rows: Indices
    alternatives: Alternatives


@dataclass(frozen=True)
class Context:
    """Context variables, the sets of their states that rows may need, and which markers each of them cuts.

    A context variable that is not among them is summed inside the joint for every row.
    """

    names: tuple[str, ...]
    spans: Mapping[str, Spans]
    cuts: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, knowledge: Knowledge, findings: Findings) -> Context:
        """The context variables that some row speaks of, or that cut a marker's reference."""
        names = [name for name, variable in knowledge.variables.items() if variable.role in CONTEXT_ROLES]
        classes = {name: strata_classes(knowledge, name, findings.readings) for name in names}
        spoken = tuple(name for name in names if name in findings.statements or classes[name][1])
        return cls(
            spoken,
            {name: Spans.of(len(knowledge.variables[name].states), classes[name][0]) for name in spoken},
            {name: classes[name][1] for name in spoken},
        )

    def groups(self, findings: Findings) -> list[Group]:
        """Rows with the same context together; those that share a state of the first variable stand near."""
        choices = [self._choices(findings, name) for name in self.names]
        key = np.zeros(findings.rows, dtype=np.int64)
        for options, choice in choices:
            key = key * len(options) + choice
        order = np.argsort(_narrow(key), kind="stable")
        ordered = key[order]
        starts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
        every = [options for options, _ in choices]
        return [Group(rows, _alternatives(every, int(key[rows[0]]))) for rows in _parts(order, starts)]

    def representatives(self, alternatives: Sequence[tuple[int, ...]]) -> dict[str, Indices]:
        """One state of each variable's set, axis (alternative); no reading tells the states of a set apart."""
        places = np.array(alternatives, dtype=np.int64).reshape(len(alternatives), len(self.names))
        return {name: self.spans[name].members.argmax(axis=1)[places[:, i]] for i, name in enumerate(self.names)}

    def _choices(self, findings: Findings, name: str) -> tuple[list[Weighted], Indices]:
        """Distinct things to sum over, each as sets with weights, and which of them each row needs."""
        spans = self.spans[name]
        cut = np.zeros(findings.rows, dtype=bool)
        for marker in self.cuts[name]:
            if marker in findings.readings:
                cut |= findings.readings[marker].measured
        states = spans.states
        options = [((state, 1.0),) for state in range(states)] + [spans.open, spans.cut]
        silent = np.where(cut, states + 1, states)
        if name not in findings.statements:
            return options, silent
        said = findings.statements[name]
        statements = np.empty(said.weights.shape[1], dtype=np.int64)
        for position, weights in enumerate(said.weights.T):
            possible = np.flatnonzero(weights)
            if (weights == 1).all():
                statements[position] = -1
            elif len(possible) == 1 and weights[possible[0]] == 1:
                statements[position] = possible[0]
            else:
                statements[position] = len(options)
                options.append(tuple((int(state), float(weights[state])) for state in possible))
        chosen = statements[said.codes]
        return options, np.where(chosen < 0, silent, chosen)


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


def _narrow(key: Indices) -> NDArray[np.integer]:
    """The same numbers in a type that sorts faster where they fit."""
    return key.astype(np.uint16) if len(key) and key.max() < 1 << 16 else key


def _parts(order: Indices, starts: Indices) -> Iterator[Indices]:
    bounds = [0, *starts.tolist(), len(order)]
    for low, high in pairwise(bounds):
        if high > low:
            yield order[low:high]
