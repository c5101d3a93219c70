"""From the risk of anybody to that of this person: what each finding adds to its log odds, one step after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bn.report.figures.style import (
    BLACK,
    GIVEN,
    GRAY,
    LOWERS,
    RAISES,
    Picture,
    label,
    mid,
    rows_of,
    sheet,
    signed,
    stack,
    styled,
)
from cpds.logistic import expit, logit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bn.questions.explain import Contribution, Explanation

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
