"""One person's answers as tables: risk, most probable states, what to measure next; and the notes beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bn.core.answer import LEVEL, interval_of
from bn.report.text import console, print_notes
from bn.report.text.definitions import print_definitions
from cpds.records import SCORED_ROLES

if TYPE_CHECKING:
    from bn.core.answer import Posterior
    from bn.core.model import Model
    from bn.questions.joint import MostProbable
    from bn.questions.next_test import NextTest, NextTests


def risk_table(model: Model, post: Posterior, note: str) -> None:
    """Risk with its interval, then prior, posterior and change of every variable."""
    out = console()
    low, high = post.interval()
    name, _ = post.risk_of
    title = model.knowledge.variables[name].title.lower()
    out.print(f"\nRisk of {title}: [bold]{post.risk:.2f}[/]  (90 % interval {low:.2f} to {high:.2f})")
    print_definitions(post)
    print_notes(post.notes)
    out.print()
    table = Table("", "prior", "posterior", "change", "90 % interval", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for variable in model.knowledge.variables.values():
        if variable.role in SCORED_ROLES:
            for line in post.lines(variable.id):
                prior, now = line.of(post.priors[variable.id])[0], line.of(post.posteriors[variable.id])
                ends = interval_of(now[1:], LEVEL)
                figures = (f"{prior:.2f}", f"{now[0]:.2f}", f"{now[0] - prior:+.2f}", f"{ends[0]:.2f} to {ends[1]:.2f}")
                table.add_row(line.indented, *figures)
    out.print(table)
    out.print(
        "\nPrior: given age, sex and context only. Interval: uncertainty of the parameters, given this structure."
    )
    for outcome in post.outcomes_measured:
        out.print(f"Note: {model.knowledge.variables[outcome].title.lower()} was itself measured.")
    out.print(f"[dim]{note}[/]")


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
