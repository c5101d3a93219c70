"""Notes on findings, beside every answer about one person: in a terminal, and as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape as escape_html

from rich.markup import escape

from bn.core.note import Note
from bn.report.text.console import console

SAID = {"conflict": "Conflict", "caution": "Caution", "unused": "Not used", "derived": "Derived"}
LOUD = ("conflict", "caution")


def print_notes(notes: Iterable[Note]) -> None:
    """A line each; nothing where there are none."""
    for note in notes:
        console().print(escape(said(note)), style="bold" if note.kind in LOUD else "")


def notes_html(notes: Iterable[Note]) -> str:
    """A list; nothing where there are none."""
    items = "".join(f"<li>{escape_html(said(note))}</li>" for note in notes)
    return f"<ul>{items}</ul>" if items else ""


def said(note: Note) -> str:
    """One note as a sentence."""
    return f"{SAID[note.kind]}: {note.text}."
