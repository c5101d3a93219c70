"""The exact posterior of every row: which rows are answered together, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bn.batch.block import Block, layout, take
from bn.batch.context import Context
from bn.batch.contract import Joints
from bn.batch.problems import Problems
from bn.errors import ImpossibleEvidenceError
from bn.evidence import Indices, Observed, weigh
from bn.person import beliefs
from bn.posterior import LEVEL, interval_of
from cpds.measurement import settle
from cpds.records import CONTEXT_ROLES, SCORED_ROLES
from cpds.table import Array

if TYPE_CHECKING:
    from bn.model import RiskModel

ENTRIES = 1 << 24
ROWS = 1 << 14
MAX_STATES = 1 << 12
KEPT = 4
IMPOSSIBLE = "these findings cannot occur together; check each of them"


@dataclass(frozen=True)
class Scores:
    """Raw results, NaN in rows with a problem.

    `posteriors[variable]` has axes (state, row), `risk` and `log_evidence` (row), `interval` (low / high,
    row), None where it was not asked for.
    """

    posteriors: Mapping[str, Array]
    log_evidence: Array
    risk: Array
    interval: Array | None


@dataclass(frozen=True)
class Scorer:
    """Answers rows by a network; contractions are kept from one call to the next.

    Measured variables with more than `max_states` joint states are not contracted at once: rows then go
    by which variables they have evidence on, and those that still exceed it one by one.
    """

    model: RiskModel
    interval: bool = True
    max_states: int = MAX_STATES
    _joints: dict[tuple[object, ...], Joints] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, tuple[str, ...]]:
        """The scored variables and their states."""
        variables = self.model.knowledge.variables
        return {name: variable.states for name, variable in variables.items() if variable.role in SCORED_ROLES}

    @property
    def risk_of(self) -> tuple[str, int]:
        """Variable and index of the state whose probability is the risk."""
        variable, state = self.model.risk_of
        return variable, self.model.knowledge.variables[variable].states.index(state)

    @property
    def sizes(self) -> dict[str, int]:
        """Number of states of every variable."""
        return {name: len(variable.states) for name, variable in self.model.knowledge.variables.items()}

    def score(
        self, observed: Observed, problems: Problems, progress: Callable[[int, int], None] | None = None
    ) -> Scores:
        """Posteriors of the rows without a problem; impossible evidence becomes one."""
        observed = replace(observed, readings=settle(self.model.knowledge, observed.readings))
        scores = self._blank(observed.rows)
        fine, done = np.flatnonzero(problems.fine), 0
        for rows, measured in self._groups(observed, fine):
            if prod(self.sizes[name] for name in measured) <= self.max_states:
                self._together(observed, rows, measured, scores)
            else:
                self._one_by_one(observed, rows, scores)
            done += len(rows)
            if progress:
                progress(done, len(fine))
        problems.add(IMPOSSIBLE, fine[np.isnan(scores.risk[fine])])
        return scores

    def _blank(self, rows: int) -> Scores:
        posteriors = {name: np.full((len(states), rows), np.nan) for name, states in self.variables.items()}
        interval = np.full((2, rows), np.nan) if self.interval else None
        return Scores(posteriors, np.full(rows, np.nan), np.full(rows, np.nan), interval)

    def _groups(self, observed: Observed, fine: Indices) -> Iterator[tuple[Indices, tuple[str, ...]]]:
        """Rows that are answered with one contraction, and the variables measured in them."""
        given = self._given(observed)
        measured = tuple(name for name in given if given[name][fine].any())
        if not measured or prod(self.sizes[name] for name in measured) <= self.max_states:
            yield fine, measured
            return
        patterns, which = np.unique(np.array([given[name][fine] for name in measured]).T, axis=0, return_inverse=True)
        order = np.argsort(which, kind="stable")
        groups = np.split(fine[order], np.cumsum(np.bincount(which))[:-1])
        for pattern, rows in zip(patterns, groups, strict=True):
            yield rows, tuple(name for name, there in zip(measured, pattern, strict=True) if there)

    def _given(self, observed: Observed) -> dict[str, NDArray[np.bool_]]:
        """Rows with evidence on each variable that is not context."""
        given: dict[str, NDArray[np.bool_]] = {}
        for name, weight in observed.weights.items():
            given[name] = (weight != 1).any(axis=0)
        for marker, reading in observed.readings.items():
            name = self.model.knowledge.biomarkers[marker].variable
            given[name] = given[name] | reading.measured if name in given else reading.measured
        variables = self.model.knowledge.variables
        return {name: given[name] for name in variables if name in given and variables[name].role not in CONTEXT_ROLES}

    def _together(self, observed: Observed, rows: Indices, measured: tuple[str, ...], scores: Scores) -> None:
        """Rows by one contraction, those of like context after one another, a block at a time."""
        chosen = take(observed, rows)
        context = Context.of(self.model.knowledge, chosen)
        states = prod(self.sizes[name] for name in measured)
        point = self._contraction(context, measured, self._point_columns(), slice(0, 1))
        draws = self._contraction(context, measured, (self.risk_of,), slice(1, None)) if self.interval else None
        order, step = context.order(), min(ROWS, max(1, ENTRIES // states))
        for start in range(0, len(rows), step):
            some = order[start : start + step]
            block = Block.of(self.model.knowledge, chosen, context, some, measured)
            self._point(block, point, rows[some], scores)
            if draws and scores.interval is not None:
                sums = block.sums(draws)
                with np.errstate(divide="ignore", invalid="ignore"):
                    scores.interval[:, rows[some]] = interval_of(sums[:, 0] / sums[:, 1], LEVEL)

    def _point_columns(self) -> tuple[tuple[str, int], ...]:
        """Every state of every scored variable, then the risk."""
        return (*((name, k) for name, states in self.variables.items() for k in range(len(states))), self.risk_of)

    def _contraction(
        self, context: Context, measured: tuple[str, ...], columns: tuple[tuple[str, int], ...], draws: slice
    ) -> Joints:
        parameters = {name: values[draws] for name, values in self.model.parameters.items()}
        count = max(len(values) for values in parameters.values())
        states = prod(self.sizes[name] for name in measured)
        outer, inner = layout(context, self.sizes, 8 * states * (len(columns) + 1) * count)
        key = (outer, inner, measured, columns)
        if key not in self._joints:
            while len(self._joints) >= KEPT:
                del self._joints[next(iter(self._joints))]
            self._joints[key] = Joints(self.model.knowledge, parameters, outer, inner, measured, columns)
        return self._joints[key]

    def _point(self, block: Block, joints: Joints, rows: Indices, scores: Scores) -> None:
        """Write what the point says of a block's rows; impossible ones stay NaN."""
        sums = block.sums(joints)[:, :, 0]
        total = np.where(sums[:, -1] > 0, sums[:, -1], np.nan)
        shares = (sums[:, :-1] / total[:, None]).T
        for (name, state), share in zip(joints.columns, shares[:-1], strict=False):
            scores.posteriors[name][state, rows] = share
        scores.risk[rows] = shares[-1]
        scores.log_evidence[rows] = np.log(total) + block.log_scale

    def _one_by_one(self, observed: Observed, rows: Indices, scores: Scores) -> None:
        """Rows with evidence on too many variables for a contraction."""
        knowledge = self.model.knowledge
        parameters = self.model.parameters if self.interval else self.model.point
        variable, state = self.risk_of
        for row in rows:
            evidence = weigh(knowledge, take(observed, np.array([row])))
            try:
                found, log_evidence = beliefs(knowledge, parameters, evidence)
            except ImpossibleEvidenceError:
                continue
            for name, posterior in scores.posteriors.items():
                posterior[:, row] = found[name][:, 0]
            scores.risk[row] = found[variable][state, 0]
            scores.log_evidence[row] = log_evidence[0]
            if scores.interval is not None:
                scores.interval[:, row] = interval_of(found[variable][state, 1:], LEVEL)
