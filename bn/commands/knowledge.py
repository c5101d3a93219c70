"""Commands that look into the knowledge: where numbers come from, what became of claims, the network as a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bn.commands.common import FILE, load_model, print_json, with_data, with_json
from bn.commands.completion import entries


@click.command()
@click.argument("name", shell_complete=entries)
@with_data
def show(name: str, data: Path | None) -> None:
    """Where each number of an entry comes from.

    An entry is a variable, biomarker, intervention, source or claim.
    """
    from bn.report.text.knowledge import entry

    entry(load_model(data), name)


@click.command()
@with_json
@with_data
def claims(as_json: bool, data: Path | None) -> None:
    """The review, executed: what became of every claim."""
    from bn.claims import execute, execute_contrary, record

    model = load_model(data)
    if as_json:
        print_json(record(model.network, model.knowledge), model)
        return
    verdicts = execute(model.network, model.knowledge)
    contrary = execute_contrary(model.network, model.knowledge)
    from bn.report.text.knowledge import claim_table

    claim_table(model.knowledge, verdicts, contrary)


@click.command()
@with_json
@with_data
def definitions(as_json: bool, data: Path | None) -> None:
    """The definitions of outcomes that answers can be by.

    Those beside the network's own go with --definition of `risk` and `score`, and are outcomes of `validate`.
    """
    from bn.report.text.definitions import definition_records, definition_table

    model = load_model(data)
    if as_json:
        print_json({"definitions": definition_records(model.knowledge)}, model)
        return
    definition_table(model.knowledge)


@click.command()
@click.argument("path", type=FILE, metavar="FILE")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@with_data
def export(path: Path, force: bool, data: Path | None) -> None:
    """Write the network for other programs.

    The suffix of the file names the format: .bif, .xmlbif, .net or .xdsl.
    """
    load_model(data).export(path, overwrite=force)
    print(f"wrote {path}", file=sys.stderr)
