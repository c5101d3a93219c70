"""`myorisk score`: a cohort file."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bn.commands.common import Data


def score(
    source: Annotated[str, typer.Argument(help="Cohort file: .csv, .csv.gz, .parquet, or - for standard input.")],
    output: Annotated[str, typer.Option("-o", "--output", help="File to write, or - for standard output.")],
    no_interval: Annotated[bool, typer.Option("--no-interval", help="Skip risk_low and risk_high.")] = False,
    require: Annotated[
        list[str] | None, typer.Option("--require", help="Rows without this finding are errors.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the output.")] = False,
    data: Data = None,
) -> None:
    """Score every row of a cohort file. Exit code 3 when some rows have errors."""
    import bn
    from bn.batch.files import score_file

    summary = score_file(
        bn.load(data), source, output, interval=not no_interval, require=tuple(require or ()), force=force
    )
    print(summary, file=sys.stderr)
    if summary.failed:
        raise typer.Exit(3)
