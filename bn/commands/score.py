"""`myorisk score`: cohort files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Annotated

import typer

from bn.commands.common import Data
from bn.commands.files import (
    KINDS,
    ColumnsFile,
    Decimal,
    Delimiter,
    Encoding,
    Force,
    Missing,
    Require,
    Strict,
    file_options,
    finish,
)

_ADDRESS = re.compile(r"local|(\w+://)?[\w.\-\[\]:]+:\d+")


def score(
    sources: Annotated[
        list[str],
        typer.Argument(help=f"Cohort files, or a pattern in quotes: {KINDS}."),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", help="File to write, folder for several, or - for standard output.")
    ],
    no_interval: Annotated[bool, typer.Option("--no-interval", help="Skip risk_low and risk_high.")] = False,
    no_posteriors: Annotated[
        bool, typer.Option("--no-posteriors", help="Only the risk, not the other variables (p_ columns).")
    ] = False,
    require: Require = None,
    columns: ColumnsFile = None,
    missing: Missing = None,
    strict: Strict = False,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    force: Force = False,
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

    options = replace(
        file_options(require, columns, missing, strict, delimiter, decimal, encoding, force),
        interval=not no_interval,
        posteriors=not no_posteriors,
    )
    if dask is None:
        from bn.batch.files import score_files

        finish(score_files(bn.load(data), sources, output, options))
    else:
        from bn.batch.cluster import score_files_on_dask

        finish(score_files_on_dask(bn.load(data), sources, output, options, dask))


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
