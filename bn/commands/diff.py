"""`myorisk diff`: whose answers a change of the knowledge moved."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bn.commands.common import FILE, WITH_JSON, refuse_idle, with_json
from bn.core.errors import QuestionError
from cpds import NOTE


@click.command()
@click.argument("old", type=FILE, metavar="OLD_DATA")
@click.argument("new", type=FILE, metavar="NEW_DATA")
@click.option("--top", type=click.IntRange(min=1), default=12, help="Rows of each table.", show_default=True)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown for a changelog.")
@with_json
def diff(old: Path, new: Path, top: int, as_markdown: bool, as_json: bool) -> None:
    """Whose answers moved between two data folders.

    A battery of people and what-ifs (battery.toml), every claim and every target, before and after, largest difference
    first, each beside its Monte Carlo error. Where only priors changed, the draws are reweighted and answer at once;
    where a rerun of the synthesis is needed, it says so.
    """
    from bn.api import diff as compared

    if as_json and as_markdown:
        raise QuestionError("--json and --markdown are two forms of one answer; ask for one of them")
    if as_json:
        refuse_idle(WITH_JSON, "top")
    found = compared(old, new)
    if as_json:
        print(json.dumps(found.to_dict(), indent=2, allow_nan=False))
    elif as_markdown:
        from bn.report.text.diff import markdown

        print(markdown(found, top), end="")
    else:
        from bn.report.registry import print_tables

        print_tables(None, found, NOTE, top=top)
