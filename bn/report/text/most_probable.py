"""The most probable joint states side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from bn.report.text.console import console
from bn.report.text.notes import print_notes

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.questions.most_probable import MostProbable


def most_probable_table(model: Model, found: MostProbable, note: str) -> None:
    """One column a joint state, one row a variable; a variable's first state is dim."""
    out = console()
    out.print(f"\n[bold]Most probable joint states of {len(found.over)} variables[/], given the findings")
    print_notes(found.notes)
    out.print()
    table = Table("", *(f"{rank}" for rank in range(1, len(found.best) + 1)), box=None, pad_edge=False)
    table.add_row("probability", *(f"[bold]{each.probability:.3f}[/]" for each in found.best))
    table.add_row("90 % interval", *(f"{each.low:.3f} to {each.high:.3f}" for each in found.best), end_section=True)
    table.add_row()
    for name in found.over:
        variable = model.knowledge.variables[name]
        states = (each.states[name] for each in found.best)
        table.add_row(variable.title, *(f"[dim]{s}[/]" if s == variable.states[0] else s for s in states))
    out.print(table)
    together = sum(each.probability for each in found.best)
    out.print(f"\nTogether {together:.3f}; all else is less probable. What is not listed is summed out.")
    if found.known:
        out.print(f"Known: {', '.join(f'{name} = {state}' for name, state in found.known.items())}.")
    out.print(f"[dim]{note}[/]")
