"""Belief in every variable as a bar with its interval, the prior marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bn.core.posterior import LEVEL, interval_of
from bn.report.figures.style import (
    BLUE,
    GIVEN,
    SKY,
    WHISKER,
    Picture,
    between,
    label,
    mid,
    rows_of,
    sheet,
    stack,
    styled,
)

if TYPE_CHECKING:
    from bn.core.posterior import Posterior


def posterior(post: Posterior) -> Picture:
    """Bars of P(last state), or of the risk's own state, in the order of the network."""
    rows = [(name, _state(post, name)) for name in post.about]
    now = np.array([post.posteriors[name][state, 0] for name, state in rows])
    before = np.array([post.priors[name][state, 0] for name, state in rows])
    ends = np.array([interval_of(post.posteriors[name][state, 1:], LEVEL) for name, state in rows]).T
    with styled():
        caption = (
            f"Bars: probability given the findings, with its {LEVEL:.0%} interval. Diamonds: before them, knowing the "
            f"context only. {GIVEN}: intervals hold the uncertainty of the parameters, not that of the arcs."
        )
        labels = [_label(post, name, state) for name, state in rows]
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


def _state(post: Posterior, name: str) -> int:
    states = post.states[name]
    return states.index(post.risk_of[1]) if name == post.risk_of[0] else len(states) - 1


def _label(post: Posterior, name: str, state: int) -> str:
    shown = post.states[name][state]
    return label(post.titles, name) + ("" if shown == post.risk_of[1] else f" ({shown.replace('_', ' ')})")


def finding(post: Posterior) -> str:
    """The risk with its interval, and the variable that the findings moved most, in one sentence."""
    low, high = post.interval()
    found = f"{label(post.titles, post.risk_of[0])}: {post.risk:.2f} ({between(low, high)})"
    moved = {}
    for name in post.about:
        state = _state(post, name)
        if name != post.risk_of[0]:
            moved[name, state] = float(post.priors[name][state, 0]), float(post.posteriors[name][state, 0])
    most = max(moved, key=lambda each: abs(moved[each][1] - moved[each][0]), default=None)
    if most is None or abs(moved[most][1] - moved[most][0]) < 0.005:
        return found
    ends = between(*moved[most])
    return f"{found}; the findings move {mid(_label(post, *most))} most, {ends}"
