"""Rows answered together: the network is contracted once for each context, and weighed by every row in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from threading import Lock

import numpy as np

from bn.cohort.kernel.context import Context, Group
from bn.cohort.kernel.contract import Contraction
from bn.cohort.kernel.joints import Joints
from bn.cohort.kernel.layout import fixed, is_few, work
from bn.cohort.kernel.likelihood import Likelihoods
from bn.cohort.kernel.pieces import batches
from bn.cohort.kernel.product import sums_and_intervals
from bn.cohort.kernel.scores import Found
from bn.cohort.kernel.witnesses import Witnesses, is_cut
from bn.core.evidence import Findings, Indices
from cpds.knowledge import Knowledge
from cpds.table import Array

ROWS = 1 << 16
"""Rows written out in a batch, about."""
ENTRIES = 1 << 18
"""Weights at once, one for each row written out and joint state; `bn.cohort.kernel.product` says why so many."""
KEPT = 4
Columns = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Plan:
    """Some rows, what they say, the variables measured in them, those cut by the context first, and their contexts."""

    knowledge: Knowledge
    rows: Indices
    findings: Findings
    measured: tuple[str, ...]
    context: Context
    groups: list[Group]

    @classmethod
    def of(cls, knowledge: Knowledge, findings: Findings, rows: Indices, measured: tuple[str, ...]) -> Plan:
        """For some of the rows of `findings`."""
        chosen = findings.take(rows) if len(rows) < findings.rows else findings
        context = Context.of(knowledge, chosen)
        ordered = tuple(sorted(measured, key=lambda name: not is_cut(knowledge, chosen, name)))
        return cls(knowledge, rows, chosen, ordered, context, context.groups(chosen))

    @cached_property
    def states(self) -> int:
        """Number of joint states of the measured variables."""
        return prod(len(self.knowledge.variables[name].states) for name in self.measured)

    @cached_property
    def few(self) -> bool:
        """Whether each context is contracted for itself."""
        return is_few(self.groups)

    def fixed(self, bytes_per_state: int) -> tuple[str, ...]:
        """Context variables that a contraction fixes."""
        return self.context.names if self.few else fixed(self.context, bytes_per_state * self.states)


@dataclass(frozen=True)
class Asked:
    """What is asked of some parameters, with axis (draw): (variable, index of state) pairs, and their precision."""

    columns: Columns
    parameters: Mapping[str, Array]
    kind: type[np.floating]

    @property
    def bytes_per_state(self) -> int:
        """Size of a joint of these columns and the plain one, for each joint state of the measured variables."""
        draws = max(len(values) for values in self.parameters.values())
        return np.dtype(self.kind).itemsize * (len(self.columns) + 1) * draws


@dataclass
class Together:
    """Answers rows by contractions, which are kept from one call to the next; threads may share them.

    `draws` asks for the one column whose interval is wanted, None without an interval.
    """

    knowledge: Knowledge
    point: Asked
    draws: Asked | None
    _joints: dict[tuple[object, ...], Joints] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def pays(self, plan: Plan) -> bool:
        """Whether to contract is less work than to answer the rows one by one."""
        outer = plan.fixed((self.draws or self.point).bytes_per_state)
        return work(plan.context, plan.groups, outer, plan.states) <= len(plan.rows)

    def answer(self, plan: Plan, found: Found) -> None:
        """Rows of like context after one another, a batch at a time."""
        point = self._contraction(plan, self.point)
        draws = self._contraction(plan, self.draws) if self.draws else None
        point.prepare(sets for group in plan.groups for sets, _ in group.alternatives)
        witnesses = {name: Witnesses.of(self.knowledge, plan.findings, name) for name in plan.measured}
        for batch in batches(plan.context, plan.groups, ROWS, ENTRIES // plan.states):
            likelihoods = Likelihoods.of(witnesses, batch)
            sums, ends = sums_and_intervals(batch, likelihoods, point, draws)
            total = np.where(sums[:, -1] > 0, sums[:, -1], np.nan)
            log_evidence = np.log(total) + likelihoods.log_scale
            found.put(plan.rows[batch.rows], sums[:, :-1] / total[:, None], log_evidence, ends)

    def _contraction(self, plan: Plan, asked: Asked) -> Joints:
        context = plan.context
        key = (plan.few, context.names, tuple(context.cuts.items()), plan.measured, asked is self.draws)
        with self._lock:
            if key not in self._joints:
                outer = plan.fixed(asked.bytes_per_state)
                while len(self._joints) >= KEPT:
                    del self._joints[next(iter(self._joints))]
                self._joints[key] = Joints(
                    Contraction(
                        self.knowledge, asked.parameters, context, outer, plan.measured, asked.columns, asked.kind
                    )
                )
            return self._joints[key]
