"""Targets as functions of the parameters: what the network says where a source printed a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from bn.core.model import Network
from bn.core.names import Names
from bn.core.observe import observe
from bn.engine import condition, infer, known_states
from cpds.logistic import logit
from cpds.records import Target
from cpds.table import Array, Table

LARGEST_JOINT = 8192


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

    def answer(self, joint: Table) -> Array:
        """Log odds of the event, or their difference between the two conditions, one number a draw."""
        odds = [logit(_mass(joint, (*self.event, *given)) / _mass(joint, given)) for given in self.conditions]
        return odds[0] - odds[1] if len(odds) == 2 else odds[0]

    def answer_conditioned(self, network: Network) -> Array:
        """The same for a condition that names the states of many variables: the network is cut down to them."""
        odds = []
        for given in self.conditions:
            tables = condition([*network.tables.values(), *given], known_states(given))
            below, above = infer(tables).total.values, infer([*tables, *self.event]).total.values
            odds.append(logit(above / below))
        return odds[0] - odds[1] if len(odds) == 2 else odds[0]


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
    def _plans(self) -> Mapping[tuple[tuple[str, str], ...], Sequence[tuple[str, ...]]]:
        """For each intervention: sets of variables whose joints answer all its questions."""
        wanted: dict[tuple[tuple[str, str], ...], list[frozenset[str]]] = {}
        for question in sorted(self.questions, key=lambda question: -len(question.axes)):
            sets = wanted.setdefault(_setting(question.target), [])
            if self._size(question.axes) > LARGEST_JOINT:
                continue
            home = next(
                (index for index, axes in enumerate(sets) if self._size(axes | question.axes) <= LARGEST_JOINT), None
            )
            if home is None:
                sets.append(question.axes)
            else:
                sets[home] |= question.axes
        return {setting: [tuple(sorted(axes)) for axes in sets] for setting, sets in wanted.items()}

    def evaluate(self, network: Network) -> Array:
        """Axes (target, draw): what the network says, in log odds."""
        joints: dict[tuple[tuple[str, str], ...], list[Table]] = {}
        for setting, sets in self._plans.items():
            changed = network
            for variable, state in setting:
                changed = changed.do(variable, state)
            totals = [infer(list(changed.tables.values()), keep=axes).total for axes in sets]
            joints[setting] = [Table(total.axes, np.ascontiguousarray(total.values)) for total in totals]
        answers = []
        for question in self.questions:
            if self._size(question.axes) > LARGEST_JOINT:
                answer = question.answer_conditioned(network)
            else:
                answer = question.answer(
                    next(j for j in joints[_setting(question.target)] if question.axes <= set(j.axes))
                )
            answers.append(np.broadcast_to(answer, (network.draws,)))
        return np.array(answers)

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

    @cached_property
    def _kept(self) -> dict[object, tuple[Table, ...]]:
        return {}

    def _size(self, axes: frozenset[str]) -> int:
        return prod(len(self.network.states[axis]) for axis in axes)


def wanted_log_odds(target: Target) -> float:
    """The target's value on the scale on which it is fitted."""
    return target.value if target.versus is not None else float(logit(np.array(target.value)))


def _setting(target: Target) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(target.do.items()))


def _mass(joint: Table, tables: Sequence[Table]) -> Array:
    """Sum of the joint weighted by likelihood tables, one number a draw."""
    weights = np.ones(1)
    for table in tables:
        weights = weights * table.over(joint.axes)
    along = np.broadcast_to(weights, (*joint.values.shape[:-1], 1)).ravel()
    total: Array = along @ joint.values.reshape(len(along), -1)
    return total
