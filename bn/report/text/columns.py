"""What a table would be read as, as tables for the terminal and for notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as escape_html
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bn.report.text import console

if TYPE_CHECKING:
    from bn.cohort.reading.columns_report import ColumnRead, ColumnsReport
    from bn.core.model import Model

HEADS = ("column", "read as", "unit", "read", "missing", "refused", "median", "usual")
ABOUT = (
    "read, missing, refused: shares of all rows; usual: the center of the marker's reference, the median of the "
    "variable, or the share in the network's own population"
)


def columns_tables(model: Model, report: ColumnsReport, note: str) -> None:
    """The columns, what looks wrong, what follows, and what is left alone."""
    out = console()
    table = Table(*HEADS, box=None, pad_edge=False)
    for column in table.columns[3:]:
        column.justify = "right"
    for one in report.columns:
        table.add_row(*map(escape, cells(one, report.rows)))
    out.print(f"{report.rows} rows, {len(report.columns)} columns read")
    out.print(table)
    out.print(f"[dim]{ABOUT}[/]")
    for title, lines in sections(report):
        out.print(f"\n[bold]{title}[/]")
        for line in lines:
            out.print(escape(line), soft_wrap=True)


def cells(one: ColumnRead, rows: int) -> tuple[str, ...]:
    """A row of the table."""
    shares = (f"{count / max(1, rows):.1%}" for count in (one.read, one.missing, one.refused))
    return one.header, one.name, one.unit, *shares, *(_figure(one, number) for number in (one.typical, one.reference))


def _figure(one: ColumnRead, number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:.4g}" if one.typical_of == "median" else f"{number:.0%} {one.typical_of}"


def sections(report: ColumnsReport) -> Iterator[tuple[str, list[str]]]:
    """What is said beside the table, each with its title; only what there is."""
    wrong = [f"{one.header}: {text}" for one in report.columns for text in one.wrong]
    every = (
        ("Looks wrong", [*wrong, *report.warnings]),
        ("Looks like something, and is not read; lines for --columns", list(report.perhaps)),
        ("Cells that cannot be read; lines for --columns, to be filled in", list(report.unread)),
        ("Follows", list(report.derived)),
        ("Left alone", [", ".join(report.passed)] if report.passed else []),
        ("Notes", list(report.notes)),
    )
    return ((title, lines) for title, lines in every if lines)


def sections_html(report: ColumnsReport) -> str:
    """The same for notebooks."""
    return "".join(
        f"<p><b>{escape_html(title)}</b></p><ul>{''.join(f'<li>{escape_html(line)}</li>' for line in lines)}</ul>"
        for title, lines in sections(report)
    )
