"""A validation drawn: calibration, decision curve, and a forest of groups; together, or each by itself for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bn.report.figures.style import (
    BLACK,
    BLUE,
    GRAY,
    LIGHT,
    ORANGE,
    PALE,
    SKY,
    Picture,
    between,
    rows_of,
    sheet,
    styled,
)
from bn.validation.result import Group

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bn.validation.result import Validation

DASHES = ((4, 1.5), (1, 1), (4, 1, 1, 1))
PANEL = 3.7
"""Inches: the width of a picture by itself, which a telephone shows without shrinking it."""
PITCH = 0.21
FOREST = {"auc": "AUC", "intercept": "Calibration in the large"}


def validation(found: Validation) -> Picture:
    """Calibration and decision curve side by side over the forest of groups."""
    auc = found.overall.measures["auc"]
    told = f" ({between(auc.low, auc.high)})" if auc.low is not None and auc.high is not None else ""
    title = f"{found.outcome} in {found.overall.n} people: AUC {auc.value:.2f}{told}"
    caption = (
        "Calibration: line and band, the smoothed share of people with the outcome; dots, tenths of people by risk; "
        "below, how many have each risk, without the outcome (gray) and with it (blue). Decision curve: net benefit of "
        f"acting from a threshold on. Bars: {found.intervals}."
    )
    rows = _drawn(found)
    forest = 0.55 + PITCH * len(rows)
    with styled():
        picture = sheet(title, caption, 4.6 + forest)
        grid = picture.add_gridspec(3, 2, height_ratios=[2.6, 0.6, forest])
        calibration, counts = picture.add_subplot(grid[0, 0]), picture.add_subplot(grid[1, 0])
        _calibration(calibration, found)
        _counts(counts, found)
        _decision(picture.add_subplot(grid[:2, 1]), found)
        left, right = picture.add_subplot(grid[2, 0]), picture.add_subplot(grid[2, 1])
        _forest(left, right, rows)
    return picture


def panels(found: Validation) -> dict[str, Picture]:
    """Each part by itself, by name: calibration, decision, forest."""
    rows = _drawn(found)
    with styled():
        calibration, decision = (
            Picture(figsize=(PANEL, 4.3), layout="constrained"),
            Picture(figsize=(PANEL, 4.3), layout="constrained"),
        )
        upper, lower = calibration.subplots(2, 1, height_ratios=[4, 1])
        _calibration(upper, found)
        _counts(lower, found)
        _decision(decision.subplots(), found)
        forest = Picture(figsize=(6.4, 0.7 + PITCH * len(rows)), layout="constrained")
        left, right = forest.subplots(1, 2)
        _forest(left, right, rows)
    return {"calibration": calibration, "decision": decision, "forest": forest}


def _calibration(axes: Axes, found: Validation) -> None:
    axes.plot([0, 1], [0, 1], "-", color=LIGHT, linewidth=1, zorder=1)
    if found.curve is not None:
        axes.fill_between(found.curve.risk, found.curve.low, found.curve.high, color=SKY, alpha=0.35, linewidth=0)
        axes.plot(found.curve.risk, found.curve.observed, "-", color=BLUE, linewidth=1.5)
    for one in found.bins:
        axes.plot([one.risk] * 2, [one.low, one.high], "-", color=BLACK, linewidth=0.8)
        axes.plot(one.risk, one.observed, "o", color=BLACK, markersize=3)
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="Observed share", title="Calibration")
    axes.grid(color=PALE, linewidth=0.8)


def _counts(axes: Axes, found: Validation) -> None:
    """Weight by risk, with the outcome upward and without it downward."""
    edges = np.linspace(0, 1, len(found.histogram) + 1)
    shares = found.histogram / found.histogram.sum()
    axes.bar(edges[:-1], shares[:, 1], np.diff(edges), align="edge", color=BLUE, edgecolor="white", linewidth=0.4)
    axes.bar(edges[:-1], -shares[:, 0], np.diff(edges), align="edge", color=LIGHT, edgecolor="white", linewidth=0.4)
    axes.axhline(0, color=BLACK, linewidth=0.6)
    axes.set(xlim=(0, 1), xlabel="Probability")
    axes.spines["left"].set_visible(False)
    axes.set_yticks([shares[:, 1].max() / 2, -shares[:, 0].max() / 2], ["with", "without"], fontsize=7, color=GRAY)
    axes.tick_params(axis="y", length=0)


def _decision(axes: Axes, found: Validation) -> None:
    curve = found.decision
    benefits = [curve.model, *(one.net_benefit for one in found.references)]
    shown = curve.thresholds <= _last_threshold(found)
    at = curve.thresholds[shown]
    axes.axhline(0, color=BLACK, linewidth=0.8, label="nobody")
    axes.plot(at, curve.everybody[shown], "-", color=GRAY, linewidth=1, label="everybody")
    axes.fill_between(at, curve.low[shown], curve.high[shown], color=SKY, alpha=0.35, linewidth=0)
    axes.plot(at, curve.model[shown], "-", color=BLUE, linewidth=1.5, label="network")
    for one, dashes in zip(found.references, DASHES, strict=False):
        axes.plot(at, one.net_benefit[shown], color=ORANGE, linewidth=1.1, dashes=dashes, label=one.title)
    top = max(float(one[shown].max()) for one in benefits)
    axes.set(xlim=(0, at[-1]), ylim=(-0.12 * top, 1.1 * top), xlabel="Threshold", ylabel="Net benefit")
    axes.set_title("Decision curve")
    axes.grid(color=PALE, linewidth=0.8)
    axes.legend(loc="upper right")


def _last_threshold(found: Validation) -> float:
    """Beyond it less than a hundredth of the people would be acted on."""
    share = found.histogram.sum(axis=1)
    beyond = 1 - np.cumsum(share) / share.sum()
    used = int((beyond >= 0.01).sum()) + 1
    return max(0.1, used / len(share))


def _drawn(found: Validation) -> list[tuple[str, Group]]:
    """Label and group of each row; all people first, groups with too few people left out."""
    rows: list[tuple[str, Group]] = [(f"All, {found.overall.n}", Group("", "", found.overall))]
    for group in found.groups:
        if group.performance.measures:
            by = group.by.replace("_", " ")
            rows.append((f"{by}: {group.group}, {group.performance.n}", group))
    return rows


def _forest(left: Axes, right: Axes, rows: list[tuple[str, Group]]) -> None:
    for axes, (name, title) in zip((left, right), FOREST.items(), strict=True):
        rows_of(axes, [label for label, _ in rows], columns=60)
        for place, (_, group) in enumerate(rows):
            one = group.performance.measures.get(name)
            if one is None:
                continue
            if place == 0:
                axes.axvline(one.value, color=LIGHT, linewidth=1)
            if one.low is not None and one.high is not None:
                axes.plot([one.low, one.high], [place] * 2, "-", color=BLACK, linewidth=1)
            axes.plot(one.value, place, "D" if place == 0 else "s", color=BLUE if place == 0 else BLACK, markersize=4)
        axes.set_title(title, loc="left")
    right.axvline(0, color=BLACK, linewidth=0.8, linestyle=":")
    right.set_yticklabels([])
