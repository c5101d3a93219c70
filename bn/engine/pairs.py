"""The pairs in which tables are multiplied where many rows share some of them, chosen by what the products cost.

One variable after another is summed out well where every table has a batch entry of its own. Rows of a cohort share
the CPDs that do not depend on their context: whatever of these is multiplied together is so once for all rows, and a
product with one is a matrix product, which costs a tenth of entry by entry. So the tables are paired greedily, the pair
first that grows least, and with it go all variables that no other table has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import heapify, heappop, heappush

from bn.engine.contract import sizes_of
from cpds.table import Table

Step = tuple[int, int, frozenset[str]]
"""Places of two tables, and the axes that their product keeps; it is added behind the tables."""
WEIGHTS = (0.1, 0.85, 1.0)
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


class _Entries(dict[int, int]):
    """Entries of a table by its axes, from those of each axis."""

    def __missing__(self, axes: int) -> int:
        lowest = axes & -axes
        found = self[axes] = self[lowest] * self[axes ^ lowest]
        return found


class _Pool:
    """Tables that are still to be multiplied, by place, and how large a pair of them becomes.

    `two` and `three` are the axes that at least so many of them have, kept ones counting as if without end.
    """

    def __init__(self, scopes: Sequence[Scope], entries: _Entries, keep: int, rows: int) -> None:
        self.scopes = dict(enumerate(scopes))
        self.entries, self.keep, self.rows = entries, keep, rows
        self.sizes = [self.size(*scope) for scope in scopes]
        self.holders: dict[int, int] = {}
        self.two = self.three = keep
        for axes, _ in scopes:
            self._count(axes, 1)

    def copy(self) -> _Pool:
        """The same, to be changed."""
        other = _Pool((), self.entries, self.keep, self.rows)
        other.scopes, other.sizes, other.holders = dict(self.scopes), list(self.sizes), dict(self.holders)
        other.two, other.three = self.two, self.three
        return other

    def size(self, axes: int, own: bool) -> float:
        """Entries of a table, for each row."""
        return self.entries[axes] if own else self.entries[axes] / self.rows

    def made(self, one: int, other: int) -> Scope:
        """The product of two tables, without what no other table has."""
        (first, own), (second, owned) = self.scopes[one], self.scopes[other]
        return first & second & self.three | (first ^ second) & self.two, own or owned

    def beside(self, place: int) -> list[int]:
        """Other tables with an axis of this one."""
        axes = self.scopes[place][0]
        return [other for other, (own, _) in self.scopes.items() if own & axes and other != place]

    def replace(self, one: int, other: int) -> tuple[Scope, Scope, Scope]:
        """Two tables by their product, which takes the next place: all three."""
        made = self.made(one, other)
        first, second = self.scopes.pop(one), self.scopes.pop(other)
        self._count(first[0], -1)
        self._count(second[0], -1)
        self._count(made[0], 1)
        self.scopes[len(self.sizes)] = made
        self.sizes.append(self.size(*made))
        return first, second, made

    def _count(self, axes: int, more: int) -> None:
        while axes:
            bit = axes & -axes
            axes ^= bit
            count = self.holders[bit] = self.holders.get(bit, 0) + more
            self.two = self.two | bit if count > 1 or bit & self.keep else self.two & ~bit
            self.three = self.three | bit if count > 2 or bit & self.keep else self.three & ~bit


@dataclass(frozen=True)
class _Pairing:
    """Tables by their axes, each a bit of a number, which is several times faster than sets of names."""

    names: tuple[str, ...]
    pool: _Pool
    adjoints: bool

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
        masks = [(sum(bits[axis] for axis in axes), own) for axes, own in scopes]
        entries = _Entries({0: 1} | {bits[name]: size for name, size in sizes.items()})
        return cls(tuple(sizes), _Pool(masks, entries, sum(bits[name] for name in keep), rows), adjoints)

    @cached_property
    def _first(self) -> list[tuple[float, float, int, int]]:
        """Pairs of the given tables that share an axis: sizes of their product and of both, and their places."""
        pool, pairs = self.pool, []
        for other in pool.scopes:
            for one in pool.beside(other):
                if one < other:
                    pairs.append((pool.size(*pool.made(one, other)), pool.sizes[one] + pool.sizes[other], one, other))
        return pairs

    def path(self, weight: float) -> Path:
        """Pairs greedily; `weight` is that of what a pair replaces."""
        pool, work = self.pool.copy(), _Work(self.pool.entries)
        waiting = [(made - weight * both, one, other) for made, both, one, other in self._first]
        heapify(waiting)
        steps: list[Step] = []

        def key(one: int, other: int) -> tuple[float, int, int]:
            return pool.size(*pool.made(one, other)) - weight * (pool.sizes[one] + pool.sizes[other]), one, other

        while len(pool.scopes) > 1:
            one, other = self._next(waiting, pool.scopes, key)
            place = len(pool.sizes)
            first, second, made = pool.replace(one, other)
            work.add(self.adjoints, first, second, made)
            steps.append((one, other, frozenset(name for bit, name in enumerate(self.names) if made[0] >> bit & 1)))
            for beside in pool.beside(place):
                heappush(waiting, key(beside, place))
        return Path(tuple(steps), work.loops, work.fixed, work.of_row, work.largest)

    @staticmethod
    def _next(
        waiting: list[tuple[float, int, int]],
        left: Collection[int],
        key: Callable[[int, int], tuple[float, int, int]],
    ) -> tuple[int, int]:
        """The pair that grows least, as it is now; any two where no tables share an axis."""
        while waiting:
            found = heappop(waiting)
            _, one, other = found
            if one in left and other in left:
                now = key(one, other)
                if now <= found or not waiting or now <= waiting[0]:
                    return one, other
                heappush(waiting, now)
        one, other, *_ = left
        return one, other


@dataclass
class _Work:
    """What steps take; see `Path`."""

    entries: _Entries
    loops: int = 0
    fixed: float = 0.0
    of_row: float = 0.0
    largest: int = 1

    def add(self, adjoints: bool, one: Scope, other: Scope, made: Scope) -> None:
        """A step there and, where adjoints are wanted, its two back."""
        self.largest = max(self.largest, self.entries[made[0]] if made[1] else 1)
        self._product(one, other, made[0])
        for factor, beside in ((one, other), (other, one)) if adjoints else ():
            if factor[1]:
                self._product(made, beside, factor[0])

    def _product(self, one: Scope, other: Scope, left: int) -> None:
        self.fixed += STEP
        entries = self.entries[one[0] | other[0]]
        if not (one[1] or other[1]):
            self.fixed += entries * ENTRY
        elif one[1] != other[1] and one[0] & other[0] & ~left:
            shared, many = (other[0], one[0]) if one[1] else (one[0], other[0])
            rows = self.entries[shared & ~many & left]
            self.fixed += self.entries[shared] * MOVED + self.entries[shared & many & left] * MATRIX
            self.of_row += entries * (MATRIX_ENTRY + MATRIX_ROW / rows)
            self.of_row += (self.entries[many] + self.entries[left]) * MOVED
        else:
            self.loops += entries
