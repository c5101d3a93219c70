"""`myorisk update`: the network moved to the people of a cohort file, as a population; and those that are shipped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from bn.commands.common import FILE, WITHOUT_OUTPUT, load_model, print_json, refuse_idle, tell, with_data, with_json
from bn.commands.completion import files, observables
from bn.commands.files import KINDS, file_options, inputs_and_design, with_file_options, with_inputs_and_design

STEPS = {"leave-it": "leave it", "level": "level", "level-and-slope": "level and slope", "full": "full revision"}


@click.command(epilog=KINDS)
@click.argument("source", metavar="FILE", shell_complete=files)
@click.option(
    "--outcome",
    "outcomes",
    required=True,
    multiple=True,
    metavar="TEXT",
    help="What moves: as for validate. Repeatable, for outcomes about different variables.",
)
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    shell_complete=files,
    help="The population, as a file for --population.",
)
@click.option(
    "--step",
    type=click.Choice(list(STEPS)),
    help="Go so far whatever the tests say; full revision takes minutes. By default a closed test decides.",
)
@click.option("--name", metavar="TEXT", help="What the population is called. By default, as its file.")
@click.option("--title", metavar="TEXT", help="Who these people are.")
@with_inputs_and_design
@click.option(
    "--exposure",
    "exposures",
    multiple=True,
    metavar="NAME",
    shell_complete=observables,
    help="Also move how common it is: activity, body-mass index. Takes people who were not selected by it. Repeatable.",
)
@click.option(
    "--assay",
    "assays",
    multiple=True,
    metavar="MARKER",
    shell_complete=observables,
    help="Its assay may read otherwise: an offset of the marker, told from the level by other findings. Repeatable.",
)
@click.option(
    "--comparable",
    multiple=True,
    metavar="MARKER",
    shell_complete=observables,
    help="It reads as in the network's people, so that it alone may move the level of its variable. Repeatable.",
)
@click.option(
    "--selected-on-outcome", is_flag=True, help="People were included for having the outcome or not: takes --weights."
)
@click.option(
    "--hash",
    "hashed",
    is_flag=True,
    help="Keep a hash of FILE in the population: of a small file it confirms who is in it.",
)
@click.option("--seed", type=int, default=0, help="Of the rows drawn from a very large file.")
@with_file_options
@with_json
@with_data
def update(
    source: str,
    outcomes: tuple[str, ...],
    output: Path | None,
    step: str | None,
    name: str | None,
    title: str | None,
    exposures: tuple[str, ...],
    assays: tuple[str, ...],
    comparable: tuple[str, ...],
    selected_on_outcome: bool,
    hashed: bool,
    seed: int,
    as_json: bool,
    data: Path | None,
    **others: Any,
) -> None:
    """Make the network fit the people of a file.

    The level of the outcomes, or level and slope, move as far as the rows demand: a closed test decides. So do levels
    of whatever else the columns tell of by more than one marker, or by answers. The result is a small file that holds
    nobody's data; every command takes it with --population.
    """
    from bn.core.atomic_write import refuse_existing, refuse_folder

    if output is None:
        refuse_idle(WITHOUT_OUTPUT, "force", "name", "title", "hashed")
    use, options = inputs_and_design(others), file_options(**others)
    if output is not None:  # before anything is computed
        refuse_existing(output, options.force)
        refuse_folder(output)
    from bn.updating.ask import update as ask

    model, told = load_model(data), "standard input" if source == "-" else source
    found = ask(
        model,
        source,
        outcomes,
        step=STEPS[step] if step else None,
        name=name or (output.stem if output else "updated"),
        title=title,
        use=use,
        exposures=exposures,
        assays=assays,
        comparable=comparable,
        selected_on_outcome=selected_on_outcome,
        hashed=hashed,
        seed=seed,
        options=options,
        tell=lambda summary: print(f"{told}: {summary}", file=sys.stderr),
    )
    if output is not None:
        print(f"wrote {found.save(output, overwrite=options.force)}", file=sys.stderr)
    tell(model, found, as_json)


@click.command()
@with_json
@with_data
def populations(as_json: bool, data: Path | None) -> None:
    """The populations that answers can be for.

    The first is the one that the network was fitted to; the others go with --population, as do files of `update`.
    """
    from bn.api import populations as shipped
    from bn.report.text.updating import populations_table

    found = shipped(data)
    if as_json:
        keys = ("name", "title", "step", "source", "rows", "columns", "made", "notes")
        told = [{key: _plain(getattr(one, key)) for key in keys} for one in found]
        print_json({"populations": told}, load_model(data))
        return
    populations_table(found)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
