"""The pairs in which tables are multiplied where many rows share some of them, chosen by what the products cost.

One variable after another is summed out well where every table has a batch entry of its own. Rows of a cohort share
the CPDs that do not depend on their context: whatever of these is multiplied together is so once for all rows, and a
product with one is a matrix product, which costs a tenth of entry by entry. So the tables are paired greedily, the pair
first that grows least, and with it go all variables that no other table has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush

from bn.engine.contract import sizes_of
from cpds.table import Table

Step = tuple[int, int, frozenset[str]]
"""Places of two tables, and the axes that their product keeps; it is added behind the tables."""
WEIGHTS = (0.1, 0.3, 1.0)
"""How much a pair's own size speaks for it, against the size of its product: none of them is best for all networks."""
ROWS = (16, 64, 256)
"""Rows of blocks for which paths are found."""
CACHED, SPILLED = 1 << 18, 4.0
"""Entries of a table that stays in the processor's cache, about, and how many times longer the work takes beyond."""
STEP, LOOP, ENTRY, MATRIX, MATRIX_ENTRY, MATRIX_ROW, MOVED = 10000.0, 60.0, 1.0, 500.0, 0.05, 0.5, 1.0
"""Nanoseconds, measured with 32 to 512 rows: of a step; of an entry of a product made entry by entry, once and for each
row; of a matrix product, of an entry of it, where it has many rows and where it has one; of an entry put in its place
for that."""


@dataclass(frozen=True)
class Path:
    """Steps that multiply all tables, and what has to be done in them and, with adjoints, on the way back.

    `loops` are entries of products made entry by entry, `fixed` nanoseconds for all rows together and `of_row` those of
    matrix products for each. `largest` is the number of entries, in each row, of the largest table that is written.
    """

    steps: tuple[Step, ...]
    loops: int
    fixed: float
    of_row: float
    largest: int

    def cost(self, rows: int) -> float:
        """Nanoseconds for each of so many rows in a block."""
        spilled = SPILLED if rows * self.largest > CACHED else 1.0
        return (self.fixed + self.loops * LOOP) / rows + spilled * (self.loops * ENTRY + self.of_row)


def cheapest(tables: Sequence[Table], keep: Collection[str], adjoints: bool) -> Path:
    """The cheapest path found that sums out every variable not in `keep`.

    Blocks of nearly as many rows go by the same one, so that it is found once.
    """
    scopes = tuple((table.axes, table.values.shape[-1] > 1) for table in tables)
    batch = max(table.values.shape[-1] for table in tables)
    rows = next(rows for rows in ROWS if rows >= min(batch, ROWS[-1]))
    return cheapest_of(scopes, tuple(sorted(sizes_of(tables).items())), frozenset(keep), rows, adjoints)


@lru_cache(maxsize=1024)
def cheapest_of(
    scopes: tuple[tuple[tuple[str, ...], bool], ...],
    sizes: tuple[tuple[str, int], ...],
    keep: frozenset[str],
    rows: int,
    adjoints: bool,
) -> Path:
    """The same, from the axes of tables and whether each has entries of its own for the rows."""
    pairing = _Pairing.of(scopes, dict(sizes), keep, rows, adjoints)
    return min((pairing.path(weight) for weight in WEIGHTS), key=lambda path: path.cost(rows))


Scope = tuple[int, bool]
"""Axes, a bit each, and whether rows have entries of their own."""


