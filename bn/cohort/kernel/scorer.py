"""The exact posterior of every row: which rows are answered together, and which by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bn.cohort.kernel.problems import Problems
from bn.cohort.kernel.scores import Found, Scores
from bn.cohort.kernel.singly import Singly
from bn.cohort.kernel.together import Asked, Plan, Together
from bn.core.evidence import Findings, Indices, weigh
from cpds.records import CONTEXT_ROLES, SCORED_ROLES

if TYPE_CHECKING:
    from bn.core.model import Model

MAX_STATES = 1 << 12
IMPOSSIBLE = "these findings cannot occur together; check each of them"


@dataclass
class Scorer:
    """Answers rows by a network; what it makes ready for some rows serves the next, also in several threads.

    `posteriors` says whether all scored variables are asked for or the risk alone, `interval` whether the risk's
    interval is. Rows whose measured variables have more than `max_states` joint states in all go by which variables
    they have evidence on.
    """

    model: Model
    interval: bool = True
    posteriors: bool = True
    max_states: int = MAX_STATES

    def __post_init__(self) -> None:
        model = self.model
        draws = {name: values[1:] for name, values in model.parameters.items()}
        self._together = Together(
            model.knowledge,
            Asked(self.columns, model.point, np.float64),
            Asked((self.risk_of,), draws, np.float32) if self.interval else None,
        )
        self._singly = Singly(model, self.columns, self.risk_of, self.interval)

    @cached_property
    def columns(self) -> tuple[tuple[str, int], ...]:
        """Variables that are asked for and their states after the first, as (variable, index)."""
        variables = self.model.knowledge.variables
        return tuple(
            (name, state)
            for name, variable in variables.items()
            if (variable.role in SCORED_ROLES if self.posteriors else name == self.risk_of[0])
            for state in range(1, len(variable.states))
        )

    @cached_property
    def risk_of(self) -> tuple[str, int]:
        """Variable and index of the state whose probability is the risk."""
        variable, state = self.model.risk_of
        return variable, self.model.knowledge.variables[variable].states.index(state)

    def room(self, rows: int) -> Scores:
        """Room for the results of so many rows."""
        return Scores.room(self.columns, rows, self.interval)

    def score(self, findings: Findings, problems: Problems, room: Scores | None = None) -> Scores:
        """Posteriors of the rows without a problem, written to `room`; impossible evidence becomes a problem."""
        findings = findings.settled(self.model.knowledge)
        fine = problems.fine
        scores = room or self.room(findings.rows)
        found = Found.beside(scores, fine)
        for rows, plan in self._plans(findings, np.flatnonzero(fine)):
            if plan:
                self._together.answer(plan, found)
            else:
                self._one_by_one(findings, rows, found)
        found.lay(scores)
        variable, state = self.risk_of
        scores.risk[:] = scores.posterior(variable)[state]
        blank = np.flatnonzero(np.isnan(scores.risk))
        problems.add(IMPOSSIBLE, blank[fine[blank]])
        return scores

    def _plans(self, findings: Findings, fine: Indices) -> Iterator[tuple[Indices, Plan | None]]:
        """Rows with the plan by which they are answered together, None where they are not."""
        given = self._given(findings)
        whole = self._plan(findings, fine, tuple(name for name in given if given[name][fine].any()))
        if whole.states <= self.max_states:
            yield fine, whole if self._together.pays(whole) else None
            return
        pattern_of = np.array([given[name][fine] for name in whole.measured]).T
        patterns, which = np.unique(pattern_of, axis=0, return_inverse=True)
        order = np.argsort(which, kind="stable")
        groups = np.split(fine[order], np.cumsum(np.bincount(which))[:-1])
        for pattern, rows in zip(patterns, groups, strict=True):
            names = tuple(name for name, there in zip(whole.measured, pattern, strict=True) if there)
            plan = self._plan(findings, rows, names)
            yield rows, plan if plan.states <= self.max_states and self._together.pays(plan) else None

    def _plan(self, findings: Findings, rows: Indices, measured: tuple[str, ...]) -> Plan:
        return Plan.of(self.model.knowledge, findings, rows, measured)

    def _given(self, findings: Findings) -> dict[str, NDArray[np.bool_]]:
        """Rows with evidence on each variable that is not context."""
        given: dict[str, NDArray[np.bool_]] = {name: ~said.silent for name, said in findings.statements.items()}
        for marker, reading in findings.readings.items():
            name = self.model.knowledge.biomarkers[marker].variable
            given[name] = given[name] | reading.measured if name in given else reading.measured
        variables = self.model.knowledge.variables
        return {name: given[name] for name in variables if name in given and variables[name].role not in CONTEXT_ROLES}

    def _one_by_one(self, findings: Findings, rows: Indices, found: Found) -> None:
        for row in rows:
            here = np.array([row])
            answer = self._singly.answer(weigh(self.model.knowledge, findings.take(here).observed()))
            if answer is None:
                found.put(here, np.nan, np.nan, np.nan)
            else:
                ends = None if answer.interval is None else np.array(answer.interval)[:, None]
                found.put(here, answer.probabilities, answer.log_evidence, ends)
