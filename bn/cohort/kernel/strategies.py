"""The ways to answer rows: the network contracted once for each context, or the rows eliminated by themselves.

A strategy says what it would cost to answer the rows of a plan, in rows answered by themselves, and answers them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import inf
from threading import Lock

import numpy as np

from bn.cohort.kernel.context import Batch, batches
from bn.cohort.kernel.contraction import Contraction, Joints
from bn.cohort.kernel.likelihoods import JointLikelihoods, Likelihoods
from bn.cohort.kernel.plan import Plan
from bn.cohort.kernel.query import Answers, Elimination, Posteriors
from bn.core.answer import LEVEL, interval_of
from bn.core.evidence import Evidence, Indices, scaled, weigh
from bn.engine import condition
from cpds.table import Array, Table

ENTRIES = 1 << 16
"""Entries of a batch, about."""
WEIGHTS = 1 << 18
"""Weights at once, one for each entry and joint state; `_sums_and_intervals` says why so many."""
CONTRACTIONS = 4
PIECE = 256
"""Terms that are added up in one go, in single precision."""
ROW, ROW_AT_DRAW = 2000.0, 40.0
"""Microseconds for a row that is answered by itself, at the point and at each draw, as measured."""
DRAWS_AT_ONCE, ROWS_AT_ONCE, ROWS_WEIGHED = 400, 32, 1 << 10


@dataclass
class ByContraction:
    """The network is contracted once for each context, and weighed by every row in it; contractions are kept.

    Rows with more than `max_states` joint states of their measured variables cannot be answered. `draws` has one
    column, whose interval is wanted; None without an interval.
    """

    point: Posteriors
    draws: Posteriors | None
    max_states: int
    _joints: dict[tuple[object, ...], Joints] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def cost(self, plan: Plan, limit: float = inf) -> float:
        """Of the tiles that are not there yet, and of weighing the rows by them."""
        if plan.states > self.max_states:
            return inf
        return sum(self._cost(plan, query) for query in (self.point, self.draws) if query)

    def _cost(self, plan: Plan, query: Posteriors) -> float:
        tiles, cells = plan.tiles(plan.outer(query))
        return query.contraction_cost(tiles, cells, plan.measured, plan.entries)

    def answer(self, plan: Plan, answers: Answers) -> None:
        """Rows of like context one after the other, a batch at a time."""
        point = self._contraction(plan, self.point)
        draws = self._contraction(plan, self.draws) if self.draws else None
        point.prepare(plan.cells)
        weighed = [JointLikelihoods.of(plan.knowledge, plan.findings, names) for names in plan.jointly]
        for batch in batches(plan.context, plan.groups, ENTRIES, WEIGHTS // plan.states):
            likelihoods = Likelihoods.of(weighed, batch)
            sums, ends = _sums_and_intervals(batch, likelihoods, point, draws)
            answers.put(plan.rows[batch.rows], sums, likelihoods.log_scale, ends)

    def _contraction(self, plan: Plan, query: Posteriors) -> Joints:
        context, outer = plan.context, plan.outer(query)
        key = (outer, context.names, tuple(context.stratified.items()), plan.measured, query is self.draws)
        with self._lock:
            if key not in self._joints:
                while len(self._joints) >= CONTRACTIONS:
                    del self._joints[next(iter(self._joints))]
                self._joints[key] = Joints(Contraction(query, context, outer, plan.measured))
            return self._joints[key]


def _sums_and_intervals(
    batch: Batch, likelihoods: Likelihoods, point: Joints, draws: Joints | None
) -> tuple[Array, Array | None]:
    """Each row's weights summed over the joint, axes (row, column), the plain sum last; and with draws the interval.

    The interval has axes (low / high, row): central over the draws of the one column's share.

    Why it has this shape: rows are the last axis of the weights, so that building them takes a few long
    multiplications, one a measured variable, on so many rows that their weights take two megabytes: with fewer, matrix
    products are small and threads wait for the interpreter; more would leave the cache. All rows of one context then
    are one matrix product, over the joint states of all their alternatives at once. Draws are only more columns of the
    joint, in single precision.
    """
    longest = max(run[-1].entries.stop - run[0].entries.start for run in batch.runs)
    buffer = np.empty(likelihoods.states * longest)
    sums = np.empty((len(batch.rows), point.contraction.query.width + 1))
    ends = np.empty((2, len(batch.rows))) if draws else None
    cells = lru_cache(maxsize=1)(point.cells)
    drawn = lru_cache(maxsize=1)(draws.cells) if draws else None
    for run in batch.runs:
        start = run[0].entries.start
        weights = likelihoods.joint(run, buffer)
        for span in run:
            own = weights[:, span.entries.start - start : span.entries.stop - start]
            own = own.reshape(-1, span.rows.stop - span.rows.start).T
            np.matmul(own, cells(span.alternatives), out=sums[span.rows])
            if drawn and ends is not None:
                found = in_single(own, drawn(span.alternatives))
                ends[:, span.rows] = _interval(*np.split(found, 2, axis=1))
    return sums, ends


def in_single(weights: Array, joint: np.ndarray) -> np.ndarray:
    """Matrix product in single precision, a sum of pieces: axes (row, column).

    Rounding adds up with the length of a sum, most where one row is alone in its context (a vector product keeps one
    running sum), so a long sum is made of short ones: of a few hundred random rows with 6 to 9 extreme markers and an
    open context, the worst interval then is 5e-7 from that of double precision, for 1.1e-6 in one go.
    """
    sums: np.ndarray = weights[:, :PIECE].astype(np.float32) @ joint[:PIECE]
    for start in range(PIECE, len(joint), PIECE):
        sums += weights[:, start : start + PIECE].astype(np.float32) @ joint[start : start + PIECE]
    return sums


def _interval(joint: np.ndarray, total: np.ndarray) -> Array:
    """Interval of the share of `joint` in `total`, axes (..., draw), over the draws: (low / high, ...)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack(interval_of(np.divide(joint, total, out=joint), LEVEL))


