"""What-if answers as tables: risk and mechanisms before and after, the pathways, the claims; and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bn.core.answer import LEVEL
from bn.report.text import console, print_notes
from bn.report.text.knowledge import cited_claims
from cpds.records import SCORED_ROLES

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.counterfactual.treatments import Treatment
    from bn.questions.what_if import Comparison, WhatIf

DECIMALS = 9


def what_if_table(model: Model, answer: WhatIf, note: str) -> None:
    """Risk with the interval of its difference and bounds, every variable with what runs through it, claims."""
    out = console()
    low, high = answer.interval()
    out.print(f"\nWhat if: [bold]{escape(', '.join(one.title for one in answer.treatments))}[/]")
    out.print(
        f"Risk of {_title(model, answer.risk_of[0]).lower()}: {answer.risk_before:.3f} before, "
        f"{answer.risk_after:.3f} after, difference [bold]{answer.difference:+.3f}[/] "
        f"({LEVEL:.0%} interval {low:+.3f} to {high:+.3f})"
    )
    print_notes(answer.notes)
    if answer.drawn < answer.draws:
        error = answer.interval_error()
        out.print(f"Interval from {answer.drawn} of {answer.draws} draws: standard error of its ends {error:.4f}.")
    out.print(_bounds(answer))
    out.print()
    out.print(_variables(model, answer))
    out.print(_arrives(model, answer))
    for one in answer.treatments:
        _intervention(out, model, one)
    out.print(
        "\nFindings were made before the intervention. Intervals: uncertainty of the parameters and of how much an "
        "intervention does, given this structure."
    )
    out.print(f"[dim]{note}[/]")


def comparison_table(model: Model, comparison: Comparison, note: str) -> None:
    """One row an intervention, or a state swept over."""
    out = console()
    table = Table(comparison.by.replace("_", " "), "before", "after", "difference", f"{LEVEL:.0%} interval", box=None)
    table.pad_edge = False
    for column in table.columns[1:]:
        column.justify = "right"
    shared = comparison.shared_notes
    for row in comparison.rows:
        low, high = row.interval()
        mark = " *" if set(row.notes).difference(shared) else ""
        table.add_row(
            f"{row.title}{mark}",
            f"{row.before[0]:.3f}",
            f"{row.after[0]:.3f}",
            f"{row.difference:+.3f}",
            f"{low:+.3f} to {high:+.3f}",
        )
    out.print(f"\nRisk of {_title(model, model.risk_of[0]).lower()}")
    print_notes(comparison.notes)
    out.print()
    out.print(table)
    for text in shared:
        out.print(f"Note: {escape(text)}.")
    for row in comparison.rows:
        for text in row.notes:
            if text not in shared:
                out.print(f"* {row.title}: {escape(text)}.")
    out.print(f"\nIntervals of the difference from {comparison.drawn_in_words}.")
    out.print(f"[dim]{note}[/]")


def _bounds(answer: WhatIf) -> str:
    low, high = answer.bounds
    if answer.population:
        return "No finding lies within reach of the intervention, so graph surgery answers: no coupling is assumed."
    return (
        "Assumed: each noise is the same in both worlds and acts through one threshold (monotone coupling).\n"
        f"Under any other coupling the risk after lies within {low:.3f} to {high:.3f}."
    )


def _variables(model: Model, answer: WhatIf) -> Table:
    """Mechanisms and outcomes: event and grades; what else is changed: of several states the one that moves most."""
    table = Table("", "before", "after", "change", f"{LEVEL:.0%} interval", "carries", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, variable in model.knowledge.variables.items():
        if variable.role not in SCORED_ROLES and name not in answer.changed:
            continue
        if variable.role in SCORED_ROLES:
            shown = answer.line_rows(name)
        else:
            shown = [max(answer.state_rows(name)[1:], key=lambda row: _moved(row.difference))]
        part = answer.pathways.through.get(name)
        for row in shown:
            ends = (f"{row.difference:+.3f}", f"{row.low:+.3f} to {row.high:+.3f}")
            carries = "" if part is None or row.line.part else f"{part:+.3f}"
            cells = (*(ends if name in answer.changed else ("", "")), carries)
            table.add_row(row.line.indented, f"{row.before:.3f}", f"{row.after:.3f}", *cells)
    return table


def _moved(change: float) -> tuple[float, float]:
    """Orders states by how much they change; where one gains what another loses, the gain comes last."""
    return round(abs(change), DECIMALS), change


def _arrives(model: Model, answer: WhatIf) -> str:
    """How the change reaches the outcome; empty where it does not."""
    steps = [f"{_title(model, name)} {part:+.3f}" for name, part in answer.pathways.arrives.items()]
    if not steps:
        return "\nNothing that is done reaches the outcome."
    return (
        "\nCarries: part of the difference that is lost when a variable's effects are held as they were; paths share "
        f"variables, so these overlap.\nLast steps to the outcome, which add up to the difference: {', '.join(steps)}."
    )


def _intervention(out: Console, model: Model, one: Treatment) -> None:
    """What is behind an intervention: note, sources, claims."""
    if one.intervention is None:
        return
    sources = f" Sources: {', '.join(one.intervention.sources)}." if one.intervention.sources else ""
    out.print(f"\n[bold]{escape(one.title)}[/]. {escape(one.intervention.note)}{sources}")
    if one.intervention.claims:
        cited_claims(model.knowledge, one.intervention.claims)
    else:
        out.print("No claim of the review is behind it.")


def _title(model: Model, name: str) -> str:
    return model.knowledge.variables[name].title
