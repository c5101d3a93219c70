"""What is to be done, as typed, and several treatments as one change to the network.

Treatments join by four rules. What one intervention dominates, the others do not do (`dominates` in its file).
Shifts of one variable add up. A variable that is set takes that state whatever shifts it. Two states for one
variable, or two interventions of which one file says that it `excludes` the other, are refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from bn.core.answer import Note
from bn.core.errors import QuestionError, UnknownNameError
from bn.core.evidence import Indices
from bn.core.heading import variable_weights
from bn.core.model import Network
from bn.core.names import Names, plain, range_of
from bn.core.toml_line import LONGEST_HEADER
from cpds.knowledge import Knowledge
from cpds.priors import Prior
from cpds.records import CONTEXT_ROLES, Act, Figure, Intervention
from cpds.table import Array
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
    Raises QuestionError for what is unknown, is given twice, or has a dose that it cannot have.
    """
    texts = _texts(do)
    if not texts:
        raise QuestionError("nothing to do; name an intervention or variable=state, such as exercise_training")
    treatments = tuple(_treatment(names, text.strip()) for text in texts)
    chosen = [treatment.intervention.id for treatment in treatments if treatment.intervention]
    for name in chosen:
        if chosen.count(name) > 1:
            raise QuestionError(f"{name} is given twice among the interventions; keep one")
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
        names.refuse_latent(name)
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
        raise names.no_variable(name)
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


def unsettable_notes(knowledge: Knowledge, sets: Mapping[str, str]) -> Iterator[Note]:
    """A note for each variable in `sets` that says who a person is and that no intervention acts on.

    `sets` maps variables to states. The answer is a counterfactual: the same noises with another value from the
    first. For the root, which stands for time, it is easily taken for acts that began earlier in life.
    """
    settable = {act.variable for one in knowledge.interventions.values() for act in one.acts}
    for name, state in sets.items():
        variable = knowledge.variables[name]
        if variable.role not in CONTEXT_ROLES or name in settable:
            continue
        place = variable.states.index(state)
        been = range_of(variable.scale, place) if variable.scale else state
        told = f"nobody can set {name}: the answer is about the same person, had {name} been {been}"
        told += ", with all that follows from it"
        if variable.role == "root":
            told += " (a start in the past is another question, which a network without a course of time cannot answer)"
        yield Note("caution", (name,), told)


@dataclass(frozen=True)
class Shift:
    """What one treatment adds to the log odds of a variable's higher states, `dose` times the figure `full`."""

    by: str
    variable: str
    full: Figure
    value: float
    spread: float
    dose: float

    def log_odds(self, length: int) -> Array:
        """The value first, then `length - 1` draws of it that keep its sign, shape (length,).

        Draws depend on nothing but the names: the same act has the same draws in every question.
        """
        name = f"{self.by}|{self.variable}"
        deviates = np.random.default_rng(crc32(name.encode())).standard_normal(length)
        prior = Prior(name, self.variable, self.by, self.value, self.spread, "+" if self.value > 0 else "-", self.full)
        sizes = prior.at(deviates)
        sizes[0] = self.value
        return self.dose * sizes


@dataclass(frozen=True)
class Change:
    """State that each variable is set to, shifts of the others, and what is worth saying about the combination.

    `chosen` and `length` say for which of how many parameter vectors (point and draws) the shifts are wanted; with
    `typical` these have their stated size at all of them.
    """

    sets: Mapping[str, str]
    shifts: Mapping[str, tuple[Shift, ...]]
    notes: tuple[Note, ...] = ()
    chosen: tuple[int, ...] = (0,)
    length: int = 1
    typical: bool = False

    @property
    def acted(self) -> frozenset[str]:
        """Variables that are acted on."""
        return frozenset({*self.sets, *self.shifts})

    def log_odds(self, variable: str) -> Array:
        """Sum of the shifts of a variable, one number a parameter vector."""
        length = 1 if self.typical else self.length
        whole = np.sum([shift.log_odds(length) for shift in self.shifts[variable]], axis=0)
        return np.asarray(whole[[0] * len(self.chosen) if self.typical else list(self.chosen)])

    def at(self, chosen: Indices, length: int) -> Change:
        """The same change for some of `length` parameter vectors."""
        return replace(self, chosen=tuple(chosen.tolist()), length=length)

    def on(self, network: Network) -> Network:
        """The network under the change; both hold the same parameter vectors."""
        for variable in self.shifts:
            network = network.shift(variable, self.log_odds(variable))
        for variable, state in self.sets.items():
            network = network.do(variable, state)
        return network

    def without_noops(self, known: Mapping[str, str]) -> Change:
        """The change without what is so already, given states that are known for certain, with a note on each."""
        already = {name for name, state in self.sets.items() if known.get(name) == state}
        notes = tuple(
            Note("unused", (name,), f"{name} is {self.sets[name]} already: setting it changes nothing")
            for name in sorted(already)
        )
        left = {name: state for name, state in self.sets.items() if name not in already}
        return replace(self, sets=left, notes=(*self.notes, *notes))


def combine(knowledge: Knowledge, treatments: Sequence[Treatment]) -> Change:
    """All treatments together; QuestionError where they contradict each other."""
    _compatible(treatments)
    sets: dict[str, tuple[str, str]] = {}
    shifts: dict[str, list[Shift]] = {}
    notes: list[Note] = []
    for treatment, act in _lasting(treatments, notes):
        if act.set is not None:
            by, state = sets.setdefault(act.variable, (treatment.typed, act.set))
            if state != act.set:
                raise QuestionError(
                    f"{by} sets {act.variable} to {state}, {treatment.typed} to {act.set}; keep one of them"
                )
        elif act.shift is not None:
            value, spread = knowledge.number(act.shift), knowledge.spread(act.shift)
            by = treatment.intervention.id if treatment.intervention else treatment.typed
            shift = Shift(by, act.variable, act.shift, value, spread, treatment.dose)
            shifts.setdefault(act.variable, []).append(shift)
    for variable in sets.keys() & shifts.keys():
        lost = tuple(shift.by for shift in shifts.pop(variable))
        text = f"{sets[variable][0]} sets {variable}, so that the shift by {', '.join(lost)} does nothing there"
        notes.append(Note("unused", lost, text))
    states = {variable: state for variable, (_, state) in sets.items()}
    notes += unsettable_notes(knowledge, states)
    return Change(states, {variable: tuple(parts) for variable, parts in shifts.items()}, tuple(notes))


def _compatible(treatments: Sequence[Treatment]) -> None:
    chosen = {treatment.intervention.id: treatment.intervention for treatment in treatments if treatment.intervention}
    for one in chosen.values():
        for other in one.excludes:
            if other in chosen:
                raise QuestionError(f"{one.id} and {other} contradict each other; keep one of them")


def _lasting(treatments: Sequence[Treatment], notes: list[Note]) -> Iterator[tuple[Treatment, Act]]:
    """Acts that no other treatment dominates; those that one does are noted."""
    dominant = {
        (variable, other): treatment.intervention.id
        for treatment in treatments
        if treatment.intervention
        for variable, others in treatment.intervention.dominates.items()
        for other in others
    }
    for treatment in treatments:
        for act in treatment.acts:
            by = dominant.get((act.variable, treatment.intervention.id)) if treatment.intervention else None
            if by:
                text = f"{by} takes away what {treatment.typed} does to {act.variable}"
                notes.append(Note("unused", (treatment.typed,), text))
            else:
                yield treatment, act
