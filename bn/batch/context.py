"""What rows say of the context variables, and the rows whose context must be written out and summed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn.evidence import Indices, Observed
from cpds.knowledge import Knowledge
from cpds.measurement import strata_variables
from cpds.records import CONTEXT_ROLES, Criterion, Measured, Threshold
from cpds.table import Array


@dataclass(frozen=True)
class Expanded:
    """Rows written out over states of their context.

    `origin` is the position of the row behind each, ascending; `states` has axes (expanded row, context
    variable), -1 where the variable stays open; `log_weight` is what the states were said to weigh.
    """

    origin: Indices
    states: Indices
    log_weight: Array

    def at(self, names: tuple[str, ...]) -> dict[str, Indices]:
        """State of each context variable, any state where it is open (no reading depends on it there)."""
        return {name: np.maximum(self.states[:, column], 0) for column, name in enumerate(names)}


@dataclass(frozen=True)
class Context:
    """Axes (row, context variable): the only possible state or -1, and whether it must be written out.

    It must be where it is said softly (`80+`), or where it cuts the strata of a marker measured in the
    row and is not known.
    """

    names: tuple[str, ...]
    single: Indices
    by_hand: NDArray[np.bool_]
    weights: Mapping[str, Array]

    @classmethod
    def of(cls, knowledge: Knowledge, observed: Observed) -> Context:
        """The context of every row; readings are taken as settled."""
        names = tuple(name for name, variable in knowledge.variables.items() if variable.role in CONTEXT_ROLES)
        single = np.full((observed.rows, len(names)), -1)
        by_hand = np.zeros((observed.rows, len(names)), dtype=bool)
        for column, name in enumerate(names):
            by_hand[:, column] = _cuts(knowledge, observed, name)
            if name in observed.weights:
                weight = observed.weights[name]
                single[:, column] = np.where((weight > 0).sum(axis=0) == 1, weight.argmax(axis=0), -1)
                by_hand[:, column] |= (weight != 1).any(axis=0)
        by_hand &= single < 0
        return cls(names, single, by_hand, {name: observed.weights[name] for name in names if name in observed.weights})

    def occurring(self, sizes: Mapping[str, int]) -> dict[str, set[int]]:
        """States of each variable that some row needs, -1 for open."""
        return {
            name: set(np.unique(self.single[~self.by_hand[:, column], column]).tolist())
            | (set(range(sizes[name])) if self.by_hand[:, column].any() else set())
            for column, name in enumerate(self.names)
        }

    def order(self) -> Indices:
        """An order of the rows in which those with like context stand together."""
        keys = np.where(self.by_hand, np.iinfo(np.int64).max, self.single)
        return np.lexsort(keys.T[::-1]) if len(self.names) else np.arange(len(self.single))

    def expand(self, rows: Indices, sizes: Mapping[str, int]) -> Expanded:
        """Some rows with every state that must be written out written out."""
        origin, states = np.arange(len(rows)), self.single[rows]
        for column, name in enumerate(self.names):
            hand = self.by_hand[rows[origin], column]
            if hand.any():
                possible = self._possible(name, sizes[name], rows[origin])
                possible[~hand] = np.arange(sizes[name]) == 0
                at, state = np.nonzero(possible)
                origin, states = origin[at], states[at]
                states[:, column] = np.where(hand[at], state, states[:, column])
        return Expanded(origin, states, self._log_weight(rows[origin], states))

    def _possible(self, name: str, size: int, rows: Indices) -> NDArray[np.bool_]:
        if name not in self.weights:
            return np.ones((len(rows), size), dtype=bool)
        return np.asarray(self.weights[name].T[rows] > 0)

    def _log_weight(self, rows: Indices, states: Indices) -> Array:
        total = np.zeros(len(rows))
        for column, name in enumerate(self.names):
            if name in self.weights:
                state = states[:, column]
                weight = np.where(state < 0, 1.0, self.weights[name][np.maximum(state, 0), rows])
                total += np.log(weight)
        return total


def _cuts(knowledge: Knowledge, observed: Observed, name: str) -> NDArray[np.bool_]:
    """Rows with a reading whose marker's strata the variable cuts."""
    found = np.zeros(observed.rows, dtype=bool)
    for marker_id, reading in observed.readings.items():
        marker = knowledge.biomarkers[marker_id]
        if isinstance(marker, Measured | Threshold | Criterion) and name in strata_variables(marker):
            found |= reading.measured
    return found
