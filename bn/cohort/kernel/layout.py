"""Which context variables a contraction fixes, which it keeps as axes, and how much work that is."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from bn.cohort.kernel.context import Context, Group

CELLS = 1 << 8
TILE_BYTES = 1 << 27
FEW = 48
CACHE_BYTES = 3 << 28
TILE_WORK, CELL_WORK, WIDE = 1.0, 0.06, 1 << 11
"""What a tile and a cell of the joint cost, measured against a row answered by itself; beyond `WIDE` joint states of
the measured variables, these are what makes a cell costly."""


def is_few(groups: Sequence[Group]) -> bool:
    """Whether the rows need so few contexts that contracting each for itself is the least work."""
    return len({sets for group in groups for sets, _ in group.alternatives}) <= FEW


def fixed(context: Context, bytes_per_cell: int) -> tuple[str, ...]:
    """The variables to fix where many contexts occur.

    Keeping one as an axis shares work between its states, until the joint of all cells grows too large. A tile of
    several states is added up from tiles of one: where these cannot all be kept, every variable is fixed.
    """
    whole = prod(context.spans[name].states for name in context.names) * bytes_per_cell
    if whole > CACHE_BYTES:
        return tuple(context.names)
    kept: list[str] = []
    for name in sorted(context.names, key=lambda name: len(context.spans[name].members)):
        cells = prod(len(context.spans[other].members) for other in (*kept, name))
        if cells <= CELLS and cells * bytes_per_cell <= TILE_BYTES:
            kept.append(name)
    return tuple(name for name in context.names if name not in kept)


def work(context: Context, groups: Sequence[Group], outer: Sequence[str], states: int) -> float:
    """What contracting costs for these rows, with `outer` fixed, in rows answered one by one."""
    sets = {sets for group in groups for sets, _ in group.alternatives}
    places = [context.names.index(name) for name in outer]
    tiles = len({tuple(one[place] for place in places) for one in sets})
    inner = prod(context.spans[name].states for name in context.names if name not in outer)
    return tiles * (TILE_WORK + CELL_WORK * inner * max(1.0, states / WIDE))
