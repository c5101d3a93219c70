"""How sure: what the interval is made of, and what moves the risk, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bn.report.text import console, print_notes

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.questions.sensitivity import Parameter, Sensitivity, Source

NOTICEABLE = 0.0005
WORTH_KNOWING = 5


def sensitivity_tables(model: Model, found: Sensitivity, note: str, top: int) -> None:
    """Shares by basis, then the tornado over parameters, findings, sources and settings."""
    out = console()
    title = model.knowledge.variables[found.risk_of[0]].title.lower()
    out.print(f"\nRisk of {title}: [bold]{found.risk:.3f}[/]  (90 % interval {found.low:.3f} to {found.high:.3f})")
    print_notes(found.notes)
    out.print()
    shares = ", ".join(f"{basis} {share:.0%}" for basis, share in found.bases.items())
    out.print(f"Variance behind the interval, by basis: {shares}; not linear {found.remainder:.0%}.")
    useful = sorted(found.parameters, key=lambda each: -each.if_known)[:WORTH_KNOWING]
    known = ", ".join(f"{_name(each)} ({each.if_known:.0%})" for each in useful)
    out.print(f"Of it, knowing one parameter exactly would remove: {known}.\n")
    out.print("[bold]Parameters[/], each alone at the 5th and 95th percentile of its draws")
    out.print(_parameters(found.parameters[:top]))
    if found.findings:
        out.print("\n[bold]Findings[/], each left out")
        out.print(_moved(found, [(each.name, escape(each.said), each.risk) for each in found.findings], "finding", ""))
    out.print("\n[bold]Sources[/], if one were wrong: the synthesis without it, in one step")
    noticed = [each for each in found.sources if abs(each.risk - found.risk) >= NOTICEABLE][:top]
    out.print(
        _moved(found, [(escape(each.id), _leaning(each), each.risk) for each in noticed], "source", "leaning on it")
    )
    if len(noticed) < len(found.sources):
        out.print(f"{len(found.sources) - len(noticed)} more move it by less, most of them by less than {NOTICEABLE}.")
    out.print("\n[bold]Structure[/], fitted with another setting")
    out.print(_settings(found))
    out.print(
        "\nParameters are log odds. Those that trade against each other (an intercept and its effects) swing wider "
        "alone than the interval,\nwhich knows how they go together: share says what each adds to its variance "
        "(below 0: made good by others), if known what knowing\nit alone would remove. "
        "Biomarkers stay at their numbers throughout."
    )
    out.print(f"[dim]{note}[/]")


def _name(parameter: Parameter) -> str:
    return parameter.name.replace("|", " <- ")


def _parameters(parameters: Sequence[Parameter]) -> Table:
    table = Table("parameter", "basis", "from", "log odds", "risk, low end", "high end", box=None, pad_edge=False)
    for name in ("swing", "share", "if known"):
        table.add_column(name)
    for column in table.columns[3:]:
        column.justify = "right"
    for each in parameters:
        table.add_row(
            _name(each),
            each.basis,
            each.origin,
            f"{each.low:.2f} to {each.high:.2f}",
            f"{each.risk_low:.3f}",
            f"{each.risk_high:.3f}",
            f"{each.swing:.3f}",
            f"{each.share:.2f}",
            f"{each.if_known:.2f}",
        )
    return table


def _moved(found: Sensitivity, rows: Sequence[tuple[str, str, float]], first: str, second: str) -> Table:
    table = Table(first, second, "risk", "change", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for name, what, risk in rows:
        table.add_row(name, what, f"{risk:.3f}", f"{risk - found.risk:+.3f}")
    return table


def _leaning(source: Source) -> str:
    parts = [
        f"{len(ids)} {kind}{'s' if len(ids) > 1 else ''}"
        for ids, kind in ((source.parameters, "parameter"), (source.targets, "target"))
        if ids
    ]
    if len(source.parameters) == 1 and not source.targets:
        parts = [source.parameters[0].replace("|", " <- ")]
    return ", ".join([*parts, *source.markers])


def _settings(found: Sensitivity) -> Table:
    table = Table("setting", "risk", "90 % interval", box=None, pad_edge=False)
    for each in found.settings:
        table.add_row(each.title, f"{each.risk:.3f}", f"{each.low:.3f} to {each.high:.3f}")
    return table
