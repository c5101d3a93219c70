"""The kernel of every question that is asked of every row: a query, findings as arrays, and the cheapest way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from bn.cohort.kernel.blocks import ByBlocks
from bn.cohort.kernel.plan import Plan, Strategy
from bn.cohort.kernel.query import Answers, Posteriors
from bn.cohort.kernel.strategies import ByContraction, ByElimination
from bn.core.evidence import Findings, Indices
from cpds.knowledge import Knowledge
from cpds.records import CONTEXT_ROLES
from cpds.strata import measured_by

MAX_STATES = 1 << 12


@dataclass(frozen=True)
class Kernel:
    """Answers rows by a query; what it makes ready for some rows serves the next, also in several threads.

    `point` is the query at one parameter vector; `draws`, with one column, is asked for the interval of that column,
    None without an interval. Rows whose measured variables have more than `max_states` joint states in all go by which
    variables they have evidence on.
    """

    point: Posteriors
    draws: Posteriors | None = None
    max_states: int = MAX_STATES

    @cached_property
    def strategies(self) -> tuple[Strategy, ...]:
        """The ways to answer rows; of those that cost the same the first is taken."""
        return (
            ByContraction(self.point, self.draws, self.max_states),
            ByElimination(self.point, self.draws),
            ByBlocks(self.point, self.draws),
        )

    def answer(self, findings: Findings, rows: Indices) -> Answers:
        """Answers to some of the rows of `findings`, NaN in the others and where findings cannot occur together."""
        findings = findings.settled(self._knowledge)
        answers = Answers.empty(findings.rows, rows, self.point.width, self.draws is not None)
        if len(rows):
            for strategy, plan in self._plans(findings, rows):
                strategy.answer(plan, answers)
        return answers

    @property
    def _knowledge(self) -> Knowledge:
        return self.point.knowledge

    def _plans(self, findings: Findings, rows: Indices) -> Iterator[tuple[Strategy, Plan]]:
        """All rows in one plan; or, where too much is measured in all, those together that are worth a contraction.

        These are many rows with evidence on the same variables. What is left over is one plan again.
        """
        given = self._given(findings)
        whole = Plan.of(self._knowledge, findings, rows, tuple(name for name in given if given[name][rows].any()))
        strategy, cost = self._cheapest(whole)
        if whole.states <= self.max_states:
            yield strategy, whole
            return
        patterns, which = np.unique(
            np.array([given[name][rows] for name in whole.measured]).T, axis=0, return_inverse=True
        )
        which = which.ravel()
        left = np.ones(len(rows), dtype=bool)
        least = self.point.contraction_cost(1, 1, (), 0)
        for place in np.flatnonzero(np.bincount(which) * cost / len(rows) > least):
            some = which == place
            names = tuple(name for name, there in zip(whole.measured, patterns[place], strict=True) if there)
            plan = Plan.of(self._knowledge, findings, rows[some], names)
            share = cost * some.sum() / len(rows)
            own, its_cost = self._cheapest(plan, share, but=strategy)
            if its_cost < share:
                left &= ~some
                yield own, plan
        if left.all():
            yield strategy, whole
        elif left.any():
            plan = Plan.of(self._knowledge, findings, rows[left], whole.measured)
            yield self._cheapest(plan)[0], plan

    def _cheapest(self, plan: Plan, least: float = inf, but: Strategy | None = None) -> tuple[Strategy, float]:
        """The first of the strategies, `but` one, that cost less than `least`, and its cost."""
        chosen = self.strategies[0]
        for strategy in self.strategies:
            if strategy is not but and (cost := strategy.cost(plan, least)) < least:
                chosen, least = strategy, cost
        return chosen, least

    def _given(self, findings: Findings) -> dict[str, NDArray[np.bool_]]:
        """Rows with evidence on each variable that is not context, also of what cuts the reference of a marker."""
        given: dict[str, NDArray[np.bool_]] = {
            name: ~statements.silent for name, statements in findings.statements.items()
        }
        for marker, reading in findings.readings.items():
            for name in measured_by(self._knowledge, marker):
                given[name] = given[name] | reading.measured if name in given else reading.measured
        variables = self._knowledge.variables
        return {name: given[name] for name in variables if name in given and variables[name].role not in CONTEXT_ROLES}
