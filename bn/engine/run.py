"""Sum-product: forward the sum over all variables, backward what each table is multiplied by in it.

Going forward, the tables that hold a variable are multiplied and the variable summed out, one variable after
another. The sum is linear in each of the tables: it is the sum of the table times its *adjoint*, all that is
multiplied by it (the derivative of the sum by the table's entries). Going backward through the same products,
each factor's adjoint is that of the product times the other factor. The adjoint of a table of ones over a variable
is the joint of that variable and the evidence; the adjoint of a CPD says what any other CPD in its place would
give. Nothing is divided, and batch entries (draws, rows) never mix. `enumerate_all` is the slow, obvious way to the
same numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

import numpy as np

from bn.engine.contract import aligned, contract, elimination_order, sizes_of
from bn.engine.pairs import Path, cheapest
from bn.engine.stop import raise_if_stopped
from cpds.table import Table

ONE = Table((), np.ones(1))


@dataclass(frozen=True)
class Sums:
    """Unnormalized results: `total` over the kept axes, `joints[v]` over (*kept, v); batch axis last."""

    total: Table
    joints: Mapping[str, Table]


def infer(
    tables: Sequence[Table], targets: Collection[str] = (), keep: tuple[str, ...] = (), pairwise: bool = False
) -> Sums:
    """Sum the product of `tables` over every variable not in `keep`, plain and with each target kept too.

    Without `keep` and with evidence among the tables, `total` is P(evidence) and `joints[v]` is
    P(evidence, v). With `keep` the same as functions of the kept variables. `pairwise` is for many rows of which some
    tables have one batch entry for all: see `bn.engine.pairs`.
    """
    wanted = [name for name in dict.fromkeys(targets) if name not in keep]
    ones = _ones(tables, wanted, pairwise)
    sums = _Elimination([*tables, *ones])
    total = aligned(sums.by_pairs(keep, bool(wanted)) if pairwise else sums.total(keep), keep)
    found = sums.adjoints(range(len(tables), len(tables) + len(ones)), keep)
    joints = {name: _joint(adjoint, one, (*keep, name)) for name, one, adjoint in zip(wanted, ones, found, strict=True)}
    return Sums(total, joints | dict.fromkeys(set(targets) & set(keep), total))


def path_of(tables: Sequence[Table], targets: Collection[str] = (), keep: tuple[str, ...] = ()) -> Path:
    """The pairs by which `infer` goes with `pairwise`, and what they cost."""
    ones = _ones(tables, [name for name in dict.fromkeys(targets) if name not in keep], pairwise=True)
    return cheapest([*tables, *ones], keep, bool(ones))


def _ones(tables: Sequence[Table], names: Sequence[str], pairwise: bool) -> list[Table]:
    """Tables of ones; those of pairs have an entry a row, as all the way back to them do."""
    sizes = sizes_of(tables)
    batch = max(table.values.shape[-1] for table in tables) if pairwise else 1
    return [Table((name,), np.ones((sizes[name], batch))) for name in names]


def adjoints(tables: Sequence[Table], of: Sequence[int], keep: tuple[str, ...] = ()) -> list[Table]:
    """What some of the tables, given by their places, are multiplied by in the sum that `infer` calls total.

    An adjoint has axes out of those kept and those of its table; along an axis that it lacks it does not change.
    Times the table, summed over all that is not kept, it is the total.
    """
    sums = _Elimination(list(tables))
    sums.total(keep)
    return sums.adjoints(of, keep)


def summed_out(tables: Sequence[Table], over: Collection[str]) -> list[Table]:
    """Tables over variables in `over` alone, whose product is that of all tables with the others summed out."""
    sums = _Elimination(list(tables))
    return [sums.tables[place] for place in sums.forward(over)]


def eliminate(tables: Sequence[Table], names: Collection[str]) -> list[Table]:
    """The tables with some variables summed out, each only where that makes no larger table than it replaces."""
    pool = list(tables)
    for name in names:
        inside = [table for table in pool if name in table.axes]
        if not inside:
            continue
        largest = max(inside, key=lambda table: table.values.size)
        if all(set(table.axes) <= set(largest.axes) for table in inside):
            outside = [table for table in pool if name not in table.axes]
            pool = [*outside, *summed_out(inside, set(largest.axes) - {name})]
    return pool


def condition(tables: Sequence[Table], known: Mapping[str, int]) -> list[Table]:
    """The tables at the known state indices, without those axes."""
    return [_at(table, known) if any(axis in known for axis in table.axes) else table for table in tables]


def _at(table: Table, known: Mapping[str, int]) -> Table:
    where = tuple(known.get(axis, slice(None)) for axis in table.axes)
    return Table(tuple(axis for axis in table.axes if axis not in known), table.values[where])


def known_states(tables: Sequence[Table]) -> dict[str, int]:
    """State indices that one-hot tables over a single variable fix, the same in every batch entry."""
    known: dict[str, int] = {}
    for table in tables:
        if len(table.axes) != 1:
            continue
        possible = np.flatnonzero((table.values > 0).any(axis=-1))
        if len(possible) == 1:
            known[table.axes[0]] = int(possible[0])
    return known


@dataclass(frozen=True)
class _Elimination:
    """Tables given or made on the way, and how they were made: places of two factors and of their product."""

    tables: list[Table]
    steps: list[tuple[int, int, int]] = field(default_factory=list)

    def forward(self, keep: Collection[str]) -> list[int]:
        """Sum out every variable not in `keep`; the places of the tables that are left."""
        scopes = [frozenset(table.axes) for table in self.tables if table.axes]
        pool = list(range(len(self.tables)))
        for name in elimination_order(scopes, frozenset(keep), sizes_of(self.tables)):
            inside = [place for place in pool if name in self.tables[place].axes]
            if inside:
                pool = [place for place in pool if place not in inside]
                outside = {axis for place in pool for axis in self.tables[place].axes}
                pool.append(self._multiply(inside, outside.union(keep)))
        return pool

    def total(self, keep: Collection[str]) -> Table:
        """The sum over every variable not in `keep`; it is the last of the tables."""
        return self.tables[self._multiply(self.forward(keep), keep)]

    def by_pairs(self, keep: Collection[str], adjoints: bool) -> Table:
        """The same, by the cheapest pairs; `adjoints` are going to be asked for or not."""
        for one, other, axes in cheapest(self.tables, keep, adjoints).steps:
            made = self._add(contract(self.tables[one], self.tables[other], axes))
            self.steps.append((one, other, made))
        return self.tables[-1]

    def adjoints(self, of: Sequence[int], keep: Collection[str]) -> list[Table]:
        """What the tables at these places are multiplied by in the total, once that was made."""
        needed = set(of)
        for one, other, made in self.steps:
            if one in needed or other in needed:
                needed.add(made)
        found = {len(self.tables) - 1: ONE}
        for one, other, made in reversed(self.steps):
            for factor, beside in ((one, other), (other, one)):
                if factor in needed:
                    onto = {*keep, *self.tables[factor].axes}
                    found[factor] = contract(found[made], self.tables[beside], onto)
        return [found[place] for place in of]

    def _multiply(self, places: Sequence[int], onto: Collection[str]) -> int:
        """The product of tables, each axis summed out in time: the smallest by what makes the smallest product."""
        pool = list(places)
        if len(pool) < 2:
            pool.append(self._add(ONE))
        while len(pool) > 1:
            one, *others = sorted(pool, key=lambda place: self.tables[place].values.size)
            growth = [self._growth(one, place) for place in others]
            other = others.pop(growth.index(min(growth)))
            later = {axis for place in others for axis in self.tables[place].axes}
            made = self._add(contract(self.tables[one], self.tables[other], later.union(onto)))
            self.steps.append((one, other, made))
            pool = [*others, made]
        return pool[0]

    def _growth(self, one: int, other: int) -> int:
        """How many times larger a table is once it is multiplied by another."""
        by, axes = self.tables[other], self.tables[one].axes
        return prod(size for axis, size in zip(by.axes, by.values.shape, strict=False) if axis not in axes)

    def _add(self, table: Table) -> int:
        raise_if_stopped()
        self.tables.append(table)
        return len(self.tables) - 1


def _joint(adjoint: Table, ones: Table, axes: tuple[str, ...]) -> Table:
    """The adjoint of a table of ones along all of `axes`, also where it does not change."""
    return aligned(contract(adjoint, ones, axes), axes)


def enumerate_all(tables: Sequence[Table], targets: Collection[str] = (), keep: tuple[str, ...] = ()) -> Sums:
    """What `infer` returns, by summing over every joint state one at a time: for tests and small networks."""
    sizes = sizes_of(tables)
    batch = max((table.values.shape[-1] for table in tables), default=1)
    total = np.zeros((*(sizes[axis] for axis in keep), batch))
    joints = {
        name: np.zeros((*(sizes[axis] for axis in keep), sizes[name], batch)) for name in targets if name not in keep
    }
    for states in product(*(range(size) for size in sizes.values())):
        at = dict(zip(sizes, states, strict=True))
        weight = np.ones(batch)
        for table in tables:
            weight = weight * table.values[tuple(at[axis] for axis in table.axes)]
        kept = tuple(at[axis] for axis in keep)
        total[kept] += weight
        for name, joint in joints.items():
            joint[(*kept, at[name])] += weight
    tables_by_name = {name: Table((*keep, name), joint) for name, joint in joints.items()}
    whole = Table(keep, total)
    return Sums(whole, tables_by_name | dict.fromkeys(set(targets) & set(keep), whole))
