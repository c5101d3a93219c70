"""Through what: one table an outcome, in points of its probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from bn.questions.mediation.result import span
from bn.report.text.console import console

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.questions.mediation import Effect, Mediation, Route, Split


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
        out.print(_table(model, split))
        out.print()
    out.print(
        f"In points, with 90 % intervals over the draws. A route is what sees {root.lower()} change. Alone: nothing "
        "else sees it. Last: everything else does already.\nShare: the mean over all orders; shares add up to the "
        "change. Passing: what passes the variable by whatever route; this does not add up.\n"
        "Direct: the outcome's own arc. Conditional on this structure."
    )
    out.print(f"[dim]{note}[/]")


def _table(model: Model, split: Split) -> Table:
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
