"""Rules for populations: each file can be read, fits the network, and is named as its file."""

from __future__ import annotations

from collections.abc import Iterator

from cpds.knowledge import Knowledge, KnowledgeError
from cpds.populations import FOLDER, read


def populations_fit_the_network(knowledge: Knowledge) -> Iterator[str]:
    """Whatever keeps a shipped population from being used."""
    for path in sorted((knowledge.root / FOLDER).glob("*.toml")):
        try:
            population = read(knowledge, path)
        except KnowledgeError as error:
            yield from (f"{FOLDER}/{problem}" for problem in error.problems)
            continue
        if population.name != path.stem:
            yield f"{FOLDER}/{path.name}: name: found '{population.name}', expected '{path.stem}' as the file is named"


RULES = (populations_fit_the_network,)
