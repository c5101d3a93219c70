"""Nodes of the network as boxes: title, role by the outline, belief as a bar with a number."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.textpath import TextPath

from bn.core.ranges import range_of
from bn.report.figures.style import BLACK, BLUE, GRAY, SQUARED, signed
from cpds.records import CONTEXT_ROLES, Variable
from cpds.table import Array

WIDE, HEIGHT, TALL_ROW = 1.27, 0.55, 0.86
"""Inches: a box, and from one layer to the next."""

SIZE, LEAST, PAD = 8.0, 6.0, 0.07
LOOKS: dict[str, dict[str, Any]] = {
    "mechanism": {"facecolor": "#FDF3DC", "linewidth": 0.8},
    "signaling": {"facecolor": "#E3F1FA", "linewidth": 1.3},
    "outcome": {"facecolor": "#FBE5D6", "linewidth": 2.2},
}
CONTEXT: dict[str, Any] = {"facecolor": "white", "linewidth": 1.0, "linestyle": (0, (3, 1.5))}


@dataclass(frozen=True)
class Belief:
    """Probability of each state, now and before."""

    now: Array
    before: Array


def draw_node(axes: Axes, variable: Variable, at: tuple[float, float], belief: Belief | None, plain: str) -> None:
    """One box around `at`; the state named `plain` (present) goes without saying."""
    x, y = at[0] - WIDE / 2, at[1] - HEIGHT / 2
    look = CONTEXT if variable.role in CONTEXT_ROLES else LOOKS[variable.role]
    box = FancyBboxPatch((x, y), WIDE, HEIGHT, "round,pad=0,rounding_size=0.06", edgecolor=BLACK, zorder=3, **look)
    box.set_gid(f"node {variable.id}")
    axes.add_patch(box)
    middle = at[1] if belief is None else at[1] + 0.085
    text, size = _fitted(variable.title)
    style = "italic" if variable.role in CONTEXT_ROLES else "normal"
    axes.text(at[0], middle, text, ha="center", va="center", fontsize=size, style=style, linespacing=1.05, zorder=5)
    if belief is not None:
        _belief(axes, variable, (x + PAD, y + 0.06), belief, plain)


def _belief(axes: Axes, variable: Variable, at: tuple[float, float], belief: Belief, plain: str) -> None:
    """A bar for one of two states, else the most probable state in words."""
    x, y = at
    wide = WIDE - 2 * PAD
    likely = int(belief.now.argmax())
    share = belief.now[likely]
    if len(variable.states) > 2 or share > 0.9995:
        then = int(belief.before.argmax())
        said = named(variable, likely) + (f", was {named(variable, then, with_unit=False)}" if then != likely else "")
        said += "" if share > 0.9995 or then != likely else f": {share:.2f}"
        fitted = 7 * min(1.0, wide / text_width(said, 7))
        axes.text(x + wide / 2, y + 0.045, said, ha="center", va="center", fontsize=fitted, zorder=5)
        return
    now, before = float(belief.now[-1]), float(belief.before[-1])
    word = "" if variable.states[-1] == plain else f"{variable.states[-1].replace('_', ' ')} "
    said = f"{word}{now:.2f}" + (f" ({signed(now - before)})" if abs(now - before) >= 0.005 else "")
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


def text_width(text: str, size: float) -> float:
    """Inches that a line of text takes."""
    return float(TextPath((0, 0), text, size=size).get_extents().width) / 72
