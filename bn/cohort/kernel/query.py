"""What is asked of every row: which networks are contracted, and which probabilities are read off.

A query gives columns: probabilities jointly with what is kept, the plain probability of the findings last. `Posteriors`
reads one network; `bn.cohort.kernel.before_after` reads both worlds of a what-if.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import ClassVar, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bn.core.evidence import Indices
from bn.core.model import Draws
from bn.engine import infer, path_of
from bn.engine.cache import Cache
from bn.engine.pairs import Path
from cpds.logistic import cpd
from cpds.table import Array, Table

CPD_BYTES = 1 << 27
WEIGHT = 0.001
"""Microseconds for a weight of a row, of each joint state of what is measured."""
Columns = tuple[tuple[str, int], ...]
Family = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Factors:
    """A network with findings, as tables to be multiplied.

    `cpds` has those of all variables, axes (variable, *parents) without the `known` ones, `likelihoods` the findings.
    `reduced`, where given, are tables that serve in place of the CPDs, with some variables summed out. `pairwise` says
    that batch entries are rows: see `bn.engine.infer`.
    """

    cpds: Mapping[str, Table]
    likelihoods: Sequence[Table]
    known: Mapping[str, int] = field(default_factory=dict)
    reduced: Sequence[Table] | None = None
    pairwise: bool = False

    @property
    def tables(self) -> list[Table]:
        """All that is to be multiplied."""
        return [*(self.cpds.values() if self.reduced is None else self.reduced), *self.likelihoods]


@dataclass(frozen=True)
class Costs:
    """Microseconds that a contraction takes, as measured: what makes up its tiles, and their use by every row.

    A tile, each of its cells, each joint state of the measured variables in these; and of one in the weights of a row,
    for each column.
    """

    tile: float
    cell: float
    state: float
    weight: float

    def contraction(self, tiles: int, cells: int, states: int) -> float:
        """Of all tiles with so many cells of so many joint states each."""
        return tiles * (self.tile + self.cell * (cells - 1) + self.state * cells * states)


@dataclass(frozen=True)
class Posteriors(Draws):
    """P(state) of some variables, given as (variable, index of state) pairs, at parameters with axis (draw)."""

    columns: Columns
    dtype: DTypeLike = np.float64
    costs: ClassVar[Costs] = Costs(tile=5000.0, cell=330.0, state=1.9, weight=0.0001)
    costs_of_draw: ClassVar[Costs] = Costs(tile=170.0, cell=0.0, state=0.13, weight=0.00005)
    few_cells: ClassVar[int] = 48
    """Up to so many cells are best contracted each for itself."""

    @property
    def width(self) -> int:
        """Number of columns, but for the plain one."""
        return len(self.columns)

    @cached_property
    def reached(self) -> frozenset[str]:
        """Variables of which a finding must stay a likelihood, also where it leaves one state only: none."""
        return frozenset()

    @cached_property
    def draws(self) -> int:
        """Number of draws of the parameters."""
        return max(len(values) for values in self.parameters.values())

    def some(self, start: int, count: int) -> Self:
        """The same at some of the draws."""
        return replace(self, parameters={name: x[start : start + count] for name, x in self.parameters.items()})

    def size(self, names: Sequence[str]) -> int:
        """Number of joint states that a table over these variables has to tell apart."""
        return prod(len(self.knowledge.variables[name].states) for name in names)

    def contraction_cost(self, tiles: int, cells: int, measured: Sequence[str], entries: int) -> float:
        """Microseconds for tiles with so many cells, and for weighing entries by them."""
        costs, states = (self.costs_of_draw if self.draws > 1 else self.costs), self.size(measured)
        weights = entries * prod(len(self.knowledge.variables[name].states) for name in measured)
        weighing = weights * (WEIGHT + costs.weight * (self.width + 1) * self.draws)
        return self.draws * costs.contraction(tiles, cells, states) + weighing

    def bytes_per_cell(self, measured: Sequence[str]) -> int:
        """Size of the joint of the measured variables and the columns in one cell of the context."""
        return np.dtype(self.dtype).itemsize * (self.width + 1) * self.draws * self.size(measured)

    def joint(self, factors: Factors, keep: tuple[str, ...]) -> Array:
        """Unnormalized joint of the kept variables with each column and plain: axes (*keep, column, batch).

        A single target is kept like the others, which spares the way back down the bucket tree.
        """
        targets = self._targets(factors, keep)
        if len(targets) == 1:
            (target,) = targets
            found = infer(factors.tables, keep=(*keep, target), pairwise=factors.pairwise).total.values
            joints = {target: Table((*keep, target), found)}
            total = found.sum(axis=-2)
        else:
            answer = infer(factors.tables, targets, keep, factors.pairwise)
            joints, total = dict(answer.joints), answer.total.values
        values = [
            total * float(factors.known[name] == state)
            if name in factors.known
            else _with_state(joints.get(name, Table(keep, total)), keep, name, state)
            for name, state in self.columns
        ]
        return np.stack(np.broadcast_arrays(*values, total), axis=-2)

    def paths(self, factors: Factors) -> list[Path]:
        """The pairs by which `joint` goes where nothing is kept."""
        targets = self._targets(factors, ())
        if len(targets) == 1:
            return [path_of(factors.tables, keep=tuple(targets))]
        return [path_of(factors.tables, targets)]

    def _targets(self, factors: Factors, keep: tuple[str, ...]) -> set[str]:
        return {name for name, _ in self.columns if name not in keep and name not in factors.known}


def _with_state(joint: Table, keep: tuple[str, ...], name: str, state: int) -> Array:
    """Joint of the kept variables and one state, axes (*keep, batch)."""
    if name not in keep:
        return np.asarray(joint.values[..., state, :])
    axis = keep.index(name)
    chosen = np.arange(joint.values.shape[axis]) == state
    return np.asarray(joint.values * chosen.reshape(-1, *[1] * (joint.values.ndim - axis - 1)))


@dataclass(frozen=True)
class Elimination:
    """A query with the CPDs that were asked for last, up to `CPD_BYTES`. Threads may share them."""

    query: Posteriors
    _cpds: Cache[tuple[str, Family], Table] = field(default_factory=lambda: Cache(CPD_BYTES))

    def sums(self, known: Mapping[str, int], likelihoods: Sequence[Table]) -> Array:
        """Joint of each column and the findings, the plain one last: axes (column, batch)."""
        variables, reached = self.query.knowledge.variables, self.query.reached
        fixed = {name: state for name, state in known.items() if name not in reached}
        states = [
            Table((name,), np.eye(len(variables[name].states))[state][:, None])
            for name, state in known.items()
            if name in reached
        ]
        cpds = {name: self._cpd(name, fixed) for name in variables}
        return self.query.joint(Factors(cpds, [*states, *likelihoods], fixed), ())

    def _cpd(self, name: str, known: Mapping[str, int]) -> Table:
        """Without axes of the known variables."""
        variables = self.query.knowledge.variables
        family = (name, *(parent.id for parent in variables[name].parents))
        key = name, tuple((member, known[member]) for member in family if member in known)
        return self._cpds.get(key) or self._cpds.put(
            key, cpd(variables[name], variables, self.query.parameters, dict(key[1]))
        )


@dataclass(frozen=True)
class Answers:
    """Answers to the rows of a block, NaN where there is none.

    `probabilities` has axes (row, column), `log_evidence` (row); `interval`, axes (low / high, row), is the central
    interval of the one column of the query on draws, None without such a query.
    """

    probabilities: Array
    log_evidence: Array
    interval: Array | None

    @classmethod
    def empty(cls, rows: int, asked: Indices, width: int, interval: bool) -> Answers:
        """Answers that are still to be written to the rows `asked`, and none in the others."""
        answers = cls(np.empty((rows, width)), np.empty(rows), np.empty((2, rows)) if interval else None)
        others = np.ones(rows, dtype=bool)
        others[asked] = False
        answers.probabilities[others] = answers.log_evidence[others] = np.nan
        if answers.interval is not None:
            answers.interval[:, others] = np.nan
        return answers

    def put(self, rows: Indices, sums: NDArray[np.floating], log_scale: Array | float, interval: Array | None) -> None:
        """Write the answers of some rows: `sums`, axes (row, column), with the plain one last, times e^`log_scale`."""
        total = np.where(sums[:, -1] > 0, sums[:, -1], np.nan)
        self.probabilities[rows] = sums[:, :-1] / total[:, None]
        self.log_evidence[rows] = np.log(total) + log_scale
        if self.interval is not None and interval is not None:
            self.interval[:, rows] = np.where(np.isnan(total), np.nan, interval)
