"""Rows eliminated in blocks: rows along the batch axis, each with the CPDs of its own context.

Whatever is known, and of how many variables, the cost of a row is that of one pass over the network, where a
contraction grows with the joint states of all that is measured. Rows that know the same context variables are of one
*kind*. A context variable that they know picks their CPDs; one that they leave open (as every latent variable is) stays
an axis to be summed over, or is written out: its states are taken one at a time and added. That costs a pass a state,
but smaller ones, so each kind takes what its products, counted beforehand, say is less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import product
from math import inf, prod

import numpy as np
from numpy.typing import NDArray

from bn.cohort.kernel.kinds import Found, Kind, kinds
from bn.cohort.kernel.plan import Plan
from bn.cohort.kernel.query import Answers, Factors, Posteriors
from bn.core.answer import LEVEL, interval_of
from bn.engine import condition
from bn.engine.pairs import CACHED, Path
from bn.engine.parallel import on_cores
from cpds.logistic import cpd
from cpds.table import Array, Table

BLOCK, FEWEST = 512, 64
"""Rows of a block, and of one whose tables would leave the processor's cache."""
PIECE = 1 << 10
"""Rows whose likelihoods are made together."""
BUILT = 25
"""Draws whose CPDs are built together."""
PLANNED, LEAST, LEAST_AT_DRAW = 8000.0, 10.0, 3.0
"""Microseconds in which the shapes of a kind are compared; and in which no row is answered, at the point and at each
draw, so that these shapes need not be known where a contraction takes less."""
WEAK = 1e-30
"""Sums in single precision below this may have lost terms."""


@dataclass(frozen=True)
class Pass:
    """A query at one parameter vector, asked of blocks; `cpds` are those of all contexts."""

    query: Posteriors
    cpds: Sequence[Table]

    @classmethod
    def each(cls, query: Posteriors) -> Iterator[Pass]:
        """At one vector of its parameters after another; the CPDs of all are built at once."""
        variables = query.knowledge.variables
        tables = [_typed(cpd(variable, variables, query.parameters), query) for variable in variables.values()]
        apart = [(one.axes, np.moveaxis(one.values, -1, 0).copy()) for one in tables]
        for draw in range(query.draws):
            own = [Table(axes, values[draw % len(values), ..., None]) for axes, values in apart]
            yield cls(query.some(draw, 1), own)

    def sums(self, found: Found, written: Sequence[str]) -> NDArray[np.floating]:
        """Joint of each column and the findings, the plain one last: axes (column, row)."""
        sizes = [range(len(self.query.knowledge.variables[name].states)) for name in written]
        every = (dict(zip(written, at, strict=True)) for at in product(*sizes))
        whole = self._factors(found)
        total = reduce(np.add, (self.query.joint(self._at(whole, at), ()) for at in every))
        return np.broadcast_to(total, (len(total), len(found.kind.rows)))

    def paths(self, found: Found, written: Sequence[str]) -> list[Path]:
        """What `sums` goes through for each of the states that are written out, whatever the values are."""
        rows = len(found.kind.rows)
        factors = self._at(self._factors(next(found.blocks(2))), dict.fromkeys(written, 0))
        cpds = {name: _widened(table, rows) for name, table in factors.cpds.items()}
        likelihoods = [_widened(table, rows) for table in factors.likelihoods]
        return self.query.paths(replace(factors, cpds=cpds, likelihoods=likelihoods))

    def _factors(self, found: Found) -> Factors:
        """Tables of a block."""
        names = self.query.knowledge.variables
        cpds = dict(zip(names, map(found.kind.of_rows, self.cpds), strict=True))
        return Factors(cpds, [_typed(table, self.query) for table in found.likelihoods], pairwise=True)

    def _at(self, factors: Factors, at: Mapping[str, int]) -> Factors:
        """The same where the variables that are written out have these states."""
        variables, reached = self.query.knowledge.variables, self.query.reached
        fixed = {name: state for name, state in at.items() if name not in reached}
        states = [
            Table((name,), np.eye(len(variables[name].states))[state][:, None])
            for name, state in at.items()
            if name in reached
        ]
        cpds = condition(list(factors.cpds.values()), fixed)
        likelihoods = condition(factors.likelihoods, fixed)
        return replace(factors, cpds=dict(zip(factors.cpds, cpds, strict=True)), likelihoods=[*states, *likelihoods])


