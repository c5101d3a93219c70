"""Several treatments as one change to the network: each variable is set, or shifted by the sum of its shifts.

Treatments join by four rules. What one intervention dominates, the others do not do (`dominates` in its file).
Shifts of one variable add up. A variable that is set takes that state whatever shifts it. Two states for one
variable, or two interventions of which one file says that it `excludes` the other, are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from bn.core.answer import Note
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.core.model import Network
from bn.questions.what_if.treatments import Treatment
from bn.questions.what_if.unsettable import said_of_unsettable
from cpds.knowledge import Knowledge
from cpds.priors import Prior
from cpds.records import Act, Figure
from cpds.table import Array


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

    `chosen` and `length` say for which of how many parameter vectors (point and draws) the shifts are wanted.
    """

    sets: Mapping[str, str]
    shifts: Mapping[str, tuple[Shift, ...]]
    notes: tuple[Note, ...] = ()
    chosen: tuple[int, ...] = (0,)
    length: int = 1

    @property
    def acted(self) -> frozenset[str]:
        """Variables that are acted on."""
        return frozenset({*self.sets, *self.shifts})

    def log_odds(self, variable: str) -> Array:
        """Sum of the shifts of a variable, one number a parameter vector."""
        whole = np.sum([shift.log_odds(self.length) for shift in self.shifts[variable]], axis=0)
        return np.asarray(whole[list(self.chosen)])

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

    def beyond(self, known: Mapping[str, str]) -> Change:
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
    notes += said_of_unsettable(knowledge, states)
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
