"""An update as tables on the terminal: what was tested, what moved, whether it overfits; and populations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bn.report.text import console, print_notes

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.updating.result import Ladder, Moved, Tested, Update
    from cpds.populations import Population

SHOWN = 15
"""Parameters of a full revision that are shown, those that moved most."""


def update_tables(model: Model, found: Update, note: str) -> None:
    """Outcome by outcome: the step, its tests, what moved, and the log score in rows that it did not see."""
    out = console()
    for ladder in (*found.ladders, *found.beside):
        rows = f"{ladder.rows} of {ladder.read}" if ladder.rows < ladder.read else f"{ladder.rows}"
        by = f" told by {', '.join(ladder.told_by)}" if ladder.told_by else ""
        out.print(
            f"\n[bold]{escape(ladder.outcome)}[/]{by} in {escape(found.source)}: {rows} rows, {ladder.events} with it"
        )
        out.print(f"[bold]Step: {ladder.step}[/] ({_why(ladder)})")
        for tested in ladder.tests:
            out.print(_test_line(tested))
        if ladder.pareto_k is not None:
            out.print(f"Importance weights: Pareto k {ladder.pareto_k:.2f} (up to 0.7 they can be trusted)")
        if ladder.moved:
            out.print(_moved_table(ladder, f"{found.level:.0%} interval"))
        scores = ladder.log_score
        if ladder.moved:
            out.print(
                f"Log score (less is better): {scores['network']:.4f} before, {scores['update']:.4f} after, "
                "each row by an update that did not see it"
            )
    out.print(escape("\nGiven: " + ", ".join(found.inputs) + ". Nothing else moved."))
    print_notes(found.notes)
    out.print(f"[dim]{note}[/]")


def _why(ladder: Ladder) -> str:
    if ladder.asked:
        return "as asked for; the tests say what they would choose"
    return "chosen by a test" if ladder.told_by else "chosen by the closed test"


def _test_line(tested: Tested) -> str:
    said = "rejected" if tested.taken else "kept"
    return (
        f"  '{tested.before}' against '{tested.step}': likelihood ratio {tested.statistic:.1f}, p {tested.p:.3g} "
        f"(rejected below {tested.chance:.3g}): {said}"
    )


def _moved_table(ladder: Ladder, interval: str) -> Table:
    table = Table("", "was", "is", interval, "by the rows alone", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    moved = sorted(ladder.moved, key=lambda one: -abs(one.value - one.was))[:SHOWN]
    for one in moved:
        alone = "" if one.estimated is None else f"{one.estimated:.3g}"
        row = (f"{one.was:.3g}", f"{one.value:.3g}", f"{one.low:.3g} to {one.high:.3g}", alone)
        table.add_row(escape(_name(one, ladder.variable)), *row)
    return table


def _name(one: Moved, variable: str) -> str:
    words = {
        "level": f"{variable}, log odds added",
        "factor": f"{variable}, effects of its causes times",
        "offset": f"{', '.join(one.parameters)}, readings higher on its scale",
    }
    return words.get(one.what, one.what)


def populations_table(found: Iterable[Population]) -> None:
    """Name, who they are, the step, and where the rows came from."""
    table = Table("name", "who", "step", "from", box=None, pad_edge=False)
    for row in _rows(found):
        table.add_row(*map(escape, row))
    console().print(table)


def _rows(found: Iterable[Population]) -> Iterator[tuple[str, str, str, str]]:
    for one in found:
        rows = f"; {one.rows} rows" if one.rows else ""
        yield one.name, one.title, "as fitted" if not one.moved else one.step, f"{one.source}{rows}"
