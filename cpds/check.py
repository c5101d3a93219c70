"""All rules that the knowledge must obey, run together: every problem is reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from cpds import check_claims, check_encoding, check_names, check_numbers, check_structure
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
    for rules in (plain_rules, computing_rules):
        found = found or [problem for rule in rules() for problem in rule(knowledge)]
    return found


def plain_rules() -> tuple[Rule, ...]:
    """Rules that hold the files against each other, structure first."""
    from cpds import check_biomarkers, check_columns, check_parts, check_strata

    return (
        *check_structure.RULES,
        *check_names.RULES,
        *check_numbers.RULES,
        *check_biomarkers.RULES,
        *check_columns.RULES,
        *check_strata.RULES,
        *check_parts.RULES,
        *check_claims.RULES,
        *check_encoding.RULES,
    )


def computing_rules() -> tuple[Rule, ...]:
    """Rules that need priors and likelihoods, so that the numbers behind these must be there."""
    from cpds import check_draws, check_likelihoods, check_posterior

    return (*check_draws.RULES, *check_likelihoods.RULES, *check_posterior.RULES)
