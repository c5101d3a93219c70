"""What to measure next, as tables: mechanisms and context first, measurements of the outcome itself apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bn.report.text.console import console
from bn.report.text.notes import print_notes

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.questions.next_test import NextTest, NextTests

_ROWS = 15


def next_test_tables(_: Model, found: NextTests, note: str) -> None:
    """The most telling tests with what is expected of them, then what was left out and why."""
    out = console()
    out.print(f"\nRisk now [bold]{found.risk:.2f}[/], {found.uncertainty:.3f} bits unsure.")
    print_notes(found.notes)
    costs = any(test.cost is not None for test in found.tests)
    for title, tests in (
        ("What could be measured next", found.of_mechanisms),
        ("Measurements of an outcome itself", found.of_outcomes),
    ):
        if tests:
            out.print(f"\n[bold]{title}[/]")
            out.print(_table(tests[:_ROWS], found.threshold, costs))
            if len(tests) > _ROWS:
                out.print(f"and {len(tests) - _ROWS} more that tell less; --json gives all")
    out.print("\nBits: certainty about the outcome gained on average. Move: mean distance by which the risk moves.")
    if found.threshold is not None:
        out.print(
            f"Crosses: chance that the risk ends on the other side of {found.threshold:g}. Benefit: of acting from "
            f"{found.threshold:g} on, expected gain, in units of acting rightly on one person with the outcome."
        )
    for name, reason in found.left_out.items():
        out.print(f"Left out: {name} ({escape(reason)}).")
    out.print(f"[dim]{note}[/]")


def _table(tests: Sequence[NextTest], threshold: float | None, costs: bool) -> Table:
    table = Table("test", "of", "tissue", box=None, pad_edge=False)
    decision = ["crosses", "benefit"] if threshold is not None else []
    for column in ("bits", "move", "risk after, 90 %", *decision, *(["cost", "bits / cost"] if costs else [])):
        table.add_column(column, justify="right", no_wrap=True)
    for test in tests:
        cells = [f"{test.bits:.4f}", f"{test.expected_change:.3f}", f"{test.low:.2f} to {test.high:.2f}"]
        if test.crossing is not None and test.value is not None:
            cells += [f"{test.crossing:.3f}", f"{test.value:.4f}"]
        if costs:
            cells += ["", ""] if test.cost is None else [f"{test.cost:g}", f"{test.bits_per_cost:.2g}"]
        table.add_row(test.id, test.variable, escape(test.tissue), *cells)
    return table
