"""Rows of one kind, which know the same context variables, and the likelihoods of what was found of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from bn.cohort.kernel.plan import Plan
from bn.core.evidence import Indices, log_of, scaled, weigh
from cpds.records import CONTEXT_ROLES
from cpds.records.network import LATENT
from cpds.table import Array, Table


@dataclass(frozen=True)
class Kind:
    """Rows, as places in a plan, that know the same context variables: `states` has axis (row) for each of them.

    `open` are the other context variables, and those never observed.
    """

    rows: Indices
    states: Mapping[str, Indices]
    open: tuple[str, ...]
    _places: dict[tuple[str, ...], Indices] = field(default_factory=dict)

    def take(self, some: slice | Indices) -> Kind:
        """Some of the rows."""
        return Kind(self.rows[some], {name: at[some] for name, at in self.states.items()}, self.open)

    def of_rows(self, table: Table) -> Table:
        """Each row's own part of a table, at what it knows of the context: those axes are gone."""
        known = tuple(axis for axis in table.axes if axis in self.states)
        if not known:
            return table
        free = tuple(axis for axis in table.axes if axis not in self.states)
        values = table.over((*free, *known))
        shape = values.shape[len(free) : -1]
        if known not in self._places:
            self._places[known] = np.ravel_multi_index([self.states[axis] for axis in known], shape)
        place = self._places[known]
        values = values.reshape(*values.shape[: len(free)], prod(shape), -1)
        if values.shape[-1] == 1:
            return Table(free, np.take(values[..., 0], place, axis=-1))
        return Table(free, values[..., place, np.arange(len(place))])


def kinds(plan: Plan, reached: Collection[str]) -> Iterator[Kind]:
    """The rows of a plan by the context variables that they know.

    What is `reached` must keep its axis, with likelihoods of one state: rows of a kind have the same.
    """
    variables, statements = plan.knowledge.variables, plan.findings.statements
    names = [name for name, variable in variables.items() if variable.role in CONTEXT_ROLES]
    never = [name for name, variable in variables.items() if variable.role == LATENT]
    nothing = np.full(plan.findings.rows, -1)
    known = {name: statements[name].single if name in statements else nothing for name in names}
    keys = [known[name] if name in reached else np.minimum(known[name], 0) for name in names]
    shape = [len(variables[name].states) + 1 for name in names]
    which, places = np.unique(np.ravel_multi_index([key + 1 for key in keys], shape), return_inverse=True)
    order = np.argsort(places, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(places, minlength=len(which)))[:-1]):
        said = [name for name, key in zip(names, keys, strict=True) if key[rows[0]] >= 0]
        states = {name: known[name][rows] for name in said if name not in reached}
        yield Kind(rows, states, (*(name for name in names if name not in said), *never))


@dataclass(frozen=True)
class Found:
    """Likelihoods of rows of a kind, the largest of each row 1, and the log of what was divided out, axis (row)."""

    kind: Kind
    likelihoods: Sequence[Table]
    log_scale: Array

    @classmethod
    def of(cls, plan: Plan, kind: Kind) -> Found:
        """From the statements and readings of the rows; those on the same variables are one table."""
        knowledge = plan.knowledge
        evidence = weigh(knowledge, plan.findings.take(kind.rows).observed(), kind.states)
        tables = [kind.of_rows(table) for table in evidence.soft]
        for name, index in evidence.known.items():
            if name not in kind.states:
                size = len(knowledge.variables[name].states)
                tables.append(Table((name,), log_of(np.where(index < 0, 1.0, np.eye(size)[:, index]))))
        logs: dict[frozenset[str], Table] = {}
        for table in tables:
            key = frozenset(table.axes)
            axes = logs[key].axes if key in logs else table.axes
            before = logs[key].values if key in logs else 0.0
            logs[key] = Table(axes, table.over(axes) + before)
        likelihoods, scale = [], np.zeros(len(kind.rows))
        for table in logs.values():
            values, peak = scaled(np.broadcast_to(table.values, (*table.values.shape[:-1], len(kind.rows))))
            likelihoods.append(Table(table.axes, values))
            scale += peak
        return cls(kind, likelihoods, scale)

    def blocks(self, size: int) -> Iterator[Found]:
        """The same, `size` rows at a time."""
        for start in range(0, len(self.kind.rows), size):
            some = slice(start, start + size)
            likelihoods = [Table(table.axes, table.values[..., some]) for table in self.likelihoods]
            yield Found(self.kind.take(some), likelihoods, self.log_scale[some])
