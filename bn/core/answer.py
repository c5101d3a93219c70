"""What every answer is: plain numbers, which others draw and lay out by its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Renderer = Callable[[Any], Any]
_RENDERERS: dict[str, Renderer] = {}


def render_with(*, picture: Renderer, html: Renderer) -> None:
    """Say who draws answers and who lays them out for notebooks; both find out by the kind of the answer."""
    _RENDERERS.update(picture=picture, html=html)


class Answer:
    """An answer to a question. It knows no picture and no page."""

    def plot(self) -> Any:
        """The answer as a picture (extra `plot`); a TypeError where answers of its kind are not drawn."""
        return _RENDERERS["picture"](self)

    def _repr_html_(self) -> str:
        return str(_RENDERERS["html"](self))
