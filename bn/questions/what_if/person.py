"""One person as observed before anything is done: what is believed now, and would be after a change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.evidence import Evidence, Indices, weigh
from bn.observe import observe_person
from bn.person import beliefs, narrowed
from bn.questions.what_if.change import Change
from bn.questions.what_if.sample import cells, some_draws
from bn.questions.what_if.worlds import Worlds, worlds
from cpds.table import Array

if TYPE_CHECKING:
    from bn.model import RiskModel

AT_ONCE = 1 << 20
"""Table entries that are touched together: many more would not stay in the processor's cache."""


@dataclass(frozen=True)
class Person:
    """What was observed of one person, in a model."""

    model: RiskModel
    evidence: Evidence

    @classmethod
    def of(cls, model: RiskModel, observations: Mapping[str, Any]) -> Person:
        """Read the observations; QuestionError where they cannot be read."""
        return cls(model, weigh(model.knowledge, observe_person(model.names, observations)))

    def before(self, chosen: Indices) -> dict[str, Array]:
        """Posterior of every variable before any act, axes (state, entry of the parameters).

        Raises ImpossibleEvidenceError where the findings cannot be.
        """
        step = max(1, AT_ONCE // cells(narrowed(self.model.knowledge, self.model.point, self.evidence).tables))
        parts = [
            beliefs(self.model.knowledge, self._parameters(some), self.evidence)[0] for some in _pieces(chosen, step)
        ]
        return {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}

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

    def worlds(self, change: Change, chosen: Indices) -> Worlds:
        """Both worlds at some entries of the parameters. The change must hold nothing that is so already."""
        return worlds(self.model.knowledge, self._parameters(chosen), self.evidence, change.at(chosen, self.length))

    def within(self, change: Change, effort: int | None) -> Indices:
        """Point and draws that can be answered by touching `effort` table entries; all of them for None."""
        if effort is None:
            return np.arange(self.length)
        return some_draws(self.length, effort // cells(self.worlds(change, np.arange(1)).twin().tables))

    def after(self, change: Change, targets: Collection[str], chosen: Indices) -> dict[str, Array]:
        """P(state after the change | findings) of targets within its reach, axes (state, entry of the parameters)."""
        point = self.worlds(change, np.arange(1))
        wanted = sorted(point.reached.intersection(targets))
        step = max(1, AT_ONCE // cells(point.twin().tables))
        parts = [self.worlds(change, some).marginals(wanted) for some in _pieces(chosen, step)]
        return {name: np.concatenate([part[name] for part in parts], axis=-1) for name in wanted}

    def _parameters(self, chosen: Indices) -> dict[str, Array]:
        return {name: values[chosen] for name, values in self.model.parameters.items()}


def _pieces(chosen: Indices, step: int) -> list[Indices]:
    return [chosen[start : start + step] for start in range(0, len(chosen), step)]
