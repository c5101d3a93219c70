"""Targets as functions of the parameters: what the network says where a source printed a figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from math import prod

import numpy as np
from scipy.linalg import block_diag

from bn.core.model import Network
from bn.core.names import Names
from bn.core.observe import observe
from bn.engine import condition, infer, known_states
from cpds.logistic import logit
from cpds.records import Target
from cpds.table import Array, Table

LARGEST_JOINT = 8192

Setting = tuple[tuple[str, str], ...]
"""Variables that are set, each to a state."""


@dataclass(frozen=True)
class Question:
    """A target made ready: likelihood tables of its event and of its one or two conditions."""

    target: Target
    event: tuple[Table, ...]
    conditions: tuple[tuple[Table, ...], ...]

    @property
    def axes(self) -> frozenset[str]:
        """Variables that the question speaks of."""
        return frozenset(axis for table in (*self.event, *sum(self.conditions, ())) for axis in table.axes)

    @property
    def evidence(self) -> Iterator[tuple[Table, ...]]:
        """For each condition: what is so with the event, and in all."""
        for given in self.conditions:
            yield (*self.event, *given)
            yield given

    def answer(self, network: Network) -> Array:
        """Log odds or their difference, where a condition names the states of so many variables that it cuts down."""
        odds = []
        for given in self.conditions:
            tables = condition([*network.tables.values(), *given], known_states(given))
            odds.append(logit(infer([*tables, *self.event]).total.values / infer(tables).total.values))
        return odds[0] - odds[1] if len(odds) == 2 else odds[0]


@dataclass(frozen=True)
class Joint:
    """Questions answered from one contraction: the joint of `axes` in the network after an intervention.

    `weights` has axes (mass, cell of the joint); the masses of `Question.evidence`, one question after another.
    """

    setting: Setting
    axes: tuple[str, ...]
    questions: tuple[Question, ...]
    weights: Array

    def answers(self, network: Network) -> Array:
        """Log odds of each question's event, or their difference between two conditions: axes (question, draw)."""
        for variable, state in self.setting:
            network = network.do(variable, state)
        joint = infer(list(network.tables.values()), keep=self.axes).total.values
        masses = self.weights @ joint.reshape(self.weights.shape[1], -1)
        said: Array = self._contrasts @ logit(masses[::2] / masses[1::2])
        return said

    @cached_property
    def _contrasts(self) -> Array:
        """What the log odds under all conditions count for each question: axes (question, condition)."""
        blocks = [(1.0, -1.0)[: len(question.conditions)] for question in self.questions]
        return np.asarray(block_diag(*blocks), dtype=float)


@dataclass(frozen=True)
class Targets:
    """All targets of one kind of use, answered together from few contractions of the network."""

    names: Names
    network: Network
    targets: tuple[Target, ...]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The targets with their observations turned into tables once."""
        return tuple(self._ready(target) for target in self.targets)

    @cached_property
    def _alone(self) -> tuple[Question, ...]:
        """Questions of so many variables that their joint is too large."""
        return tuple(question for question in self.questions if self._size(question.axes) > LARGEST_JOINT)

    @cached_property
    def _joints(self) -> tuple[Joint, ...]:
        """For each intervention: few joints that answer all its other questions."""
        wanted: dict[Setting, list[tuple[frozenset[str], list[Question]]]] = {}
        for question in sorted(self.questions, key=lambda question: -len(question.axes)):
            if self._size(question.axes) > LARGEST_JOINT:
                continue
            sets = wanted.setdefault(_setting(question.target), [])
            for place, (axes, questions) in enumerate(sets):
                if self._size(axes | question.axes) <= LARGEST_JOINT:
                    sets[place] = axes | question.axes, [*questions, question]
                    break
            else:
                sets.append((question.axes, [question]))
        return tuple(
            Joint(setting, tuple(sorted(axes)), tuple(questions), self._weights(tuple(sorted(axes)), questions))
            for setting, sets in wanted.items()
            for axes, questions in sets
        )

    def evaluate(self, network: Network) -> Array:
        """Axes (target, draw): what the network says, in log odds."""
        found = {question.target.id: question.answer(network) for question in self._alone}
        for joint in self._joints:
            found |= zip((question.target.id for question in joint.questions), joint.answers(network), strict=True)
        if not self.targets:
            return np.zeros((0, network.draws))
        said: Array = np.stack([np.broadcast_to(found[target.id], (network.draws,)) for target in self.targets])
        return said

    @property
    def wanted(self) -> Array:
        """What the sources say, in log odds (a probability is converted)."""
        return np.array([wanted_log_odds(target) for target in self.targets])

    @property
    def spreads(self) -> Array:
        """Standard deviation of each target, in log odds."""
        return np.array([target.spread for target in self.targets])

    def _ready(self, target: Target) -> Question:
        conditions = [target.given] if target.versus is None else [target.given, target.versus]
        return Question(target, self._made(target.event), tuple(self._made(given, scale=True) for given in conditions))

    def _made(self, observations: Mapping[str, str], scale: bool = False) -> tuple[Table, ...]:
        """Tables of observations; many targets share theirs."""
        key = scale, frozenset(observations.items())
        if key not in self._kept:
            evidence = observe(self.names, observations).evidence
            self._kept[key] = tuple(evidence.tables(self.network.states, scale))
        return self._kept[key]

    def _weights(self, axes: tuple[str, ...], questions: Sequence[Question]) -> Array:
        """Likelihoods of what the questions ask over the cells of a joint: axes (mass, cell)."""
        sizes = [len(self.network.states[axis]) for axis in axes]
        rows = []
        for evidence in (each for question in questions for each in question.evidence):
            weights = reduce(np.multiply, (table.over(axes) for table in evidence), np.ones(1))
            rows.append(np.broadcast_to(weights, (*sizes, 1)).ravel())
        return np.array(rows)

    @cached_property
    def _kept(self) -> dict[object, tuple[Table, ...]]:
        return {}

    def _size(self, axes: frozenset[str]) -> int:
        return prod(len(self.network.states[axis]) for axis in axes)


def wanted_log_odds(target: Target) -> float:
    """The target's value on the scale on which it is fitted."""
    return target.value if target.versus is not None else float(logit(np.array(target.value)))


def _setting(target: Target) -> Setting:
    return tuple(sorted(target.do.items()))
