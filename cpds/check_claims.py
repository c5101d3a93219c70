"""Rules for the claims, their words, and the findings beside them; each reads the knowledge and yields problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cpds.check_encoding import pointers_of
from cpds.knowledge import Knowledge, nearest

COUNT = 552
RELATIONS = {
    "increases": "+",
    "decreases": "-",
    "impairs": "-",
    "associates_positive": "+",
    "associates_negative": "-",
    "marker_of": "",
    "no_effect": "",
}


def complete(knowledge: Knowledge) -> Iterator[str]:
    """Every claim of the review stands once: C001 to C552, in order (a double id stops the reading)."""
    wanted = [f"C{number:03d}" for number in range(1, COUNT + 1)]
    found = list(knowledge.claims)
    yield from (
        f"claims.tsv: {missing}: missing; every claim of the review has a row"
        for missing in wanted
        if missing not in found
    )
    yield from (
        f"claims.tsv: {extra}: the review has {COUNT} claims; remove the row" for extra in found if extra not in wanted
    )
    if sorted(found) != found:
        yield "claims.tsv: rows are out of order; sort them by id"


def reasons(knowledge: Knowledge) -> Iterator[str]:
    """What is not simply encoded says why."""
    for claim in knowledge.claims.values():
        unencoded = claim.status in ("context", "contradicted", "not_encodable")
        if (unencoded or any(pointer.kind == "lagged" for pointer in pointers_of(claim))) and not claim.reason:
            yield f"claims.tsv: {claim.id}: reason: empty; a claim that is {claim.status} or lagged says why"


def words(knowledge: Knowledge) -> Iterator[str]:
    """Relations come from the list; a claim with a line range reads forward."""
    for claim in knowledge.claims.values():
        if claim.relation not in RELATIONS:
            hint = nearest(claim.relation, list(RELATIONS))
            yield f"claims.tsv: {claim.id}: relation: unknown word '{claim.relation}'{hint}"
        if not 0 < claim.lines[0] <= claim.lines[1]:
            yield f"claims.tsv: {claim.id}: line_from {claim.lines[0]} lies behind line_to {claim.lines[1]}"


def terms(knowledge: Knowledge) -> Iterator[str]:
    """Each name in the claims has a term, each term a use, and what it refers to exists."""
    used = {name for claim in knowledge.claims.values() for name in (claim.subject, claim.object)}
    known = [*knowledge.variables, *knowledge.biomarkers, *knowledge.interventions]
    yield from (f"terms.tsv: {name}: missing; a claim uses it" for name in sorted(used - set(knowledge.terms)))
    yield from (f"terms.tsv: {name}: no claim uses it; remove it" for name in sorted(set(knowledge.terms) - used))
    for term in knowledge.terms.values():
        for name in term.refers_to:
            if name not in known:
                yield f"terms.tsv: {term.term}: refers_to: unknown '{name}'{nearest(name, known)}"
        if bool(term.refers_to) != bool(term.sense):
            yield f"terms.tsv: {term.term}: sense: goes with refers_to, and only with it"


def contrary(knowledge: Knowledge) -> Iterator[str]:
    """Contrary figures have a source and speak of things that the knowledge holds."""
    known = [*knowledge.variables, *knowledge.biomarkers, *knowledge.interventions]
    for row in knowledge.contrary:
        if row.row not in knowledge.sources:
            yield f"contrary.tsv: {row.row}: no such source; add it to sources.toml"
        for name in (row.subject, row.object):
            if name not in known:
                yield f"contrary.tsv: {row.row}: unknown '{name}'{nearest(name, known)}"
        for name, finding in row.given.items():
            variable = knowledge.variables.get(name)
            if variable is None or (variable.scale is None and finding not in variable.states):
                yield f"contrary.tsv: {row.row}: given: no state '{finding}' of '{name}'"


def age_figures(knowledge: Knowledge) -> Iterator[str]:
    """Changes with age belong to a claim that prints a figure, and to a biomarker."""
    for figure in knowledge.age_figures:
        where = f"age_figures.tsv: {figure.claim}"
        claim = knowledge.claims.get(figure.claim)
        if claim is None or not claim.figure:
            yield f"{where}: no such claim with a figure"
        if figure.biomarker not in knowledge.biomarkers:
            hint = nearest(figure.biomarker, list(knowledge.biomarkers))
            yield f"{where}: unknown biomarker '{figure.biomarker}'{hint}"
        if figure.low >= figure.high:
            yield f"{where}: low {figure.low} is not below high {figure.high}"


RULES: tuple[Callable[[Knowledge], Iterator[str]], ...] = (
    complete,
    reasons,
    words,
    terms,
    contrary,
    age_figures,
)
