"""What moves in an update, block by block, each given the others, until none moves on: so all are estimated jointly.

An outcome climbs the ladder, given all else that is known of a row. What is given has a level too: how common
inflammation is, say, which its markers tell by how probable their readings are given who people are. It moves where a
likelihood-ratio test says so. So does the level of an exposure, which is part of who people are, on request, and the
offset of a marker whose assay may read otherwise. Each move is uncertain given the parameters after the moves before
it, and follows them, so that together they have the joint distribution.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from msgspec.structs import replace as changed
from scipy.special import ndtri

from bn.cohort.outcome import Outcome
from bn.cohort.outcome.criteria import InStates
from bn.core.model import Model
from bn.updating.cohort import Cohort, at_point
from bn.updating.fitting import LEVEL_SPREAD
from bn.updating.ladder import LEVEL, climb, following
from bn.updating.result import Ladder, Moved, Tested
from bn.updating.single import Single, fit
from cpds.assays import read_otherwise
from cpds.populations import Move, Population, Step, moved, moving
from cpds.strata import reaches
from cpds.table import Array

BESIDE = 0.01
"""Assumed: the chance to move anything beside the outcomes of a network that fits."""
OFFSET_SPREAD = 0.5
"""Assumed: how far assays differ, in standard deviations of a marker's reference; about a quarter for insulin."""
SAME, PASSES = 0.02, 6
"""A block that moved by no more bears on no other."""


@dataclass(frozen=True)
class Offset:
    """How much higher the readings of a marker lie, on its scale."""

    marker: str
    by: float


Taken = Move | Offset


class Block(Protocol):
    """A variable or marker, and how it is moved."""

    @property
    def name(self) -> str:
        """The variable, or the marker of an offset."""

    def climbed(self, model: Model) -> tuple[Ladder, Taken | None]:
        """What is decided under a model that all other blocks have moved."""

    def followed(self, model: Model, move: Move, later: frozenset[str]) -> Move:
        """The move, and how it follows the parameters but those that move `later`."""

    def heeds(self, other: str, model: Model) -> bool:
        """Whether it may move otherwise where another block has moved."""


@dataclass(frozen=True)
class ByOutcome:
    """An outcome, given all else that is known of each row."""

    cohort: Cohort
    name: str
    asked: Step | None

    def climbed(self, model: Model) -> tuple[Ladder, Taken | None]:
        """By the ladder."""
        return climb(self.cohort.under(model), self.asked)

    def followed(self, model: Model, move: Move, later: frozenset[str]) -> Move:
        """By the log odds of the outcome."""
        return following(self.cohort.under(model), move, later)

    def heeds(self, other: str, model: Model) -> bool:
        """Whatever moves bears on it."""
        return True


