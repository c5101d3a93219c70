"""Studies put to the network: a trial as a what-if in its people, an association by conditioning on them.

Studies that ask of the same people under the same acts, or compared by the same variable, share one contraction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.core.model import upstream
from bn.counterfactual.person import Person, pieces, some_draws
from bn.counterfactual.treatments import combine, read_treatments
from bn.engine import condition, infer
from bn.engine.parallel import at_once, on_cores
from bn.studies.outcome import Event, event_of
from cpds.records import Study, Trial
from cpds.table import Array, Table

if TYPE_CHECKING:
    from bn.core.conditioned import Conditioned
    from bn.core.model import Model
    from bn.counterfactual.treatments import Change

MOST_DRAWS = 100
"""Draws behind an interval, the same in every row."""

TWO_SDS = frozenset({"correlation"})
"""Conversions that compare two groups as far apart as two SDs of the exposure; all others compare over one."""


Given = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Group:
    """People by what was held, and what is done to them, or by what variable they are compared; or neither."""

    given: Given
    acts: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True)
class Question:
    """A study made ready: the event, and the groups that are compared by it, one where they differ `by` a variable."""

    event: Event
    groups: tuple[Group, ...]


Events = dict[tuple[Given, str, str | None], Event]
Masses = Mapping[Group, Mapping[str, Array]]
"""By group and text of the event: axes (state of `by` where there is one, WORSE, draw)."""


@dataclass(frozen=True)
class Figure:
    """The network's answer: difference of log odds of the worse, and of its probability; point first, then draws."""

    log_odds: Array
    difference: Array
    event: Event


Questions = Mapping[str, Question | QuestionError]
"""What each study asks, by its id, or why it cannot be asked."""


def execute(model: Model, studies: Sequence[Study]) -> dict[str, Figure | QuestionError]:
    """The network's answer to each study, by its id, or why it cannot be asked."""
    chosen = some_draws(max(map(len, model.parameters.values())), MOST_DRAWS)
    return answers(model, studies, ask(model, studies), chosen)


def ask(model: Model, studies: Sequence[Study]) -> Questions:
    """What each study asks of its people, whose medians are those of the model at the point."""
    questions: dict[str, Question | QuestionError] = {}
    events: Events = {}
    for study in studies:
        try:
            questions[study.id] = _question(model, study, events)
        except QuestionError as error:
            questions[study.id] = error
    return questions


def answers(
    model: Model, studies: Sequence[Study], questions: Questions, chosen: Indices, typical: bool = False
) -> dict[str, Figure | QuestionError]:
    """The answers at the `chosen` entries of the model's parameters, first and rest.

    With `typical`, acts have the sizes that their files state instead of draws of these.
    """
    wanted: dict[Group, dict[str, Event]] = {}
    for question in questions.values():
        if isinstance(question, Question):
            for group in question.groups:
                wanted.setdefault(group, {})[question.event.text] = question.event
    found = on_cores(lambda group: _masses(model, group, wanted[group], chosen, typical), wanted)
    masses = dict(zip(wanted, found, strict=True))
    given: dict[str, Figure | QuestionError] = {}
    for study in studies:
        asked = questions[study.id]
        given[study.id] = asked if isinstance(asked, QuestionError) else _answer(model, study, asked, masses)
    return given


def _question(model: Model, study: Study, events: Events) -> Question:
    """What a study asks; `events` are those that other studies asked of the same people."""
    person = Person.of(model, study.given)
    people = person.conditioned()
    given = tuple(sorted(study.given.items()))
    key = (given, str(study.outcome), study.state)
    if key not in events:
        events[key] = event_of(model.names, study, people)
    event = events[key]
    if isinstance(study, Trial):
        arms = [acts if _change(model, person, acts) else () for acts in (study.acts, study.against)]
        if not any(arms):
            raise QuestionError("in these people that is so already")
        return Question(event, tuple(Group(given, acts) for acts in arms))
    by = _compared_by(model, study)
    if by in people.known:
        raise QuestionError(f"{by} is held in these people, so that they do not differ by it")
    return Question(event, (Group(given, by=by),))


def _compared_by(model: Model, study: Study) -> str:
    """The variable by which people are compared: the subject, or the one that it measures."""
    subject = model.names.resolve(str(getattr(study, "subject", "")), "subject")
    marker = model.knowledge.biomarkers.get(subject)
    return marker.variable if marker else subject