@dataclass(frozen=True)
class Shape:
    """How the rows of a kind are answered: variables that are written out, rows of a block, microseconds for each row.

    A block is answered once for each combination of states that are written out.
    """

    written: tuple[str, ...]
    size: int
    cost: float

    @classmethod
    def of(cls, asked: Pass, found: Found) -> Shape:
        """The cheapest found for rows like these: from the largest on, variables are written out where that pays."""
        variables = asked.query.knowledge.variables
        best = cls.of_written(asked, found, ())
        for name in sorted(found.kind.open, key=lambda name: -len(variables[name].states)):
            more = cls.of_written(asked, found, (*best.written, name))
            best = more if more.cost < best.cost else best
        return best

    @classmethod
    def of_written(cls, asked: Pass, found: Found, written: tuple[str, ...]) -> Shape:
        """With these variables written out; rows like these."""
        paths = asked.paths(found, written)
        times = prod(len(asked.query.knowledge.variables[name].states) for name in written)
        size = int(np.clip(CACHED // max(path.largest for path in paths), FEWEST, BLOCK))
        rows = min(size, len(found.kind.rows))
        return cls(written, size, times * sum(path.cost(rows) for path in paths) / 1000)


@dataclass(frozen=True)
class ByBlocks:
    """Rows in blocks; with draws, each block at one of them after the other."""

    point: Posteriors
    draws: Posteriors | None

    def cost(self, plan: Plan, limit: float = inf) -> float:
        """Of all passes, as the products in them are counted."""
        total = len(plan.rows) * (LEAST + (LEAST_AT_DRAW * self.draws.draws if self.draws else 0.0))
        if total > limit:
            return total
        total = 0.0
        for kind in kinds(plan, self.point.reached):
            total += PLANNED
            if total > limit:
                break
            sample = Found.of(plan, kind.take(slice(0, BLOCK)))
            total += len(kind.rows) * Shape.of(self._point, sample).cost
            if self._first and self.draws:
                total += len(kind.rows) * Shape.of(self._first, sample).cost * self.draws.draws
        return total

    def answer(self, plan: Plan, answers: Answers) -> None:
        """Pieces of all kinds side by side at the point, the longest first; then one after another at the draws."""
        pieces = []
        for kind in kinds(plan, self.point.reached):
            shape = Shape.of(self._point, Found.of(plan, kind.take(slice(0, BLOCK))))
            starts = range(0, len(kind.rows), PIECE)
            pieces += [(shape, kind.take(slice(start, start + PIECE))) for start in starts]
        pieces.sort(key=lambda one: -one[0].cost * len(one[1].rows))
        found = on_cores(lambda one: self._at_point(plan, *one), pieces)
        for (_, piece), (sums, log_scale) in zip(pieces, found, strict=True):
            answers.put(plan.rows[piece.rows], sums.T, log_scale, self._intervals(plan, piece))

    def _at_point(self, plan: Plan, shape: Shape, kind: Kind) -> tuple[Array, Array]:
        """Sums, axes (column, row), and the log of what they must be multiplied by, axis (row)."""
        found = Found.of(plan, kind)
        sums = [self._point.sums(block, shape.written) for block in found.blocks(shape.size)]
        return np.concatenate(sums, axis=1), found.log_scale

    def _intervals(self, plan: Plan, kind: Kind) -> Array | None:
        """Interval of the risk over the draws, axes (low / high, row); in double precision where sums are weak."""
        if self.draws is None:
            return None
        found = Found.of(plan, kind)
        joint, total = self._risk(found, self.draws)
        weak = np.flatnonzero(total.min(axis=1) < WEAK)
        if len(weak):
            again = Found.of(plan, kind.take(weak))
            joint[weak], total[weak] = self._risk(again, replace(self.draws, dtype=np.float64))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.stack(interval_of(joint / total, LEVEL))

    def _risk(self, found: Found, draws: Posteriors) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Joint of the risk and the findings, and the findings alone: axes (row, draw) each."""
        shape = Shape.of(next(Pass.each(draws.some(0, 1))), found)
        blocks = list(found.blocks(shape.size))

        def several(start: int) -> NDArray[np.floating]:
            passes = Pass.each(draws.some(start, BUILT))
            sums = [np.concatenate([one.sums(block, shape.written) for block in blocks], axis=1) for one in passes]
            return np.stack(sums, axis=-1)

        joint, total = np.concatenate(on_cores(several, range(0, draws.draws, BUILT)), axis=-1, dtype=np.float64)
        return joint, total

    @cached_property
    def _point(self) -> Pass:
        return next(Pass.each(self.point))

    @cached_property
    def _first(self) -> Pass | None:
        return next(Pass.each(self.draws.some(0, 1))) if self.draws else None


def _typed(table: Table, query: Posteriors) -> Table:
    return Table(table.axes, table.values.astype(query.dtype, copy=False))


def _widened(table: Table, rows: int) -> Table:
    """A table that has entries of its own for each of two rows, as if for so many."""
    if table.values.shape[-1] == 1:
        return table
    return Table(table.axes, np.broadcast_to(table.values[..., :1], (*table.values.shape[:-1], rows)))
