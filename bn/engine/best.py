"""Sum out some variables, then find the joint states of the others that weigh most: the best, and the next best.

The best one comes from a bucket tree that takes maxima where the sum-product takes sums, then walks back
down. The next ones come by partition: what is left without the winner falls into cells ("as the winner up to
the i-th variable, different there"), each cell gives its own best, all cells in one batch; the best of all
open cells is the next winner, and its cell is cut up in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count as counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn.engine.contract import elimination_order, product, sizes_of
from bn.engine.run import summed_out
from bn.engine.stop import raise_if_stopped
from cpds.table import Array, Table

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class JointState:
    """State index of each variable, and the sum of the product of all tables there."""

    states: Mapping[str, int]
    weight: float


def best_states(tables: Sequence[Table], over: Sequence[str], count: int = 1) -> Iterator[JointState]:
    """The `count` joint states of `over` that weigh most, heaviest first; fewer where fewer weigh anything.

    The other variables are summed out. The batch axis of every table must have length 1.
    """
    sizes = sizes_of(tables)
    left = summed_out(tables, over)
    everything = {name: np.ones(sizes[name], dtype=bool) for name in over}
    number = counter()
    open_cells: list[tuple[float, int, Mapping[str, int], Mapping[str, Mask]]] = []

    def add(cells: Sequence[Mapping[str, Mask]]) -> None:
        for cell, found in zip(cells, _maxima(left, over, cells), strict=True):
            if found.weight > 0:
                heappush(open_cells, (-found.weight, next(number), found.states, cell))

    add([everything])
    for _ in range(count):
        if not open_cells:
            return
        weight, _, states, cell = heappop(open_cells)
        yield JointState(states, -weight)
        parts = list(_partition(cell, states))
        if parts:
            add(parts)


def _partition(cell: Mapping[str, Mask], winner: Mapping[str, int]) -> Iterator[Mapping[str, Mask]]:
    """Disjoint cells that together hold all of a cell but its winner."""
    fixed = dict(cell)
    for name, allowed in cell.items():
        taken = np.arange(len(allowed)) == winner[name]
        if (allowed & ~taken).any():
            yield {**fixed, name: allowed & ~taken}
        fixed[name] = taken


def _maxima(tables: Sequence[Table], over: Sequence[str], cells: Sequence[Mapping[str, Mask]]) -> list[JointState]:
    """The heaviest joint state within each cell; cells are the batch."""
    masks = [Table((name,), np.array([cell[name] for cell in cells], dtype=float).T) for name in over]
    pool: list[Table] = [*tables, *masks]
    sizes = {table.axes[0]: len(table.values) for table in masks}
    order = elimination_order([frozenset(table.axes) for table in pool if table.axes], frozenset(), sizes)
    products: dict[str, Table] = {}
    for name in order:
        raise_if_stopped()
        whole = product([table for table in pool if name in table.axes])
        products[name] = whole
        axis = whole.axes.index(name)
        others = (*whole.axes[:axis], *whole.axes[axis + 1 :])
        pool = [table for table in pool if name not in table.axes]
        pool.append(Table(others, whole.values.max(axis=axis)))
    weights = np.broadcast_to(product(pool).values, (len(cells),))
    rows = np.arange(len(cells))
    states: dict[str, NDArray[np.int64]] = {}
    for name in reversed(order):
        states[name] = _slice(products[name], name, states, rows).argmax(axis=0)
    return [
        JointState({name: int(states[name][row]) for name in over}, float(weights[row])) for row in range(len(cells))
    ]


def _slice(table: Table, name: str, states: Mapping[str, NDArray[np.int64]], rows: NDArray[np.int64]) -> Array:
    """Axes (state of `name`, row), at each row's states of the other variables."""
    ahead = (name, *(axis for axis in table.axes if axis != name))
    values = table.over(ahead)
    values = np.broadcast_to(values, (*values.shape[:-1], len(rows)))
    at: tuple[Any, ...] = (slice(None), *(states[axis] for axis in ahead[1:]), rows)
    found: Array = values[at]
    return found
