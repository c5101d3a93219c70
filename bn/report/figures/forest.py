"""A forest plot: the interval of each study, and below it what the network says to the same question."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log
from typing import TYPE_CHECKING

from bn.core.errors import QuestionError
from bn.report.figures.style import (
    BLACK,
    BLUE,
    GIVEN,
    PALE,
    SQUARED,
    Picture,
    rows_of,
    sheet,
    signed,
    stack,
    styled,
)
from bn.report.text.forest import sections, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bn.questions.forest import Forest, StudyRow

WIDE = 46
"""Characters of a row's label before it is folded."""

FARTHEST = 4.0
"""Log odds to which an interval is drawn at least in part; where one goes on, an arrow says so."""

PITCH, OFF = 0.31, 0.17
RATIOS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


def forest(found: Forest) -> Picture:
    """Squares: studies; diamonds: the network; a part a use, or, of all studies, an agent or marker."""
    parts = [
        (heading, drawn) for heading, rows in sections(found) if (drawn := [row for row in rows if _drawn(found, row)])
    ]
    if not parts:
        raise QuestionError(f"{found.title}: no study has a size or an answer that could be drawn; ask for the table")
    left_out = len(found.rows) - sum(len(rows) for _, rows in parts)
    caption = (
        f"Squares: log odds of the worse as the study prints them, with its {found.level:.0%} interval; filled where "
        "the written rule admits the row to a fit, hollow elsewhere. Diamonds: the network, by doing "
        "(\N{RIGHTWARDS ARROW}) or by seeing (\N{LEFT RIGHT ARROW}), with its interval over "
        f"{found.draws} draws. Where a study prints no size, a word says what it finds. Bold: outside the interval, or "
        f"the wrong sign. {GIVEN}."
        + (f" Without {left_out} studies that have no size or no answer: see the table." if left_out else "")
    )
    sizes = [stack([_label(row) for row in rows], PITCH, WIDE) for _, rows in parts]
    with styled():
        picture = sheet(f"{found.title}: {_title(found)}", caption, 1.5 + 0.34 * len(parts) + sum(sizes), 7.8)
        column = picture.subplots(
            len(parts), 1, sharex=True, height_ratios=[size + 0.1 for size in sizes], squeeze=False
        )[:, 0]
        low, high = _range(row for _, rows in parts for row in rows)
        for axes, (heading, rows) in zip(column, parts, strict=True):
            rows_of(axes, [_label(row) for row in rows], columns=WIDE)
            axes.set_xlim(low, high)
            axes.set_title(heading, loc="left", fontweight="bold", fontsize=8.5, pad=4)
            axes.axvline(0, color=BLACK, linewidth=0.8)
            for place, row in enumerate(rows):
                axes.axhline(place + 0.5, color=PALE, linewidth=0.6)
                _row(axes, place, row)
        column[-1].set_xlabel("Log odds of the worse: less of it to the left, more to the right")
        _odds_ratios(column[0], low, high)
    return picture


def _drawn(found: Forest, row: StudyRow) -> bool:
    """Of one name, whatever has a size or an answer; of all studies, what has both."""
    has = (row.log_odds is not None, row.network is not None)
    return all(has) if found.name is None else any(has)


def _row(axes: Axes, place: int, row: StudyRow) -> None:
    filled = row.use == "fit"
    if row.log_odds is not None and row.low is not None and row.high is not None:
        _interval(axes, place - OFF, row.low, row.high, BLACK, "-")
        face = BLACK if filled else "white"
        axes.plot(row.log_odds, place - OFF, "s", markersize=4.5, markerfacecolor=face, markeredgecolor=BLACK)
    if row.network is not None and row.network_low is not None and row.network_high is not None:
        _interval(axes, place + OFF, row.network_low, row.network_high, BLUE, "-")
        face = BLUE if filled else "white"
        axes.plot(row.network, place + OFF, "D", markersize=4.5, markerfacecolor=face, markeredgecolor=BLUE)
    said = signed(row.log_odds) if row.log_odds is not None else row.says.replace("_", " ")
    answer = signed(row.network) if row.network is not None else "not asked"
    weight = "bold" if row.verdict == "outside" or row.agrees is False else "normal"
    for off, text, color in ((-OFF, said, BLACK), (OFF, answer, BLUE)):
        where = (1.01, place + off)
        axes.text(
            *where, text, va="center", fontsize=7, color=color, weight=weight, transform=axes.get_yaxis_transform()
        )


def _interval(axes: Axes, place: float, low: float, high: float, color: str, style: str) -> None:
    """A line as far as the axes go, with an arrow where it goes on."""
    first, last = axes.get_xlim()
    axes.plot([max(low, first), min(high, last)], [place] * 2, style, color=color, linewidth=1.1, solid_capstyle="butt")
    for beyond, end, mark in ((low < first, first, "<"), (high > last, last, ">")):
        if beyond:
            axes.plot(end, place, mark, color=color, markersize=4, clip_on=False)


def _range(rows: Iterable[StudyRow]) -> tuple[float, float]:
    """Of the axis: all points, and intervals up to `FARTHEST`."""
    ends = [0.0]
    for row in rows:
        ends += [value for value in (row.log_odds, row.network) if value is not None]
        bounds = (row.low, row.high, row.network_low, row.network_high)
        ends += [min(max(value, -FARTHEST), FARTHEST) for value in bounds if value is not None]
    room = 0.04 * (max(ends) - min(ends))
    return min(ends) - room, max(ends) + room


def _odds_ratios(axes: Axes, low: float, high: float) -> None:
    upper = axes.secondary_xaxis("top")
    shown = [ratio for ratio in RATIOS if exp(low) <= ratio <= exp(high)]
    upper.set_xticks([log(ratio) for ratio in shown], [f"{ratio:g}" for ratio in shown])
    upper.set_xlabel("Odds ratio", fontsize=8)


def _label(row: StudyRow) -> str:
    """What was done, or seen, and what came of it or went with it."""
    arrow = "\N{RIGHTWARDS ARROW}" if row.how == "doing" else "\N{LEFT RIGHT ARROW}"
    first = row.compared if row.how == "doing" else short(row.compared)
    return f"{first} {arrow} {short(row.outcome)} [{row.id}]".strip().replace("^2", SQUARED)


def _title(found: Forest) -> str:
    shown = ("for the fit, inside", "checks, inside", "right sign, interval excludes zero")
    counted = [f"{name} {found.counts[name]}" for name in shown if found.counts[name].asked]
    return "; ".join(counted) or "no study with a size was asked"
