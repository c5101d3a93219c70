"""The questions: one person after interventions, interventions against each other, or one of them over ages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.errors import QuestionError
from bn.core.names import range_of
from bn.core.notes import notes_on
from bn.core.observe import observe
from bn.counterfactual.person import Asked, Person, after_each, draws_for
from bn.counterfactual.treatments import Change, combine, read_treatments
from bn.questions.what_if.bounds import bounds
from bn.questions.what_if.pathways import pathways
from bn.questions.what_if.result import Comparison, Row, WhatIf
from cpds.table import Array
from cpds.text import quotable
from cpds.units import in_words

if TYPE_CHECKING:
    from bn.core.model import Model


def what_if(
    model: Model, observations: Mapping[str, Any], do: str | Iterable[str], *, exact_interval: bool = False
) -> WhatIf:
    """See `bn.RiskModel.what_if`."""
    treatments = read_treatments(model.names, do)
    observations = observe(model.names, observations)
    person = Person.of(model, observations)
    change = combine(model.knowledge, treatments).without_noops(person.certain)
    if not change.acted:
        raise QuestionError(f"{'; '.join(note.text for note in change.notes)}; leave it out of what is to be done")
    point = person.worlds(change)
    chosen = draws_for(point, person.length, exact_interval)
    before = person.before(chosen)
    after = before | person.after(change, person.states, chosen, point)
    outcome, state = model.risk_of[0], person.states[model.risk_of[0]].index(model.risk_of[1])
    old, new = (float(world[outcome][state, 0]) for world in (before, after))
    return WhatIf(
        treatments,
        person.states,
        model.titles,
        before,
        after,
        model.risk_of,
        draws=person.length - 1,
        population=point.identified,
        bounds=bounds(point, outcome, state) if outcome in point.reached else (new, new),
        pathways=pathways(point, outcome, state, old, new),
        notes=(*notes_on(observations), *change.notes),
        events=model.events,
    )


def rank(
    model: Model,
    observations: Mapping[str, Any],
    do: str | Iterable[str] | None = None,
    *,
    exact_interval: bool = False,
) -> Comparison:
    """See `bn.RiskModel.rank`."""
    observations = observe(model.names, observations)
    person = Person.of(model, observations)
    treatments = read_treatments(model.names, list(model.knowledge.interventions) if do is None else do)
    changes = [combine(model.knowledge, [one]).without_noops(person.certain) for one in treatments]
    asked = [(one.typed, one.title, person, change) for one, change in zip(treatments, changes, strict=True)]
    rows = _answered(asked, exact_interval)
    ranked = tuple(sorted(rows, key=lambda row: row.difference))
    return Comparison("intervention", ranked, person.length - 1, model.titles, notes=notes_on(observations))


def sweep(
    model: Model,
    observations: Mapping[str, Any],
    do: str | Iterable[str],
    over: str,
    between: tuple[float, float] | None = None,
    *,
    exact_interval: bool = False,
) -> Comparison:
    """See `bn.RiskModel.sweep`."""
    if between is not None:
        between = _pair(between)
    if not isinstance(over, str):
        raise QuestionError(f"over: found {quotable(repr(over))}, expected the name of one variable")
    treatments = read_treatments(model.names, do)
    combined = combine(model.knowledge, treatments)
    found = model.names.find(over)
    if found is None:
        raise model.names.no_variable(over)
    states = _swept(model, found, between)
    observations = observe(model.names, observations)
    evidence = Person.of(model, observations).evidence
    if found in evidence.used or (found in evidence.known and evidence.known[found][0] >= 0):
        raise QuestionError(f"{found} is swept over; leave out of the findings what they say of it")
    asked = []
    for state, title in states:
        person = Person.of(model, {**observations, found: state})
        asked.append((state, title, person, combined.without_noops(person.certain)))
    scale = model.knowledge.variables[found].scale
    unit = in_words(scale.unit) if scale else ""
    rows = tuple(_answered(asked, exact_interval))
    return Comparison(found, rows, asked[0][2].length - 1, model.titles, unit, notes_on(observations))


def _pair(between: Any) -> tuple[float, float]:
    """Both ends of a range as numbers."""
    try:
        low, high = map(float, between)
    except (TypeError, ValueError):
        raise QuestionError(f"between: found {quotable(repr(between))}, expected two numbers: (20, 85)") from None
    return low, high


def _answered(asked: Sequence[tuple[str, str, Person, Change]], exact: bool) -> list[Row]:
    """A row for each question, each at its own draws."""
    outcome, named = asked[0][2].model.risk_of
    state = asked[0][2].states[outcome].index(named)
    several = []
    for _, _, person, change in asked:
        point = person.worlds(change)
        several.append(Asked(person, change, point, draws_for(point, person.length, exact)))
    risks = _before(several, outcome, state)
    moved = iter(after_each([one for one in several if outcome in one.point.reached], [outcome]))
    rows = []
    for (label, title, _, change), one, before in zip(asked, several, risks, strict=True):
        after = next(moved)[outcome][state] if outcome in one.point.reached else before
        rows.append(Row(label, title, before, after, tuple(note.text for note in change.notes)))
    return rows


def _before(several: Sequence[Asked], outcome: str, state: int) -> list[Array]:
    """Risk before the acts at each question's draws; a person who is asked often is looked at once.

    Fewer draws are a part of more (`some_draws`), so the longest list holds all of them.
    """
    longest: dict[int, Asked] = {}
    for one in several:
        kept = longest.setdefault(id(one.person), one)
        if len(one.chosen) > len(kept.chosen):
            longest[id(one.person)] = one
    risks = {key: one.person.before(one.chosen)[outcome][state] for key, one in longest.items()}
    return [risks[id(one.person)][np.searchsorted(longest[id(one.person)].chosen, one.chosen)] for one in several]


def _swept(model: Model, name: str, between: tuple[float, float] | None) -> list[tuple[str, str]]:
    """States to go through with a title each: all of a variable's, or those that meet a range of its scale."""
    if name not in model.knowledge.variables:
        of = model.knowledge.biomarkers[name].variable
        raise QuestionError(f"{name} is a marker; sweep over the variable that it measures, {of}")
    variable = model.knowledge.variables[name]
    if variable.scale is None:
        if between is not None:
            raise QuestionError(f"{name} has no numeric scale; sweep over all its states: {name}")
        return [(state, state) for state in variable.states]
    edges = variable.scale.edges
    low, high = between or (edges[0], edges[-1])
    if low >= high:
        raise QuestionError(f"{name}: found a range from {low:g} to {high:g}; expected the lower end first")
    chosen = [
        (state, range_of(variable.scale, index))
        for index, (state, start, end) in enumerate(zip(variable.states, edges, edges[1:], strict=False))
        if start < high and end > low
    ]
    if not chosen:
        first, last = variable.scale.accepted
        raise QuestionError(f"{name}: nothing between {low:g} and {high:g}; its scale is {first:g} to {last:g}")
    return chosen
