"""Pictures of the answers (extra `plot`): each function takes a result and returns a matplotlib figure.

No picture needs a screen, and none leaves anything behind in matplotlib's global state. Every picture can be read
in gray: fill, hatching, marks and signs say what the colors (Okabe and Ito's, safe for the color-blind) say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bn.core.errors import QuestionError

if TYPE_CHECKING:
    from bn.questions.what_if import Comparison

try:
    import matplotlib  # noqa: F401
except ImportError as error:
    raise QuestionError("matplotlib is not installed; run: pip install 'myorisk[plot]'") from error

from bn.report.figures.mediation import mediation
from bn.report.figures.network import network
from bn.report.figures.person import posterior, waterfall
from bn.report.figures.style import Picture, save
from bn.report.figures.tornado import tornado
from bn.report.figures.what_if import by_state, comparison, what_if


def compared(answer: Comparison) -> Picture:
    """Interventions before and after, ranked, or the risk over the states of a variable."""
    return comparison(answer) if answer.by == "intervention" else by_state(answer)


__all__ = [
    "Picture",
    "by_state",
    "compared",
    "comparison",
    "mediation",
    "network",
    "posterior",
    "save",
    "tornado",
    "waterfall",
    "what_if",
]
