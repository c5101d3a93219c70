"""`myorisk columns`: what a cohort file would be read as."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from bn.commands.common import FILE, WITHOUT_OUTPUT, load_model, refuse_idle, tell, with_data, with_json
from bn.commands.completion import files
from bn.commands.files import KINDS, file_options, with_file_options


@click.command(epilog=KINDS)
@click.argument("source", metavar="FILE", shell_complete=files)
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    shell_complete=files,
    help="Also write it as TOML lines, to be edited and passed with --columns.",
)
@with_file_options
@with_json
@with_data
def columns(source: str, output: Path | None, as_json: bool, data: Path | None, **of_files: Any) -> None:
    """What the columns of a cohort file would be read as.

    In which unit, how many cells are read, missing and refused, the median beside the usual one, and what looks wrong.
    Nothing is scored.
    """
    from bn.cohort.files.columns import read_as
    from bn.cohort.files.places import PIPE
    from bn.core.atomic_write import atomic_write, refuse_existing
    from bn.core.errors import QuestionError

    refuse_idle("where nothing is scored", "strict")
    if output is None:
        refuse_idle(WITHOUT_OUTPUT, "force")
    options = file_options(**of_files)
    if output is not None:
        if source != PIPE and os.path.realpath(source) == os.path.realpath(output):
            raise QuestionError(f"{output} is also to be read; choose another output")
        refuse_existing(output, options.force)
    model = load_model(data)
    report = read_as(model, source, options)
    if output is not None:
        with atomic_write(output, options.force, None if source == PIPE else Path(source)) as file:
            file.write(report.toml.encode("utf-8"))
        print(f"wrote {output}", file=sys.stderr)
    tell(model, report, as_json)
