"""How the effect of the root splits over what lies between it and each outcome."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bn.questions.mediation.result import span
from bn.report.figures.style import (
    BLACK,
    BLUE,
    GIVEN,
    LIGHT,
    ORANGE,
    PALE,
    WHISKER,
    Picture,
    label,
    rows_of,
    sheet,
    signed,
    stack,
    styled,
)
from cpds.text import mid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bn.questions.mediation.result import Mediation, Route, Split

FILLS = ((BLUE, ""), (ORANGE, "////"), (LIGHT, "...."))


def mediation(found: Mediation) -> Picture:
    """A column an outcome: above, the groups of routes, which add up to the change; below, each variable by itself."""
    groups = list(dict.fromkeys(route.name for split in found.splits for route in _shared(split.groups)))
    names = list(dict.fromkeys(route.name for split in found.splits for route in _between(split)))
    root = label(found.titles, found.root)
    caption = (
        f"{root} moves from {_states(found, found.before)} to {_states(found, found.after)}. "
        "Bars and dots: share of a route in the change, averaged over all orders in which the routes could see it, "
        "with its 90 % interval over the draws; the groups add up to the change, and the variables to "
        "their groups. Crosses: what a variable does when it alone sees the change, and when all others do. "
        f"{GIVEN}."
    )
    with styled():
        labels = [label(found.titles, name) for name in names]
        picture = sheet(_title(found), caption, 1.9 + 0.3 * len(groups) + stack(labels, 0.25))
        grid = picture.subplots(
            2, len(found.splits), sharey="row", squeeze=False, height_ratios=(len(groups) + 0.8, len(names) + 0.6)
        )
        for column, split in enumerate(found.splits):
            upper, lower = grid[0, column], grid[1, column]
            before, after = split.before.value, split.after.value
            upper.set_title(f"{label(found.titles, split.outcome)}\n{before:.2f} to {after:.2f}", loc="left")
            _groups(upper, split, groups)
            _variables(lower, split, names)
            lower.set_xlabel("Share of the change,\npercentage points")
        rows_of(grid[0, 0], [_group(found, name) for name in groups])
        rows_of(grid[1, 0], labels)
        for axes in grid.flat:
            axes.axvline(0, color=BLACK, linewidth=0.8)
            axes.grid(axis="x", color=PALE, linewidth=0.8)
            axes.spines["left"].set_visible(False)
            axes.tick_params(axis="y", length=0)
    return picture


def _groups(axes: Axes, split: Split, names: Sequence[str]) -> None:
    routes = {route.name: route for route in _shared(split.groups)}
    for row, name in enumerate(names):
        if name in routes and (share := routes[name].share):
            color, hatch = FILLS[row % len(FILLS)]
            value = 100 * share.value
            axes.barh(row, value, 0.62, facecolor=color, hatch=hatch, edgecolor=BLACK, linewidth=0.6)
            _whisker(axes, row, routes[name])
            part = share.value / split.total.value if split.total.value else np.nan
            where = 100 * max(share.high, 0.0)
            axes.text(where, row, f"  {signed(value, 1)} ({part:.0%})", va="center", fontsize=8)
    highest = 100 * max(route.share.high for route in routes.values() if route.share)
    lowest = 100 * min(route.share.low for route in routes.values() if route.share)
    axes.set_xlim(min(0.0, 1.1 * lowest), 1.65 * highest)


def _variables(axes: Axes, split: Split, names: Sequence[str]) -> None:
    routes = {route.name: route for route in _between(split)}
    for row, name in enumerate(names):
        if name in routes and (share := routes[name].share):
            _whisker(axes, row, routes[name])
            axes.plot(100 * share.value, row, "o", color=BLUE, markeredgecolor=BLACK, markersize=5, zorder=3)
            others = [effect.value for effect in (routes[name].alone, routes[name].last) if effect]
            axes.plot([100 * value for value in others], [row] * len(others), "x", color=BLACK, markersize=4)


def _whisker(axes: Axes, row: int, route: Route) -> None:
    if route.share:
        value, low, high = (100 * each for each in (route.share.value, route.share.low, route.share.high))
        axes.errorbar(value, row, xerr=[[max(value - low, 0)], [max(high - value, 0)]], **WHISKER)


def _between(split: Split) -> list[Route]:
    """Routes between the root and the outcome; its own arc is the direct group."""
    return [route for route in _shared(split.variables) if route.name != split.outcome]


def _shared(routes: Sequence[Route]) -> list[Route]:
    """Routes that have a share, those that see the change, the largest first."""
    return [route for route in routes if route.share is not None]


def _group(found: Mediation, name: str) -> str:
    return {"direct": f"Direct, by {mid(label(found.titles, found.root))}'s own arc"}.get(
        name, f"{name.capitalize()} variables"
    )


def _states(found: Mediation, states: tuple[str, ...]) -> str:
    """A run of the root's states, its own name left out of theirs."""
    return span(
        tuple(
            re.sub(r"(\d)_(\d)", "\\1\N{EN DASH}\\2", state.removeprefix(f"{found.root}_")).replace("_", " ")
            for state in states
        )
    )


def _title(found: Mediation) -> str:
    said = []
    for split in found.splits:
        most = max(_shared(split.groups), key=lambda route: route.share.value if route.share else 0.0)
        part = most.share.value / split.total.value if most.share and split.total.value else 0.0
        way = "directly" if most.name == "direct" else f"through {most.name} variables"
        outcome = mid(label(found.titles, split.outcome))
        said.append(f"{signed(100 * split.total.value, 0)} points of {outcome}, {part:.0%} {way}")
    return f"{label(found.titles, found.root)}: " + "; ".join(said)
