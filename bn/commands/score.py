"""`myorisk score`: cohort files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bn.commands.common import WITHOUT_OUTPUT, load_model, refuse_idle, with_data, with_definition
from bn.commands.completion import files
from bn.commands.files import KINDS, file_options, finish, with_file_options

LOCAL = "local"
_ADDRESS = re.compile(r"(\w+://)?[\w.\-\[\]:]+:\d+")


def _address(_: click.Context, __: click.Parameter, address: str | None) -> str | None:
    if address not in (None, LOCAL) and not _ADDRESS.fullmatch(str(address)):
        raise click.UsageError(
            f"--dask {address}: expected an address such as tcp://10.0.0.1:8786; for the cores of this machine put "
            "--dask last."
        )
    return address


@click.command(epilog=KINDS)
@click.argument("sources", metavar="FILE...", nargs=-1, required=True, shell_complete=files)
@click.option(
    "-o",
    "--output",
    shell_complete=files,
    required=True,
    metavar="FILE",
    help="What to write; a folder for several, - for standard output.",
)
@click.option("--no-interval", is_flag=True, help="Skip risk_low and risk_high.")
@click.option("--no-posteriors", is_flag=True, help="Only the risk, not the other variables (p_ columns).")
@with_definition
@with_file_options
@click.option(
    "--dask",
    is_flag=False,
    flag_value=LOCAL,
    metavar="[ADDRESS]",
    callback=_address,
    help="Have the workers of the Dask scheduler at ADDRESS do it, a file each; without ADDRESS, the cores of this "
    "machine. Extra `dask`.",
)
@with_data
def score(
    sources: tuple[str, ...],
    output: str,
    no_interval: bool,
    no_posteriors: bool,
    definition: tuple[str, ...],
    dask: str | None,
    data: Path | None,
    **of_files: Any,
) -> None:
    """Score every row of cohort files.

    Several, or a pattern in quotes, go into a folder.

    Exit code 0 when all rows were scored, 3 when some have errors, 2 when the question cannot be answered as it was
    put, 1 when the run failed: with --strict, at the first row with an error.
    """
    if output == "-":
        refuse_idle(WITHOUT_OUTPUT, "force")
    options = replace(
        file_options(**of_files), interval=not no_interval, posteriors=not no_posteriors, definition=definition
    )
    if dask is None:
        from bn.cohort.files import score_files

        finish(score_files(load_model(data), sources, output, options))
    else:
        from bn.cohort.files.cluster import score_files_on_dask

        finish(score_files_on_dask(load_model(data), sources, output, options, dask))
