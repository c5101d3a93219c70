"""Before and after drawn: variables or interventions side by side, or the risk over the states of a variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bn.core.answer import LEVEL, interval_of
from bn.report.figures.style import (
    BLACK,
    BLUE,
    GIVEN,
    GRAY,
    LIGHT,
    LOWERS,
    PALE,
    RAISES,
    SKY,
    SQUARED,
    WHISKER,
    Picture,
    between,
    label,
    rows_of,
    sheet,
    signed,
    stack,
    styled,
)
from cpds.table import Array
from cpds.text import mid

if TYPE_CHECKING:
    from bn.questions.what_if import Comparison, WhatIf


def by_state(swept: Comparison) -> Picture:
    """Two lines over the states, in their order, each with the band of its interval; the axis starts at 0."""
    places = np.arange(len(swept.rows))
    before = np.array([_with_ends(row.before) for row in swept.rows])
    after = np.array([_with_ends(row.after) for row in swept.rows])
    names = [row.title.replace("_", " ").replace("^2", SQUARED) for row in swept.rows]
    unit = f" {swept.unit}".replace("^2", SQUARED) if swept.unit else ""
    top = int(before[:, 0].argmax())
    over = label(swept.titles, swept.by)
    title = f"Without intervention the risk is highest for {mid(over)} {names[top]}: {before[top, 0]:.2f}"
    changes = after[:, 0] - before[:, 0]
    if np.abs(changes).max() >= 0.005:
        most = int(np.abs(changes).argmax())
        title += f"; the intervention changes it most for {names[most]}, {signed(changes[most])}"
    caption = (
        f"Lines: risk at the posterior mean. Bands or bars: {LEVEL:.0%} interval of each line by itself, "
        "which says little of their difference. "
        f"{GIVEN}: intervals hold the uncertainty of the parameters, not that of the arcs."
    )
    with styled():
        picture = sheet(title, caption, 4.2)
        axes = picture.subplots()
        for side, name, color, band, line in (
            (before, "before", BLACK, LIGHT, "o-"),
            (after, "after the intervention", BLUE, SKY, "s--"),
        ):
            low, high = side[:, 1:].T
            if unit:
                axes.fill_between(places, low, high, color=band, alpha=0.45, linewidth=0)
            else:
                axes.vlines(places, low, high, color=color, linewidth=1)
            look = line if unit else line[0]
            axes.plot(places, side[:, 0], look, color=color, markersize=4.5, linewidth=1.4, label=name)
        axes.set_xticks(places, [name.replace(unit, "") if unit else name for name in names])
        if not unit:
            axes.set_xlim(-0.5, len(names) - 0.5)
        if len(names) > 8:
            axes.tick_params(axis="x", labelsize=7.5)
            for text in axes.get_xticklabels():
                text.set(rotation=35, ha="right", rotation_mode="anchor")
        axes.set_ylim(0, min(1.0, 1.15 * max(before[:, 2].max(), after[:, 2].max())))
        axes.grid(axis="y", color=PALE, linewidth=0.8)
        axes.set_xlabel(over + (f",{unit}" if unit else ""))
        axes.set_ylabel("Risk (probability)")
        axes.legend(loc="lower right", labelcolor=GRAY)
    return picture


def _with_ends(risks: Array) -> tuple[float, float, float]:
    """The risk at the point, and the ends of its interval over the draws, of which each row has its own."""
    low, high = interval_of(risks[1:], LEVEL)
    return float(risks[0]), float(low), float(high)


SMALLEST = 0.0005


class Row(NamedTuple):
    """One line of the picture: probabilities before and after, and the interval of their difference."""

    label: str
    before: float
    after: float
    low: float
    high: float


def what_if(answer: WhatIf) -> Picture:
    """Every variable that moves, the risk first, and within what bounds any coupling leaves the risk after."""
    rows = [_risk_row(answer)]
    for name in answer.states:
        if name in answer.changed and name != answer.risk_of[0]:
            shown = [row for row in answer.line_rows(name) if abs(row.difference) >= SMALLEST]
            rows += [Row(row.line.name, row.before, row.after, row.low, row.high) for row in shown]
    low, high = answer.interval(LEVEL)
    title = (
        f"{done(answer)}: risk of {mid(label(answer.titles, answer.risk_of[0]))} {answer.risk_before:.2f} to "
        f"{answer.risk_after:.2f}, difference {signed(answer.difference)} ({between(low, high, signed)})"
    )
    light = (
        ""
        if answer.population
        else " Gray bar: where the risk after could lie if chance were shared by the two worlds in any other way."
    )
    with styled():
        return _draw(rows, title, light, None if answer.population else answer.bounds)


def comparison(several: Comparison) -> Picture:
    """The risk before and after each intervention by itself, in the comparison's order."""
    rows = []
    for row in several.rows:
        low, high = row.interval(LEVEL)
        mark = " *" if row.notes else ""
        rows.append(Row(row.title + mark, float(row.before[0]), float(row.after[0]), low, high))
    least = min(several.rows, key=lambda row: row.difference)
    low, high = least.interval(LEVEL)
    title = f"{least.title} lowers the risk most: {signed(least.difference)} ({between(low, high, signed)})"
    if least.difference >= 0:
        title = f"None of {len(rows)} interventions lowers the risk"
    notes = sorted({text for row in several.rows for text in row.notes})
    with styled():
        return _draw(rows, title, f" *: {'; '.join(notes)}." if notes else "", None)


