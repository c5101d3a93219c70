"""Changes to a copy of the data folder."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path


def edit(path: Path, old: str, new: str) -> None:
    """Replace the first match of a pattern, which must be there."""
    text, count = re.subn(old, new, path.read_text(encoding="utf-8"), count=1)
    assert count == 1, f"{old!r} not in {path.name}"
    path.write_text(text, encoding="utf-8")


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
