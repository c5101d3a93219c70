"""Which blocks an update has: outcomes, variables that columns tell of beside them, exposures and assays on request."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bn.core.answer import Note
from bn.core.errors import QuestionError
from bn.core.model import Model
from bn.updating.blocks import Block, ByFindings, ByOutcome
from bn.updating.cohort import Cohort, context_of
from bn.updating.ladder import place_of
from cpds.knowledge import Knowledge
from cpds.populations import Step
from cpds.products import products
from cpds.records import Referred

UNTOLD = "its level and an offset of the assay cannot be told apart, as nothing else tells of it; neither moves"
COMPARABLE = "unless the marker is said to be comparable"


def blocks_of(
    model: Model,
    cohorts: Sequence[Cohort],
    inputs: Collection[str],
    exposures: Collection[str],
    assays: Collection[str],
    comparable: Collection[str],
    asked: Step | None,
) -> tuple[list[Block], list[Note]]:
    """The blocks, causes first, and what is to be said of them; `inputs` are the findings that columns give, by id.

    Variables beside the outcomes are told of by the rows of the first cohort, where more than one instrument or an
    answer tells of them, or one that is `comparable`: a small offset of a single one would pass for a large level.
    Raises QuestionError for an exposure or marker that is none, or that no column gives.
    """
    knowledge, first = model.knowledge, cohorts[0]
    given = {name for _, findings in first.everything for name in (*findings.statements, *findings.readings)}
    outcomes = {place_of(cohort.outcome).variable: cohort for cohort in cohorts}
    context = context_of(model) - _exposures(model, exposures, inputs)
    families = {name: _family(knowledge, name) for name in _markers(model, assays, given, "assays")}
    assayed = {_about(knowledge, name) for name in families}
    trusted = {*_markers(model, comparable, given, "comparable")}
    telling: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys((*inputs, *(one for one in sorted(given) if _about(knowledge, one) in assayed))):
        variable = _about(knowledge, name)
        movable = not knowledge.variables[variable].shares and variable not in context
        asked_else = variable in outcomes and variable not in assayed
        if movable and not asked_else and not any(name in family for family in families.values()):
            telling[variable] = (*telling.get(variable, ()), name)
    alone = {
        variable: names
        for variable, names in telling.items()
        if variable not in assayed and not trusted & {*names} and _is_single(knowledge, names)
    }
    telling = {variable: names for variable, names in telling.items() if variable not in alone}
    apart = {name: family for name, family in families.items() if _about(knowledge, name) in telling}
    kept = {*telling, *(name for names in telling.values() for name in names), *context}
    levels, count = first.holding(kept.__contains__), len(telling) + len(apart)
    blocks: list[Block] = [ByFindings(levels, one, names, context, count) for one, names in telling.items()]
    blocks += [
        ByOutcome(cohort, variable, "leave it" if variable in assayed else asked)
        for variable, cohort in outcomes.items()
        if variable not in telling
    ]
    order = list(knowledge.variables)
    blocks.sort(key=lambda one: order.index(one.name))
    for name, family in apart.items():
        variable = _about(knowledge, name)
        read = (kept - {*telling[variable]}) | family  # by itself: what a panel makes of several is no density
        told_by = tuple(one for one in (name, *sorted(family - {name})) if one in given)
        level = next(one for one in blocks if isinstance(one, ByFindings) and one.name == variable)
        cohort = first.holding(read.__contains__)
        blocks.append(ByFindings(cohort, variable, told_by, context, count, name, level))
    untold = {name: (name,) for name in families if name not in apart}
    notes = [Note("caution", names, f"{_about(knowledge, name)}: {UNTOLD}") for name, names in untold.items()]
    notes += [Note("unused", names, f"{variable}: {UNTOLD} {COMPARABLE}") for variable, names in alone.items()]
    return blocks, notes


def _is_single(knowledge: Knowledge, names: Collection[str]) -> bool:
    """Whether all that tells is one instrument: a marker with a reference, and what it is a factor or product of."""
    first = next(iter(names))
    instruments = {name for name in names if isinstance(knowledge.biomarkers.get(name), Referred)}
    return {*names} == instruments and instruments <= _family(knowledge, first)


def _about(knowledge: Knowledge, name: str) -> str:
    """The variable that a finding is about."""
    marker = knowledge.biomarkers.get(name)
    return marker.variable if marker else name


def _family(knowledge: Knowledge, name: str) -> frozenset[str]:
    """The marker, products that it is a factor of, and factors of its own: they share what the assay does."""
    variable = knowledge.biomarkers[name].variable
    with_it = [one for one in products(knowledge) if name == one.id or name in one.product_of]
    factors = {x for one in with_it for x in one.product_of if knowledge.biomarkers[x].variable == variable}
    return frozenset({name, *(one.id for one in with_it), *factors})


def _exposures(model: Model, said: Collection[str], inputs: Collection[str]) -> frozenset[str]:
    """Variables of exposures, by id or alias."""
    knowledge, found = model.knowledge, []
    allowed = [name for name in context_of(model) if not knowledge.variables[name].shares]
    for text in said:
        variable = _about(knowledge, model.names.resolve(text))
        if variable not in allowed:
            raise QuestionError(f"exposures: found {variable}, expected one of: {', '.join(sorted(allowed))}")
        if variable not in {_about(knowledge, name) for name in inputs}:
            raise QuestionError(f"exposures: no column gives {variable}; columns give {', '.join(inputs)}")
        found.append(variable)
    return frozenset(found)


def _markers(model: Model, said: Collection[str], given: Collection[str], option: str) -> tuple[str, ...]:
    """Markers with a reference distribution, by id or alias."""
    found = tuple(dict.fromkeys(model.names.resolve(text) for text in said))
    for name in found:
        if not isinstance(model.knowledge.biomarkers.get(name), Referred):
            raise QuestionError(f"{option}: found {name}, expected a marker with a reference distribution")
        if name not in given:
            raise QuestionError(f"{option}: no column gives {name}; columns give {', '.join(sorted(given))}")
    return found
