"""`myorisk next-test`: what to measure next in one person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bn.commands.common import load_model, observations, pair, with_data, with_findings, with_json
from bn.commands.completion import costs
from bn.commands.telling import tell
from bn.core.errors import QuestionError


@click.command()
@with_findings
@click.option("--threshold", type=float, help="The risk from which one would act, such as 0.5.")
@click.option(
    "--cost",
    multiple=True,
    metavar="NAME=NUMBER",
    shell_complete=costs,
    help="In any one unit; or a TOML file of such lines. Repeatable.",
)
@with_json
@with_data
def next_test(
    findings: tuple[str, ...], threshold: float | None, cost: tuple[str, ...], as_json: bool, data: Path | None
) -> None:
    """What to measure next in one person.

    How much each thing that could still be measured is expected to tell about the risk.
    """
    model = load_model(data)
    found = model.next_test(observations(findings), threshold=threshold, costs=_costs(cost))
    tell(model, found, as_json)


def _costs(given: tuple[str, ...]) -> dict[str, Any]:
    """Costs as typed, by name; later ones replace those of a file."""
    costs: dict[str, Any] = {}
    for text in given:
        costs |= _of_file(Path(text)) if text.endswith(".toml") and "=" not in text else dict([pair(text)])
    return costs


def _of_file(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise QuestionError(f"{path}: no such file; --cost takes name=number, or a TOML file of such lines") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path}: {error}; expected lines such as hscrp = 12") from None
