"""Answers and entries as tables for people; here, what all of them share: where they go, and the notes beside them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape as escape_html

from rich.console import Console
from rich.markup import escape

from bn.core.answer import Note


def console() -> Console:
    """Where tables go: the terminal's width, or wide enough to lose nothing in a pipe."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=160)


KINDS = {"conflict": "Conflict", "caution": "Caution", "unused": "Not used", "derived": "Derived"}
LOUD = ("conflict", "caution")


def print_notes(notes: Iterable[Note]) -> None:
    """A line each; nothing where there are none."""
    for note in notes:
        console().print(escape(sentence(note)), style="bold" if note.kind in LOUD else "")


def notes_html(notes: Iterable[Note]) -> str:
    """A list; nothing where there are none."""
    items = "".join(f"<li>{escape_html(sentence(note))}</li>" for note in notes)
    return f"<ul>{items}</ul>" if items else ""


def sentence(note: Note) -> str:
    """One note as a sentence."""
    return f"{KINDS[note.kind]}: {note.text}."
