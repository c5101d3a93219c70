"""Why and through what, as tables: one person's risk explained, and the root's effect split over its routes."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

import numpy as np
from rich.markup import escape
from rich.table import Table

from bn.core.answer import lines
from bn.questions.mediation.result import span
from bn.report.text import console, print_notes
from bn.report.text.knowledge import says
from cpds.logistic import expit

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.questions.explain import Explanation
    from bn.questions.mediation import Effect, Mediation, Route, Split

_ROWS = 8


def explanation_tables(model: Model, found: Explanation, note: str) -> None:
    """Contributions first, then mechanisms, agreement, and the arcs, claims and sources that weigh most."""
    title = model.knowledge.variables[found.risk_of[0]].title.lower()
    before, context, after = (_probability(odds) for odds in (found.before, found.context, found.after))
    alone = f", given context alone {context:.2f}" if _has_context(found) else ""
    console().print(
        f"\nRisk of {title}: [bold]{after:.2f}[/]; in anybody {before:.2f}{alone}. "
        f"The findings move its log odds by {found.after - found.before:+.2f}."
    )
    print_notes(found.notes)
    console().print()
    _contributions(found)
    _mechanisms(model, found)
    _agreement(found)
    _supports(model, found)
    for outcome in found.outcomes_measured:
        console().print(f"Note: {model.knowledge.variables[outcome].title.lower()} was itself measured.")
    console().print(f"[dim]{note}[/]")


def _contributions(found: Explanation) -> None:
    context = _has_context(found)
    table = _table("finding", "", "log odds", "odds ratio", *(["given context"] if context else []), "")
    opposing = {row.finding for row in found.against}
    for row in sorted(found.contributions, key=lambda row: -abs(row.log_odds)):
        cells = [row.finding, escape(row.said), _with_error(row.log_odds, row.error), f"{exp(row.log_odds):.2f}"]
        if context:
            cells.append("" if row.in_context is None else _with_error(row.in_context, row.in_context_error))
        table.add_row(*cells, "pulls the other way" if row.finding in opposing else "")
    console().print(table)
    sampled = any(row.error is not None for row in found.contributions)
    how = "Sampled Shapley values with standard errors" if sampled else "Shapley values"
    among = "among all findings, and among those made given context" if context else "among the findings"
    console().print(f"{how}: shares of the change in log odds, {among}.")


def _has_context(found: Explanation) -> bool:
    return any(row.in_context is None for row in found.contributions)


def _mechanisms(model: Model, found: Explanation) -> None:
    table = _table("mechanism", "before", "after", "carried, log odds")
    for row in found.mechanisms[:_ROWS]:
        variable = model.knowledge.variables[row.mechanism]
        whole, *_ = lines(variable.title, variable.states, variable.event_states, found.risk_of[1])
        table.add_row(whole.name, f"{row.before:.2f}", f"{row.after:.2f}", f"{row.log_odds:+.3f}")
    console().print("")
    console().print(table)
    console().print("Carried: lost if the belief in it were as before. Mechanisms overlap; the figures do not add up.")


def _agreement(found: Explanation) -> None:
    table = _table("finding", "", "surprise", "probability given the others")
    for row in found.surprises:
        probability = "" if row.probability is None else f"{row.probability:.2f}"
        table.add_row(row.finding, escape(row.said), f"{row.log_ratio:+.2f}", probability)
    console().print("")
    console().print(table)
    console().print("Surprise: log of how much less likely the others make it. For a number: of one as far out.")
    if found.conflict_overall is not None:
        given = "" if found.conflict is None else f"; of those made given context {found.conflict:+.2f}"
        console().print(f"Conflict of all findings {found.conflict_overall:+.2f}{given} (above 0: they disagree).")


def _supports(model: Model, found: Explanation) -> None:
    knowledge, out = model.knowledge, console()
    table = _table("rests on", "weight", "basis", "claims")
    for row in [row for row in found.supports if row.kind != "loading"][:_ROWS]:
        cited = ", ".join(row.claims[:6]) + (f" and {len(row.claims) - 6} more" if len(row.claims) > 6 else "")
        table.add_row(_arc(row.name), f"{row.weight:+.3f}", ", ".join(row.basis), cited)
    out.print("")
    out.print(table)
    shares = ", ".join(f"{share:.0%} {basis}" for basis, share in found.bases.items())
    out.print(f"Weight: log odds lost without it. Of the weight of all arcs: {shares}.")
    loadings = [row for row in found.supports if row.kind == "loading"][:_ROWS]
    if loadings:
        listed = ", ".join(f"{_arc(row.name)} {row.weight:+.3f}" for row in loadings)
        out.print(f"Loadings of causes that nobody measured, with no claim or source behind them: {listed}.")
    for name, entries in (("claim", found.claims), ("source", found.sources)):
        table = _table(name, "weight", "says" if name == "claim" else "is")
        table.columns[2].justify = "left"
        for entry, weight in list(entries.items())[:_ROWS]:
            what = says(knowledge.claims[entry]) if name == "claim" else knowledge.sources[entry].title
            table.add_row(entry, f"{weight:.3f}", escape(what))
        if table.row_count:
            out.print("")
            out.print(table)
    out.print("")


def _table(*columns: str) -> Table:
    """A plain table whose columns after the second are figures."""
    table = Table(*columns, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "left" if column.header in ("", "basis", "claims") else "right"
    return table


def _arc(name: str) -> str:
    """`parent -> child` of an effect, with its segment and the child's step; a marker's id as it is."""
    child, bar, rest = name.partition("|")
    parent, at, step = rest.partition("@")
    return f"{parent.replace(':', ' ')} -> {child}{at and ' '}{step}" if bar else name


def _with_error(value: float, error: float | None) -> str:
    return f"{value:+.3f}" + ("" if error is None else f" (se {error:.3f})")


def _probability(log_odds: float) -> float:
    return float(expit(np.array(log_odds)))


def mediation_tables(model: Model, found: Mediation, note: str) -> None:
    """Every outcome's change, split by role and by variable."""
    out = console()
    root = model.knowledge.variables[found.root].title
    out.print(f"\n{root} from {span(found.before)} to {span(found.after)}: what changes, and through what\n")
    for split in found.splits:
        title = model.knowledge.variables[split.outcome].title
        out.print(
            f"[bold]{title}[/]: {split.before.value:.3f} to {split.after.value:.3f}, {_points(split.total)} points"
        )
        out.print(_routes(model, split))
        out.print()
    out.print(
        f"In points, with 90 % intervals over the draws. A route is what sees {root.lower()} change. Alone: nothing "
        "else sees it. Last: everything else does already.\nShare: the mean over all orders; shares add up to the "
        "change. Passing: what passes the variable by whatever route; this does not add up.\n"
        "Direct: the outcome's own arc. Conditional on this structure."
    )
    out.print(f"[dim]{note}[/]")


def _routes(model: Model, split: Split) -> Table:
    table = Table("route", "role", "alone", "last", "share", "of change", "passing", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for route in split.groups:
        members = sum(each.role == route.name and each.share is not None for each in split.variables)
        table.add_row(
            f"[bold]{route.name}[/]", f"{members} variable{'s' if members > 1 else ''}", *_cells(route, split)
        )
    table.add_row()
    for route in split.variables:
        if route.role != "direct":
            table.add_row(model.knowledge.variables[route.name].title, route.role, *_cells(route, split))
    return table


def _cells(route: Route, split: Split) -> list[str]:
    of_change = f"{route.share.value / split.total.value:.0%}" if route.share and split.total.value else ""
    return [
        f"{100 * route.alone.value:+.2f}" if route.alone else "",
        f"{100 * route.last.value:+.2f}" if route.last else "",
        _points(route.share),
        of_change,
        _points(route.passing),
    ]


def _points(effect: Effect | None) -> str:
    if effect is None:
        return ""
    return f"{100 * effect.value:+.2f} ({100 * effect.low:.2f} to {100 * effect.high:.2f})"
