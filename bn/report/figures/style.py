"""The look that all pictures share: colors, figure, title, caption, labels, and how a figure becomes a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bn.core.atomic_write import atomic_write
from bn.core.errors import QuestionError

FORMATS = (".svg", ".png", ".pdf")
WIDTH = 7.2
"""Inches: two columns of a journal, so that fonts have on paper the size they have here."""

ORANGE, BLUE, SKY, BLACK = "#E69F00", "#0072B2", "#56B4E9", "#000000"
GRAY, LIGHT, PALE = "#595959", "#BFBFBF", "#EDEDED"
RAISES: dict[str, Any] = {"facecolor": ORANGE, "edgecolor": BLACK, "hatch": "////", "linewidth": 0.6}
LOWERS: dict[str, Any] = {"facecolor": BLUE, "edgecolor": BLACK, "linewidth": 0.6}
WHISKER: dict[str, Any] = {"fmt": "none", "ecolor": BLACK, "elinewidth": 1.0, "capsize": 2.5}
NBSP, MINUS, SQUARED = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}", "\N{SUPERSCRIPT TWO}"
GIVEN = "Given this structure"
_RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.facecolor": "white",
    "savefig.dpi": 200,
    "svg.fonttype": "path",
    "svg.hashsalt": "myorisk",
    "pdf.fonttype": 42,
}


def styled() -> AbstractContextManager[None]:
    """The pictures' settings, in force until the block ends."""
    return rc_context(_RC)


class Picture(Figure):
    """A matplotlib figure that notebooks show without pyplot."""

    def _repr_png_(self) -> bytes:
        found = io.BytesIO()
        with styled():
            self.savefig(found, format="png", dpi=110)
        return found.getvalue()


def sheet(title: str, caption: str, height: float, width: float = WIDTH) -> Picture:
    """An empty figure under a title that says the finding and over a caption; call it inside `styled`.

    `height`, inches, is that with a title of one line and a caption of two; more lines add to it.
    """
    head, foot = folded(title, width * 12.3), folded(caption, width * 17)
    height += 0.17 * head.count("\n") + 0.14 * max(foot.count("\n") - 1, 0)
    picture = Picture(figsize=(width, height), layout="constrained")
    picture.suptitle(head, x=0.01, ha="left", fontsize=10, fontweight="bold")
    picture.supxlabel(foot, x=0.01, ha="left", fontsize=7.5, color=GRAY)
    return picture


def folded(text: str, columns: float) -> str:
    """Text in lines of at most so many characters; words with dashes, and what `between` joins, stay whole."""
    return "\n".join(wrap(text, int(columns), break_on_hyphens=False)).replace(NBSP, " ")


def between(low: float, high: float, shown: Callable[[float], str] = "{:.2f}".format) -> str:
    """Both ends of an interval, as one word."""
    return f"{shown(low)}{NBSP}to{NBSP}{shown(high)}"


def signed(value: float, digits: int = 2) -> str:
    """A change with its sign, minus as the axes print it.

    >>> signed(0.0312, 3)
    '+0.031'
    """
    return f"{value:+.{digits}f}".replace("-", MINUS)


def save(figure: Figure, path: Path | str) -> Path:
    """Write a figure as .svg, .png or .pdf; the same picture gives the same bytes.

    Raises QuestionError for another suffix, and for a folder that does not exist.
    """
    target = check_format(path)
    dates: dict[str, Any] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}
    with styled(), atomic_write(target, force=True) as file:
        figure.savefig(file, format=target.suffix.lower()[1:], metadata=dates[target.suffix.lower()])
    return target


def check_format(path: Path | str) -> Path:
    """The path, or a QuestionError for a suffix that no picture has, or a folder that does not exist."""
    target = Path(path)
    if target.suffix.lower() not in FORMATS:
        found = f"'{target.suffix}'" if target.suffix else "no suffix"
        raise QuestionError(f"{target}: found {found}, expected a picture's: {', '.join(FORMATS)}")
    if not target.parent.is_dir():
        raise QuestionError(f"{target}: the folder {target.parent} does not exist; create it first")
    return target


def label(titles: Mapping[str, str], name: str) -> str:
    """Title of a variable or marker; without one, its id as words.

    >>> label({"gait": "Gait speed"}, "gait"), label({}, "gait_speed")
    ('Gait speed', 'gait speed')
    """
    return titles.get(name, name.replace("_", " "))


def stack(labels: Sequence[str], pitch: float, columns: int = 34) -> float:
    """Inches that rows with these labels take: `pitch` a row, or more where folded neighbors would touch."""
    deep = [1 + folded(text, columns).count("\n") for text in labels]
    touching = max((one + other for one, other in pairwise(deep)), default=2) / 2
    return len(labels) * max(pitch, 0.15 * touching + 0.02)


def rows_of(axes: Axes, labels: Sequence[str], columns: int = 34) -> None:
    """Labels of rows 0, 1, ... from the top down, long ones in two lines, over light guides."""
    axes.set_yticks(range(len(labels)), [folded(text, columns) for text in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=PALE, linewidth=0.8)
