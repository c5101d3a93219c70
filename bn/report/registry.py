"""Who draws an answer and who lays it out, by its kind; the one place that ties answers to pictures and pages."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from bn.core.answer import render_with

PICTURES = {
    "Posterior": ("bn.report.figures.person", "posterior"),
    "WhatIf": ("bn.report.figures.what_if", "what_if"),
    "Comparison": ("bn.report.figures", "compared"),
    "Explanation": ("bn.report.figures.person", "waterfall"),
    "Sensitivity": ("bn.report.figures.tornado", "tornado"),
    "Mediation": ("bn.report.figures.mediation", "mediation"),
    "Forest": ("bn.report.figures.forest", "forest"),
}
TABLES = {
    "Posterior": ("bn.report.text.person", "risk_table"),
    "WhatIf": ("bn.report.text.what_if", "what_if_table"),
    "Comparison": ("bn.report.text.what_if", "comparison_table"),
    "Explanation": ("bn.report.text.why", "explanation_tables"),
    "NextTests": ("bn.report.text.person", "next_test_tables"),
    "Sensitivity": ("bn.report.text.sensitivity", "sensitivity_tables"),
    "Mediation": ("bn.report.text.why", "mediation_tables"),
    "MostProbable": ("bn.report.text.person", "most_probable_table"),
    "Forest": ("bn.report.text.forest", "forest_tables"),
}
PAGES = "bn.report.html"
"""Holds a function for the pages of each kind, which bears its name in lower case."""


def picture(answer: Any) -> Any:
    """The answer drawn; matplotlib is imported only then."""
    kind = type(answer).__name__
    if kind not in PICTURES:
        raise TypeError(f"an answer of the kind {kind} is not drawn; drawn are {', '.join(PICTURES)}")
    home, name = PICTURES[kind]
    return getattr(import_module(home), name)(answer)


def print_tables(model: Any, answer: Any, note: str, **options: Any) -> None:
    """The answer as tables on the terminal, with `note` at their end; `options` are those of its kind."""
    home, name = TABLES[type(answer).__name__]
    getattr(import_module(home), name)(model, answer, note, **options)


def html(answer: Any) -> str:
    """The answer as a page for notebooks."""
    page = getattr(import_module(PAGES), type(answer).__name__.lower(), None)
    return str(page(answer)) if page else f"<pre>{answer!r}</pre>"


def register() -> None:
    """Have answers drawn and laid out by this package."""
    render_with(picture=picture, html=html)
