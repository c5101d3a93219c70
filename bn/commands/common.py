"""What the commands share: options, findings as typed, and JSON."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bn.commands.completion import findings
from bn.core.errors import QuestionError
from bn.core.note import Note

if TYPE_CHECKING:
    from bn.api import RiskModel

FILE = click.Path(path_type=Path)

with_data = click.option("--data", type=FILE, help="Another data folder in place of the shipped one.")
with_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
with_findings = click.argument("findings", metavar="NAME=VALUE...", nargs=-1, required=True, shell_complete=findings)


def load_model(data: Path | None) -> RiskModel:
    """The network of the data folder; what there is to be said of its posterior goes to stderr in one line."""
    import bn

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", bn.StalePosteriorWarning)
        model = bn.load(data)
    for one in caught:
        print(f"myorisk: warning: {one.message}", file=sys.stderr)
    return model


def observations(findings: Iterable[str]) -> dict[str, Any]:
    """Findings as typed, by name; a QuestionError where one name stands twice."""
    return _once(map(pair, findings))


def pair(text: str) -> tuple[str, Any]:
    """`name=value`; a value such as {present=3, absent=1} gives weights of states."""
    name, equals, value = text.partition("=")
    if equals and name and not value.strip():
        raise QuestionError(f"'{text}': no value; leave {name} out, or write {name}=NA, where it is not known")
    if not equals or not name:
        raise QuestionError(f"'{text}': expected name=value, such as age=68")
    value = value.strip()
    if value.startswith("{") and value.endswith("}"):
        return name, _once(pair(part.strip().replace(":", "=", 1)) for part in value[1:-1].split(","))
    return name, value


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise QuestionError(f"'{name}' stands twice, as {found[name]} and {value}; keep one")
        found[name] = value
    return found


def print_json(record: Mapping[str, Any], model: RiskModel) -> None:
    """The record as indented JSON; a number that is none is an error.

    What there is to be said of the model's posterior stands among its notes: stderr is seldom read beside JSON.
    """
    if model.stale:
        stale = Note("caution", (), model.stale)
        record = {**record, "notes": [asdict(stale), *record.get("notes", ())]}
    print(json.dumps(record, indent=2, allow_nan=False))
