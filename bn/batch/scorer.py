"""The exact posterior of every row: which rows are answered together, and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
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
from bn.batch.product import sums_and_intervals
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
ENTRIES = 1 << 15
TILE = 1 << 10
MAX_STATES = 1 << 12
KEPT = 4
IMPOSSIBLE = "these findings cannot occur together; check each of them"


@dataclass(frozen=True)
class Scores:
    """Raw results, NaN in rows with a problem.

    `probabilities` has axes (column, row): `columns` names the (variable, index of state) of each, all states
    but the first of every variable asked for. `risk` and `log_evidence` have axis (row), `interval` (low / high,
    row), None where it was not asked for.
    """

    columns: tuple[tuple[str, int], ...]
    probabilities: Array
    log_evidence: Array
    risk: Array
    interval: Array | None

    def posterior(self, variable: str) -> Array:
        """P(state) of one variable asked for, axes (state, row)."""
        others = self.probabilities[[place for place, (name, _) in enumerate(self.columns) if name == variable]]
        return np.concatenate([1 - others.sum(axis=0, keepdims=True), others])

    def part(self, rows: slice) -> Scores:
        """The same for some rows; to write there is to write here."""
        interval = None if self.interval is None else self.interval[:, rows]
        return Scores(self.columns, self.probabilities[:, rows], self.log_evidence[rows], self.risk[rows], interval)


@dataclass
class Scorer:
    """Answers rows by a network; contractions are kept from one call to the next, also by several threads.

    `posteriors` says whether all scored variables are asked for or the risk alone, `interval` whether the risk's
    interval is. Measured variables with more than `max_states` joint states are not contracted at once: rows then go
    by which variables they have evidence on, and those that still exceed it one by one.
    """

    model: RiskModel
    interval: bool = True
    posteriors: bool = True
    max_states: int = MAX_STATES
    _joints: dict[tuple[object, ...], Joints] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

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
        interval = np.empty((2, rows)) if self.interval else None
        return Scores(self.columns, np.empty((len(self.columns), rows)), np.empty(rows), np.empty(rows), interval)

    def score(self, findings: Findings, problems: Problems, room: Scores | None = None) -> Scores:
        """Posteriors of the rows without a problem, written to `room`; impossible evidence becomes a problem."""
        findings = findings.settled(self.model.knowledge)
        fine = problems.fine
        scores = room or self.room(findings.rows)
        for array in (scores.log_evidence, *([] if scores.interval is None else [scores.interval])):
            array[..., ~fine] = np.nan
        found = np.empty((findings.rows, len(self.columns)))
        found[~fine] = np.nan
        for rows, measured in self._groups(findings, np.flatnonzero(fine)):
            if self._states(measured) <= self.max_states:
                self._together(findings, rows, measured, found, scores)
            else:
                self._one_by_one(findings, rows, found, scores)
        for start in range(0, len(found), TILE):
            scores.probabilities[:, start : start + TILE] = found[start : start + TILE].T
        variable, state = self.risk_of
        scores.risk[:] = scores.posterior(variable)[state]
        blank = np.flatnonzero(np.isnan(scores.risk))
        problems.add(IMPOSSIBLE, blank[fine[blank]])
        return scores

    def _states(self, measured: tuple[str, ...]) -> int:
        return prod(len(self.model.knowledge.variables[name].states) for name in measured)

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

    def _together(
        self, findings: Findings, rows: Indices, measured: tuple[str, ...], found: Array, scores: Scores
    ) -> None:
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
        most = ENTRIES // self._states(measured)
        for batch in batches(context, groups, ROWS, most):
            here = rows[batch.rows]
            likelihoods = Likelihoods.of(witnesses, batch)
            sums, ends = sums_and_intervals(batch, likelihoods, point, draws)
            total = np.where(sums[:, -1] > 0, sums[:, -1], np.nan)
            found[here] = sums[:, :-1] / total[:, None]
            scores.log_evidence[here] = np.log(total) + likelihoods.log_scale
            if ends is not None and scores.interval is not None:
                scores.interval[:, here] = ends

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

    def _one_by_one(self, findings: Findings, rows: Indices, found: Array, scores: Scores) -> None:
        """Rows with evidence on too many variables for a contraction."""
        knowledge = self.model.knowledge
        parameters = self.model.parameters if self.interval else self.model.point
        variable, state = self.risk_of
        for row in rows:
            evidence = weigh(knowledge, findings.take(np.array([row])).observed())
            try:
                posterior, log_evidence = beliefs(knowledge, parameters, evidence)
            except ImpossibleEvidenceError:
                found[row] = scores.log_evidence[row] = np.nan
                if scores.interval is not None:
                    scores.interval[:, row] = np.nan
                continue
            found[row] = [posterior[name][of, 0] for name, of in self.columns]
            scores.log_evidence[row] = log_evidence[0]
            if scores.interval is not None:
                scores.interval[:, row] = interval_of(posterior[variable][state, 1:], LEVEL)
