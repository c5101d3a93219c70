"""Who draws an answer and who lays it out, by its kind; the one place that ties answers to pictures and pages."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from bn.core.answer import render_with
from bn.core.atomic_write import atomic_write

PICTURES = {
    "Posterior": ("bn.report.figures.person", "posterior"),
    "WhatIf": ("bn.report.figures.what_if", "what_if"),
    "Comparison": ("bn.report.figures", "compared"),
    "Explanation": ("bn.report.figures.person", "waterfall"),
    "Sensitivity": ("bn.report.figures.tornado", "tornado"),
    "Mediation": ("bn.report.figures.mediation", "mediation"),
    "Forest": ("bn.report.figures.forest", "forest"),
    "Validation": ("bn.report.figures.validation", "validation"),
}
TABLES = {
    "Posterior": ("bn.report.text.person", "risk_table"),
    "WhatIf": ("bn.report.text.what_if", "what_if_table"),
    "Comparison": ("bn.report.text.what_if", "comparison_table"),
    "Explanation": ("bn.report.text.why", "explanation_tables"),
    "NextTests": ("bn.report.text.person", "next_test_tables"),
    "Sensitivity": ("bn.report.text.sensitivity", "sensitivity_tables"),
    "WorthKnowing": ("bn.report.text.worth", "worth_tables"),
    "Mediation": ("bn.report.text.why", "mediation_tables"),
    "MostProbable": ("bn.report.text.person", "most_probable_table"),
    "Forest": ("bn.report.text.forest", "forest_tables"),
    "Diff": ("bn.report.text.diff", "diff_tables"),
    "ColumnsReport": ("bn.report.text.columns", "columns_tables"),
    "Validation": ("bn.report.validation.tables", "validation_tables"),
    "Update": ("bn.report.text.updating", "update_tables"),
}
DOCUMENTS = {"Validation": ("bn.report.validation", "document")}
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


def document(answer: Any, path: Path, overwrite: bool) -> None:
    """The answer written as a report, which appears only when it is complete."""
    kind = type(answer).__name__
    if kind not in DOCUMENTS:
        raise TypeError(f"an answer of the kind {kind} has no report; {', '.join(DOCUMENTS)} has one")
    home, name = DOCUMENTS[kind]
    text = getattr(import_module(home), name)(answer, path)
    with atomic_write(path, overwrite) as file:
        file.write(text.encode("utf-8"))


def register() -> None:
    """Have answers drawn, laid out and written by this package."""
    render_with(picture=picture, html=html, document=document)
