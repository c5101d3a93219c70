"""One person drawn: belief in every variable, and what each finding adds to the log odds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bn.core.answer import LEVEL, interval_of
from bn.report.figures.style import (
    BLACK,
    BLUE,
    GIVEN,
    GRAY,
    LOWERS,
    RAISES,
    SKY,
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
from cpds.logistic import expit, logit
from cpds.text import mid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bn.core.answer import Posterior
    from bn.questions.explain import Contribution, Explanation


def posterior(post: Posterior) -> Picture:
    """Bars of each variable's event, and of the higher grades in it, in the order of the network."""
    rows = [(name, line) for name in post.about for line in post.lines(name)]
    now = np.array([line.of(post.posteriors[name])[0] for name, line in rows])
    before = np.array([line.of(post.priors[name])[0] for name, line in rows])
    ends = np.array([interval_of(line.of(post.posteriors[name])[1:], LEVEL) for name, line in rows]).T
    with styled():
        caption = (
            f"Bars: probability given the findings, with its {LEVEL:.0%} interval. Diamonds: before them, knowing the "
            f"context only. {GIVEN}: intervals hold the uncertainty of the parameters, not that of the arcs."
        )
        labels = [line.name for _, line in rows]
        picture = sheet(finding(post), caption, 1.3 + stack(labels, 0.27))
        axes = picture.subplots()
        risk = [name == post.risk_of[0] for name, _ in rows]
        axes.barh(
            range(len(rows)), now, 0.62, color=[BLUE if own else SKY for own in risk], edgecolor="black", linewidth=0.6
        )
        axes.errorbar(now, range(len(rows)), xerr=np.clip([now - ends[0], ends[1] - now], 0, None), **WHISKER)
        axes.plot(before, range(len(rows)), "D", markersize=4.5, markerfacecolor="white", markeredgecolor="black")
        for row, (value, low, high) in enumerate(zip(now, *ends, strict=True)):
            axes.text(1.02, row, f"{value:.2f}  ({low:.2f} to {high:.2f})", va="center", fontsize=8)
        rows_of(axes, labels)
        for text, own in zip(axes.get_yticklabels(), risk, strict=True):
            text.set_fontweight("bold" if own else "normal")
        axes.set_xlim(0, 1)
        axes.set_xlabel("Probability")
    return picture


def finding(post: Posterior) -> str:
    """The risk with its interval, and the variable that the findings moved most, in one sentence."""
    low, high = post.interval()
    found = f"{label(post.titles, post.risk_of[0])}: {post.risk:.2f} ({between(low, high)})"
    moved = {}
    for name in post.about:
        whole = post.lines(name)[0]
        if name != post.risk_of[0]:
            moved[whole.name] = float(whole.of(post.priors[name])[0]), float(whole.of(post.posteriors[name])[0])
    most = max(moved, key=lambda each: abs(moved[each][1] - moved[each][0]), default=None)
    if most is None or abs(moved[most][1] - moved[most][0]) < 0.005:
        return found
    ends = between(*moved[most])
    return f"{found}; the findings move {mid(most)} most, {ends}"


COARSE = (0.001, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 0.99, 0.999)
FINE = tuple(twentieth / 20 for twentieth in range(1, 20))


def waterfall(found: Explanation) -> Picture:
    """Steps in log odds, the largest first, from `before` to `after`; the upper scale reads them as probabilities."""
    steps = sorted(found.contributions, key=lambda step: -abs(step.log_odds))
    stairs = found.before + np.concatenate([[0.0], np.cumsum([step.log_odds for step in steps])])
    lowest, highest = float(stairs.min()), float(stairs.max())
    room = 0.16 * max(highest - lowest, 0.5)
    sampled = any(step.error for step in steps)
    caption = (
        "Each step: the share of a finding in the change of the log odds (Shapley value), which together make up the "
        f"whole of it. {'Whiskers: standard error of the sampling. ' if sampled else ''}Hatched steps raise, plain "
        f"ones lower. {GIVEN}, at the posterior mean of its parameters."
    )
    with styled():
        said = [f"{label(found.titles, step.finding)} {step.said.replace('_', ' ')}" for step in steps]
        labels = ["In anybody", *said, "In this person"]
        picture = sheet(_title(found, steps), caption, 1.6 + stack(labels, 0.3))
        axes = picture.subplots()
        axes.plot([found.before] * 2, [-0.35, 0.35], color=BLACK, linewidth=3)
        for row, (step, start) in enumerate(zip(steps, stairs, strict=False), 1):
            axes.barh(row, step.log_odds, 0.62, start, **(RAISES if step.log_odds > 0 else LOWERS))
            if step.error:
                axes.errorbar(start + step.log_odds, row, xerr=step.error, fmt="none", ecolor=BLACK, capsize=2.5)
            axes.plot([start] * 2, [row - 1 + 0.31, row - 0.31], color=GRAY, linewidth=0.8)
            outer = max(start, start + step.log_odds)
            axes.text(outer + 0.15 * room, row, signed(step.log_odds), va="center", fontsize=8)
        last = len(steps) + 1
        axes.plot([stairs[-1]] * 2, [last - 1 + 0.31, last - 0.35], color=GRAY, linewidth=0.8)
        axes.plot([stairs[-1]] * 2, [last - 0.35, last + 0.35], color=BLACK, linewidth=3)
        for row, value in ((0, found.before), (last, found.after)):
            axes.text(value + 0.15 * room, row, f"{expit(np.array(value)):.2f}", va="center", fontweight="bold")
        rows_of(axes, labels)
        axes.set_xlim(lowest - room, highest + 1.6 * room)
        axes.set_xlabel("Log odds of the risk")
        upper = axes.secondary_xaxis("top")
        upper.set_xlabel("Probability")
        span = expit(np.array(axes.get_xlim()))
        coarse, fine = ([value for value in ticks if span[0] <= value <= span[1]] for ticks in (COARSE, FINE))
        inside = coarse if len(coarse) > 4 else fine
        upper.set_xticks([float(logit(np.array(value))) for value in inside], [f"{value:g}" for value in inside])
    return picture


def _title(found: Explanation, steps: Sequence[Contribution]) -> str:
    before = float(expit(np.array(found.before)))
    title = f"{label(found.titles, found.risk_of[0])}: {before:.2f} in anybody, {found.risk:.2f} in this person"
    if not steps or abs(steps[0].log_odds) < 0.005:
        return title
    verb = "raises" if steps[0].log_odds > 0 else "lowers"
    return f"{title}; {mid(label(found.titles, steps[0].finding))} {verb} it most"