def done(answer: WhatIf) -> str:
    """What is done, in words."""
    first, *others = (one.title for one in answer.treatments)
    return " and ".join([first, *map(mid, others)])


def _draw(rows: Sequence[Row], title: str, more: str, bounds: tuple[float, float] | None) -> Picture:
    before, after = np.array([row.before for row in rows]), np.array([row.after for row in rows])
    change, places = after - before, np.arange(len(rows))
    ends = np.array([(row.low, row.high) for row in rows]).T
    caption = (
        f"Left: before (open) and after (filled). Right: difference with its {LEVEL:.0%} interval.{more} Findings were "
        f"made before the intervention. {GIVEN}: intervals hold the uncertainty of the parameters and of what an "
        "intervention does, not that of the arcs."
    )
    picture = sheet(title, caption, 1.4 + stack([row.label for row in rows], 0.25))
    left, right = picture.subplots(1, 2, sharey=True, width_ratios=(1.15, 1))
    if bounds is not None:
        left.barh(0, bounds[1] - bounds[0], 0.5, bounds[0], color=LIGHT, alpha=0.5, zorder=1)
    left.hlines(places, np.minimum(before, after), np.maximum(before, after), color="black", linewidth=1, zorder=2)
    left.plot(
        before, places, "o", markersize=5, markerfacecolor="white", markeredgecolor="black", zorder=3, clip_on=False
    )
    left.plot(after, places, "o", markersize=5, markerfacecolor=BLUE, markeredgecolor="black", zorder=3, clip_on=False)
    rows_of(left, [row.label for row in rows])
    left.set_xlim(0, min(1.0, max(1.08 * max(before.max(), after.max(), *(bounds or (0,))), 0.1)))
    left.set_xlabel("Probability")
    for row, value in enumerate(change):
        right.barh(row, value, 0.6, **(RAISES if value > 0 else LOWERS))
    right.errorbar(change, places, xerr=np.clip([change - ends[0], ends[1] - change], 0, None), **WHISKER)
    widest = max(abs(ends).max(), abs(change).max(), 0.01)
    right.set_xlim(
        min(-0.1 * widest, 1.1 * min(ends[0].min(), change.min())), 1.1 * max(ends[1].max(), change.max(), 0)
    )
    right.axvline(0, color="black", linewidth=0.8)
    right.tick_params(axis="y", left=False, labelleft=False)
    right.spines["left"].set_visible(False)
    right.grid(axis="x", color=PALE, linewidth=0.8)
    right.set_xlabel("Difference of probability")
    for row, value in enumerate(change):
        right.text(1.01, row, signed(value, 3), va="center", fontsize=8, transform=right.get_yaxis_transform())
    return picture


def _risk_row(answer: WhatIf) -> Row:
    name, state = answer.risk_of
    index = answer.states[name].index(state)
    low, high = interval_of((answer.after[name] - answer.before[name])[index, 1:], LEVEL)
    return Row(label(answer.titles, name), answer.risk_before, answer.risk_after, float(low), float(high))
