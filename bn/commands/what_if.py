"""`myorisk what-if`: a person, or every row of cohort files, before and after interventions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bn.commands.common import (
    PLOT,
    PLOT_NETWORK,
    WITHOUT_OUTPUT,
    load_model,
    refuse_idle,
    tell,
    with_data,
    with_json,
    without_definition,
)
from bn.commands.completion import files, findings_or_files, treatments, variables
from bn.commands.files import KINDS, file_options, finish, with_file_options
from bn.core.errors import QuestionError
from bn.core.typed import observations
from bn.questions.definitions import NOT_AFTER_ACTS

if TYPE_CHECKING:
    from bn.api import RiskModel
    from bn.cohort.files import Options
    from bn.questions.what_if import Comparison, WhatIf


@click.command(epilog=KINDS)
@click.argument("findings", metavar="[NAME=VALUE... | FILE...]", nargs=-1, shell_complete=findings_or_files)
@click.option(
    "--do",
    multiple=True,
    metavar="ACT",
    shell_complete=treatments,
    help="An intervention, one at a dose (at1_blockade:0.5), or variable=state. Repeatable.",
)
@click.option("--rank", is_flag=True, help="Each intervention by itself, ranked; all without --do.")
@click.option(
    "--sweep",
    metavar="RANGE",
    shell_complete=variables,
    help="The same over the states of a variable: age=20:85, or age.",
)
@click.option("--exact-interval", is_flag=True, help="Interval from every draw.")
@click.option(
    "-o",
    "--output",
    shell_complete=files,
    metavar="FILE",
    help="Of files: what to write; a folder for several, - for standard output.",
)
@with_file_options
@with_json
@PLOT
@PLOT_NETWORK
@without_definition(NOT_AFTER_ACTS)
@with_data
def what_if(
    findings: tuple[str, ...],
    do: tuple[str, ...],
    rank: bool,
    sweep: str | None,
    exact_interval: bool,
    output: str | None,
    as_json: bool,
    plot: Path | None,
    plot_network: Path | None,
    data: Path | None,
    **of_files: Any,
) -> None:
    """What interventions would change in one person, or in files.

    Risk, mechanisms and pathways before and after, given what was found before; or each row of cohort files.
    Files are read and written, and end with the exit codes, as those of `score`.
    """
    model, known, wanted = load_model(data), list(findings), list(do)
    if rank and sweep is not None:
        raise QuestionError("--rank and --sweep are two questions; ask one of them")
    if not wanted and not rank:
        raise QuestionError("nothing to do; name an intervention with --do, or compare all of them with --rank")
    if plot_network is not None and (rank or sweep is not None):
        raise QuestionError("--plot-network shows one answer; leave it out with --rank and --sweep")
    if output is not None or (known and not any("=" in one for one in known)):
        if rank or sweep is not None or exact_interval or as_json or plot or plot_network:
            raise QuestionError("files are asked with --do alone: what-if cohort.csv --do ... -o out.csv")
        _ask_files(model, known, wanted, output, file_options(**of_files))
        return
    if any(of_files.values()):
        raise QuestionError("options of files, such as --strict or --force, go with: what-if cohort.csv -o out.csv")
    told = observations(known)
    answer: WhatIf | Comparison
    if not rank and sweep is None:
        answer = model.what_if(told, do=wanted, exact_interval=exact_interval)
    elif sweep is None:
        answer = model.rank(told, do=wanted or None, exact_interval=exact_interval)
    else:
        over, between = _range(sweep)
        answer = model.sweep(told, do=wanted, over=over, between=between, exact_interval=exact_interval)
    tell(model, answer, as_json, plot, plot_network)


def _range(text: str) -> tuple[str, tuple[float, float] | None]:
    """`age=20:85` as a name and a range; `age` alone as all of it."""
    name, equals, ends = text.partition("=")
    if not equals:
        return name, None
    low, _, high = ends.partition(":")
    try:
        return name, (float(low), float(high))
    except ValueError:
        raise QuestionError(f"--sweep {text}: expected a range such as age=20:85") from None


def _ask_files(model: RiskModel, sources: list[str], do: list[str], output: str | None, options: Options) -> None:
    from bn.cohort.files import run_files
    from bn.cohort.frames.questions import CohortWhatIf

    if output == "-":
        refuse_idle(WITHOUT_OUTPUT, "force")
    if output is None:
        raise QuestionError(
            f"{sources[0]} is read as a file, since it is no name=value; name the file to write with -o"
        )
    finish(run_files(CohortWhatIf.of(model, do), sources, output, options))
