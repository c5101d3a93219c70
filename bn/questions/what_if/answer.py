"""One person's what-if: abduction, action and prediction, and everything that is said about the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bn.core.errors import QuestionError
from bn.questions.what_if.bounds import bounds
from bn.questions.what_if.change import combine
from bn.questions.what_if.pathways import pathways
from bn.questions.what_if.person import Person
from bn.questions.what_if.result import WhatIf
from bn.questions.what_if.sample import draws_for
from bn.questions.what_if.treatments import read_treatments

if TYPE_CHECKING:
    from bn.core.model import Model


def what_if(
    model: Model, observations: Mapping[str, Any], do: str | Iterable[str], *, exact_interval: bool = False
) -> WhatIf:
    """See `bn.RiskModel.what_if`."""
    treatments = read_treatments(model.names, do)
    person = Person.of(model, observations)
    change = combine(model.knowledge, treatments).beyond(person.certain)
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
        {name: variable.title for name, variable in model.knowledge.variables.items()},
        before,
        after,
        model.risk_of,
        draws=person.length - 1,
        population=point.identified,
        bounds=bounds(point, outcome, state) if outcome in point.reached else (new, new),
        pathways=pathways(point, outcome, state, old, new),
        notes=change.notes,
    )
