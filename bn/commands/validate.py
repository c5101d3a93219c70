"""`myorisk validate`: how well the network's probabilities of an outcome fit the people of a cohort file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from bn.commands.common import FILE, PLOT, WITHOUT_OUTPUT, load_model, refuse_idle, tell, with_data, with_json
from bn.commands.completion import files
from bn.commands.files import KINDS, file_options, inputs_and_design, with_file_options, with_inputs_and_design


@click.command(epilog=KINDS)
@click.argument("source", metavar="FILE", shell_complete=files)
@click.option(
    "--outcome",
    required=True,
    metavar="TEXT",
    help="A reading beyond a cut ('homa_ir>2.5'), an answer (diagnosed_diabetes=yes), a state (sarcopenia=present), "
    "or a definition (glucose_or_diagnosed).",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    type=FILE,
    multiple=True,
    metavar="FILE",
    shell_complete=files,
    help="A report: one page (.html), Markdown (.md), or all numbers (.json). Repeatable.",
)
@with_inputs_and_design
@click.option(
    "--by",
    multiple=True,
    metavar="NAME[:CUTS]",
    help="Divide people by a variable or column: sex, age:50,65. Repeatable. By default, by who they are.",
)
@click.option(
    "--bootstrap", type=int, default=0, metavar="NUMBER", help="Intervals from so many resamples, not linearized."
)
@click.option(
    "--references",
    is_flag=True,
    help="Beside it logistic regression and boosting on the same columns, cross-validated.",
)
@click.option("--seed", type=int, default=0, help="Of resamples and folds.")
@with_file_options
@with_json
@PLOT
@with_data
def validate(
    source: str,
    outcome: str,
    outputs: tuple[Path, ...],
    by: tuple[str, ...],
    as_json: bool,
    plot: Path | None,
    data: Path | None,
    bootstrap: int,
    references: bool,
    seed: int,
    **others: Any,
) -> None:
    """How well the network fits the people of a file.

    Discrimination, calibration, Brier score and net benefit, also by group. Findings that speak of the outcome itself
    are left out of the inputs. Extra `validate`.
    """
    if not outputs:
        refuse_idle(WITHOUT_OUTPUT, "force")
    if not (bootstrap or references):
        refuse_idle("without --bootstrap or --references", "seed")
    use, options = inputs_and_design(others), file_options(**others)
    if outputs:
        from bn.core.atomic_write import refuse_existing, refuse_folder
        from bn.report.validation import check_suffix

        for path in outputs:  # before anything is computed
            check_suffix(path)
            refuse_existing(path, options.force)
            refuse_folder(path)
    from bn.validation.ask import validate as ask

    model, title = load_model(data), "standard input" if source == "-" else source
    found = ask(
        model,
        source,
        outcome,
        use=use,
        by=by or None,
        bootstrap=bootstrap,
        references=references,
        seed=seed,
        options=options,
        tell=lambda summary: print(f"{title}: {summary}", file=sys.stderr),
    )
    for path in outputs:
        print(f"wrote {found.save(path, overwrite=options.force)}", file=sys.stderr)
    tell(model, found, as_json, plot)
