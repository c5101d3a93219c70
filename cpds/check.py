"""All rules that the knowledge must obey, run together: every problem is reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from cpds import check_claims, check_numbers, check_structure
from cpds.knowledge import Knowledge, KnowledgeError, load

Rule = Callable[[Knowledge], Iterator[str]]

KINDS = (
    "variables",
    "biomarkers",
    "interventions",
    "panels",
    "sources",
    "grades",
    "targets",
    "settings",
    "definitions",
    "lagged",
    "claims",
    "terms",
    "contrary",
    "age_figures",
)


def problems(root: Path | str | None = None) -> list[str]:
    """Every problem of the knowledge in a folder; rules run once all files can be read."""
    knowledge = load(root)
    found: list[str] = []
    for kind in KINDS:
        try:
            getattr(knowledge, kind)
        except KnowledgeError as error:
            found += [problem for problem in error.problems if problem not in found]
    if found:
        return found
    return [problem for rule in rules() for problem in rule(knowledge)]


def rules() -> tuple[Rule, ...]:
    """All rules, structure first."""
    from cpds import check_biomarkers

    return (*check_structure.RULES, *check_numbers.RULES, *check_biomarkers.RULES, *check_claims.RULES)
