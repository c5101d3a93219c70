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

UNTOLD = "its level and an offset of the assay cannot be told apart, since no column holds another finding on it"


def blocks_of(
    model: Model,
    cohorts: Sequence[Cohort],
    inputs: Collection[str],
    exposures: Collection[str],
    assays: Collection[str],
    asked: Step | None,
) -> tuple[list[Block], list[Note]]:
    """The blocks, causes first, and what is to be said of them; `inputs` are the findings that columns give, by id.

    Variables beside the outcomes are told of by the rows of the first cohort. Raises QuestionError for an exposure or
    assay that is none, or that no column gives.
    """
    knowledge, everything = model.knowledge, cohorts[0].everything
    given = {name for _, findings in everything for name in (*findings.statements, *findings.readings)}
    outcomes = {place_of(cohort.outcome).variable: cohort for cohort in cohorts}
    open_ = _exposures(model, exposures, inputs)
    context = context_of(model) - open_
    families = {name: _family(knowledge, name) for name in _assays(model, assays, given)}
    assayed = {knowledge.biomarkers[name].variable for name in families}
    beyond_assays = [name for name in inputs if not any(name in family for family in families.values())]
    telling: dict[str, list[str]] = {}
    for name in [*beyond_assays, *(x for x in given if _about(knowledge, x) in assayed)]:
        variable = _about(knowledge, name)
        if any(name in family for family in families.values()) or variable in context:
            continue
        if not knowledge.variables[variable].shares and (variable not in outcomes or variable in assayed):
            telling.setdefault(variable, [])
            telling[variable] += [name] if name not in telling[variable] else []
    held = assayed - {*telling}
    kept = {name for names in telling.values() for name in names} | {*telling} | context
    levels = cohorts[0].holding(kept.__contains__)
    blocks: list[Block] = [
        ByFindings(levels, variable, tuple(names), context, len(telling) + len(assayed - held))
        for variable, names in telling.items()
    ]
    for variable, cohort in outcomes.items():
        if variable not in telling:
            blocks.append(ByOutcome(cohort, variable, "leave it" if variable in held else asked))
    for name, family in families.items():
        variable = knowledge.biomarkers[name].variable
        if variable not in held:
            also = (kept - {*telling[variable]}) | family  # read by itself: what a panel makes of several is no density
            read = cohorts[0].holding(also.__contains__)
            told_by = tuple(one for one in (name, *family) if one in given)
            blocks.append(ByFindings(read, variable, tuple(dict.fromkeys(told_by)), context, len(telling) + 1, name))
    order = list(knowledge.variables)
    blocks.sort(key=lambda one: order.index(one.name) if one.name in order else len(order))
    notes = [
        Note("caution", (name,), f"{knowledge.biomarkers[name].variable}: {UNTOLD}; neither moves")
        for name in families
        if knowledge.biomarkers[name].variable in held
    ]
    return blocks, notes


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


def _assays(model: Model, said: Collection[str], given: Collection[str]) -> tuple[str, ...]:
    """Markers whose assay may read otherwise, by id or alias."""
    found = tuple(dict.fromkeys(model.names.resolve(text) for text in said))
    for name in found:
        if not isinstance(model.knowledge.biomarkers.get(name), Referred):
            raise QuestionError(f"assays: found {name}, expected a marker with a reference distribution")
        if name not in given:
            raise QuestionError(f"assays: no column gives {name}; columns give {', '.join(sorted(given))}")
    return found
