"""The battery put to a model: what is believed of each person, and what acts would do to their risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bn.core.errors import QuestionError
from bn.core.typed import value_of
from bn.counterfactual.person import Person, pieces
from bn.counterfactual.treatments import combine, read_treatments
from bn.counterfactual.worlds import worlds
from bn.engine.parallel import at_once, on_cores
from bn.revision.sample import Sample
from cpds.knowledge import Knowledge, load
from cpds.records import SCORED_ROLES, BatteryItem
from cpds.table import Array

if TYPE_CHECKING:
    from bn.core.evidence import Indices

FILE = "battery.toml"
Answers = Mapping[str, Array]
"""By variable, the probability of its event; of a what-if, the change of the risk: axis (point and chosen draws)."""


def battery(old: Knowledge, new: Knowledge) -> dict[str, BatteryItem]:
    """What is asked: the items of the new knowledge, then those of the old alone; the shipped ones without either.

    Raises KnowledgeError for a file that is there and cannot be read.
    """
    of_old = {name: item for name, item in items(old).items() if name not in items(new)}
    return {**items(new), **of_old} or dict(load().battery)


def items(knowledge: Knowledge) -> Mapping[str, BatteryItem]:
    """The battery that the knowledge holds; none where it has no such file."""
    return knowledge.battery if (knowledge.root / FILE).is_file() else {}


def ask(sample: Sample, item: BatteryItem) -> Answers | str:
    """The answers to one item, or why there are none: what the network lacks, say."""
    try:
        person = Person.of(sample.model, {name: value_of(name, text) for name, text in item.findings.items()})
        return _effect(person, item, sample.chosen) if item.do else _beliefs(person, sample.chosen)
    except QuestionError as error:
        return str(error)


def _beliefs(person: Person, chosen: Indices) -> Answers:
    """P(event) of what an answer is about, but for what the findings fix."""
    variables = person.model.knowledge.variables
    beliefs = person.before(chosen)
    risk, state = person.model.risk_of
    events = {name: variable.indices((state,) if name == risk else ()) for name, variable in variables.items()}
    return {
        name: beliefs[name][list(events[name])].sum(axis=0)
        for name, variable in variables.items()
        if variable.role in SCORED_ROLES and name not in person.certain
    }


def _effect(person: Person, item: BatteryItem, chosen: Indices) -> Answers:
    """Risk after the acts less the risk before; every draw with the acts at their central size, as at the point."""
    model = person.model
    change = combine(model.knowledge, read_treatments(model.names, item.do)).without_noops(person.certain)
    if not change.acted:
        raise QuestionError("; ".join(note.text for note in change.notes))
    outcome, state = model.risk_of
    index = person.states[outcome].index(state)
    point = person.worlds(change)
    if outcome not in point.reached:
        return {outcome: np.zeros(len(chosen))}

    def after(some: Indices) -> Array:
        parameters = {name: values[some] for name, values in model.parameters.items()}
        central = change.at(np.zeros_like(some), person.length)
        found = worlds(model.knowledge, parameters, person.evidence, central).marginals([outcome])[outcome][index]
        return np.broadcast_to(found, (len(some),))

    risks = np.concatenate(on_cores(after, pieces(chosen, at_once(point.twin().tables))))
    return {outcome: risks - person.before(chosen)[outcome][index]}
