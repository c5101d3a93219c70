"""`myorisk sample`: people drawn from the network, as a file that `score` and `validate` read back."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bn.commands.common import WITHOUT_OUTPUT, load_model, refuse_idle, with_data
from bn.commands.completion import costs, files, findings, observables, treatments
from bn.core.errors import QuestionError
from bn.core.typed import observations

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.argument("number", metavar="NUMBER", type=int)
@click.argument("given", metavar="[NAME=VALUE...]", nargs=-1, shell_complete=findings)
@click.option("--do", multiple=True, metavar="ACT", shell_complete=treatments, help="As for what-if. Repeatable.")
@click.option(
    "--measure",
    multiple=True,
    metavar="NAME",
    shell_complete=observables,
    help="A marker to measure, or a variable to state. Repeatable; by default all markers.",
)
@click.option("--states", is_flag=True, help="Also the states behind it, as columns 'state of NAME'.")
@click.option(
    "--detection-limit",
    multiple=True,
    metavar="NAME=NUMBER",
    shell_complete=costs,
    help="Readings below it come as <0.2. Repeatable.",
)
@click.option("--seed", type=int, help="The same seed gives the same people.")
@click.option(
    "-o", "--output", required=True, metavar="FILE", shell_complete=files, help=".csv, .parquet, or - for the terminal."
)
@click.option("--force", is_flag=True, help="Overwrite the output.")
@with_data
def sample(
    number: int,
    given: tuple[str, ...],
    do: tuple[str, ...],
    measure: tuple[str, ...],
    states: bool,
    detection_limit: tuple[str, ...],
    seed: int | None,
    output: str,
    force: bool,
    data: Path | None,
) -> None:
    """People drawn from the network, with readings.

    Of all adults, or of those with what is given (age=70 sex=female); after interventions with --do.
    """
    kind = output.lower().rpartition(".")[2] if output != "-" else "csv"
    if kind not in ("csv", "parquet"):
        raise QuestionError(f"{output}: unknown kind of file; expected .csv, .parquet or -")
    if output == "-":
        refuse_idle(WITHOUT_OUTPUT, "force")
    else:
        from bn.core.atomic_write import refuse_existing, refuse_folder

        refuse_existing(Path(output), force)
        refuse_folder(Path(output))
    model = load_model(data)
    people = model.sample(
        number,
        observations(given),
        do,
        measure=measure or None,
        states=states,
        detection_limits=observations(detection_limit),
        seed=seed,
    )
    if output == "-":
        sys.stdout.write(people.to_csv(index=False))
        return
    from bn.core.atomic_write import atomic_write

    with atomic_write(Path(output), force) as file:
        file.write(_as_file(people, kind))
    print(f"wrote {len(people)} people to {output}", file=sys.stderr)


def _as_file(people: pd.DataFrame, kind: str) -> bytes:
    if kind == "csv":
        return people.to_csv(index=False).encode("utf-8")
    found = io.BytesIO()
    people.to_parquet(found, index=False)
    return found.getvalue()
