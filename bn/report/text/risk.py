"""One person's answer: the risk with its interval, and every variable before and after the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from bn.core.posterior import LEVEL, interval_of
from bn.report.text.console import console
from bn.report.text.notes import print_notes
from cpds.records import SCORED_ROLES

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.core.posterior import Posterior


def risk_table(model: Model, post: Posterior, note: str) -> None:
    """Risk with its interval, then prior, posterior and change of every variable."""
    out = console()
    low, high = post.interval()
    name, _ = post.risk_of
    title = model.knowledge.variables[name].title.lower()
    out.print(f"\nRisk of {title}: [bold]{post.risk:.2f}[/]  (90 % interval {low:.2f} to {high:.2f})")
    print_notes(post.notes)
    out.print()
    table = Table("", "prior", "posterior", "change", "90 % interval", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for variable in model.knowledge.variables.values():
        if variable.role in SCORED_ROLES:
            prior, now = post.priors[variable.id][-1, 0], post.posteriors[variable.id][-1, 0]
            ends = interval_of(post.posteriors[variable.id][-1, 1:], LEVEL)
            shown = f"{variable.title}" + ("" if len(variable.states) == 2 else f" ({variable.states[-1]})")
            table.add_row(shown, f"{prior:.2f}", f"{now:.2f}", f"{now - prior:+.2f}", f"{ends[0]:.2f} to {ends[1]:.2f}")
    out.print(table)
    out.print(
        "\nPrior: given age, sex and context only. Interval: uncertainty of the parameters, given this structure."
    )
    for outcome in post.outcomes_measured:
        out.print(f"Note: {model.knowledge.variables[outcome].title.lower()} was itself measured.")
    out.print(f"[dim]{note}[/]")
