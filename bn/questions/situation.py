"""One person's situation: the network at the point, narrowed to what is known, the other findings as likelihoods."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bn.core.errors import ImpossibleEvidenceError, QuestionError
from bn.core.evidence import Observed, weigh
from bn.engine import infer, narrow
from cpds.table import Array, Table

if TYPE_CHECKING:
    from bn.core.model import Model


@dataclass(frozen=True)
class Situation:
    """CPDs and likelihoods multiply to P(findings, open variables) times exp(-scale).

    `known` holds the states that are settled, `sizes` the numbers of states. Every answer is one about
    possible findings: others raise ImpossibleEvidenceError.
    """

    sizes: Mapping[str, int]
    known: Mapping[str, int]
    cpds: tuple[Table, ...]
    likelihoods: tuple[Table, ...]
    scale: float

    def __repr__(self) -> str:
        told = "; ".join(" x ".join(table.axes) for table in self.likelihoods) or "nothing"
        return f"<Situation: known: {', '.join(self.known) or 'nothing'}; likelihoods of: {told}>"

    @classmethod
    def of(cls, model: Model, observed: Observed) -> Situation:
        """The situation of the one person in `observed`."""
        evidence = weigh(model.knowledge, observed)
        known = {name: int(index[0]) for name, index in evidence.known.items() if index[0] >= 0}
        likelihoods = []
        scale = 0.0
        for table in narrow(evidence.soft, known):
            peak = float(table.values.max())
            if np.isneginf(peak):
                raise ImpossibleEvidenceError("these findings cannot occur together; check each of them")
            scale += peak
            likelihoods.append(Table(table.axes, np.exp(table.values - peak)))
        cpds = narrow(list(model.network.tables.values()), known)
        sizes = {name: len(states) for name, states in model.network.states.items()}
        return cls(sizes, known, tuple(cpds), tuple(likelihoods), scale)

    @property
    def tables(self) -> list[Table]:
        """CPDs and likelihoods."""
        return [*self.cpds, *self.likelihoods]

    @cached_property
    def log_evidence(self) -> float:
        """Natural log of the probability of the findings, densities in canonical units."""
        total = float(infer(self.tables).total.values[0])
        if not total > 0:
            raise ImpossibleEvidenceError("these findings cannot occur together; check each of them")
        return float(np.log(total)) + self.scale

    def joint(self, axes: tuple[str, ...]) -> Table:
        """P(open variables in `axes` | findings)."""
        total = infer(self.tables, keep=axes).total
        return Table(total.axes, total.values / self._mass)

    def belief(self, name: str) -> Array:
        """P(state | findings) of each state of a variable, open or known."""
        if name in self.known:
            return np.array([float(state == self.known[name]) for state in range(self.sizes[name])])
        return self.joint((name,)).values[:, 0]

    def joints(self, wanted: Collection[str], beside: tuple[str, ...] = ()) -> dict[str, Table]:
        """P(beside, variable | findings) for each wanted open variable, axes (*beside, variable)."""
        answer = infer(self.tables, wanted, beside)
        return {name: Table(table.axes, table.values / self._mass) for name, table in answer.joints.items()}

    def over(self, scopes: Iterable[tuple[str, ...]], beside: str) -> dict[tuple[str, ...], Table]:
        """P(beside, scope | findings) for each scope of open variables; one pass for all that differ in their first."""
        first: dict[tuple[str, ...], set[str]] = {}
        for scope in scopes:
            first.setdefault(scope[1:], set()).add(scope[0])
        found: dict[tuple[str, ...], Table] = {}
        for rest, names in first.items():
            keep = (beside, *(axis for axis in rest if axis != beside))
            found |= {(name, *rest): table for name, table in self.joints(sorted(names), keep).items()}
        return found

    @cached_property
    def _mass(self) -> float:
        return float(np.exp(self.log_evidence - self.scale))


def chance(joint: Array, state: int) -> Array:
    """Share of one state along the first axis.

    >>> chance(np.array([[1.0, 3.0], [3.0, 1.0]]), 1)
    array([0.75, 0.25])
    """
    share: Array = joint[state] / joint.sum(axis=0)
    return share


def log_odds(joint: Array, state: int) -> Array:
    """Log odds of one state along the first axis against all others.

    >>> float(log_odds(np.array([1.0, 1.0, 2.0]), 2))  # even
    0.0
    """
    others = np.delete(joint, state, axis=0).sum(axis=0)
    odds: Array = np.log(joint[state]) - np.log(others)
    return odds


def risk_log_odds(model: Model, situation: Situation) -> float:
    """Log odds of the risk; a QuestionError where the findings say outright whether the outcome is present."""
    risk, state = model.risk_of
    if risk in situation.known:
        raise QuestionError(f"{risk} is stated among the findings, so its risk is certain; leave it out")
    odds = float(log_odds(situation.belief(risk), model.network.state_index(risk, state)))
    if not np.isfinite(odds):
        raise QuestionError(f"the findings leave no doubt about {risk}; leave out the one that settles it")
    return odds