@dataclass(frozen=True)
class ByFindings:
    """The level of a variable, or (`marker`) the offset of a marker, by how probable the findings `told_by` are.

    The cohort holds all findings that count; those on `context` are given. `tests` is how many such blocks there are.
    `of` is the block of the level that an offset is told from.
    """

    cohort: Cohort
    variable: str
    told_by: tuple[str, ...]
    context: frozenset[str]
    tests: int
    marker: str | None = None
    of: ByFindings | None = None

    @property
    def name(self) -> str:
        """The marker of an offset, or the variable."""
        return self.marker or self.variable

    def climbed(self, model: Model) -> tuple[Ladder, Taken | None]:
        """Moved where a likelihood-ratio test says so."""
        found = self._offset(model, self.marker) if self.marker else self._level(model)
        chance = BESIDE / self.tests
        taken = found.p < chance
        before, after = found.log_score
        ladder = Ladder(
            self.name,
            self.variable,
            "level" if taken else "leave it",
            False,
            (Tested("level", "leave it", found.statistic, 1, found.p, chance, taken),),
            (self._told(model, found),) if taken else (),
            self.cohort.read,
            len(self.cohort.event),
            self._telling,
            {"network": before, "update": after if taken else before},
            told_by=self.told_by,
        )
        if not taken:
            return ladder, None
        if self.marker:
            return ladder, Offset(self.marker, found.estimate)
        text = f"level told by {', '.join(self.told_by)}"
        to = model.knowledge.variables[self.variable].states[1:]
        return ladder, Move(self.variable, to, found.estimate, ((found.variance,),), text)

    def _told(self, model: Model, found: Single) -> Moved:
        variable = model.knowledge.variables[self.variable]
        what, names = ("offset", (self.marker,)) if self.marker else ("level", moving(variable, variable.states[1:])[0])
        half = float(ndtri((1 + LEVEL) / 2)) * found.variance**0.5
        return Moved(what, names, 0.0, found.estimate, found.estimate - half, found.estimate + half, found.alone)

    def _level(self, model: Model) -> Single:
        return fit(self.cohort, self._given_context(model, lambda x: self._moved(model, x)), LEVEL_SPREAD)

    def _offset(self, model: Model, marker: str) -> Single:
        """The level's uncertainty counts, too: by how far the offset goes where that is a standard error higher."""
        spread = OFFSET_SPREAD * reaches(model.knowledge)[marker].sd

        def under(level: float) -> Single:
            there = self._moved(model, level)

            def read(x: float) -> Model:
                return replace(there, knowledge=read_otherwise(model.knowledge, {marker: x}))

            return fit(self.cohort, self._given_context(there, read), spread)

        found, error = under(0.0), self.of._level(model).variance ** 0.5 if self.of else 0.0
        higher = under(error)
        return replace(found, variance=found.variance + (higher.estimate - found.estimate) ** 2)

    def _moved(self, model: Model, level: float) -> Model:
        to = model.knowledge.variables[self.variable].states[1:]
        return at_point(model, moved(model.knowledge, self.variable, to, model.point, np.array([[level]])))

    def _given_context(self, model: Model, at: Callable[[float], Model]) -> Callable[[float], Array]:
        """Log likelihood of each row's findings, given who people are, under the model `at` a number."""
        people = self._people
        if self.context & model.network.descendants(self.variable):
            return lambda x: self.cohort.log_evidence(at(x)) - people.log_evidence(at(x))
        context = people.log_evidence(model)  # whatever the number is
        return lambda x: self.cohort.log_evidence(at(x)) - context

    @property
    def _people(self) -> Cohort:
        """What is given of each person."""
        return self.cohort.holding(self.context.__contains__)

    @property
    def _telling(self) -> int:
        """Rows with a finding that tells."""
        count = 0
        for _, findings in self.cohort.findings:
            some = np.zeros(findings.rows, dtype=bool)
            for name in (self.variable, *self.told_by):
                if name in findings.readings:
                    some |= findings.readings[name].measured
                elif name in findings.statements:
                    some |= ~findings.statements[name].silent
            count += int(some.sum())
        return count

    def followed(self, model: Model, move: Move, later: frozenset[str]) -> Move:
        """By the log odds of the upper states, given who people are: their share is what the findings determine."""
        states = model.knowledge.variables[self.variable].states
        upper = tuple(float(place >= len(states) // 2) for place in range(len(states)))
        event = InStates(self.variable, self.variable, self.variable, upper)
        return following(replace(self._people, outcome=Outcome(model, move.outcome, (event,))), move, later)

    def heeds(self, other: str, model: Model) -> bool:
        """What lies upstream of a finding bears on it, and the offset of its marker."""
        if other not in model.knowledge.variables:
            return True
        told = {self.variable} | {
            model.knowledge.biomarkers[name].variable if name in model.knowledge.biomarkers else name
            for _, findings in self.cohort.findings
            for name in (*findings.statements, *findings.readings)
        }
        return bool((told - self.context) & {other, *model.network.descendants(other)})


def settled(
    model: Model, found: Population, blocks: Sequence[Block], show: Callable[[int], None]
) -> tuple[Population, list[Ladder]]:
    """The population with what the blocks move, and what was decided on each."""
    taken: dict[int, Taken] = {}
    ladders: dict[int, Ladder] = {}
    due = set(range(len(blocks)))
    for _ in range(PASSES):
        for place in sorted(due):
            due.discard(place)
            before = taken.pop(place, None)
            ladders[place], move = blocks[place].climbed(_under(model, found, taken))
            if move is not None:
                taken[place] = move
            show(len(ladders))
            if not _same(before, move):
                name = blocks[place].name
                due |= {k for k, one in enumerate(blocks) if k != place and k in ladders and one.heeds(name, model)}
        if not due:
            break
    for place in sorted(taken):
        if isinstance(move := taken[place], Move):
            others = {k: one for k, one in taken.items() if k != place}
            later = frozenset(
                name
                for k, one in others.items()
                if k > place and isinstance(one, Move)
                for names in one.parameters(model.knowledge)
                for name in names
            )
            taken[place] = blocks[place].followed(_under(model, found, others), move, later)
    return _with(found, taken), [ladders[place] for place in sorted(ladders)]


def _with(found: Population, taken: Mapping[int, Taken]) -> Population:
    """The population with what was taken, in the order of the blocks."""
    ordered = [taken[place] for place in sorted(taken)]
    offsets = {one.marker: found.offsets.get(one.marker, 0.0) + one.by for one in ordered if isinstance(one, Offset)}
    moves = tuple(one for one in ordered if isinstance(one, Move))
    return changed(found, moves=(*found.moves, *moves), offsets=found.offsets | offsets)


def _under(model: Model, found: Population, taken: Mapping[int, Taken]) -> Model:
    return model.moved_to(_with(found, taken))


def _same(before: Taken | None, after: Taken | None) -> bool:
    """Whether nothing moved that another block would heed."""
    if before is None or after is None:
        return before is after
    one, other = (x.estimate if isinstance(x, Move) else np.array([x.by]) for x in (before, after))
    return one.shape == other.shape and bool(np.abs(one - other).max() < SAME)
