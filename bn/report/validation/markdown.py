"""A validation as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bn.report.validation.wording import (
    HEADS,
    MORE,
    decision_rows,
    flow_lines,
    group_rows,
    input_lines,
    interval_line,
    note_lines,
    overall_rows,
    reference_rows,
)
from cpds import NOTE

if TYPE_CHECKING:
    from bn.validation.result import Validation


def markdown(found: Validation) -> str:
    """Flow, inputs, every measure, groups, reference models, and the decision curve at some thresholds."""
    n, events = found.overall.n, found.overall.events
    parts = [
        f"# Validation: {_plain(found.outcome)}",
        f"{_plain(found.source)}: {n} people, {events} with the outcome. {_plain(interval_line(found))}",
        "## Outcome, participants and inputs",
        _list([*found.criteria, *flow_lines(found.flow), *input_lines(found)]),
        *([_list(note_lines(found))] if found.notes else []),
        "## Performance",
        _table(("", "value", f"{found.level:.0%} interval"), overall_rows(found)),
        "## By group",
        _table(("people", "n", "events", *HEADS), group_rows(found)),
    ]
    if found.references:
        parts += [
            "## Reference models",
            "Trained on the same columns, cross-validated.",
            _table(("", *HEADS, MORE), reference_rows(found)),
        ]
    parts += [
        "## Net benefit",
        "Of acting from a threshold on; that of acting on nobody is 0.",
        _table(("threshold", "network", "everybody", *(one.title for one in found.references)), decision_rows(found)),
        NOTE,
    ]
    return "\n\n".join(parts) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    ruled = ["---", *["---:"] * (len(heads) - 1)]
    whole = ([*row, *[""] * (len(heads) - len(row))] for row in (heads, ruled, *rows))
    return "\n".join(f"| {' | '.join(map(_plain, row))} |" for row in whole)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_plain(line)}" for line in lines)


def _plain(text: str) -> str:
    """Text in which nothing of Markdown or HTML is left."""
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return text
