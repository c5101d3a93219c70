"""Changes to a copy of the data folder."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path


def edit(path: Path, old: str, new: str) -> None:
    """Replace the first match of a pattern, which must be there."""
    text, count = re.subn(old, new, path.read_text(encoding="utf-8"), count=1)
    assert count == 1, f"{old!r} not in {path.name}"
    path.write_text(text, encoding="utf-8")


def add_frailty(data: Path) -> None:
    """An outcome and a mechanism in three states, two of them the event; definitions, a target, findings on the outcome."""
    for name, role, states in (
        ("frailty", "outcome", ["robust", "prefrail", "frail"]),
        ("fatigue", "mechanism", ["fresh", "tired", "spent"]),
    ):
        (data / f"variables/{name}.toml").write_text(
            f"""
id = "{name}"
title = "{name.title()}"
role = "{role}"
states = {json.dumps(states)}
event = {json.dumps(states[1:])}
definition = "An example."
intercepts = [
  {{ basis = "assumed", value = -1.5, spread = 0.2, why = "an example" }},
  {{ basis = "assumed", value = -3.0, spread = 0.2, why = "an example" }},
]
[[parents]]
id = "sarcopenia"
effects = [{{ basis = "assumed", value = 1.5, spread = 0.2, why = "an example" }}]
[[parents]]
id = "age"
knots = [20.0, 90.0]
per = 10.0
effects = [{{ basis = "assumed", value = 0.3, spread = 0.05, why = "an example" }}]
""",
            encoding="utf-8",
        )
    shares = 'strata = [{ value = 0.2, basis = "assumed", why = "an example" }]\n'
    with (data / "definitions.toml").open("a", encoding="utf-8") as file:
        for name, event in (("frail_or_nearly", ""), ("frail_only", 'event = "frail"\n')):
            file.write(f'\n[[definition]]\nid = "{name}"\nvariable = "frailty"\ntitle = "An example"\n{event}{shares}')
    with (data / "targets.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[target]]\nid = "frail_or_nearly"\nuse = "check"\nevent = { frailty = "prefrail+" }\n'
            'given = { age = "[60, 75)" }\nvalue = 0.5\nspread = 0.5\nbasis = "assumed"\nwhy = "an example"\n'
        )
    with (data / "contrary.tsv").open("a", encoding="utf-8") as file:
        file.write("E010\tsarcopenia\tincreases\tfrailty=frail\t\tan example\n")
        file.write("E010\tfrailty=frail\tincreases\tsarcopenia\tage=[60, 75)\tan example\n")
        file.write("E010\tage\tincreases\tsarcopenia\tfrailty=prefrail+\tan example\n")


def recut(data: Path, marker: str, strata: Iterable[tuple[Mapping[str, str], float, float]]) -> None:
    """Cut a marker's reference anew: people, center and SD of each stratum."""
    path = data / "biomarkers" / f"{marker}.toml"
    head, _, _ = path.read_text(encoding="utf-8").partition("\nstrata = [")
    lines = []
    for people, center, sd in strata:
        where = ", ".join(f'{name} = "{state}"' for name, state in people.items())
        figures = f'center = {center}, sd = {sd}, basis = "assumed", why = "made up for a test"'
        lines.append(f"  {{ where = {{ {where} }}, {figures} }},\n")
    path.write_text(f"{head}\nstrata = [\n{''.join(lines)}]\n", encoding="utf-8")
