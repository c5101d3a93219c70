"""One test in one person: the joint of outcome and reading, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bn.core.conditioned import Conditioned
from bn.engine import infer
from bn.questions.findings import Finding
from bn.questions.next_test.candidates import Candidate
from bn.questions.next_test.gain import Prospect
from bn.questions.reading import Grid, companions, correlated, densities, discounted, grid
from cpds.records import Quantity
from cpds.table import Table

if TYPE_CHECKING:
    from bn.core.model import Model

_REFINEMENTS = 2


@dataclass(frozen=True)
class Judge:
    """A person, and the findings that count."""

    model: Model
    person: Conditioned
    findings: Sequence[Finding]

    def prospects(self, candidates: Sequence[Candidate], threshold: float | None) -> list[Prospect]:
        """What each candidate's reading would do to the risk, in their order.

        With a threshold, the grid of a number is broken where the risk crosses it, so that the
        probability of crossing is as exact as the rest.
        """
        foretold = [self._foretell(candidate, ()) for candidate in candidates]
        joints = self.person.joints_over((table.axes for _, table in foretold), self.model.risk_of[0])
        found = []
        for candidate, (at, table) in zip(candidates, foretold, strict=True):
            joint = joints[table.axes]
            prospect = self._prospect(joint, at, table)
            if threshold is not None and isinstance(candidate.marker, Quantity):
                for _ in range(_REFINEMENTS):
                    at, table = self._foretell(candidate, _crossings(at, prospect, threshold))
                    prospect = self._prospect(joint, at, table)
            found.append(prospect)
        return found

    def _foretell(self, candidate: Candidate, breaks: Iterable[float]) -> tuple[Grid, Table]:
        """Readings and the density of each given the open variables that it tells of."""
        knowledge, marker = self.model.knowledge, candidate.marker
        if marker is None:
            size = len(candidate.variable.states)
            return Grid(np.arange(float(size)), np.ones(size)), Table((candidate.variable.id,), np.eye(size))
        at = grid(knowledge, marker, breaks)
        table = densities(knowledge, marker, at, companions(knowledge, marker, self.findings), self.person.known)
        assert table is not None
        partners = correlated(knowledge, marker) & {finding.id for finding in self.findings}
        panel = knowledge.panels.get(marker.panel or "")
        if not partners or panel is None or panel.rho is None:
            return at, table
        return at, discounted(table, at.lengths, len(partners), panel.rho.number)

    def _prospect(self, joint: Table, at: Grid, table: Table) -> Prospect:
        risk, state = self.model.risk_of
        both = infer([joint, Table(table.axes, table.values * at.lengths)], keep=(risk,)).total.values
        return Prospect.of(both, self.model.network.state_index(risk, state))


def _crossings(at: Grid, prospect: Prospect, threshold: float) -> list[float]:
    """Readings at which the risk crosses the threshold, interpolated, each between its neighbors in the grid.

    With all three as breaks the next grid is some fifty times finer there.
    """
    over = prospect.after - threshold
    left = np.flatnonzero((over[:-1] >= 0) != (over[1:] >= 0))
    low, high = at.values[left], at.values[left + 1]
    crossed = low + over[left] / (over[left] - over[left + 1]) * (high - low)
    return [float(value) for value in (*low, *crossed, *high)]
