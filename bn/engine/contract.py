"""Products of tables and the order in which variables are summed out of them.

Two tables are summed as they are multiplied: the largest product is not written out where that is slower.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from math import prod
from string import ascii_letters

import numpy as np

from cpds.table import Array, Table

FEW = 8
"""Batch entries from which they make a good innermost loop."""


def sizes_of(tables: Iterable[Table]) -> dict[str, int]:
    """Number of states of each axis."""
    return {axis: size for table in tables for axis, size in zip(table.axes, table.values.shape, strict=False)}


def elimination_order(
    scopes: Collection[frozenset[str]], keep: frozenset[str], sizes: Mapping[str, int]
) -> tuple[str, ...]:
    """Greedy order over all variables not in `keep`: next is the one whose product table is smallest.

    `scopes` are the axes of the tables, `sizes` the number of states. Ties go to the name that sorts
    first, so that the same network always gives the same order, and the same rounding.
    """
    return _order(frozenset(scopes), keep, frozenset(sizes.items()))[0]


def cells(tables: Sequence[Table]) -> int:
    """Entries that are touched when every variable is summed out, for one batch entry.

    >>> a, b = Table(("a",), np.ones((2, 1))), Table(("b", "a"), np.ones((3, 2, 1)))
    >>> cells([a, b])  # a with b: 6, then b alone: 3
    9
    """
    scopes = frozenset(frozenset(table.axes) for table in tables if table.axes)
    return _order(scopes, frozenset(), frozenset(sizes_of(tables).items()))[1]


@lru_cache(maxsize=1024)
def _order(
    scopes: frozenset[frozenset[str]], keep: frozenset[str], of_sizes: frozenset[tuple[str, int]]
) -> tuple[tuple[str, ...], int]:
    """The order, and the entries of all products on the way.

    Remembered: the same shapes come back for every few draws, every finding left out, every state.
    """
    sizes = dict(of_sizes)
    pools = set(scopes)
    remaining = sorted(frozenset().union(*scopes) - keep)
    order, entries = [], 0
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
        entries += cost[chosen]
    return tuple(order), entries


def contract(one: Table, other: Table, onto: Collection[str]) -> Table:
    """The product of two tables, summed over every axis that is not in `onto`.

    With few batch entries matrix products over the other axes are fastest. Many are added up side by side; where
    little is left of tables that lie within each other, the product is written out and then summed.
    """
    one, other = sorted((one, other), key=lambda table: -table.values.size)
    one, other = _within(one, {*onto, *other.axes}), _within(other, {*onto, *one.axes})
    axes = tuple(dict.fromkeys((*one.axes, *other.axes)))
    left = tuple(axis for axis in axes if axis in onto)
    if left == axes:
        return Table(axes, one.over(axes) * other.over(axes))
    if max(one.values.shape[-1], other.values.shape[-1]) < FEW:
        return _by_matrices(one, other, onto)
    if min(one.values.shape[-1], other.values.shape[-1]) == 1 and any(
        x in other.axes for x in one.axes if x not in onto
    ):
        return _by_shared_matrices(one, other, onto)
    if axes == one.axes and len(left) < len(other.axes):
        return _within(Table(axes, one.values * other.over(axes)), left)
    letter = dict(zip(axes, ascii_letters, strict=False))
    first, second, result = ("".join(letter[axis] for axis in each) + "..." for each in (one.axes, other.axes, left))
    values: Array = np.einsum(f"{first},{second}->{result}", one.values, other.values)
    return Table(left, values)


def _by_matrices(one: Table, other: Table, onto: Collection[str]) -> Table:
    """A matrix product for each state of the axes that both tables have and that stay."""
    both = [axis for axis in one.axes if axis in other.axes]
    each, summed = [axis for axis in both if axis in onto], [axis for axis in both if axis not in onto]
    rows, columns = ([axis for axis in table.axes if axis not in both] for table in (one, other))
    sizes = sizes_of((one, other))

    def matrices(table: Table, down: Sequence[str], across: Sequence[str]) -> Array:
        order = [table.axes.index(axis) for axis in (*each, *down, *across)]
        shape = (prod(sizes[axis] for axis in names) for names in (each, down, across))
        return table.values.transpose(-1, *order).reshape(-1, *shape)

    values = matrices(one, rows, summed) @ matrices(other, summed, columns)
    axes = (*each, *rows, *columns)
    return Table(axes, np.moveaxis(values.reshape(-1, *(sizes[axis] for axis in axes)), 0, -1))


def _by_shared_matrices(one: Table, other: Table, onto: Collection[str]) -> Table:
    """As `_by_matrices`, where one table has one batch entry: those of the other are columns beside one another."""
    shared, many = (one, other) if one.values.shape[-1] == 1 else (other, one)
    both = [axis for axis in shared.axes if axis in many.axes]
    each, summed = [axis for axis in both if axis in onto], [axis for axis in both if axis not in onto]
    rows, columns = ([axis for axis in table.axes if axis not in both] for table in (shared, many))
    sizes = sizes_of((one, other))
    count, inside = (prod(sizes[axis] for axis in names) for names in (each, summed))
    left = shared.over((*each, *rows, *summed)).reshape(count, -1, inside)
    right = many.over((*each, *summed, *columns)).reshape(count, inside, -1)
    axes = (*each, *rows, *columns)
    values = np.copy(left) @ np.copy(right)  # in other strides it is a hundred times slower
    return Table(axes, values.reshape(*(sizes[axis] for axis in axes), -1))


def _within(table: Table, axes: Collection[str]) -> Table:
    """The table summed over every axis that is not in `axes`."""
    out = tuple(position for position, axis in enumerate(table.axes) if axis not in axes)
    if not out:
        return table
    return Table(tuple(axis for axis in table.axes if axis in axes), table.values.sum(axis=out))


def product(tables: Sequence[Table]) -> Table:
    """Product of the tables; small ones first, so that large intermediates arise once."""
    ordered = sorted(tables, key=lambda table: table.values.size)
    axes = tuple(dict.fromkeys(axis for table in ordered for axis in table.axes))
    if not ordered:
        return Table((), np.ones(1))
    result = ordered[0].over(axes)
    for table in ordered[1:]:
        result = result * table.over(axes)
    return Table(axes, result)


def aligned(table: Table, axes: tuple[str, ...]) -> Table:
    """The same numbers along `axes` in their order."""
    return Table(axes, table.over(axes))
