"""What is to be done, as typed: an intervention by name, perhaps at a dose, or a variable set to a state."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from bn.core.errors import QuestionError, UnknownNameError
from bn.core.heading import variable_weights
from bn.core.lexicon import LONGEST_HEADER
from bn.core.names import Names, plain
from cpds.knowledge import Knowledge
from cpds.records import Act, Intervention
from cpds.text import finite, quotable
from cpds.units import ReadingError


@dataclass(frozen=True)
class Treatment:
    """One thing done: as it was typed, its acts, and the share of the full shift (`dose`).

    `intervention` is None where a variable was set to a state by name.
    """

    typed: str
    title: str
    acts: tuple[Act, ...]
    intervention: Intervention | None = None
    dose: float = 1.0

    @classmethod
    def of(cls, intervention: Intervention, typed: str | None = None, dose: float = 1.0) -> Treatment:
        """An intervention, whole or at a dose."""
        title = intervention.title + (f" at {dose:g} of its shift" if dose != 1 else "")
        return cls(typed or intervention.id, title, intervention.acts, intervention, dose)


def read_treatments(names: Names, do: str | Iterable[str]) -> tuple[Treatment, ...]:
    """Everything that is to be done together.

    Each text is an intervention by id or alias (`exercise_training`), one at a dose (`at1_blockade:0.5`,
    half of its shift in log odds), or a variable set to a state (`sarcopenia=absent`).
    Raises QuestionError for what is unknown, stands twice, or has a dose that it cannot have.
    """
    texts = _texts(do)
    if not texts:
        raise QuestionError("nothing to do; name an intervention or variable=state, such as exercise_training")
    treatments = tuple(_treatment(names, text.strip()) for text in texts)
    chosen = [treatment.intervention.id for treatment in treatments if treatment.intervention]
    for name in chosen:
        if chosen.count(name) > 1:
            raise QuestionError(f"{name} stands twice among what is to be done; keep one")
    return treatments


def _texts(do: object) -> list[str]:
    """What is to be done, a text each; a mapping would lose what it says of its keys, such as a dose."""
    if isinstance(do, str):
        return [do]
    texts = list(do) if isinstance(do, Iterable) and not isinstance(do, Mapping) else None
    if texts is None or not all(isinstance(text, str) for text in texts):
        expected = "expected texts such as exercise_training, at1_blockade:0.5 or sarcopenia=absent"
        raise QuestionError(f"do: found {quotable(repr(do))}; {expected}")
    return texts


def intervention_names(knowledge: Knowledge) -> Mapping[str, str]:
    """Plain id or alias -> id; an alias that two interventions claim is refused."""
    found: dict[str, str] = {}
    for entry in knowledge.interventions.values():
        for name in (entry.id, *entry.aliases):
            if found.setdefault(plain(name), entry.id) != entry.id:
                raise QuestionError(f"alias '{name}' stands for both '{found[plain(name)]}' and '{entry.id}'")
    return found


def _treatment(names: Names, text: str) -> Treatment:
    if len(text) > LONGEST_HEADER:
        raise QuestionError(f"'{quotable(text)}' is no intervention; found {len(text)} characters")
    if "=" in text:
        return _setting(names, text)
    name, colon, dose = text.partition(":")
    known = intervention_names(names.knowledge)
    if plain(name) not in known:
        if names.find(name):
            raise QuestionError(f"'{text}' is no intervention; to set a variable, name its state: {plain(name)}=...")
        raise UnknownNameError("intervention", name, known)
    intervention = names.knowledge.interventions[known[plain(name)]]
    share = _dose(text, dose, intervention) if colon else 1.0
    return Treatment.of(intervention, intervention.id + (f":{share:g}" if colon else ""), share)


def _dose(text: str, dose: str, intervention: Intervention) -> float:
    share = finite(dose.strip())
    if math.isnan(share):
        raise QuestionError(f"'{text}': found dose '{dose}', expected a number such as 0.5")
    if not 0 < share <= 1:
        raise QuestionError(
            f"'{text}': dose {share:g} is out of range; expected above 0 and at most 1, the share of the full shift"
        )
    for act in intervention.acts:
        if act.set is not None:
            raise QuestionError(
                f"'{text}': {intervention.id} sets {act.variable} to {act.set}, and a state that is set has no dose"
            )
    return share


def _setting(names: Names, text: str) -> Treatment:
    """`variable=state`; a number serves on a numeric scale."""
    name, _, said = (part.strip() for part in text.partition("="))
    knowledge = names.knowledge
    found = names.find(name)
    if found is None:
        raise UnknownNameError("variable", name, knowledge.variables)
    if found not in knowledge.variables:
        variable_id = knowledge.biomarkers[found].variable
        raise QuestionError(f"'{text}': {found} is a marker and cannot be set; set {variable_id}, which it measures")
    variable = knowledge.variables[found]
    try:
        weights = variable_weights(variable, said)
    except ReadingError as error:
        raise QuestionError(f"'{text}': {error}") from None
    states = np.flatnonzero(weights)
    if len(states) != 1:
        raise QuestionError(f"'{text}' leaves several states of {found} open; name one of {', '.join(variable.states)}")
    state = variable.states[int(states[0])]
    return Treatment(f"{found}={state}", f"{variable.title} set to {state}", (Act(variable=found, set=state),))
