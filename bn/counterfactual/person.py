"""One person as observed before anything is done: what is believed now and after a change, and from which draws.

One question has one interval, whoever asks it: its draws follow from its own effort, never from what is asked beside
it, so that an answer by itself, in a ranking and in a sweep rest on the same draws.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.conditioned import Conditioned
from bn.core.evidence import Evidence, Indices
from bn.core.model import Draws
from bn.core.observe import observe
from bn.counterfactual.treatments import Change
from bn.counterfactual.worlds import Worlds, worlds
from bn.engine.contract import cells
from bn.engine.parallel import at_once, on_cores
from cpds.table import Array

if TYPE_CHECKING:
    from bn.core.model import Model

FEWEST = 20
EFFORT = 1 << 24
"""Table entries that the draws of one question may touch, so that a ranking of dozens takes about two seconds."""


def draws_for(point: Worlds, length: int, exact: bool = False) -> Indices:
    """Which of `length` parameter vectors carry the interval of a question, given its worlds at the point."""
    return some_draws(length, length if exact else EFFORT // cells(point.twin().tables))


def some_draws(length: int, most: int) -> Indices:
    """The point, entry 0, and `most` of the `length - 1` draws behind it, but not fewer than `FEWEST`; ascending.

    They are the first of one fixed shuffle: the same in every question, fewer a part of more, and none left
    out for its place, since draws that stand at regular distances may come from few of the sampler's chains.

    >>> few, more = some_draws(401, 50), some_draws(401, 60)
    >>> len(few), int(few[0]), bool(np.isin(few, more).all())
    (51, 0, True)
    """
    count = min(max(most, FEWEST), length - 1)
    shuffled = 1 + np.random.default_rng(0).permutation(length - 1)
    return np.concatenate([[0], np.sort(shuffled[:count])])


def end_error(draws: Array, of: int, level: float) -> float:
    """Standard error of the ends of an interval from some of `of` draws, against the ends from all of them.

    The rank of a quantile p among n draws has standard error sqrt(n p (1 - p)), whatever the distribution: half
    the distance between the draws so far to either side, for the end with more, less the share of draws that
    are in already.

    >>> draws = np.linspace(0.0, 1.0, 101)  # rank 5 of 100, standard error 2.18, so 0.0218 times root 3/4
    >>> round(end_error(draws, 404, 0.9), 4), end_error(draws, 101, 0.9)
    (0.0188, 0.0)
    """
    count, tail = len(draws), (1 - level) / 2
    off = sqrt(tail * (1 - tail) / count)
    ends = np.array([tail, 1 - tail])
    low, high = (np.quantile(draws, np.clip(ends + side, 0.0, 1.0)) for side in (-off, off))
    return float((high - low).max() / 2 * sqrt(1 - count / of))


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
            return self.conditioned(some).posteriors()[0]

        return _joined(on_cores(of_some, pieces(chosen, size)))

    def conditioned(self, chosen: Indices = POINT) -> Conditioned:
        """The network before any act given the findings, at some entries of the parameters."""
        return Conditioned.on(Draws(self.model.knowledge, self._parameters(chosen)), self.evidence)

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
        return pieces(self.chosen, at_once(self.point.twin().tables))


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


def pieces(chosen: Indices, size: int) -> list[Indices]:
    """The chosen, `size` at a time."""
    return [chosen[start : start + size] for start in range(0, len(chosen), size)]


def _joined(pieces: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([piece[name] for piece in pieces], axis=-1) for name in pieces[0]}
