"""What would matter most to know, as a table: parameters, what each would settle, and which study would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bn.report.text import console

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.revision.worth import WorthKnowing


def worth_tables(model: Model, found: WorthKnowing, note: str, top: int) -> None:
    """The first few parameters; then what the columns mean."""
    out = console()
    out.print(
        f"\nWhat would matter most to know: {found.beliefs} risks and {found.what_ifs} what-ifs, "
        f"each at {found.draws} draws\n"
    )
    table = Table("parameter", "basis", "removes", "of risks", "of what-ifs", "most", "study", box=None, pad_edge=False)
    for column in table.columns[2:5]:
        column.justify = "right"
    for each in found.parameters[:top]:
        table.add_row(
            each.name.replace("|", " <- "),
            each.basis,
            *(f"{share:.0%}" for share in (each.removes, each.of_beliefs, each.of_what_ifs)),
            f"{escape(each.item)}: {each.before:.2f} to {each.after:.2f}",
            escape(each.study),
        )
    out.print(table)
    rest = sum(each.removes for each in found.parameters[top:])
    out.print(
        f"\nremoves: the share of the variance of all these answers that would go if the parameter alone were known "
        f"exactly (the other {max(len(found.parameters) - top, 0)}: {rest:.0%} together;\nshares of parameters that go "
        "together overlap). most: the answer whose 90 % interval would shrink most, and its width before and after. "
        "study: what kind of study would tell."
    )
    out.print(f"[dim]{note}[/]")
