"""Rules for names: what people may type stands for one thing, however they spell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cpds.knowledge import Knowledge
from cpds.records import Biomarker, Intervention, Variable
from cpds.spelling import plain

Named = tuple[str, Iterable[Variable | Biomarker | Intervention]]


def observed(knowledge: Knowledge) -> Iterator[str]:
    """No id or alias of a variable or biomarker stands for another one."""
    yield from _stands_for_one(
        ("variables", knowledge.variables.values()), ("biomarkers", knowledge.biomarkers.values())
    )


def done(knowledge: Knowledge) -> Iterator[str]:
    """No id or alias of an intervention stands for another one."""
    yield from _stands_for_one(("interventions", knowledge.interventions.values()))


def _stands_for_one(*folders: Named) -> Iterator[str]:
    files = [(f"{folder}/{entry.id}.toml", entry) for folder, entries in folders for entry in entries]
    owners: dict[str, str] = {}
    for file, entry in files:
        owner = owners.setdefault(plain(entry.id), file)
        if owner != file:
            yield f"{file}: id: '{entry.id}' already stands for that of {owner}; give it another one"
    for file, entry in files:
        for alias in entry.aliases:
            owner = owners.setdefault(plain(alias), file)
            if owner != file:
                yield f"{file}: aliases: '{alias}' already stands for that of {owner}; keep it in one place"


RULES = (observed, done)
