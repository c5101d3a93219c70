"""What would move the risk: parameters at both ends of their intervals, findings and sources left out, structures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bn.report.figures.style import (
    BLACK,
    GIVEN,
    GRAY,
    LOWERS,
    PALE,
    RAISES,
    Picture,
    between,
    label,
    rows_of,
    sheet,
    stack,
    styled,
)
from cpds.text import mid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bn.questions.sensitivity import Sensitivity

TOP = {"parameters": 10, "findings": 8, "sources": 5}
"""How many rows each part shows, the widest first."""

SMALLEST, WIDE = 0.0005, 54
STRUCTURE = "Structure, fitted with other settings"


class Bar(NamedTuple):
    """Risks that a row spans: where the thing moved is low or gone, and where it is high (None: no other end)."""

    label: str
    low: float
    high: float | None = None


def tornado(found: Sensitivity) -> Picture:
    """Bars from the risk at one end to that at the other, in parts over one axis from 0; the line is the risk."""
    parts = {name: bars for name, bars in _parts(found).items() if bars}
    sizes = [stack([bar.label for bar in bars], 0.22, WIDE) for bars in parts.values()]
    widest = found.parameters[0]
    title = (
        f"{label(found.titles, found.risk_of[0])}: {found.risk:.2f} ({between(found.low, found.high)}); "
        f"widest swing: {mid(_parameter(found, widest.name))}, {between(widest.risk_low, widest.risk_high)}"
    )
    shares = ", ".join(f"{basis} {share:.0%}" for basis, share in found.bases.items())
    caption = (
        "Line and gray band: the risk and its 90 % interval. Parameters: hatched, the risk at the 95th percentile; "
        "plain, at the 5th, each alone, so parameters that make good for one another swing wider than the band. "
        f"Variance behind the band by basis: {shares}, not linear {found.remainder:.0%}. "
        f"{GIVEN}, but for the last part, which shows the interval of each."
    )
    with styled():
        picture = sheet(title, caption, 1.25 + 0.36 * len(parts) + sum(sizes))
        ratios = [size + 0.13 for size in sizes]
        column = picture.subplots(len(parts), 1, sharex=True, height_ratios=ratios, squeeze=False)[:, 0]
        for axes, (name, bars) in zip(column, parts.items(), strict=True):
            axes.axvspan(found.low, found.high, color=PALE, linewidth=0)
            axes.axvline(found.risk, color=BLACK, linewidth=0.9)
            rows_of(axes, [bar.label for bar in bars], columns=WIDE)
            axes.set_title(name, loc="left", fontweight="bold", fontsize=8.5, pad=3)
            reaches = [one.high for one in found.settings] if name == STRUCTURE else [0.0] * len(bars)
            for row, (bar, reach) in enumerate(zip(bars, reaches, strict=True)):
                _bar(axes, row, bar, found.risk, reach)
        if found.settings:
            _settings(column[-1], found)
        top = max(found.high, *(max(bar.low, bar.high or 0.0) for bars in parts.values() for bar in bars))
        column[-1].set_xlim(0, min(1.0, 1.12 * top))
        column[-1].set_xlabel("Risk (probability)")
    return picture


def _parts(found: Sensitivity) -> dict[str, Sequence[Bar]]:
    parameters, findings, sources = (getattr(found, name)[:count] for name, count in TOP.items())
    return {
        "Parameters, each from its 5th to its 95th percentile": [
            Bar(_parameter(found, one.name), one.risk_low, one.risk_high) for one in parameters
        ],
        "Findings, each left out": [
            Bar(f"{label(found.titles, one.name)} {one.said.replace('_', ' ')}", one.risk) for one in findings
        ],
        "Sources, if one were wrong": [
            Bar(one.id, one.risk) for one in sources if abs(one.risk - found.risk) >= SMALLEST
        ],
        STRUCTURE: [Bar(one.title, one.risk) for one in found.settings],
    }


def _bar(axes: Axes, row: int, bar: Bar, risk: float, reach: float = 0.0) -> None:
    if bar.high is None:
        axes.barh(row, bar.low - risk, 0.6, risk, **(RAISES if bar.low > risk else LOWERS) | {"hatch": None})
        axes.text(max(bar.low, risk, reach), row, f"  {bar.low:.3f}", va="center", fontsize=8)
        return
    axes.barh(row, bar.high - risk, 0.6, risk, **RAISES)
    axes.barh(row, bar.low - risk, 0.6, risk, **LOWERS)
    low, high = sorted((bar.low, bar.high))
    axes.text(low, row, f"{low:.3f} ", va="center", ha="right", fontsize=8)
    axes.text(high, row, f" {high:.3f}", va="center", fontsize=8)


def _settings(axes: Axes, found: Sensitivity) -> None:
    """The structures have intervals of their own, drawn as whiskers."""
    for row, one in enumerate(found.settings):
        axes.plot([one.low, one.high], [row, row], "|-", color=GRAY, linewidth=1)
        axes.plot(one.risk, row, "o", color=BLACK, markersize=4)


def _parameter(found: Sensitivity, name: str) -> str:
    """A parameter's id, `child|parent:detail@state` or `child|intercept:state`, in words."""
    child, _, rest = name.partition("|")
    arc, _, step = rest.partition("@")
    parent, _, detail = arc.partition(":")
    more = f" ({detail.replace('_', ' ')})" if detail else ""
    target = mid(label(found.titles, child)) + (f" ({step.replace('_', ' ')})" if step else "")
    if parent == "intercept":
        return f"Intercept of {target}{more}"
    return f"{label(found.titles, parent)}{more} \N{RIGHTWARDS ARROW} {target}"
