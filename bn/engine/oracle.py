"""The slow, obvious way: write out the whole joint table and add up. For tests and small networks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product

import numpy as np

from bn.engine.run import Answer
from cpds.table import Table


def enumerate_all(tables: Sequence[Table], targets: Collection[str] = (), keep: tuple[str, ...] = ()) -> Answer:
    """What `infer` returns, by summing over every joint state one at a time."""
    sizes = {axis: size for table in tables for axis, size in zip(table.axes, table.values.shape, strict=False)}
    batch = max((table.values.shape[-1] for table in tables), default=1)
    total = np.zeros((*(sizes[axis] for axis in keep), batch))
    joints = {
        name: np.zeros((*(sizes[axis] for axis in keep), sizes[name], batch)) for name in targets if name not in keep
    }
    for states in product(*(range(size) for size in sizes.values())):
        at = dict(zip(sizes, states, strict=True))
        weight = np.ones(batch)
        for table in tables:
            weight = weight * table.values[tuple(at[axis] for axis in table.axes)]
        kept = tuple(at[axis] for axis in keep)
        total[kept] += weight
        for name, joint in joints.items():
            joint[(*kept, at[name])] += weight
    tables_by_name = {name: Table((*keep, name), joint) for name, joint in joints.items()}
    whole = Table(keep, total)
    return Answer(whole, tables_by_name | dict.fromkeys(set(targets) & set(keep), whole))
