"""All rules that the knowledge must obey, run together: every problem is reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from cpds import (
    check_biomarkers,
    check_claims,
    check_columns,
    check_latent,
    check_numbers,
    check_sources,
    check_structure,
    check_studies,
)
from cpds.knowledge import Knowledge, KnowledgeError, load

Rule = Callable[[Knowledge], Iterator[str]]

KINDS = (
    "variables",
    "biomarkers",
    "interventions",
    "panels",
    "parts",
    "derivations",
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
    "column_words",
    "dictionaries",
    "trials",
    "associations",
    "pending",
    "cases",
    "battery",
)


def problems(root: Path | str | None = None) -> list[str]:
    """Every problem of the knowledge in a folder.

    Rules run once all files can be read, and those that compute from the numbers once the other rules are kept.
    """
    knowledge = load(root)
    found: list[str] = []
    for kind in KINDS:
        try:
            getattr(knowledge, kind)
        except KnowledgeError as error:
            found += [problem for problem in error.problems if problem not in found]
    for rules in (_plain, _computing):
        found = found or [problem for rule in rules() for problem in rule(knowledge)]
    return found


def _plain() -> Iterator[Rule]:
    """Rules that hold the files against each other, structure first."""
    for module in (
        check_structure,
        check_latent,
        check_numbers,
        check_sources,
        check_biomarkers,
        check_columns,
        check_claims,
        check_studies,
    ):
        yield from module.RULES


def _computing() -> Iterator[Rule]:
    """Rules that need priors and likelihoods, so that the numbers behind these must be there."""
    from cpds import check_populations, check_posterior

    yield from check_posterior.RULES
    yield from check_populations.RULES
