"""Cutting tables down to the states that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cpds.table import Table


def narrow(tables: Sequence[Table], known: Mapping[str, int]) -> list[Table]:
    """The tables at the known state indices, without those axes."""
    return [
        Table(
            tuple(axis for axis in table.axes if axis not in known),
            table.values[tuple(known.get(axis, slice(None)) for axis in table.axes)],
        )
        for table in tables
    ]


def known_states(tables: Sequence[Table]) -> dict[str, int]:
    """State indices that one-hot tables over a single variable fix, the same in every batch entry."""
    known: dict[str, int] = {}
    for table in tables:
        if len(table.axes) != 1:
            continue
        possible = np.flatnonzero((table.values > 0).any(axis=-1))
        if len(possible) == 1:
            known[table.axes[0]] = int(possible[0])
    return known
