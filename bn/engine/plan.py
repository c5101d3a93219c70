"""The order in which variables are summed out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import prod


def elimination_order(
    scopes: Collection[frozenset[str]], keep: frozenset[str], sizes: Mapping[str, int]
) -> tuple[str, ...]:
    """Greedy order over all variables not in `keep`: next is the one whose product table is smallest.

    `scopes` are the axes of the tables, `sizes` the number of states. Ties go to the name that sorts
    first, so that the same network always gives the same order, and the same rounding.
    """
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
