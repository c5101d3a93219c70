"""What commands that ask of cohort files share: their options, and telling what became of each file."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bn.batch.files import Options
    from bn.batch.summary import Summary

KINDS = ".csv, .tsv, .txt, each also .gz; .parquet, .arrow; or - for standard input"

Require = Annotated[list[str] | None, typer.Option("--require", help="Rows without this finding are errors.")]
ColumnsFile = Annotated[
    Path | None, typer.Option("--columns", help='TOML file of lines such as "CRP (mg/dL)" = "hscrp \\[mg/dL]".')
]
Missing = Annotated[
    list[str] | None,
    typer.Option("--missing", help="Further texts of a missing value, commas between them: -9,unknown."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first row with an error.")]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", help="What stands between cells: , ; | or tab. Found from the header.")
]
Decimal = Annotated[str | None, typer.Option("--decimal", help="Decimal mark: . or , Found from the first records.")]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Such as utf-8, utf-16, latin-1. Found from the first records.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the output.")]


def file_options(
    require: list[str] | None,
    columns: Path | None,
    missing: list[str] | None,
    strict: bool,
    delimiter: str | None,
    decimal: str | None,
    encoding: str | None,
    force: bool,
) -> Options:
    """The options as a run takes them. Raises QuestionError for those that cannot be."""
    from bn.batch.files import Options
    from bn.batch.files.meaning import read_meaning

    return Options(
        require=tuple(require or ()),
        missing=tuple(text for several in missing or () for text in several.split(",")),
        meaning=read_meaning(columns) if columns else {},
        strict=strict,
        force=force,
        delimiter=delimiter,
        decimal=decimal,
        encoding=encoding,
    )


def finish(run: Iterable[tuple[str, Summary]]) -> None:
    """See the run through, tell what became of each file, and of all where there are several.

    Ends the command with exit code 3 where some row has an error. When told to terminate, the run cleans up first.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    from bn.batch.summary import counted

    summaries = []
    for source, summary in run:
        summaries.append(summary)
        print(f"{'standard input' if source == '-' else source}: {summary}", file=sys.stderr)
    rows, failed = sum(summary.rows for summary in summaries), sum(summary.failed for summary in summaries)
    if len(summaries) > 1:
        became = f"{rows - failed} of {counted(rows, 'row')} {summaries[0].done}, {failed} with errors"
        print(f"{len(summaries)} files: {became}", file=sys.stderr)
    if failed:
        raise typer.Exit(3)
