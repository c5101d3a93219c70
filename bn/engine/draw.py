"""Joint states drawn from a product of tables: forward the sums, backward each variable given those drawn before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn.engine.contract import elimination_order, product, sizes_of
from cpds.table import Table


def draw_states(tables: Sequence[Table], count: int, rng: np.random.Generator) -> dict[str, NDArray[np.int64]]:
    """`count` independent joint states of all variables, each with probability in proportion to the product.

    State indices by variable, axis (draw). The batch axis of every table must have length 1.

    >>> coin = Table(("coin",), np.array([[0.5], [0.5]]))
    >>> copy = Table(("copy", "coin"), np.eye(2)[..., None])
    >>> drawn = draw_states([coin, copy], 100, np.random.default_rng(0))
    >>> bool((drawn["coin"] == drawn["copy"]).all()), 35 < int(drawn["coin"].sum()) < 65
    (True, True)
    """
    pool = list(tables)
    order = elimination_order([frozenset(table.axes) for table in pool if table.axes], frozenset(), sizes_of(pool))
    products: dict[str, Table] = {}
    for name in order:
        inside = [table for table in pool if name in table.axes]
        products[name] = product(inside)
        axis = products[name].axes.index(name)
        others = (*products[name].axes[:axis], *products[name].axes[axis + 1 :])
        pool = [
            *(table for table in pool if name not in table.axes),
            Table(others, products[name].values.sum(axis=axis)),
        ]
    states: dict[str, NDArray[np.int64]] = {}
    for name in reversed(order):
        others = tuple(axis for axis in products[name].axes if axis != name)
        weights = products[name].over((name, *others))[..., 0]
        at: tuple[Any, ...] = (slice(None), *(states[axis] for axis in others))
        weights = weights[at] if others else weights[:, None]
        rising = np.cumsum(weights, axis=0)
        states[name] = np.asarray((rising <= rng.random(count) * rising[-1]).sum(axis=0), dtype=np.int64)
    return states
