r"""What a change of an exposure does to an outcome through each child that sees it.

With every child switched on its own, P(outcome) is a function R(S) of the set S of children that see the change.

    alone   R({c}) - R({})             the others see no change
    last    R(all) - R(all but c)      the others see it already
    share   Shapley value of c         the mean of what c adds, over all orders of switching the children

Shares add up to the total effect. If every child is switched with chance t, what switching c then adds is a
polynomial d_c(t) with d_c(0) = alone, d_c(1) = last and, integrated from 0 to 1, the Shapley value. Simpson's
rule integrates it from t = 0, 1/2 and 1, exactly but for interactions of five and more children (they are of
the order of 1e-7 in the shipped network); one pass gives d_c for every child.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from bn.questions.mediation.copies import Reach
from cpds.table import Array

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Effects:
    """Effects by name of a child, or of a group of children, one number a draw."""

    alone: Mapping[str, Array]
    last: Mapping[str, Array]
    share: Mapping[str, Array]


@dataclass(frozen=True)
class Change:
    """P(outcome) before and after, one number a draw, and what moves it."""

    before: Array
    after: Array
    children: Effects
    groups: Effects


def effects_of(reach: Reach, low: Array, high: Array, groups: Mapping[str, Collection[str]]) -> Change:
    """Effects when the exposure moves from one distribution over its states (`low`) to another (`high`).

    `groups` name sets of children. Everyone's state before is paired with every state after; all children
    see the same pair.
    """
    ends = np.eye(len(low))
    starts, finals = np.flatnonzero(low), np.flatnonzero(high)
    pairs = [(low[start] * high[end], reach.copies(ends[start], ends[end])) for start in starts for end in finals]
    everyone = frozenset(reach.children)
    parts = {group: frozenset(members) for group, members in groups.items()}
    moved = {frozenset(), everyone, *parts.values(), *(everyone - part for part in parts.values())}
    worth = _sum((chance, {part: copies.probability(part) for part in moved}) for chance, copies in pairs)
    before, after = worth[frozenset()], worth[everyone]
    alone = _sum((low[state], reach.copies(ends[state], high).added(0.0)) for state in starts)
    last = _sum((high[state], reach.copies(low, ends[state]).added(1.0)) for state in finals)
    middle = _sum((chance, copies.added(0.5)) for chance, copies in pairs)
    share = _sum([(1 / 6, alone), (4 / 6, middle), (1 / 6, last)])
    joined = Effects(
        {group: worth[part] - before for group, part in parts.items()},
        {group: after - worth[everyone - part] for group, part in parts.items()},
        {group: np.sum([share[name] for name in part], axis=0) for group, part in parts.items()},
    )
    return Change(before, after, Effects(alone, last, share), joined)


def _sum(weighted: Iterable[tuple[float, Mapping[Key, Array]]]) -> dict[Key, Array]:
    """Weighted sum of arrays by key."""
    total: dict[Key, Array] = {}
    for weight, arrays in weighted:
        for key, array in arrays.items():
            total[key] = total.get(key, np.zeros(1)) + weight * array
    return total
