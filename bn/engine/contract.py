"""Products of tables and the order in which variables are summed out of them.

Two tables are summed as they are multiplied: the largest product is not written out where that is slower.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from math import prod
from string import ascii_letters
from typing import NamedTuple

import numpy as np

from cpds.table import Array, Table, layout

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
    first, second = Form(one.axes, one.values.shape), Form(other.axes, other.values.shape)
    axes, multiply = contraction(first, second, frozenset(onto))
    return Table(axes, multiply(one.values, other.values))


class Form(NamedTuple):
    """The axes of a table and the shape of its values, on which alone it depends how it is multiplied."""

    axes: tuple[str, ...]
    shape: tuple[int, ...]

    @property
    def batch(self) -> int:
        """Length of the batch axis."""
        return self.shape[-1]

    def sizes(self, axes: Sequence[str]) -> list[int]:
        """Number of states of some of the axes."""
        return [self.shape[self.axes.index(axis)] for axis in axes]


Change = Callable[[Array], Array]
"""Of the values of a table."""
Product = tuple[tuple[str, ...], Callable[[Array, Array], Array]]
"""The axes that are left, and what makes the values from those of the two tables."""


@lru_cache(maxsize=1 << 14)
def contraction(one: Form, other: Form, onto: frozenset[str]) -> Product:
    """How two tables of these forms are multiplied: found once, as the same forms come back with other numbers."""
    if prod(other.shape) > prod(one.shape):
        axes, multiply = contraction(other, one, onto)
        return axes, lambda a, b: multiply(b, a)
    (first, of_one), (second, of_other) = _within(one, onto | {*other.axes}), _within(other, onto | {*one.axes})
    axes, multiply = _product(first, second, onto)
    if first is one and second is other:
        return axes, multiply
    return axes, lambda a, b: multiply(of_one(a), of_other(b))


def _product(one: Form, other: Form, onto: Collection[str]) -> Product:
    """Of tables without an axis that one of them alone has and that is summed out; the first is the larger one."""
    axes = tuple(dict.fromkeys((*one.axes, *other.axes)))
    left = tuple(axis for axis in axes if axis in onto)
    laid, beside = _over(one, axes), _over(other, axes)
    if left == axes:
        return axes, lambda a, b: laid(a) * beside(b)
    if max(one.batch, other.batch) < FEW:
        return _by_matrices(one, other, onto)
    if min(one.batch, other.batch) == 1 and any(axis in other.axes for axis in one.axes if axis not in onto):
        return _by_shared_matrices(one, other, onto)
    if axes == one.axes and len(left) < len(other.axes):
        out = _places(axes, left)
        return left, lambda a, b: (a * beside(b)).sum(axis=out)
    letter = dict(zip(axes, ascii_letters, strict=False))
    names = ["".join(letter[axis] for axis in each) + "..." for each in (one.axes, other.axes, left)]
    subscripts = f"{names[0]},{names[1]}->{names[2]}"

    def added_up(a: Array, b: Array) -> Array:
        values: Array = np.einsum(subscripts, a, b)
        return values

    return left, added_up


def _by_matrices(one: Form, other: Form, onto: Collection[str]) -> Product:
    """A matrix product for each state of the axes that both tables have and that stay."""
    each, rows, summed, columns = _roles(one, other, onto)
    first, second = _matrices(one, each, rows, summed), _matrices(other, each, summed, columns)
    shape = (-1, *one.sizes((*each, *rows)), *other.sizes(columns))
    return (*each, *rows, *columns), lambda a, b: np.moveaxis((first(a) @ second(b)).reshape(*shape), 0, -1)


def _by_shared_matrices(one: Form, other: Form, onto: Collection[str]) -> Product:
    """As `_by_matrices`, where one table has one batch entry: those of the other are columns beside one another."""
    if one.batch != 1:
        axes, multiply = _by_shared_matrices(other, one, onto)
        return axes, lambda a, b: multiply(b, a)
    each, rows, summed, columns = _roles(one, other, onto)
    count, inside = prod(one.sizes(each)), prod(one.sizes(summed))
    left, right = _over(one, (*each, *rows, *summed)), _over(other, (*each, *summed, *columns))
    shape = (*one.sizes((*each, *rows)), *other.sizes(columns), -1)

    def matrices(a: Array, b: Array) -> Array:
        first, second = left(a).reshape(count, -1, inside), right(b).reshape(count, inside, -1)
        product: Array = np.copy(first) @ np.copy(second)  # in other strides it is a hundred times slower
        return product.reshape(*shape)

    return (*each, *rows, *columns), matrices


def _roles(one: Form, other: Form, onto: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Axes of both tables that stay, of the first alone, of both that are summed over, of the second alone."""
    both = [axis for axis in one.axes if axis in other.axes]
    each, summed = (tuple(axis for axis in both if (axis in onto) is stays) for stays in (True, False))
    rows, columns = (tuple(axis for axis in form.axes if axis not in both) for form in (one, other))
    return each, rows, summed, columns


def _matrices(form: Form, each: Sequence[str], down: Sequence[str], across: Sequence[str]) -> Change:
    """Values as matrices, axes (batch, each, down, across)."""
    order = (len(form.axes), *(form.axes.index(axis) for axis in (*each, *down, *across)))
    shape = (-1, *(prod(form.sizes(axes)) for axes in (each, down, across)))
    return lambda values: values.transpose(*order).reshape(*shape)


def _over(form: Form, axes: Sequence[str]) -> Change:
    """As `Table.over`."""
    order, shape = layout(form.axes, form.shape, axes)
    if order == tuple(range(len(order))):
        return lambda values: values.reshape(*shape)
    return lambda values: values.transpose(*order).reshape(*shape)


def _within(form: Form, axes: Collection[str]) -> tuple[Form, Change]:
    """What is left of a table summed over every axis that is not in `axes`."""
    out = _places(form.axes, axes)
    if not out:
        return form, lambda values: values
    left = tuple(axis for axis in form.axes if axis in axes)
    return Form(left, (*form.sizes(left), form.batch)), lambda values: values.sum(axis=out)


def _places(axes: Sequence[str], but: Collection[str]) -> tuple[int, ...]:
    """Positions of the axes that are not among those."""
    return tuple(position for position, axis in enumerate(axes) if axis not in but)


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
