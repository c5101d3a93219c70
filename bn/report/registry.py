"""Who draws an answer and who lays it out, by its kind; the one place that ties answers to pictures and pages."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from bn.core.answer import render_with

PICTURES = {
    "Posterior": ("bn.report.figures.posterior", "posterior"),
    "WhatIf": ("bn.report.figures.what_if", "what_if"),
    "Comparison": ("bn.report.figures", "compared"),
    "Explanation": ("bn.report.figures.waterfall", "waterfall"),
    "Sensitivity": ("bn.report.figures.tornado", "tornado"),
    "Mediation": ("bn.report.figures.mediation", "mediation"),
}
PAGES = "bn.report.html.answers"
"""Holds a function for the pages of each kind, which bears its name in lower case."""


def picture(answer: Any) -> Any:
    """The answer drawn; matplotlib is imported only then."""
    kind = type(answer).__name__
    if kind not in PICTURES:
        raise TypeError(f"an answer of the kind {kind} is not drawn; drawn are {', '.join(PICTURES)}")
    home, name = PICTURES[kind]
    return getattr(import_module(home), name)(answer)


def html(answer: Any) -> str:
    """The answer as a page for notebooks."""
    page = getattr(import_module(PAGES), type(answer).__name__.lower(), None)
    return str(page(answer)) if page else f"<pre>{answer!r}</pre>"


def register() -> None:
    """Have answers drawn and laid out by this package."""
    render_with(picture=picture, html=html)
