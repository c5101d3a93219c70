"""`myorisk next-test`: what to measure next in one person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bn.commands.common import NOTE, AsJson, Data, Findings, observations, pair, print_json
from bn.errors import QuestionError


def next_test(
    findings: Findings,
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="The risk from which one would act, such as 0.5.")
    ] = None,
    cost: Annotated[
        list[str] | None,
        typer.Option("--cost", help="name=number, or a TOML file of such lines; in any one unit. May be repeated."),
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """What next: how much each thing that could still be measured is expected to tell about the risk."""
    import bn

    model = bn.load(data)
    found = model.next_test(observations(findings), threshold=threshold, costs=_costs(cost or []))
    if as_json:
        print_json(found.to_dict())
        return
    from bn.show.next_test import next_test_tables

    next_test_tables(found, NOTE)


def _costs(given: list[str]) -> dict[str, Any]:
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
    except tomllib.TOMLDecodeError as error:
        raise QuestionError(f"{path}: {error}; expected lines such as hscrp = 12") from None
