"""`python -m cpds check`: every problem of the knowledge files at once, each with what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cpds.check import problems
from cpds.knowledge import KnowledgeError

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group("python -m cpds", context_settings={"help_option_names": ["-h", "--help"]})
def app() -> None:
    """Look after the knowledge: the files of a data folder."""


@app.command()
@click.argument("folder", required=False, type=FOLDER, metavar="[DATA_FOLDER]")
def check(folder: Path | None) -> None:
    """Say every problem of a data folder, by default the shipped one, and of its posterior.

    Exit code 0 when the knowledge is sound, 1 when it has problems, 2 for usage.
    """
    try:
        found = problems(folder)
    except KnowledgeError as error:
        found = list(error.problems)
    except OSError as error:
        found = [f"{error.filename}: {error.strerror}"]
    print("\n".join(found) if found else "the knowledge is sound")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    app(prog_name="python -m cpds")
