"""Rows answered together: the network is contracted once for each context, and weighed by every row in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from threading import Lock

import numpy as np

from bn.batch.context import Context, Group
from bn.batch.contract import Contraction
from bn.batch.findings import Findings
from bn.batch.joints import Joints
from bn.batch.layout import fixed, is_few, work
from bn.batch.likelihood import Likelihoods
from bn.batch.pieces import batches
from bn.batch.product import sums_and_intervals
from bn.batch.scores import Found
from bn.batch.witnesses import Witnesses
from bn.evidence import Indices
from cpds.knowledge import Knowledge
from cpds.table import Array

ROWS = 1 << 15
ENTRIES = 1 << 15
KEPT = 4
Columns = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Plan:
    """Some rows, what they say, the variables measured in them, and their contexts."""

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
        return cls(knowledge, rows, chosen, measured, context, context.groups(chosen))

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

    @property
    def pays(self) -> bool:
        """Whether this is less work than to answer the rows one by one."""
        return work(self.context, self.groups, self.fixed(1), self.states) <= len(self.rows)


@dataclass
class Together:
    """Answers rows by contractions, which are kept from one call to the next; threads may share them.

    `columns` are the (variable, index of state) pairs asked for, `risk_of` the one whose interval is; no interval
    without `draws`.
    """

    knowledge: Knowledge
    columns: Columns
    risk_of: tuple[str, int]
    point: Mapping[str, Array]
    draws: Mapping[str, Array] | None
    _joints: dict[tuple[object, ...], Joints] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def answer(self, plan: Plan, found: Found) -> None:
        """Rows of like context after one another, a batch at a time."""
        point = self._contraction(plan, self.columns, self.point, np.dtype(np.float64))
        draws = self.draws and self._contraction(plan, (self.risk_of,), self.draws, np.dtype(np.float32))
        point.prepare(sets for group in plan.groups for sets, _ in group.alternatives)
        witnesses = {name: Witnesses.of(self.knowledge, plan.findings, name) for name in plan.measured}
        for batch in batches(plan.context, plan.groups, ROWS, ENTRIES // plan.states):
            likelihoods = Likelihoods.of(witnesses, batch)
            sums, ends = sums_and_intervals(batch, likelihoods, point, draws or None)
            total = np.where(sums[:, -1] > 0, sums[:, -1], np.nan)
            log_evidence = np.log(total) + likelihoods.log_scale
            found.put(plan.rows[batch.rows], sums[:, :-1] / total[:, None], log_evidence, ends)

    def _contraction(
        self, plan: Plan, columns: Columns, parameters: Mapping[str, Array], kind: np.dtype[np.floating]
    ) -> Joints:
        context = plan.context
        key = (plan.few, context.names, tuple(context.cuts.items()), plan.measured, columns, kind)
        with self._lock:
            if key not in self._joints:
                count = max(len(values) for values in parameters.values())
                outer = plan.fixed(kind.itemsize * (len(columns) + 1) * count)
                while len(self._joints) >= KEPT:
                    del self._joints[next(iter(self._joints))]
                made = Contraction(self.knowledge, parameters, context, outer, plan.measured, columns, kind)
                self._joints[key] = Joints(made)
            return self._joints[key]
