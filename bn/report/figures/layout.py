"""Where the nodes of a graph stand: layers from causes down to effects, in an order with few crossings.

Arcs that pass a layer get a lane there, one for all arcs of the same parent, so that none runs behind a node and the
arcs of a parent share a trunk. Places follow from the arcs and the nodes' widths alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

import numpy as np

from cpds.table import Array

SWEEPS = 24
Lane = tuple[str, int]
"""A node, or the trunk of a node's arcs, in one layer."""


@dataclass(frozen=True)
class Layout:
    """`layer` of each node, 0 at the top; `across`: center of each node and lane, in the unit of the widths."""

    layer: Mapping[str, int]
    across: Mapping[Lane, float]

    def path(self, parent: str, child: str) -> list[Lane]:
        """Where an arc passes: the parent, its lanes in the layers between, the child."""
        first, last = self.layer[parent], self.layer[child]
        return [*((parent, layer) for layer in range(first, last)), (child, last)]


def layers(parents: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Length of the longest path to each node; a node without parents moves down to just above its first child.

    `parents` comes in causal order.

    >>> layers({"a": (), "b": ("a",), "c": ("a", "b"), "late": (), "d": ("c", "late")})
    {'a': 0, 'b': 1, 'c': 2, 'late': 2, 'd': 3}
    """
    found: dict[str, int] = {}
    for name, above in parents.items():
        found[name] = max((found[each] + 1 for each in above), default=0)
    for name, above in parents.items():
        below = [found[child] for child, its in parents.items() if name in its]
        if not above and below:
            found[name] = min(below) - 1
    return found


def layout(parents: Mapping[str, Sequence[str]], width: float, lane: float, gap: float) -> Layout:
    """Layers, order and places; `width` is that of a node, `lane` that of a trunk, `gap` lies between neighbors."""
    layer = layers(parents)
    links = _links(parents, layer)
    rows: list[list[Lane]] = [[] for _ in range(max(layer.values()) + 1)]
    for place in dict.fromkeys([*(place for link in links for place in link), *layer.items()]):
        rows[place[1]].append(place)
    rows = _ordered(rows, links)
    size = {place: width if layer[place[0]] == place[1] else lane for row in rows for place in row}
    return Layout(layer, _placed(rows, links, size, gap))


def crossings(rows: Sequence[Sequence[Lane]], links: Sequence[tuple[Lane, Lane]]) -> int:
    """Pairs of links between neighboring layers that cross, given the order of each layer."""
    at = {place: index for row in rows for index, place in enumerate(row)}
    count = 0
    for layer in range(len(rows) - 1):
        ends = np.array([(at[a], at[b]) for a, b in links if a[1] == layer], dtype=int).reshape(-1, 2)
        left, right = (np.sign(np.subtract.outer(ends[:, side], ends[:, side])) for side in (0, 1))
        count += int((left * right < 0).sum()) // 2
    return count


def _links(parents: Mapping[str, Sequence[str]], layer: Mapping[str, int]) -> list[tuple[Lane, Lane]]:
    """Every step from a layer to the next, those of a shared trunk once."""
    found: dict[tuple[Lane, Lane], None] = {}
    for child, above in parents.items():
        for parent in above:
            steps = [*((parent, at) for at in range(layer[parent], layer[child])), (child, layer[child])]
            found |= dict.fromkeys(pairwise(steps))
    return list(found)


def _neighbors(links: Sequence[tuple[Lane, Lane]]) -> tuple[dict[Lane, list[Lane]], dict[Lane, list[Lane]]]:
    above: dict[Lane, list[Lane]] = {}
    below: dict[Lane, list[Lane]] = {}
    for start, end in links:
        above.setdefault(end, []).append(start)
        below.setdefault(start, []).append(end)
    return above, below


def _ordered(rows: list[list[Lane]], links: Sequence[tuple[Lane, Lane]]) -> list[list[Lane]]:
    """The order with the fewest crossings that sweeps by barycenter, and then swaps of neighbors, come across."""
    above, below = _neighbors(links)
    best, fewest = [list(row) for row in rows], crossings(rows, links)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in range(len(rows)) if down else reversed(range(len(rows))):
            beside = layer + (-1 if down else 1)
            if 0 <= beside < len(rows):
                at = {place: index / max(len(rows[beside]) - 1, 1) for index, place in enumerate(rows[beside])}
                near = above if down else below
                own = {place: index / max(len(rows[layer]) - 1, 1) for index, place in enumerate(rows[layer])}
                rows[layer].sort(key=lambda p: fmean([at[q] for q in near[p]]) if near.get(p) else own[p])
        if (count := crossings(rows, links)) < fewest:
            best, fewest = [list(row) for row in rows], count
    improved = True
    while improved:
        improved = False
        for row in best:
            for left in range(len(row) - 1):
                row[left], row[left + 1] = row[left + 1], row[left]
                if (count := crossings(best, links)) < fewest:
                    fewest, improved = count, True
                else:
                    row[left], row[left + 1] = row[left + 1], row[left]
    return best


def _placed(
    rows: Sequence[Sequence[Lane]], links: Sequence[tuple[Lane, Lane]], size: Mapping[Lane, float], gap: float
) -> dict[Lane, float]:
    """Centers that keep order and distance and lie close to those of their neighbors above and below."""
    above, below = _neighbors(links)
    at: dict[Lane, float] = {}
    for row in rows:
        at |= dict(zip(row, _apart(row, np.zeros(len(row)), size, gap), strict=True))
    for sweep in range(2 * SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = np.array([fmean([at[q] for q in (*above.get(p, ()), *below.get(p, ()))] or [at[p]]) for p in row])
            at |= dict(zip(row, _apart(row, wanted, size, gap), strict=True))
    return at


def _apart(row: Sequence[Lane], wanted: Array, size: Mapping[Lane, float], gap: float) -> list[float]:
    """Centers nearest to those wanted (least squares) in this order and at least side by side."""
    half = np.array([size[place] / 2 for place in row])
    steps = np.concatenate([[0.0], np.cumsum(half[:-1] + half[1:] + gap)])
    blocks: list[tuple[float, int]] = []
    for value in wanted - steps:
        mean, count = float(value), 1
        while blocks and blocks[-1][0] > mean:
            other, more = blocks.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        blocks.append((mean, count))
    level = np.concatenate([np.full(count, mean) for mean, count in blocks])
    return [float(value) for value in level + steps]
