"""One person as observed before anything is done: what is believed now, and would be after a change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.conditioned import Conditioned
from bn.core.evidence import Evidence, Indices
from bn.core.model import Draws
from bn.core.observe import observe
from bn.engine.parallel import at_once, on_cores
from bn.questions.what_if.change import Change
from bn.questions.what_if.worlds import Worlds, worlds
from cpds.table import Array

if TYPE_CHECKING:
    from bn.core.model import Model

POINT = np.arange(1)


@dataclass(frozen=True)
class Person:
    """What was observed of one person, in a model."""

    model: Model
    evidence: Evidence

    @classmethod
    def of(cls, model: Model, observations: Mapping[str, Any]) -> Person:
        """Read the observations; QuestionError where they cannot be read."""
        return cls(model, observe(model.names, observations).evidence)

    def before(self, chosen: Indices) -> dict[str, Array]:
        """Posterior of every variable before any act, axes (state, entry of the parameters).

        Raises ImpossibleEvidenceError where the findings cannot be.
        """
        size = at_once(Conditioned.on(self.model.network, self.evidence).tables)

        def of_some(some: Indices) -> dict[str, Array]:
            draws = Draws(self.model.knowledge, self._parameters(some))
            return Conditioned.on(draws, self.evidence).posteriors()[0]

        return _joined(on_cores(of_some, _pieces(chosen, size)))

    @property
    def states(self) -> dict[str, tuple[str, ...]]:
        """States of every variable."""
        return {name: variable.states for name, variable in self.model.knowledge.variables.items()}

    @property
    def length(self) -> int:
        """Number of parameter vectors: the point and the draws."""
        return max(len(values) for values in self.model.parameters.values())

    @property
    def certain(self) -> dict[str, str]:
        """States that are known for certain, by variable."""
        return {name: self.states[name][int(at[0])] for name, at in self.evidence.known.items() if at[0] >= 0}

    def worlds(self, change: Change, chosen: Indices = POINT) -> Worlds:
        """Both worlds at some entries of the parameters. The change must hold nothing that is so already."""
        return worlds(self.model.knowledge, self._parameters(chosen), self.evidence, change.at(chosen, self.length))

    def after(
        self, change: Change, targets: Collection[str], chosen: Indices, point: Worlds | None = None
    ) -> dict[str, Array]:
        """P(state after the change | findings) of targets within its reach, axes (state, entry of the parameters).

        `point` are the worlds at the point, where they have been made already.
        """
        return after_each([Asked(self, change, point or self.worlds(change), chosen)], targets)[0]

    def _parameters(self, chosen: Indices) -> dict[str, Array]:
        return {name: values[chosen] for name, values in self.model.parameters.items()}


@dataclass(frozen=True)
class Asked:
    """A change asked of a person at some entries of the parameters, with the worlds at the point."""

    person: Person
    change: Change
    point: Worlds
    chosen: Indices

    @property
    def parts(self) -> list[Indices]:
        """The chosen, as many at a time as go together."""
        return _pieces(self.chosen, at_once(self.point.twin().tables))


def after_each(several: Sequence[Asked], targets: Collection[str]) -> list[dict[str, Array]]:
    """`Person.after` of each, all of them side by side on the cores of the machine."""
    jobs = [(place, some) for place, one in enumerate(several) for some in one.parts]

    def of_some(job: tuple[int, Indices]) -> dict[str, Array]:
        one = several[job[0]]
        return one.person.worlds(one.change, job[1]).marginals(sorted(one.point.reached.intersection(targets)))

    found: list[list[dict[str, Array]]] = [[] for _ in several]
    for (place, _), part in zip(jobs, on_cores(of_some, jobs), strict=True):
        found[place].append(part)
    return [_joined(parts) for parts in found]


def _pieces(chosen: Indices, size: int) -> list[Indices]:
    """The chosen, `size` at a time."""
    return [chosen[start : start + size] for start in range(0, len(chosen), size)]


def _joined(pieces: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([piece[name] for piece in pieces], axis=-1) for name in pieces[0]}
