"""Parts of a picture of the network: nodes as boxes; arcs as lines, their weight an odds ratio, their end its sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from bn.core.answer import event_words
from bn.core.arcs import Arc
from bn.core.names import range_of
from bn.report.figures.layout import Lane, Layout
from bn.report.figures.style import BLACK, BLUE, GRAY, SQUARED, signed
from cpds.records import CONTEXT_ROLES, LATENT, Variable
from cpds.table import Array

WIDE, HEIGHT, TALL_ROW = 1.27, 0.55, 0.86
"""Inches: a box, and from one layer to the next."""

SIZE, LEAST, PAD = 8.0, 6.0, 0.07
LOOKS: dict[str, dict[str, Any]] = {
    "mechanism": {"facecolor": "#FDF3DC", "linewidth": 0.8},
    "signaling": {"facecolor": "#E3F1FA", "linewidth": 1.3},
    "outcome": {"facecolor": "#FBE5D6", "linewidth": 2.2},
    LATENT: {"facecolor": "white", "linewidth": 1.0, "linestyle": (0, (1, 1.5))},
}
CONTEXT: dict[str, Any] = {"facecolor": "white", "linewidth": 1.0, "linestyle": (0, (3, 1.5))}
ROUND = {LATENT: HEIGHT / 2}
"""Rounding of a box's corners, inches, where not the usual one: what nobody measures is an oval, as is the custom."""


@dataclass(frozen=True)
class Belief:
    """Probability of each state, now and before."""

    now: Array
    before: Array


def draw_node(axes: Axes, variable: Variable, at: tuple[float, float], belief: Belief | None, plain: str) -> None:
    """One box around `at`; the state named `plain` (present) goes without saying."""
    x, y = at[0] - WIDE / 2, at[1] - HEIGHT / 2
    look = CONTEXT if variable.role in CONTEXT_ROLES else LOOKS[variable.role]
    corners = f"round,pad=0,rounding_size={ROUND.get(variable.role, 0.06):g}"
    box = FancyBboxPatch((x, y), WIDE, HEIGHT, corners, edgecolor=BLACK, zorder=3, **look)
    box.set_gid(f"node {variable.id}")
    axes.add_patch(box)
    middle = at[1] if belief is None else at[1] + 0.085
    text, size = _fitted(variable.title)
    style = "italic" if variable.role in CONTEXT_ROLES else "normal"
    axes.text(at[0], middle, text, ha="center", va="center", fontsize=size, style=style, linespacing=1.05, zorder=5)
    if belief is not None:
        _belief(axes, variable, (x + PAD, y + 0.06), belief, plain)


def _belief(axes: Axes, variable: Variable, at: tuple[float, float], belief: Belief, plain: str) -> None:
    """A bar for the event; where there are several states and none stands out, the most probable one in words."""
    x, y = at
    wide = WIDE - 2 * PAD
    likely = int(belief.now.argmax())
    share = belief.now[likely]
    if share > 0.9995 or (len(variable.states) > 2 and variable.role in CONTEXT_ROLES):
        then = int(belief.before.argmax())
        said = named(variable, likely) + (f", was {named(variable, then, with_unit=False)}" if then != likely else "")
        said += "" if share > 0.9995 or then != likely else f": {share:.2f}"
        fitted = 7 * min(1.0, wide / text_width(said, 7))
        axes.text(x + wide / 2, y + 0.045, said, ha="center", va="center", fontsize=fitted, zorder=5)
        return
    now, before = (float(shares[list(variable.indices())].sum()) for shares in (belief.now, belief.before))
    word = event_words(variable.states, variable.event_states, plain)
    change = f"({signed(now - before)})" if abs(now - before) >= 0.005 else ""
    said = " ".join(part for part in (word, f"{now:.2f}", change) if part)
    length = wide - text_width(said, 7) - 0.05
    axes.add_patch(Rectangle((x, y), length, 0.09, facecolor="white", edgecolor=GRAY, linewidth=0.5, zorder=4))
    axes.add_patch(
        Rectangle((x, y), length * now, 0.09, facecolor=BLUE, linewidth=0, zorder=4, gid=f"belief {variable.id}")
    )
    axes.plot([x + length * before] * 2, [y - 0.025, y + 0.115], color=BLACK, linewidth=1.2, zorder=5)
    axes.text(x + wide, y + 0.045, said, ha="right", va="center", fontsize=7, zorder=5)


def named(variable: Variable, state: int, with_unit: bool = True) -> str:
    """A state in words: its range on a numeric scale, else its id."""
    if variable.scale is None:
        return variable.states[state].replace("_", " ")
    return range_of(variable.scale, state, "\N{EN DASH}", with_unit).replace("^2", SQUARED)


