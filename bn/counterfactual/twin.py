"""The twin network: one person in two worlds that share every noise, and what is believed after the acts.

A (cumulative) logistic CPD is read by its latent threshold: the noise of a variable is uniform on [0, 1] and
its state is the number of k >= 1 with noise < P(state k or higher | parents). That holds for a sequential link too,
as these probabilities fall with k; one noise for all of its steps is an assumption: who takes the first step easily
takes the next one easily. An act moves the thresholds (a
shift) or puts a constant in their place (a set); the noise stays what it was for this person. So
P(x before, x' after | parents before, parents after) is the length that the noise interval of x before and
that of x' after have in common: exact, nothing is sampled.

Only what the acts can reach may differ between the worlds. Of that, only what a finding rests on needs its
state before; of the rest the state after is enough. Pairs of states that cannot occur together, such as those
against the direction of a change that goes one way, never enter an axis.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bn.core.evidence import Indices
from cpds.logistic import to_cumulative
from cpds.table import Array, Table

Arc = tuple[str, str]
Made = MutableMapping[Hashable, tuple["Pairs", Table]]
"""Pairs and tables of variables, by all that they depend on but the CPDs and the findings."""


@dataclass(frozen=True)
class Pairs:
    """States of a variable in both worlds: entry i of its axis is `before[i]` and `after[i]`.

    `before` is None where the state before the acts is not needed.
    """

    before: Indices | None
    after: Indices

    @cached_property
    def key(self) -> tuple[bytes, bytes]:
        """The same for all pairs of the same states."""
        return b"" if self.before is None else self.before.tobytes(), self.after.tobytes()

    def side(self, after: bool) -> Indices:
        """State in one world, for each entry of the axis."""
        if after:
            return self.after
        if self.before is None:
            raise ValueError("the state before the acts was left out of this axis")
        return self.before


@dataclass(frozen=True)
class Twin:
    """Tables whose product is the joint of both worlds, with axes named as the variables; draws last."""

    pairs: Mapping[str, Pairs]
    tables: tuple[Table, ...]

    def seen(self, finding: Table, after: bool = False) -> Table:
        """A finding (axes: variables by their states before the acts, or after them) over the axes of the twin."""
        return _aligned(finding, self.pairs, dict.fromkeys(self.pairs.keys() & finding.axes, after))


def twin(
    before: Mapping[str, Table],
    after: Mapping[str, Table],
    reached: Collection[str],
    factual: Collection[str],
    possible: Mapping[str, Indices],
    made: Made,
    cut: Collection[Arc] = (),
) -> Twin:
    """Both worlds, from CPDs before and after the acts: axes (variable, *parents), parents before children.

    `reached` are the variables that may differ between the worlds, closed under children. `factual` are those
    of them whose state before the acts is needed, closed under parents within `reached`. `possible` limits the
    states before the acts, by variable, to those that findings leave open. Through an arc in `cut` the child
    sees its parent as it was before the acts, in both worlds. `made` remembers what was made for other cuts of the same
    arguments.
    """
    pairs: dict[str, Pairs] = {}
    tables = []
    for name, table in before.items():
        parents = dict.fromkeys(axis for axis in (*table.axes, *after[name].axes) if axis != name)
        held = frozenset(parent for parent in parents if (parent, name) in cut)
        key = (name, name in factual, held, *(pairs[parent].key for parent in parents))
        if key not in made:
            states = np.arange(table.values.shape[0]) if name in table.axes else np.arange(0)
            sides = {parent: parent not in held for parent in parents}
            if name not in reached:
                made[key] = Pairs(states, states), table
            elif name not in factual:
                made[key] = Pairs(None, states), _aligned(after[name], pairs, sides)
            else:
                first = _aligned(_at_least(table), pairs, dict.fromkeys(parents, False))
                second = _aligned(_at_least(after[name]), pairs, sides)
                made[key] = _overlap(first, second, possible.get(name, states))
        pairs[name], both = made[key]
        tables.append(both)
    return Twin(pairs, tuple(tables))


def _overlap(before: Table, after: Table, possible: Indices) -> tuple[Pairs, Table]:
    """The pairs of states that can occur, and their probabilities given the parents in both worlds.

    The tables hold P(state k or higher | parents), k >= 1, along the first axis.
    """
    axes = tuple(dict.fromkeys((*before.axes, *after.axes)))
    ends, other_ends = _ends(before.over(axes)), _ends(after.over(axes))
    shape = np.broadcast_shapes(ends[1].shape, other_ends[1].shape)
    kept: list[tuple[int, int]] = []
    shares: list[Array] = []
    for state in possible.tolist():
        for other in range(len(other_ends) - 1):
            common = np.minimum(ends[state], other_ends[other]) - np.maximum(ends[state + 1], other_ends[other + 1])
            if common.max() > 0:
                kept.append((state, other))
                shares.append(np.broadcast_to(np.maximum(common, 0.0, out=common), shape))
    states, others = np.array(kept, dtype=np.int64).reshape(-1, 2).T
    return Pairs(states, others), Table(axes, np.stack(shares))


def _at_least(table: Table) -> Table:
    return Table(table.axes, to_cumulative(table.values))


def _ends(at_least: Array) -> list[Array]:
    """Where the noise intervals of the states end: state k holds what lies between end k + 1 and end k.

    >>> [end.tolist() for end in _ends(np.array([[0.5], [0.2]]))]  # three states
    [[1.0], [0.5], [0.2], [0.0]]
    """
    alike = (1,) * (at_least.ndim - 1)
    return [np.ones(alike), *at_least, np.zeros(alike)]


def _aligned(table: Table, pairs: Mapping[str, Pairs], sides: Mapping[str, bool]) -> Table:
    """The table with each axis in `sides` (after: True) turned from states into pairs of states."""
    values = table.values
    for position, name in reversed(list(enumerate(table.axes))):
        if name in sides:
            states = pairs[name].side(sides[name])
            if not np.array_equal(states, np.arange(values.shape[position])):
                values = values.take(states, axis=position)
    return Table(table.axes, values)
