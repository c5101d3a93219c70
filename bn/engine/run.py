"""Sum-product over a bucket tree: one pass up gives the evidence, one pass down every marginal.

A bucket holds the tables whose first variable to be eliminated is its own. Going up, each bucket is
multiplied out, its variable summed out, and the message handed to the bucket of the next variable in
it. Going down, a bucket receives what the rest of the tree says of its message; product times that
is the joint of the bucket's variables. Batch entries (draws, rows) never mix.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bn.engine.plan import elimination_order
from cpds.table import Array, Table


@dataclass(frozen=True)
class Answer:
    """Unnormalized results: `total` over the kept axes, `joints[v]` over (*kept, v); batch axis last."""

    total: Table
    joints: Mapping[str, Table]


@dataclass(frozen=True)
class _Bucket:
    variable: str
    product: Table
    message: Table
    sends_to: str | None


def infer(tables: Sequence[Table], targets: Collection[str] = (), keep: tuple[str, ...] = ()) -> Answer:
    """Sum the product of `tables` over every variable not in `keep`, plain and with each target kept too.

    Without `keep` and with evidence among the tables, `total` is P(evidence) and `joints[v]` is
    P(evidence, v). With `keep` the same as functions of the kept variables.
    """
    sizes = {axis: size for table in tables for axis, size in zip(table.axes, table.values.shape, strict=False)}
    order = elimination_order([frozenset(table.axes) for table in tables if table.axes], frozenset(keep), sizes)
    buckets, loose = _upward(tables, order)
    total = _laid(_multiply(loose), keep)
    wanted = [name for name in targets if name not in keep]
    joints = {name: _laid(table, (*keep, name)) for name, table in _downward(buckets, loose, wanted, keep).items()}
    for name in set(targets) & set(keep):
        joints[name] = total
    return Answer(total, joints)


def eliminate(tables: Sequence[Table], names: Collection[str]) -> list[Table]:
    """The tables with some variables summed out, each only where that makes no larger table than it replaces."""
    pool = list(tables)
    for name in names:
        inside = [table for table in pool if name in table.axes]
        if not inside:
            continue
        largest = max(inside, key=lambda table: table.values.size)
        if all(set(table.axes) <= set(largest.axes) for table in inside):
            pool = [table for table in pool if name not in table.axes] + [_sum_out(_multiply(inside), name)]
    return pool


def _upward(tables: Sequence[Table], order: tuple[str, ...]) -> tuple[dict[str, _Bucket], list[Table]]:
    """Buckets in order of elimination, and the tables left over the kept variables."""
    pool = list(tables)
    buckets: dict[str, _Bucket] = {}
    rank = {name: position for position, name in enumerate(order)}
    for name in order:
        inside = [table for table in pool if name in table.axes]
        pool = [table for table in pool if name not in table.axes]
        product = _multiply(inside)
        message = _sum_out(product, name)
        later = [axis for axis in message.axes if axis in rank]
        buckets[name] = _Bucket(name, product, message, min(later, key=rank.__getitem__) if later else None)
        pool.append(message)
    return buckets, pool


def _downward(
    buckets: dict[str, _Bucket], loose: list[Table], wanted: list[str], keep: tuple[str, ...]
) -> dict[str, Table]:
    """Joint of each wanted variable with the kept ones, unnormalized."""
    needed = _with_ancestors(buckets, wanted)
    full: dict[str, Table] = {}
    joints: dict[str, Table] = {}
    root = _multiply(loose)
    for name in reversed(buckets):
        if name not in needed:
            continue
        bucket = buckets[name]
        above = full[bucket.sends_to] if bucket.sends_to else root
        outside = _divide(_marginal(above, (*keep, *bucket.message.axes)), bucket.message)
        full[name] = _multiply([bucket.product, outside])
        if name in wanted:
            joints[name] = _marginal(full[name], (*keep, name))
    return joints


def _with_ancestors(buckets: Mapping[str, _Bucket], wanted: list[str]) -> set[str]:
    needed: set[str] = set()
    for name in wanted:
        step: str | None = name
        while step is not None and step not in needed:
            needed.add(step)
            step = buckets[step].sends_to
    return needed


def _multiply(tables: Sequence[Table]) -> Table:
    """Product of the tables; small ones first, so that large intermediates arise once."""
    ordered = sorted(tables, key=lambda table: table.values.size)
    axes = tuple(dict.fromkeys(axis for table in ordered for axis in table.axes))
    if not ordered:
        return Table((), np.ones(1))
    result = ordered[0].over(axes)
    for table in ordered[1:]:
        result = result * table.over(axes)
    return Table(axes, result)


def _sum_out(table: Table, name: str) -> Table:
    position = table.axes.index(name)
    return Table(table.axes[:position] + table.axes[position + 1 :], table.values.sum(axis=position))


def _marginal(table: Table, axes: tuple[str, ...]) -> Table:
    """Sum over every axis of the table that is not in `axes`."""
    out = tuple(position for position, axis in enumerate(table.axes) if axis not in axes)
    return Table(tuple(axis for axis in table.axes if axis in axes), table.values.sum(axis=out))


def _divide(table: Table, divisor: Table) -> Table:
    """Table over divisor; where the divisor is zero the quotient does not matter and is zero."""
    axes = tuple(dict.fromkeys((*table.axes, *divisor.axes)))
    top, bottom = table.over(axes), divisor.over(axes)
    zero = bottom == 0
    return Table(axes, np.where(zero, 0.0, top / np.where(zero, 1.0, bottom)) if zero.any() else top / bottom)


def _laid(table: Table, axes: tuple[str, ...]) -> Table:
    """The same numbers along `axes` in their order."""
    order = [table.axes.index(axis) for axis in axes]
    values: Array = table.values.transpose(*order, len(axes))
    return Table(axes, values)
