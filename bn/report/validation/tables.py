"""A validation as tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bn.report.text import console, print_notes
from bn.report.validation.wording import (
    HEADS,
    MORE,
    decision_rows,
    flow_lines,
    group_rows,
    input_lines,
    interval_line,
    overall_rows,
    reference_rows,
    value,
    with_interval,
)

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.validation.result import Performance, Validation


def validation_tables(model: Model, found: Validation, note: str) -> None:
    """Flow, inputs, every measure, groups, reference models, and the decision curve at some thresholds."""
    out = console()
    n, events = found.overall.n, found.overall.events
    out.print(f"\n[bold]{escape(found.outcome)}[/] in {escape(found.source)}: {n} people, {events} with the outcome")
    out.print(escape("; ".join(flow_lines(found.flow))))
    out.print(escape("Inputs: " + "; ".join(input_lines(found))))
    print_notes(found.notes)
    out.print()
    out.print(_table(("", "value", f"{found.level:.0%} interval"), overall_rows(found)))
    out.print()
    out.print(_table(("", "n", "events", *HEADS), group_rows(found, _short)))
    if found.references:
        out.print("\n[bold]Reference models[/] on the same columns, cross-validated")
        out.print(_table(("", *HEADS, MORE), reference_rows(found)))
    out.print("\n[bold]Net benefit[/] of acting from a threshold on; that of acting on nobody is 0")
    heads = ("threshold", "network", "everybody", *(one.title for one in found.references))
    out.print(_table(heads, decision_rows(found)))
    out.print(escape(f"\n{interval_line(found)}"), style="dim")
    out.print(f"[dim]{note}[/]")


def _short(name: str, performance: Performance) -> str:
    """Without the intervals of all but the AUC, for which there is no room."""
    return with_interval(name, performance) if name == "auc" else value(name, performance)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(*heads, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*map(escape, row))
    return table
