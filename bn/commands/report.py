"""`myorisk report`: one person on two pages."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from bn.commands.common import FILE, load_model, with_data, with_definition
from bn.commands.completion import files, treatments
from bn.core.case import EXAMPLE, read_case
from bn.core.errors import QuestionError

NEEDED = "reports need more than is installed; run: pip install 'myorisk[explore]'"


@click.command(epilog="\b\nA case file:\n" + EXAMPLE.replace("\n\n", "\n\n\b\n"))
@click.argument("case", type=FILE, metavar="CASE.toml", shell_complete=files)
@click.option("-o", "--output", type=FILE, required=True, metavar="FILE", shell_complete=files, help="The HTML file.")
@click.option(
    "--do",
    multiple=True,
    metavar="ACT",
    shell_complete=treatments,
    help="What is done, in place of what the file says: an intervention, or variable=state. Repeatable.",
)
@click.option("--force", is_flag=True, help="Overwrite the file.")
@with_definition
@with_data
def report(
    case: Path, output: Path, do: tuple[str, ...], definition: tuple[str, ...], force: bool, data: Path | None
) -> None:
    """One person on two pages, as one HTML file.

    Findings, risk, why, what if, what next, how sure, and sources. It holds no scripts and needs nothing else.
    """
    from bn.core.atomic_write import atomic_write

    try:
        from bn.web.report import report as page
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] in ("jinja2", "markupsafe"):
            raise QuestionError(NEEDED) from None
        raise
    asked = read_case(case)
    asked = replace(asked, do=do or asked.do, definition=definition or asked.definition)
    with atomic_write(output, force, case) as file:
        file.write(page(load_model(data), asked).encode("utf-8"))
    print(f"wrote {output}", file=sys.stderr)