@dataclass(frozen=True)
class _Pairing:
    """Tables by their axes, each a bit of a number, which is several times faster than sets of names."""

    names: tuple[str, ...]
    scopes: tuple[Scope, ...]
    keep: int
    rows: int
    adjoints: bool
    _entries: dict[int, int]

    @classmethod
    def of(
        cls,
        scopes: Sequence[tuple[tuple[str, ...], bool]],
        sizes: Mapping[str, int],
        keep: Collection[str],
        rows: int,
        adjoints: bool,
    ) -> _Pairing:
        bits = {name: 1 << place for place, name in enumerate(sizes)}
        masks = tuple((sum(bits[axis] for axis in axes), own) for axes, own in scopes)
        kept = sum(bits[name] for name in keep)
        return cls(tuple(sizes), masks, kept, rows, adjoints, {0: 1} | {bits[name]: sizes[name] for name in sizes})

    def path(self, weight: float) -> Path:
        """Pairs greedily; `weight` is that of what a pair replaces."""
        pool = dict(enumerate(self.scopes))
        holders = [{place for place, (axes, _) in pool.items() if axes >> bit & 1} for bit in range(len(self.names))]
        steps: list[Step] = []
        work = _Work()
        waiting: list[tuple[float, int, int]] = []

        def key(one: int, other: int) -> tuple[float, int, int]:
            made = self._made(pool[one], pool[other], holders)
            return self._size(made) - weight * (self._size(pool[one]) + self._size(pool[other])), one, other

        for place, (axes, _) in pool.items():
            waiting += [key(other, place) for other in pool if other < place and pool[other][0] & axes]
        heapify(waiting)
        while len(pool) > 1:
            one, other = self._next(waiting, pool, key)
            first, second = pool.pop(one), pool.pop(other)
            made = self._made(first, second, holders)
            work.add(self, first, second, made)
            place = len(self.scopes) + len(steps)
            steps.append((one, other, frozenset(name for bit, name in enumerate(self.names) if made[0] >> bit & 1)))
            for bit, places in enumerate(holders):
                places -= {one, other}
                if made[0] >> bit & 1:
                    places.add(place)
            pool[place] = made
            for beside in pool:
                if beside != place and pool[beside][0] & made[0]:
                    heappush(waiting, key(beside, place))
        return Path(tuple(steps), work.loops, work.fixed, work.of_row, work.largest)

    @staticmethod
    def _next(
        waiting: list[tuple[float, int, int]],
        pool: Mapping[int, Scope],
        key: Callable[[int, int], tuple[float, int, int]],
    ) -> tuple[int, int]:
        """The pair that grows least, as it is now; any two where no tables share an axis."""
        while waiting:
            found = heappop(waiting)
            _, one, other = found
            if one in pool and other in pool:
                now = key(one, other)
                if now <= found or not waiting or now <= waiting[0]:
                    return one, other
                heappush(waiting, now)
        one, other, *_ = pool
        return one, other

    def _made(self, one: Scope, other: Scope, holders: Sequence[Collection[int]]) -> Scope:
        """The product of two tables, without what no other table has."""
        axes = one[0] | other[0]
        left = 0
        for bit, places in enumerate(holders):
            mask = 1 << bit
            if axes & mask and (self.keep & mask or len(places) > (one[0] & mask != 0) + (other[0] & mask != 0)):
                left |= mask
        return left, one[1] or other[1]

    def _size(self, scope: Scope) -> float:
        return self.entries(scope[0]) * (1.0 if scope[1] else 1.0 / self.rows)

    def entries(self, axes: int) -> int:
        """Entries of a table with these axes."""
        found = self._entries.get(axes)
        if found is None:
            lowest = axes & -axes
            found = self._entries[axes] = self._entries[lowest] * self.entries(axes ^ lowest)
        return found


@dataclass
class _Work:
    """What steps take; see `Path`."""

    loops: int = 0
    fixed: float = 0.0
    of_row: float = 0.0
    largest: int = 1

    def add(self, pairing: _Pairing, one: Scope, other: Scope, made: Scope) -> None:
        """A step there and, where adjoints are wanted, its two back."""
        self.largest = max(self.largest, pairing.entries(made[0]) if made[1] else 1)
        self._product(pairing, one, other, made[0])
        for factor, beside in ((one, other), (other, one)) if pairing.adjoints else ():
            if factor[1]:
                self._product(pairing, made, beside, factor[0])

    def _product(self, pairing: _Pairing, one: Scope, other: Scope, left: int) -> None:
        self.fixed += STEP
        entries = pairing.entries(one[0] | other[0])
        if not (one[1] or other[1]):
            self.fixed += entries * ENTRY
        elif one[1] != other[1] and one[0] & other[0] & ~left:
            shared, many = (other[0], one[0]) if one[1] else (one[0], other[0])
            rows = pairing.entries(shared & ~many & left)
            self.fixed += pairing.entries(shared) * MOVED + pairing.entries(shared & many & left) * MATRIX
            self.of_row += entries * (MATRIX_ENTRY + MATRIX_ROW / rows)
            self.of_row += (pairing.entries(many) + pairing.entries(left)) * MOVED
        else:
            self.loops += entries