def _change(model: Model, person: Person, acts: tuple[str, ...]) -> Change | None:
    """What an arm does to these people, None where that is nothing."""
    if not acts:
        return None
    change = combine(model.knowledge, read_treatments(model.names, acts)).without_noops(person.certain)
    return change if change.acted else None


def _masses(
    model: Model, group: Group, events: Mapping[str, Event], chosen: Indices, typical: bool
) -> dict[str, Array]:
    """Masses of each event in the group, by its text: axes (state of `by` where there is one, WORSE, draw)."""
    person = Person.of(model, dict(group.given))
    change = _change(model, person, group.acts)
    if change and typical:
        change = replace(change, typical=True)
    point = None if change is None else person.worlds(change)
    known = person.conditioned().known
    if point:
        known = {name: state for name, state in known.items() if name not in point.reached}
    tables = {name: Table((name, *event.table.axes[1:]), event.table.values) for name, event in events.items()}
    targets = dict(zip(tables, condition(list(tables.values()), known), strict=True))

    def of_some(some: Indices) -> dict[str, Array]:
        if change is None:
            found = _as_found(model, person.conditioned(some), group.by, targets)
        else:
            found = person.worlds(change, some).masses(targets)
        return {name: np.broadcast_to(mass, (*mass.shape[:-1], len(some))) for name, mass in found.items()}

    size = at_once(point.twin().tables if point else person.conditioned().tables)
    parts = [of_some(some) for some in pieces(chosen, size)]
    return {name: np.concatenate([part[name] for part in parts], axis=-1) for name in events}


def _as_found(model: Model, people: Conditioned, by: str, targets: Mapping[str, Table]) -> dict[str, Array]:
    """Masses before any act, from the CPDs of what bears on them."""
    keep = (by,) if by else ()
    concerned = {*keep, *people.known, *(axis for table in people.likelihoods for axis in table.axes)}
    concerned |= {axis for table in targets.values() for axis in table.axes[1:]}
    needed = upstream(model.network.families, concerned)
    cpds = [table for name, table in zip(people.states, people.cpds, strict=True) if name in needed]
    joints = infer([*cpds, *people.likelihoods, *targets.values()], list(targets), keep).joints
    return {name: joints[name].values for name in targets}


def _answer(model: Model, study: Study, question: Question, masses: Masses) -> Figure | QuestionError:
    event = question.event
    found = [masses[group][event.text] for group in question.groups]
    worse, better = ([np.take(mass, side, axis=-2) for mass in found] for side in (1, 0))
    by = question.groups[0].by
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = [np.log(one) - np.log(other) for one, other in zip(worse, better, strict=True)]
        shares = [one / (one + other) for one, other in zip(worse, better, strict=True)]
        if not by:
            log_odds, difference = odds[0] - odds[1], shares[0] - shares[1]
        elif scale := model.knowledge.variables[by].scale:
            steps = 2.0 if study.conversion in TWO_SDS else 1.0
            values, weight = np.array(scale.midpoints), worse[0] + better[0]
            log_odds, difference = (steps * slope(values, weight, each[0]) for each in (odds, shares))
        else:
            log_odds, difference = (each[0][-1] - each[0][0] for each in (odds, shares))
    if not np.isfinite(log_odds).all():
        return QuestionError(f"what is compared settles {event.text}, so that nothing is left to ask")
    return Figure(log_odds, difference, event)


def slope(values: Array, weight: Array, heights: Array) -> Array:
    """Slope of `heights` over one SD of an exposure, axes (state, draw) -> (draw).

    Least squares over the states at `values`, each with its `weight` among the people; none has no part.

    >>> ones = np.ones((3, 1))  # one step up each time; the SD of 0, 1, 2 is 0.8165
    >>> slope(np.array([0.0, 1.0, 2.0]), ones, np.array([[1.0], [2.0], [3.0]])).round(4)
    array([0.8165])
    """
    possible = (weight > 0).any(axis=-1)
    weight = weight[possible] / weight[possible].sum(axis=0)
    off = values[possible, None] - (weight * values[possible, None]).sum(axis=0)
    return np.asarray((weight * off * heights[possible]).sum(axis=0) / np.sqrt((weight * off**2).sum(axis=0)))
