"""Pictures of the answers (extra `plot`): each function takes a result and returns a matplotlib figure.

No picture needs a screen, and none leaves anything behind in matplotlib's global state. Every picture can be read
in gray: fill, hatching, marks and signs say what the colors (Okabe and Ito's, safe for the color-blind) say.
"""

from bn.errors import QuestionError

try:
    import matplotlib  # noqa: F401
except ImportError as error:
    raise QuestionError("matplotlib is not installed; run: pip install 'myorisk[plot]'") from error

from bn.plots.by_state import by_state
from bn.plots.mediation import mediation
from bn.plots.network import network
from bn.plots.posterior import posterior
from bn.plots.style import Picture, save
from bn.plots.tornado import tornado
from bn.plots.waterfall import waterfall
from bn.plots.what_if import comparison, what_if

__all__ = [
    "Picture",
    "by_state",
    "comparison",
    "mediation",
    "network",
    "posterior",
    "save",
    "tornado",
    "waterfall",
    "what_if",
]
