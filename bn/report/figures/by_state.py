"""The risk over the states of a variable, such as age, before and after an intervention, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bn.core.posterior import LEVEL, interval_of
from bn.report.figures.style import (
    BLACK,
    BLUE,
    GIVEN,
    GRAY,
    LIGHT,
    PALE,
    SKY,
    SQUARED,
    Picture,
    label,
    mid,
    sheet,
    signed,
    styled,
)
from cpds.table import Array

if TYPE_CHECKING:
    from bn.questions.what_if import Comparison


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