def _fitted(title: str) -> tuple[str, float]:
    """The title in one line or two, at the largest size at which it fits a box."""
    room = WIDE - 2 * PAD
    if text_width(title, SIZE) <= room:
        return title, SIZE
    lines = min(
        (pair for columns in range(len(title) // 2, len(title)) if len(pair := _lines(title, columns)) == 2),
        key=lambda pair: max(text_width(line, SIZE) for line in pair),
        default=[title],
    )
    widest = max(text_width(line, SIZE) for line in lines)
    return "\n".join(lines), max(LEAST, SIZE * min(1.0, room / widest))


def _lines(title: str, columns: int) -> list[str]:
    return wrap(title, columns, break_long_words=False)


@lru_cache(maxsize=2048)
def text_width(text: str, size: float) -> float:
    """Inches that a line of text takes; kept, since outlines of letters are slow to measure and titles come again."""
    return float(TextPath((0, 0), text, size=size).get_extents().width) / 72


HEAD, STRONG = 0.055, 3.0
"""Size of an arrow's head, inches; log odds ratio from which lines grow no wider."""

KEY = (1.3, 2, 5, 20)
PORTS = 0.82
"""Share of a node's side over which its arcs are spread."""


def draw_arcs(axes: Axes, arcs: Sequence[Arc], plan: Layout) -> None:
    """The weak ones first, each from the lower side of its parent to the upper side of its child."""
    paths = {arc: plan.path(arc.parent, arc.child) for arc in arcs}
    ports = _ports(plan, {link for path in paths.values() for link in ((path[0], path[1]), (path[-1], path[-2]))})
    for depth, arc in enumerate(sorted(arcs, key=lambda arc: abs(arc.size))):
        path = paths[arc]
        _draw(axes, arc, path, plan, (ports[path[0], path[1]], ports[path[-1], path[-2]]), 1 + depth / len(arcs))


def draw_key(axes: Axes, left: float, height: float) -> None:
    """What weight, end and dash of a line mean."""
    entries = [(f"{'odds ratio ' if odds == KEY[0] else ''}{odds:g}", log(odds), True) for odds in KEY] + [
        ("raises", log(2), True),
        ("lowers", -log(2), True),
        ("not asserted by the review", log(2), False),
    ]
    for text, size, asserted in entries:
        look = _look(size, asserted)
        axes.plot([left, left + 0.26], [height, height], solid_capstyle="butt", dash_capstyle="butt", **look)
        if text in ("raises", "lowers"):
            _end(axes, (left + 0.26 + HEAD * (1.4 if size > 0 else 0.0), height), size, look["color"], (1.0, 0.0))
        axes.text(left + 0.39, height, text, va="center", fontsize=7.5)
        left += 0.53 + text_width(text, 7.5)


def _draw(axes: Axes, arc: Arc, path: Sequence[Lane], plan: Layout, ports: tuple[float, float], depth: float) -> None:
    """One path through the arc's lanes: curves between the layers, straight beside the nodes of a layer."""
    at = (ports[0], -path[0][1] * TALL_ROW - HEIGHT / 2)
    points, codes = [at], [Path.MOVETO]
    for place in path[1:]:
        top = -place[1] * TALL_ROW + HEIGHT / 2
        end = (
            (ports[1], top + HEAD * (1.4 if arc.size > 0 else 0.5)) if place is path[-1] else (plan.across[place], top)
        )
        half = (at[1] + end[1]) / 2
        points += [(at[0], half), (end[0], half), end]
        codes += [Path.CURVE4] * 3
        at = end
        if place is not path[-1]:
            at = (end[0], top - HEIGHT)
            points.append(at)
            codes.append(Path.LINETO)
    look = _look(arc.size, arc.asserted)
    color = look.pop("color")
    line = PathPatch(Path(points, codes), facecolor="none", edgecolor=color, capstyle="butt", zorder=depth, **look)
    line.set_gid(f"arc {arc.parent} {arc.child}")
    axes.add_patch(line)
    tip = (ports[1], -path[-1][1] * TALL_ROW + HEIGHT / 2 + (0.0 if arc.size > 0 else HEAD * 0.5))
    _end(axes, tip, arc.size, color, (0.0, -1.0), depth)


def _look(size: float, asserted: bool) -> dict[str, Any]:
    """Weak arcs are thin and light; those that lower are blue as well as barred."""
    strength = min(abs(size) / STRONG, 1.0)
    dark = np.array(to_rgb(BLUE if size < 0 else BLACK))
    color = tuple(float(part) for part in 1 - (1 - dark) * (0.3 + 0.7 * strength**0.7))
    wide = 0.5 + 2.7 * strength
    return {"color": color, "linewidth": wide, "linestyle": "-" if asserted else (0, (5 / wide, 2 / wide))}


def _end(
    axes: Axes, tip: tuple[float, float], size: float, color: Any, way: tuple[float, float], depth: float = 2.0
) -> None:
    """An arrow's head where the arc raises, a bar where it lowers."""
    ahead, aside = np.array(way), np.array([-way[1], way[0]])
    wide = HEAD * (0.55 + 0.45 * min(abs(size) / STRONG, 1.0))
    if size < 0:
        ends = np.array([tip - aside * wide * 1.2, tip + aside * wide * 1.2])
        axes.plot(*ends.T, color=color, linewidth=1.4, solid_capstyle="butt", zorder=depth)
        return
    back = np.array(tip) - ahead * HEAD * 1.4
    head = Polygon(np.array([tip, back + aside * wide, back - aside * wide]), color=color, linewidth=0, zorder=depth)
    axes.add_patch(head)


def _ports(plan: Layout, links: set[tuple[Lane, Lane]]) -> dict[tuple[Lane, Lane], float]:
    """Where each link of a node leaves or meets its side: side by side, in the order of what lies at the other end."""
    sides: dict[tuple[Lane, bool], list[Lane]] = {}
    for node, other in sorted(links):
        sides.setdefault((node, other[1] > node[1]), []).append(other)
    found = {}
    for (node, _), others in sides.items():
        others.sort(key=lambda other: plan.across[other])
        step = min(PORTS * WIDE / len(others), 0.2)
        for index, other in enumerate(others):
            found[node, other] = plan.across[node] + (index - (len(others) - 1) / 2) * step
    return found
