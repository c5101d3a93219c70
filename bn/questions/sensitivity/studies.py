"""What leans on one study: parameters of the network, targets of the synthesis, and this person's markers.

A study is a source that was opened, or a reference that the review cites for an arc. Wrong, it is worth
nothing: an effect that it printed goes back to the weakest grade (to zero, as wide as that grade, where
nothing asserts a sign), and so does a graded arc for which the review cites nothing else; a target that
it printed pulls no more; a marker whose distribution it printed says no more. An intercept has no graded
prior and stays. The signs that the review asserts stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from cpds.knowledge import Knowledge
from cpds.priors import Prior, priors
from cpds.records import UNIT_FIELDS, Figure, Grade, provenances


@dataclass(frozen=True)
class Study:
    """Ids of all that leans on one study."""

    id: str
    parameters: tuple[str, ...]
    targets: tuple[str, ...]
    markers: tuple[str, ...]


def studies(knowledge: Knowledge, used: Collection[str]) -> tuple[Study, ...]:
    """Every study on which a parameter, a fitted target or one of the markers `used` leans."""
    effects = {name: prior for name, prior in priors(knowledge).items() if prior.parent is not None}
    printed = {name: _sources(knowledge.biomarkers[name]) for name in used}
    found = []
    for source in knowledge.sources:
        parameters = tuple(name for name, prior in effects.items() if prior.figure.source == source)
        targets = tuple(
            target.id for target in knowledge.targets.values() if target.use == "fit" and target.source == source
        )
        markers = tuple(name for name, sources in printed.items() if source in sources)
        if parameters or targets or markers:
            found.append(Study(source, parameters, targets, markers))
    return (*found, *_references(knowledge, effects))


def weakest(knowledge: Knowledge) -> Grade:
    """The evidence grade with the smallest odds ratio."""
    return min(knowledge.grades.values(), key=lambda grade: grade.odds_ratio)


def without_study(knowledge: Knowledge, prior: Prior) -> Prior:
    """The prior of an effect whose study is wrong."""
    grade = Figure(basis="graded", grade=weakest(knowledge).id)
    value, spread = knowledge.number(grade), knowledge.spread(grade)
    if prior.sign is None:
        return replace(prior, value=0.0, spread=value, figure=grade)
    return replace(prior, value=value if prior.sign == "+" else -value, spread=spread, figure=grade)


def _references(knowledge: Knowledge, effects: dict[str, Prior]) -> Iterator[Study]:
    """References of the review that alone stand behind an arc with more than the weakest grade."""
    review = next((source.id for source in knowledge.sources.values() if source.kind == "review"), "reference")
    alone: dict[str, list[str]] = {}
    for name, prior in effects.items():
        graded = prior.figure.basis == "graded" and prior.figure.grade != weakest(knowledge).id
        claims = next(p.claims for p in knowledge.variables[prior.child].parents if p.id == prior.parent)
        cited = {reference for claim in claims for reference in knowledge.claims[claim].refs}
        if graded and len(cited) == 1:
            alone.setdefault(cited.pop(), []).append(name)
    for reference in sorted(alone, key=lambda text: (len(text), text)):
        yield Study(f"{review} [{reference}]", tuple(alone[reference]), (), ())


def _sources(value: object) -> set[str]:
    """Sources of every number inside a record but those that convert units."""
    numbers = (number for path, number in provenances(value) if UNIT_FIELDS.isdisjoint(path))
    return {number.source for number in numbers if number.source}
