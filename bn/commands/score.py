"""`myorisk score`: cohort files."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bn.commands.common import Data

if TYPE_CHECKING:
    from bn.batch.summary import Summary

_ADDRESS = re.compile(r"local|(\w+://)?[\w.\-\[\]:]+:\d+")


def score(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Cohort files, or a pattern in quotes: .csv, .tsv, .txt, each also .gz; .parquet, .arrow; "
            "or - for standard input."
        ),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", help="File to write, folder for several, or - for standard output.")
    ],
    no_interval: Annotated[bool, typer.Option("--no-interval", help="Skip risk_low and risk_high.")] = False,
    no_posteriors: Annotated[
        bool, typer.Option("--no-posteriors", help="Only the risk, not the other variables (p_ columns).")
    ] = False,
    require: Annotated[
        list[str] | None, typer.Option("--require", help="Rows without this finding are errors.")
    ] = None,
    columns: Annotated[
        Path | None, typer.Option("--columns", help='TOML file of lines such as "CRP (mg/dL)" = "hscrp \\[mg/dL]".')
    ] = None,
    missing: Annotated[
        list[str] | None,
        typer.Option("--missing", help="Further texts of a missing value, commas between them: -9,unknown."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first row with an error.")] = False,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help="What stands between cells: , ; | or tab. Found from the header.")
    ] = None,
    decimal: Annotated[
        str | None, typer.Option("--decimal", help="Decimal mark: . or , Found from the first records.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Such as utf-8, utf-16, latin-1. Found from the first records.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the output.")] = False,
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="[ADDRESS]",
            help="Have the workers of the Dask scheduler at ADDRESS do it, a file each; without ADDRESS, the cores of "
            "this machine. Extra `dask`.",
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Score every row of cohort files.

    Exit code 0 when all rows were scored, 3 when some have errors, 2 when the question cannot be answered as it was
    put, 1 when the run failed: with --strict, at the first row with an error.
    """
    import bn
    from bn.batch.files import Options, score_files
    from bn.batch.files.meaning import read_meaning

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    options = Options(
        interval=not no_interval,
        posteriors=not no_posteriors,
        require=tuple(require or ()),
        missing=tuple(text for several in missing or () for text in several.split(",")),
        meaning=read_meaning(columns) if columns else {},
        strict=strict,
        force=force,
        delimiter=delimiter,
        decimal=decimal,
        encoding=encoding,
    )
    if dask is None:
        scored = score_files(bn.load(data), sources, output, options)
    else:
        from bn.batch.cluster import score_files_on_dask

        scored = score_files_on_dask(bn.load(data), sources, output, options, dask)
    failed = _report(scored)
    if failed:
        raise typer.Exit(3)


def with_address(arguments: Sequence[str]) -> list[str]:
    """The command line with what `--dask` means where no address follows it: a cluster on this machine.

    >>> with_address(["score", "a.csv", "--dask", "-o", "b.csv"])
    ['score', 'a.csv', '--dask', 'local', '-o', 'b.csv']
    >>> with_address(["score", "--dask", "tcp://10.0.0.1:8786", "a.csv"])
    ['score', '--dask', 'tcp://10.0.0.1:8786', 'a.csv']
    """
    spelled: list[str] = []
    for argument, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        spelled.append(argument)
        if argument == "--dask" and not _ADDRESS.fullmatch(following):
            spelled.append("local")
    return spelled


def _report(scored: Iterable[tuple[str, Summary]]) -> int:
    """Print what became of each file, and of all where there are several; the number of rows with an error."""
    from bn.batch.summary import counted

    summaries = []
    for source, summary in scored:
        summaries.append(summary)
        print(f"{'standard input' if source == '-' else source}: {summary}", file=sys.stderr)
    rows, failed = sum(summary.rows for summary in summaries), sum(summary.failed for summary in summaries)
    if len(summaries) > 1:
        some = counted(rows, "row")
        print(f"{len(summaries)} files: {rows - failed} of {some} scored, {failed} with errors", file=sys.stderr)
    return failed
