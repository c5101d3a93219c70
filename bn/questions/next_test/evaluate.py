r"""What one test in one person's situation is expected to tell: certainty, movement of the risk, decisions.

All from two rows of numbers: the risk after each possible reading, and the probability of that reading.
Certainty is gained as the mutual information of reading and outcome, in bits,

    I = \sum_x P(x) [q_x log2(q_x / q) + (1 - q_x) log2((1 - q_x) / (1 - q))],

with q the risk now and q_x that after reading x. A threshold t stands for an action that one takes when
the risk is at least t, so that t / (1 - t) is the harm of acting on someone without the outcome in units of
the good of acting on someone with it. Acting at risk q then has the net benefit (q - t) / (1 - t), and not
acting 0; the value of a reading is what the best choice after it is worth on average, less what the best
choice is worth now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bn.core.conditioned import Conditioned
from bn.engine import infer
from bn.questions.findings import Finding
from bn.questions.next_test.candidates import Candidate
from bn.questions.reading import Grid, companions, correlated, densities, grid
from cpds.records import Quantity
from cpds.table import Array, Table

if TYPE_CHECKING:
    from bn.core.model import Model


@dataclass(frozen=True)
class RiskOutlook:
    """Risk after each possible reading and the probability of the reading; `shares` sum to 1."""

    after: Array
    shares: Array

    @classmethod
    def of(cls, joint: Array, state: int) -> RiskOutlook:
        """From P(outcome, reading), axes (state, reading)."""
        shares = joint.sum(axis=0)
        now = np.full(shares.shape, joint[state].sum() / shares.sum())
        return cls(np.divide(joint[state], shares, out=now, where=shares > 0), shares)

    @property
    def now(self) -> float:
        """The risk before the reading, which is the mean of that after it."""
        return float(self.after @ self.shares)

    @property
    def bits(self) -> float:
        """Mutual information of reading and outcome, in bits.

        A reading that settles an even question gives one bit; one that says nothing gives none:

        >>> RiskOutlook(np.array([0.0, 1.0]), np.array([0.5, 0.5])).bits
        1.0
        >>> RiskOutlook(np.array([0.3, 0.3]), np.array([0.4, 0.6])).bits
        0.0
        """
        gains = _part(self.after, self.now) + _part(1 - self.after, 1 - self.now)
        return max(0.0, float(gains @ self.shares))

    @property
    def expected_change(self) -> float:
        """Mean distance by which the risk moves."""
        return float(abs(self.after - self.now) @ self.shares)

    def crossing(self, threshold: float) -> float:
        """Probability that the risk moves to the other side of the threshold.

        >>> RiskOutlook(np.array([0.2, 0.6]), np.array([0.75, 0.25])).crossing(0.5)  # 0.3 now
        0.25
        """
        return float(self.shares[self._crossed(threshold)].sum())

    def _crossed(self, threshold: float) -> NDArray[np.bool_]:
        """Readings after which the risk is on the other side."""
        crossed: NDArray[np.bool_] = (self.after >= threshold) != (self.now >= threshold)
        return crossed

    def value(self, threshold: float) -> float:
        """Expected gain in net benefit, in units of acting rightly on one person with the outcome.

        At 0.3 now one does not act. In a quarter of readings the risk is 0.6 and acting is worth
        (0.6 - 0.5) / 0.5 = 0.2:

        >>> round(RiskOutlook(np.array([0.2, 0.6]), np.array([0.75, 0.25])).value(0.5), 12)
        0.05
        """
        gains = abs(self.after - threshold) * self.shares
        return float(gains[self._crossed(threshold)].sum()) / (1 - threshold)

    def span(self, level: float) -> tuple[float, float]:
        """Central range of the risk after the reading: the least and the largest beyond which a tail is left."""
        order = np.argsort(self.after)
        below = np.cumsum(self.shares[order])
        tail = (1 - level) / 2
        ends = (int(np.searchsorted(below, end)) for end in (tail, 1 - tail))
        low, high = (float(self.after[order[min(end, len(order) - 1)]]) for end in ends)
        return low, high


def _part(after: Array, now: float) -> Array:
    """What one outcome adds to the bits of each reading: after log2(after / now), 0 where after is 0."""
    part: Array = after * np.log2(np.where(after > 0, after, 1.0) / now)
    return np.where(after > 0, part, 0.0)


def entropy(risk: float) -> float:
    """Uncertainty about an outcome, in bits.

    >>> entropy(0.5), entropy(1.0)
    (1.0, 0.0)
    """
    return float(sum(p * np.log2(1 / p) for p in (risk, 1 - risk) if p > 0))


_REFINEMENTS = 2


@dataclass(frozen=True)
class Evaluator:
    """A person, and the findings that count."""

    model: Model
    person: Conditioned
    findings: Sequence[Finding]

    def outlooks(self, candidates: Sequence[Candidate], threshold: float | None) -> list[RiskOutlook]:
        """What each candidate's reading would do to the risk, in their order.

        With a threshold, the grid of a number is broken where the risk crosses it, so that the
        probability of crossing is as exact as the rest.
        """
        foretold = [self._foretell(candidate, ()) for candidate in candidates]
        joints = self.person.joints_over((table.axes for _, table in foretold), self.model.risk_of[0])
        found = []
        for candidate, (at, table) in zip(candidates, foretold, strict=True):
            joint = joints[table.axes]
            outlook = self._prospect(joint, at, table)
            if threshold is not None and isinstance(candidate.marker, Quantity):
                for _ in range(_REFINEMENTS):
                    at, table = self._foretell(candidate, _crossings(at, outlook, threshold))
                    outlook = self._prospect(joint, at, table)
            found.append(outlook)
        return found

    def _foretell(self, candidate: Candidate, breaks: Iterable[float]) -> tuple[Grid, Table]:
        """Readings and the density of each given the open variables that it tells of."""
        knowledge, marker = self.model.knowledge, candidate.marker
        if marker is None:
            size = len(candidate.variable.states)
            return Grid(np.arange(float(size)), np.ones(size)), Table((candidate.variable.id,), np.eye(size))
        at = grid(knowledge, marker, breaks)
        others = companions(knowledge, marker, self.findings)
        partners = correlated(knowledge, marker) & {finding.id for finding in self.findings}
        table = densities(knowledge, marker, at, others, self.person.known, len(partners))
        assert table is not None
        return at, table

    def _prospect(self, joint: Table, at: Grid, table: Table) -> RiskOutlook:
        risk, state = self.model.risk_of
        both = infer([joint, Table(table.axes, table.values * at.lengths)], keep=(risk,)).total.values
        return RiskOutlook.of(both, self.model.network.state_index(risk, state))


def _crossings(at: Grid, outlook: RiskOutlook, threshold: float) -> list[float]:
    """Readings at which the risk crosses the threshold, interpolated, each between its neighbors in the grid.

    With all three as breaks the next grid is some fifty times finer there.
    """
    over = outlook.after - threshold
    left = np.flatnonzero((over[:-1] >= 0) != (over[1:] >= 0))
    low, high = at.values[left], at.values[left + 1]
    crossed = low + over[left] / (over[left] - over[left + 1]) * (high - low)
    return [float(value) for value in (*low, *crossed, *high)]
