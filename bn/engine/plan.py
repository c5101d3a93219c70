"""The order in which variables are summed out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from math import prod


def elimination_order(
    scopes: Collection[frozenset[str]], keep: frozenset[str], sizes: Mapping[str, int]
) -> tuple[str, ...]:
    """Greedy order over all variables not in `keep`: next is the one whose product table is smallest.

    `scopes` are the axes of the tables, `sizes` the number of states. Ties go to the name that sorts
    first, so that the same network always gives the same order, and the same rounding.
    """
    return _order(frozenset(scopes), keep, frozenset(sizes.items()))


@lru_cache(maxsize=1024)
def _order(
    scopes: frozenset[frozenset[str]], keep: frozenset[str], of_sizes: frozenset[tuple[str, int]]
) -> tuple[str, ...]:
    """The order, remembered: the same shapes come back for every few draws, every finding left out, every state."""
    sizes = dict(of_sizes)
    pools = set(scopes)
    remaining = sorted(frozenset().union(*scopes) - keep)
    order = []
    while remaining:
        cost = {
            name: prod(sizes[axis] for axis in frozenset().union(*(p for p in pools if name in p)))
            for name in remaining
        }
        chosen = min(remaining, key=lambda name: (cost[name], name))
        touched = {pool for pool in pools if chosen in pool}
        pools = (pools - touched) | {frozenset().union(*touched) - {chosen}}
        remaining.remove(chosen)
        order.append(chosen)
    return tuple(order)
