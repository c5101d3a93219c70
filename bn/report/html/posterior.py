"""One person's answer as an HTML table for notebooks: plain HTML with small bars, at home on light and dark pages."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bn.core.posterior import LEVEL
from bn.report.text.notes import notes_html

if TYPE_CHECKING:
    from bn.core.posterior import Posterior

TRACK = "position:relative;width:11em;height:0.8em;border:1px solid currentColor;opacity:0.85"
BAR = "position:absolute;left:0;top:0;bottom:0;background:#56B4E9"
SPAN = "position:absolute;top:45%;height:2px;background:currentColor"
TICK = "position:absolute;top:-2px;bottom:-2px;width:2px;background:#D55E00"
CELL = "text-align:left;padding:0.15em 0.6em"


def posterior_html(post: Posterior) -> str:
    """A row a variable: prior, posterior, interval, and a bar with the interval as a line and the prior as a tick."""
    low, high = post.interval(level=LEVEL)
    rows = []
    for name in post.about:
        own = name == post.risk_of[0]
        state = post.risk_of[1] if own else post.states[name][-1]
        index = post.states[name].index(state)
        prior, now = float(post.priors[name][index, 0]), float(post.posteriors[name][index, 0])
        least, most = post.interval(name, state, LEVEL)
        said = post.titles.get(name, name.replace("_", " "))
        if state != post.risk_of[1]:
            said += f" ({state.replace('_', ' ')})"
        cells = [
            escape(said),
            f"{prior:.2f}",
            f"{now:.2f}",
            f"{least:.2f} to {most:.2f}",
            _bar(prior, now, least, most),
        ]
        weight = ' style="font-weight:bold"' if own else ""
        rows.append(f"<tr{weight}>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>")
    heads = ("", "prior", "posterior", f"{LEVEL:.0%} interval", "bar: posterior, line: interval, tick: prior")
    head = "".join(f'<th scope="col" style="{CELL}">{text}</th>' for text in heads)
    risk = escape(post.titles.get(post.risk_of[0], post.risk_of[0].replace("_", " ")))
    return (
        f"<p>{risk}: <b>{post.risk:.2f}</b> ({LEVEL:.0%} interval {low:.2f} to {high:.2f}), given this structure</p>"
        f"{notes_html(post.notes)}"
        f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _bar(prior: float, now: float, low: float, high: float) -> str:
    return (
        f'<div style="{TRACK}"><div style="{BAR};width:{now:.1%}"></div>'
        f'<div style="{SPAN};left:{low:.1%};width:{high - low:.1%}"></div>'
        f'<div style="{TICK};left:{prior:.1%}"></div></div>'
    )
