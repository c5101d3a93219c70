"""`myorisk claims`: the review, executed."""

from __future__ import annotations

from pathlib import Path

import click

from bn.commands.common import load_model, print_json, with_data, with_json


@click.command()
@with_json
@with_data
def claims(as_json: bool, data: Path | None) -> None:
    """The review, executed: what became of every claim."""
    from bn.claims import execute, execute_contrary

    model = load_model(data)
    verdicts = execute(model.network, model.knowledge)
    contrary = execute_contrary(model.network, model.knowledge)
    if as_json:
        from dataclasses import asdict

        print_json({"claims": [asdict(v) for v in verdicts], "contrary": [asdict(v) for v in contrary]}, model)
        return
    from bn.report.text.claims import claim_table

    claim_table(model.knowledge, verdicts, contrary)
