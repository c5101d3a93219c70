"""A network conditioned on one person's evidence, and the posteriors, joints and probabilities that follow from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from bn.core.answer import Posterior
from bn.core.errors import ImpossibleEvidenceError
from bn.core.evidence import Evidence, scaled
from bn.core.model import Draws, Model, Network
from bn.core.names import Names
from bn.core.notes import notes_on
from bn.core.observe import Observations, observe
from bn.engine import condition, infer
from bn.engine.parallel import at_once, by_parts
from cpds.records import CONTEXT_ROLES, SCORED_ROLES
from cpds.table import Array, Table


class Cpds(Protocol):
    """What has CPDs: a `Network`, or `Draws` that build them only where they are asked for."""

    @property
    def states(self) -> Mapping[str, tuple[str, ...]]:
        """States of each variable, parents before children."""

    def given(self, known: Mapping[str, int]) -> Sequence[Table]:
        """The CPD of each variable at the known state indices, without axes of known variables."""


@dataclass(frozen=True)
class Conditioned:
    """One person's findings in a network, a batch entry a draw of its parameters.

    `known` holds the state index of each variable that is known for certain; no table has an axis for it. `cpds` are
    those of all variables in the network's order, `likelihoods` the other findings, each divided by its largest entry;
    `log_scale` is the natural log of what was divided out. So the tables multiply to P(findings, open variables) times
    exp(-log_scale). Every answer raises ImpossibleEvidenceError where the `findings` exclude each other.
    """

    states: Mapping[str, tuple[str, ...]]
    known: Mapping[str, int]
    cpds: tuple[Table, ...]
    likelihoods: tuple[Table, ...]
    log_scale: float
    findings: tuple[str, ...]

    @classmethod
    def on(cls, cpds: Cpds, evidence: Evidence, only: Collection[str] | None = None) -> Conditioned:
        """`evidence` is that of one row; `only` limits it to findings on these variables.

        Raises ImpossibleEvidenceError when the findings on one variable exclude each other.
        """
        known = {
            name: int(index[0])
            for name, index in evidence.known.items()
            if index[0] >= 0 and (only is None or name in only)
        }
        soft = [table for table in evidence.soft if only is None or table.axes[0] in only]
        likelihoods, scale = [], 0.0
        for table, logs in zip(soft, condition(soft, known), strict=True):
            values, peak = scaled(logs.values)
            if not values.any():
                raise ImpossibleEvidenceError(f"the findings on {table.axes[0]} exclude every state that is left")
            likelihoods.append(Table(logs.axes, values))
            scale += float(peak[0])
        return cls(cpds.states, known, tuple(cpds.given(known)), tuple(likelihoods), scale, evidence.findings)

    def __repr__(self) -> str:
        likelihoods = "; ".join(" x ".join(table.axes) for table in self.likelihoods) or "nothing"
        return f"<Conditioned: known: {', '.join(self.known) or 'nothing'}; likelihoods of: {likelihoods}>"

    @property
    def tables(self) -> list[Table]:
        """CPDs and likelihoods."""
        return [*self.cpds, *self.likelihoods]

    @cached_property
    def total(self) -> Array:
        """Sum of the product of all tables, one number a draw."""
        return self._possible(infer(self.tables).total.values)

    @property
    def log_evidence(self) -> Array:
        """Natural log of the probability of the findings, densities in canonical units, one number a draw."""
        return np.log(self.total) + self.log_scale

    def posteriors(self) -> tuple[dict[str, Array], Array]:
        """P(state | findings) of every variable, axes (state, draw), and the log evidence, from one pass."""
        answer = infer(self.tables, [name for name in self.states if name not in self.known])
        total = self._possible(answer.total.values)
        shares = {
            name: self._certain(name) if name in self.known else answer.joints[name].values / total
            for name in self.states
        }
        spread = {name: np.broadcast_to(values, (len(values), len(total))) for name, values in shares.items()}
        return spread, np.log(total) + self.log_scale

    def joint(self, axes: tuple[str, ...]) -> Table:
        """P(open variables in `axes` | findings)."""
        total = infer(self.tables, keep=axes).total
        return Table(axes, total.values / self._mass(total))

    def joints(self, wanted: Collection[str], beside: tuple[str, ...] = ()) -> dict[str, Table]:
        """P(beside, variable | findings) for each wanted open variable, axes (*beside, variable)."""
        answer = infer(self.tables, wanted, beside)
        mass = self._mass(answer.total)
        return {name: Table(table.axes, table.values / mass) for name, table in answer.joints.items()}

    def joints_over(self, scopes: Iterable[tuple[str, ...]], beside: str) -> dict[tuple[str, ...], Table]:
        """P(beside, scope | findings) for each scope of open variables; one pass for all that differ in their first."""
        first: dict[tuple[str, ...], set[str]] = {}
        for scope in scopes:
            first.setdefault(scope[1:], set()).add(scope[0])
        found: dict[tuple[str, ...], Table] = {}
        for rest, names in first.items():
            keep = (beside, *(axis for axis in rest if axis != beside))
            found |= {(name, *rest): table for name, table in self.joints(sorted(names), keep).items()}
        return found

    def belief(self, name: str) -> Array:
        """P(state | findings) of a variable, open or known, at the first draw."""
        values = self._certain(name) if name in self.known else self.joint((name,)).values
        return values[:, 0]

    def probability(self, event: Evidence) -> Array:
        """P(event | findings), one number a draw; a density where the event is an exact reading."""
        happening = condition(event.tables(self.states), self.known)
        return np.asarray(infer([*self.tables, *happening]).total.values / self.total)

    def _certain(self, name: str) -> Array:
        return np.asarray(np.eye(len(self.states[name]))[:, [self.known[name]]])

    def _mass(self, joint: Table) -> Array:
        return self._possible(joint.values.sum(axis=tuple(range(len(joint.axes)))))

    def _possible(self, total: Array) -> Array:
        if not (total > 0).all():
            raise ImpossibleEvidenceError(
                f"these findings cannot occur together: {', '.join(self.findings)}; check each of them"
            )
        return total


def probability(
    network: Network, names: Names, event: Mapping[str, Any], given: Mapping[str, Any] | None = None
) -> Array:
    """P(event | given), one number a draw of the network; both are observations as a person states them.

    An event of several states (`impaired+`) has the sum of their probabilities.
    An event on a measured marker must be a bound (`>2.5`): a density is no probability.
    """
    return Conditioned.on(network, observe(names, given).evidence).probability(observe(names, event).evidence)


def posterior(model: Model, person: Observations) -> Posterior:
    """What is believed of one person, at the point and at every draw. Raises QuestionError as `observe`."""
    variables, evidence = model.knowledge.variables, person.evidence
    size = at_once(Conditioned.on(model.network, evidence).tables)
    pieces = by_parts(
        lambda some: Conditioned.on(Draws(model.knowledge, some), evidence).posteriors(), model.parameters, size
    )
    context = [name for name, variable in variables.items() if variable.role in CONTEXT_ROLES]
    priors, _ = Conditioned.on(model.network, evidence, only=context).posteriors()
    return Posterior(
        model.network.states,
        {name: np.concatenate([piece[name] for piece, _ in pieces], axis=-1) for name in variables},
        priors,
        float(pieces[0][1][0]),
        model.risk_of,
        model.outcomes_in(evidence),
        tuple(name for name, variable in variables.items() if variable.role in SCORED_ROLES),
        model.titles,
        notes_on(person),
        model.events,
    )


def share(joint: Array, state: int) -> Array:
    """Share of one state along the first axis.

    >>> share(np.array([[1.0, 3.0], [3.0, 1.0]]), 1)
    array([0.75, 0.25])
    """
    return np.asarray(joint[state] / joint.sum(axis=0))


def log_odds(joint: Array, state: int) -> Array:
    """Log odds of one state along the first axis against all others.

    >>> float(log_odds(np.array([1.0, 1.0, 2.0]), 2))  # even
    0.0
    """
    return np.asarray(np.log(joint[state]) - np.log(np.delete(joint, state, axis=0).sum(axis=0)))
