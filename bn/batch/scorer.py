"""The exact posterior of every row: which rows are answered together, and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bn.batch.context import Context
from bn.batch.contract import Contraction
from bn.batch.findings import Findings
from bn.batch.joints import Joints
from bn.batch.layout import fixed, is_few
from bn.batch.likelihood import Likelihoods
from bn.batch.pieces import batches
from bn.batch.problems import Problems
from bn.batch.product import intervals, point_sums
from bn.batch.witnesses import Witnesses
from bn.errors import ImpossibleEvidenceError
from bn.evidence import Indices, weigh
from bn.person import beliefs
from bn.posterior import LEVEL, interval_of
from cpds.records import CONTEXT_ROLES, SCORED_ROLES
from cpds.table import Array

if TYPE_CHECKING:
    from bn.model import RiskModel

ROWS = 1 << 15
MAX_STATES = 1 << 12
KEPT = 4
IMPOSSIBLE = "these findings cannot occur together; check each of them"


@dataclass(frozen=True)
class Scores:
    """Raw results, NaN in rows with a problem.

    `probabilities` has axes (column, row): `columns` names the (variable, index of state) of each, all states
    but the first of every scored variable. `risk` and `log_evidence` have axis (row), `interval` (low / high,
    row), None where it was not asked for.
    """

    columns: tuple[tuple[str, int], ...]
    probabilities: Array
    log_evidence: Array
    risk: Array
    interval: Array | None

    def posterior(self, variable: str) -> Array:
        """P(state) of one scored variable, axes (state, row)."""
        others = self.probabilities[[place for place, (name, _) in enumerate(self.columns) if name == variable]]
        return np.concatenate([1 - others.sum(axis=0, keepdims=True), others])


@dataclass
class Scorer:
    """Answers rows by a network; contractions are kept from one call to the next, also by several threads.

    Measured variables with more than `max_states` joint states are not contracted at once: rows then go
    by which variables they have evidence on, and those that still exceed it one by one.
    """

    model: RiskModel
    interval: bool = True
    max_states: int = MAX_STATES
    _joints: dict[tuple[object, ...], Joints] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def columns(self) -> tuple[tuple[str, int], ...]:
        """Scored variables and their states after the first, as (variable, index)."""
        variables = self.model.knowledge.variables
        return tuple(
            (name, state)
            for name, variable in variables.items()
            if variable.role in SCORED_ROLES
            for state in range(1, len(variable.states))
        )

    @property
    def risk_of(self) -> tuple[str, int]:
        """Variable and index of the state whose probability is the risk."""
        variable, state = self.model.risk_of
        return variable, self.model.knowledge.variables[variable].states.index(state)

    def score(self, findings: Findings, problems: Problems) -> Scores:
        """Posteriors of the rows without a problem; impossible evidence becomes one."""
        findings = findings.settled(self.model.knowledge)
        fine = problems.fine
        scores = self._blank(findings.rows)
        for rows, measured in self._groups(findings, np.flatnonzero(fine)):
            if self._states(measured) <= self.max_states:
                self._together(findings, rows, measured, scores)
            else:
                self._one_by_one(findings, rows, scores)
        blank = np.flatnonzero(np.isnan(scores.risk))
        scores.probabilities[:, blank] = np.nan
        problems.add(IMPOSSIBLE, blank[fine[blank]])
        return scores

    def _states(self, measured: tuple[str, ...]) -> int:
        return prod(len(self.model.knowledge.variables[name].states) for name in measured)

    def _blank(self, rows: int) -> Scores:
        interval = np.full((2, rows), np.nan) if self.interval else None
        return Scores(
            self.columns, np.empty((len(self.columns), rows)), np.full(rows, np.nan), np.full(rows, np.nan), interval
        )

    def _groups(self, findings: Findings, fine: Indices) -> Iterator[tuple[Indices, tuple[str, ...]]]:
        """Rows that are answered with one contraction, and the variables measured in them."""
        given = self._given(findings)
        measured = tuple(name for name in given if given[name][fine].any())
        if self._states(measured) <= self.max_states:
            yield fine, measured
            return
        patterns, which = np.unique(np.array([given[name][fine] for name in measured]).T, axis=0, return_inverse=True)
        order = np.argsort(which, kind="stable")
        groups = np.split(fine[order], np.cumsum(np.bincount(which))[:-1])
        for pattern, rows in zip(patterns, groups, strict=True):
            yield rows, tuple(name for name, there in zip(measured, pattern, strict=True) if there)

    def _given(self, findings: Findings) -> dict[str, NDArray[np.bool_]]:
        """Rows with evidence on each variable that is not context."""
        given: dict[str, NDArray[np.bool_]] = {name: ~said.silent for name, said in findings.said.items()}
        for marker, reading in findings.readings.items():
            name = self.model.knowledge.biomarkers[marker].variable
            given[name] = given[name] | reading.measured if name in given else reading.measured
        variables = self.model.knowledge.variables
        return {name: given[name] for name in variables if name in given and variables[name].role not in CONTEXT_ROLES}

    def _together(self, findings: Findings, rows: Indices, measured: tuple[str, ...], scores: Scores) -> None:
        """Rows by one contraction, those of like context after one another, a batch at a time."""
        knowledge = self.model.knowledge
        chosen = findings.take(rows) if len(rows) < findings.rows else findings
        context = Context.of(knowledge, chosen)
        groups = context.groups(chosen)
        few = is_few(groups)
        point = self._contraction(context, few, measured, self.columns, slice(0, 1))
        draws = self._contraction(context, few, measured, (self.risk_of,), slice(1, None)) if self.interval else None
        point.prepare(sets for group in groups for sets, _ in group.alternatives)
        witnesses = {name: Witnesses.of(knowledge, chosen, name) for name in measured}
        for batch in batches(context, groups, ROWS):
            here = rows[batch.rows]
            likelihoods = Likelihoods.of(witnesses, batch)
            sums = point_sums(batch, likelihoods, point)
            total = np.where(sums[-1] > 0, sums[-1], np.nan)
            for probability, share in zip(scores.probabilities, sums[:-1] / total, strict=True):
                probability[here] = share
            scores.log_evidence[here] = np.log(total) + likelihoods.log_scale
            if draws and scores.interval is not None:
                scores.interval[:, here] = intervals(batch, likelihoods, draws)
        variable, state = self.risk_of
        scores.risk[rows] = scores.posterior(variable)[state, rows]

    def _contraction(
        self,
        context: Context,
        few: bool,
        measured: tuple[str, ...],
        columns: tuple[tuple[str, int], ...],
        draws: slice,
    ) -> Joints:
        key = (few, context.names, tuple(context.cuts.items()), measured, columns)
        with self._lock:
            if key not in self._joints:
                parameters = {name: values[draws] for name, values in self.model.parameters.items()}
                count = max(len(values) for values in parameters.values())
                kind = np.float64 if draws.start == 0 else np.float32
                cell = np.dtype(kind).itemsize * self._states(measured) * (len(columns) + 1) * count
                outer = context.names if few else fixed(context, cell)
                while len(self._joints) >= KEPT:
                    del self._joints[next(iter(self._joints))]
                known = self.model.knowledge
                self._joints[key] = Joints(Contraction(known, parameters, context, outer, measured, columns, kind))
            return self._joints[key]

    def _one_by_one(self, findings: Findings, rows: Indices, scores: Scores) -> None:
        """Rows with evidence on too many variables for a contraction."""
        knowledge = self.model.knowledge
        parameters = self.model.parameters if self.interval else self.model.point
        variable, state = self.risk_of
        for row in rows:
            evidence = weigh(knowledge, findings.take(np.array([row])).observed())
            try:
                found, log_evidence = beliefs(knowledge, parameters, evidence)
            except ImpossibleEvidenceError:
                continue
            for place, (name, of) in enumerate(self.columns):
                scores.probabilities[place, row] = found[name][of, 0]
            scores.risk[row] = found[variable][state, 0]
            scores.log_evidence[row] = log_evidence[0]
            if scores.interval is not None:
                scores.interval[:, row] = interval_of(found[variable][state, 1:], LEVEL)