@dataclass(frozen=True)
class ByElimination:
    """Each row by itself, which for a few rows is less work than a contraction.

    At the point, rows of which the same is known for certain are the batch entries of one elimination; with draws
    these are. CPDs of rows that know the same states are built once.
    """

    point: Posteriors
    draws: Posteriors | None

    def cost(self, plan: Plan, limit: float = inf) -> float:
        """Of the rows at the point, and of each at all draws."""
        return len(plan.rows) * (ROW + (ROW_AT_DRAW * self.draws.draws if self.draws else 0.0))

    def answer(self, plan: Plan, answers: Answers) -> None:
        """Rows with the same certain states and kinds of findings together."""
        for start in range(0, len(plan.rows), ROWS_WEIGHED):
            some = np.arange(start, min(start + ROWS_WEIGHED, len(plan.rows)))
            evidence = weigh(plan.knowledge, plan.findings.take(some).observed())
            for places, known, tables, log_scale in _kinds(evidence):
                for first in range(0, len(places), ROWS_AT_ONCE):
                    here = slice(first, first + ROWS_AT_ONCE)
                    likelihoods = [Table(table.axes, table.values[..., here]) for table in tables]
                    sums = self._point.sums(known, likelihoods)
                    ends = self._intervals(known, likelihoods, len(places[here])) if self.draws else None
                    sums = np.broadcast_to(sums, (len(sums), len(places[here])))
                    answers.put(plan.rows[some[places[here]]], sums.T, log_scale[here], ends)

    def _intervals(self, known: Mapping[str, int], likelihoods: Sequence[Table], rows: int) -> Array:
        """Interval of the risk over the draws for each row, axes (low / high, row)."""
        ((name, state),) = self._draws[0].query.columns
        if name in known:
            return np.full((2, rows), float(known[name] == state))
        ends = []
        for row in range(rows):
            tables = [Table(table.axes, table.values[..., row : row + 1]) for table in likelihoods]
            ends.append(_interval(*np.concatenate([part.sums(known, tables) for part in self._draws], axis=1)))
        return np.stack(ends, axis=1)

    @cached_property
    def _point(self) -> Elimination:
        return Elimination(self.point)

    @cached_property
    def _draws(self) -> list[Elimination]:
        if self.draws is None:
            return []
        starts = range(0, self.draws.draws, DRAWS_AT_ONCE)
        return [Elimination(self.draws.some(start, DRAWS_AT_ONCE)) for start in starts]


def _kinds(evidence: Evidence) -> Iterator[tuple[Indices, dict[str, int], list[Table], Array]]:
    """Rows with the same certain states and findings on the same variables: their places, and what is found in them.

    That is the certain states by variable, likelihoods of the other findings, the largest of each row 1, and the
    natural log of what was divided out for that, axis (row).
    """
    soft = [Table(t.axes, np.broadcast_to(t.values, (*t.values.shape[:-1], evidence.rows))) for t in evidence.soft]
    contributing = [(table.values != 0).any(axis=tuple(range(len(table.axes)))) for table in soft]
    keys = np.column_stack([*evidence.known.values(), *contributing, np.zeros(evidence.rows, dtype=np.int64)])
    kinds, which = np.unique(keys, axis=0, return_inverse=True)
    for kind in range(len(kinds)):
        places = np.flatnonzero(which.ravel() == kind)
        known = {name: int(index[places[0]]) for name, index in evidence.known.items() if index[places[0]] >= 0}
        likelihoods, log_scale = [], np.zeros(len(places))
        for table, contributes in zip(soft, contributing, strict=True):
            if contributes[places[0]]:
                (logs,) = condition([Table(table.axes, table.values[..., places])], known)
                values, peak = scaled(logs.values)
                log_scale += peak
                likelihoods.append(Table(logs.axes, values))
        yield places, known, likelihoods, log_scale
