"""What commands that ask of cohort files share: their options, and telling what became of each file."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterable
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bn.commands.completion import dictionaries_or_files, observables

if TYPE_CHECKING:
    from bn.cohort.files import Options
    from bn.cohort.reading.summary import Summary
    from bn.validation.plan import Use

F = TypeVar("F", bound=Callable[..., Any])
KINDS = (
    "Cohort files are .csv, .tsv, .txt, each also .gz; .parquet, .arrow; or - for standard input; and, only to be "
    "read, .sav, .dta, .sas7bdat, .xpt, .xlsx (extra `files`). Columns that look like findings but were not read, and "
    "numbers that suit another unit, are told first, with lines for --columns."
)
COLUMNS = (
    "What columns stand for: a dictionary (nhanes, ukbiobank), or a TOML file of lines such as "
    '"CRP (mg/dL)" = "hscrp [mg/dL]", "" to leave one alone, or '
    '"SEX" = { is = "sex", values = { 1 = "male", 2 = "female" }, missing = [9] }; also unit, detection_limit (what '
    "<LOD or ND is below) and flags = true (4.1 H is read as 4.1). Repeatable: what is said last counts."
)
_OPTIONS = (
    click.option(
        "--require",
        multiple=True,
        metavar="NAME",
        shell_complete=observables,
        help="Rows without this finding are errors. Repeatable.",
    ),
    click.option("--columns", multiple=True, metavar="NAME|FILE", shell_complete=dictionaries_or_files, help=COLUMNS),
    click.option(
        "--missing",
        multiple=True,
        metavar="TEXTS",
        help="Further texts of a missing value, commas between them: -9,unknown.",
    ),
    click.option("--strict", is_flag=True, help="Stop at the first row with an error."),
    click.option("--delimiter", metavar="MARK", help="What stands between cells: , ; | or tab. Found from the header."),
    click.option("--decimal", metavar="MARK", help="Decimal mark: . or , Found from the first records."),
    click.option("--encoding", metavar="NAME", help="Such as utf-8, utf-16, latin-1. Found from the first records."),
    click.option("--sheet", metavar="NAME", help="The sheet of an Excel workbook that has several."),
    click.option("--force", is_flag=True, help="Overwrite the output."),
)
_INPUTS_AND_DESIGN = (
    click.option(
        "--inputs", multiple=True, metavar="NAME", shell_complete=observables, help="Use only this finding. Repeatable."
    ),
    click.option(
        "--leave-out", multiple=True, metavar="NAME", shell_complete=observables, help="Do not use it. Repeatable."
    ),
    click.option("--weights", metavar="COLUMN", help="Sampling weights."),
    click.option("--strata", metavar="COLUMN", help="Strata of the sampling design."),
    click.option("--clusters", metavar="COLUMN", help="Sampled units (of their stratum)."),
)


def with_inputs_and_design(command: F) -> F:
    """The command with the options that `inputs_and_design` takes."""
    return reduce(lambda wrapped, option: option(wrapped), reversed(_INPUTS_AND_DESIGN), command)


def inputs_and_design(options: dict[str, Any]) -> Use:
    """What is used of a table, of which the options are taken out."""
    from bn.validation.plan import Use

    inputs = options.pop("inputs") or None
    return Use(inputs, *(options.pop(name) for name in ("leave_out", "weights", "strata", "clusters")))


def with_file_options(command: F) -> F:
    """The command with the options that `file_options` takes."""
    return reduce(lambda wrapped, option: option(wrapped), reversed(_OPTIONS), command)


def file_options(
    require: tuple[str, ...],
    columns: tuple[str, ...],
    missing: tuple[str, ...],
    strict: bool,
    delimiter: str | None,
    decimal: str | None,
    encoding: str | None,
    sheet: str | None,
    force: bool,
) -> Options:
    """The options as a run takes them. Raises QuestionError for those that cannot be."""
    from bn.cohort.files import Options

    return Options(
        require=require,
        missing=tuple(text for several in missing for text in several.split(",")),
        meaning=columns,
        strict=strict,
        force=force,
        delimiter=delimiter,
        decimal=decimal,
        encoding=encoding,
        sheet=sheet,
    )


def finish(run: Iterable[tuple[str, Summary]]) -> None:
    """See the run through, tell what became of each file, and of all where there are several.

    Ends the command with exit code 3 where some row has an error. When told to terminate, the run cleans up first.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    from bn.cohort.reading.summary import counted

    summaries = []
    for source, summary in run:
        summaries.append(summary)
        print(f"{'standard input' if source == '-' else source}: {summary}", file=sys.stderr)
    rows, failed = sum(summary.rows for summary in summaries), sum(summary.failed for summary in summaries)
    if len(summaries) > 1:
        became = f"{rows - failed} of {counted(rows, 'row')} {summaries[0].done}, {failed} with errors"
        print(f"{len(summaries)} files: {became}", file=sys.stderr)
    if failed:
        sys.exit(3)
