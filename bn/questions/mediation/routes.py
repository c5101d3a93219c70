"""What a change of an exposure does to an outcome by each route, with a copy of the exposure for each child.

Every copy has a switch; a child is switched as a whole, so all that follows is identified by the network alone,
without assumptions across worlds.

With every child switched on its own, P(outcome) is a function R(S) of the set S of children that see the change.

    alone   R({c}) - R({})             the others see no change
    last    R(all) - R(all but c)      the others see it already
    share   Shapley value of c         the mean of what c adds, over all orders of switching the children

Shares add up to the total effect. If every child is switched with chance t, what switching c then adds is a
polynomial d_c(t) with d_c(0) = alone, d_c(1) = last and, integrated from 0 to 1, the Shapley value. Simpson's
rule integrates it from t = 0, 1/2 and 1, exactly but for interactions of five and more children (they are of
the order of 1e-7 in the shipped network); one pass gives d_c for every child.

The effect on P(outcome) of giving a mediator M the distribution that it has after the change, drawn anew and
all else as before the change:

    sum over m of P(outcome | before, do(M = m)) [P(m | after) - P(m | before)],

taken within each state of the latent variables, which confound M and the outcome, and averaged over these.

It is identified without assumptions across worlds, as the natural effect through M is not once M's causes
reach the outcome on other ways too. What passes one variable passes others as well: these do not add up.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TypeVar

import numpy as np

from bn.core.model import Network
from bn.engine import condition, eliminate, infer
from cpds.table import Array, Table

EDGE = 1e-12


def within(network: Network, roots: Sequence[str]) -> Iterator[tuple[float, Network]]:
    """The probability of each joint state of some roots, and the network at that state, without them.

    The roots must have the same distribution in every draw.
    """
    for states in np.ndindex(*(len(network.states[name]) for name in roots)):
        known = dict(zip(roots, states, strict=True))
        chances = [float(network.tables[name].values[state, 0]) for name, state in known.items()]
        left = {name: own for name, own in network.states.items() if name not in known}
        tables = condition([network.tables[name] for name in left], known)
        packed = {table.axes[0]: Table(table.axes, np.ascontiguousarray(table.values)) for table in tables}
        yield prod(chances), replace(network, states=left, tables=packed)


@dataclass(frozen=True)
class Reach:
    """Tables whose product, summed, is P(outcome = state | exposure), with the exposure as an axis.

    `children` are the variables that see the exposure; each has its own table.
    """

    exposure: str
    tables: tuple[Table, ...]
    children: tuple[str, ...]

    @classmethod
    def of(cls, network: Network, exposure: str, outcome: str, state: int) -> Reach:
        """The outcome and its ancestors; of what does not see the exposure, all that can be is summed out already."""
        matters = network.ancestors(outcome) | {outcome}
        children = tuple(name for name in network.tables if name in matters and exposure in network.parents(name))
        inside = [network.tables[name] for name in network.tables if name in matters - {exposure}]
        tables = condition(inside, {outcome: state})
        seen = {axis for table in tables if exposure in table.axes for axis in table.axes}
        free = sorted({axis for table in tables for axis in table.axes} - seen)
        return cls(exposure, tuple(eliminate(tables, free)), children)

    def copies(self, before: Array, after: Array) -> Copies:
        """Copies for a change of the exposure, from one distribution over its states to another.

        Each copy draws its state anew. So where a side has more than one state, results are right as long as
        only one child is on it.
        """
        seen = [table for table in self.tables if self.exposure in table.axes]
        others = [table for table in self.tables if self.exposure not in table.axes]
        switches = {child: f"{self.exposure} -> {child}" for child in self.children}
        switched = [
            _switched(table, self.exposure, (before, after), switches[child])
            for child, table in zip(self.children, seen, strict=True)
        ]
        return Copies((*others, *switched), switches)


@dataclass(frozen=True)
class Copies:
    """Tables whose product, summed, is P(outcome = state); `switches` names the axis (before, after) of each child."""

    tables: tuple[Table, ...]
    switches: Mapping[str, str]

    def probability(self, moved: Collection[str]) -> Array:
        """P(outcome = state) when the children `moved` see the change, one number a draw."""
        seen = {axis: int(child in moved) for child, axis in self.switches.items()}
        return infer(condition(self.tables, seen)).total.values

    def added(self, chance: float) -> dict[str, Array]:
        """What switching each child adds when the others are switched with this chance, one number a draw.

        `EDGE` stands in for a chance of 0, which would leave nothing to divide by; its error is of that size.
        """
        weights = np.array([[max(1 - chance, EDGE)], [max(chance, EDGE)]])
        priors = [Table((axis,), weights) for axis in self.switches.values()]
        joints = infer([*self.tables, *priors], targets=self.switches.values()).joints
        seen = {child: joints[axis].values / weights for child, axis in self.switches.items()}
        return {child: values[1] - values[0] for child, values in seen.items()}

    def redrawn(self, changes: Mapping[str, Array]) -> dict[str, Array]:
        """Sum over m of P(outcome | before, do(M = m)) changes[M][m] for children M, one number a draw.

        `changes` have axes (state, draw). `EDGE` weighs each change so little that no other feels it.
        """
        tables = condition(self.tables, {axis: 0 for child, axis in self.switches.items() if child not in changes})
        axes = {self.switches[child]: child for child in changes}
        joints = infer([_or_changed(table, axes, changes) for table in tables], targets=axes).joints
        return {child: joints[axis].values[1] / EDGE for axis, child in axes.items()}


def _switched(table: Table, exposure: str, sides: tuple[Array, Array], switch: str) -> Table:
    """The table averaged over the exposure before and after, along the switch in place of the exposure."""
    position = table.axes.index(exposure)
    values = []
    for chances in sides:
        states = np.flatnonzero(chances)
        values.append(np.sum([chances[at] * np.take(table.values, at, axis=position) for at in states], axis=0))
    axes = tuple(switch if axis == exposure else axis for axis in table.axes)
    return Table(axes, np.stack(values, axis=position))


def _or_changed(table: Table, switches: Mapping[str, str], changes: Mapping[str, Array]) -> Table:
    """The table of a child before, beside `EDGE` times its change whatever the parents, along its switch."""
    axis = next((axis for axis in table.axes if axis in switches), None)
    if axis is None:
        return table
    child = switches[axis]
    before = np.take(table.values, 0, axis=table.axes.index(axis))
    rest = tuple(each for each in table.axes if each != axis)
    both = np.broadcast_arrays(before, EDGE * Table((child,), changes[child]).over(rest))
    return Table((axis, *rest), np.stack(both))


Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Effects:
    """Effects by name of a child, or of a group of children, one number a draw."""

    alone: Mapping[str, Array]
    last: Mapping[str, Array]
    share: Mapping[str, Array]


@dataclass(frozen=True)
class Change:
    """P(outcome) before and after, one number a draw, and what moves it."""

    before: Array
    after: Array
    children: Effects
    groups: Effects


def effects_of(reach: Reach, low: Array, high: Array, groups: Mapping[str, Collection[str]]) -> Change:
    """Effects when the exposure moves from one distribution over its states (`low`) to another (`high`).

    `groups` name sets of children. Everyone's state before is paired with every state after; all children
    see the same pair.
    """
    ends = np.eye(len(low))
    starts, finals = np.flatnonzero(low), np.flatnonzero(high)
    pairs = [(low[start] * high[end], reach.copies(ends[start], ends[end])) for start in starts for end in finals]
    everyone = frozenset(reach.children)
    parts = {group: frozenset(members) for group, members in groups.items()}
    moved = {frozenset(), everyone, *parts.values(), *(everyone - part for part in parts.values())}
    worth = mean((chance, {part: copies.probability(part) for part in moved}) for chance, copies in pairs)
    before, after = worth[frozenset()], worth[everyone]
    alone = mean((low[state], reach.copies(ends[state], high).added(0.0)) for state in starts)
    last = mean((high[state], reach.copies(low, ends[state]).added(1.0)) for state in finals)
    middle = mean((chance, copies.added(0.5)) for chance, copies in pairs)
    share = mean([(1 / 6, alone), (4 / 6, middle), (1 / 6, last)])
    joined = Effects(
        {group: worth[part] - before for group, part in parts.items()},
        {group: after - worth[everyone - part] for group, part in parts.items()},
        {group: np.sum([share[name] for name in part], axis=0) for group, part in parts.items()},
    )
    return Change(before, after, Effects(alone, last, share), joined)


def mean(weighted: Iterable[tuple[float, Mapping[Key, Array]]]) -> dict[Key, Array]:
    """Weighted sum of arrays by key."""
    total: dict[Key, Array] = {}
    for weight, arrays in weighted:
        for key, array in arrays.items():
            total[key] = total.get(key, np.zeros(1)) + weight * array
    return total


def passing(network: Network, reach: Reach, outcome: tuple[str, int], marginals: Marginals) -> dict[str, Array]:
    """By mediator: the effect on the outcome (at a state index) that passes it, one number a draw.

    `reach` is that of the outcome; `marginals` hold its mediators among others.
    """
    exposure = reach.exposure
    mediators = sorted(network.descendants(exposure) & network.ancestors(outcome[0]))
    inside = network.ancestors(outcome[0]) | {outcome[0]}
    found = dict.fromkeys(mediators, np.zeros(1))
    for chance, state, now in marginals.before:
        changes = {name: marginals.after[name] - now[name] for name in mediators}
        here = np.eye(len(network.states[exposure]))[state]
        effects = reach.copies(here, here).redrawn(
            {name: changes[name] for name in mediators if name in reach.children}
        )
        for name in mediators:
            if name not in effects:
                tables = [network.tables[each] for each in network.tables if each in inside - {name, exposure}]
                known = {exposure: state, outcome[0]: outcome[1]}
                effects[name] = infer(condition([*tables, Table((name,), changes[name])], known)).total.values
            found[name] = found[name] + chance * effects[name]
    return found


@dataclass(frozen=True)
class Marginals:
    """Distributions of variables: for each possible state before, with its chance, and on average after.

    Arrays have axes (state, draw).
    """

    before: tuple[tuple[float, int, Mapping[str, Array]], ...]
    after: Mapping[str, Array]

    @classmethod
    def of(cls, network: Network, exposure: str, low: Array, high: Array, wanted: Collection[str]) -> Marginals:
        """Of the wanted variables, when the exposure moves from one distribution over its states to another."""
        before = tuple((low[at], at, _marginals(network, exposure, at, wanted)) for at in np.flatnonzero(low).tolist())
        after = [(high[at], _marginals(network, exposure, at, wanted)) for at in np.flatnonzero(high).tolist()]
        return cls(before, {name: np.sum([w * arrays[name] for w, arrays in after], axis=0) for name in wanted})


def _marginals(network: Network, exposure: str, state: int, wanted: Collection[str]) -> dict[str, Array]:
    """P(variable | exposure = state) of each wanted variable, axes (state, draw)."""
    inside = set(wanted).union(*(network.ancestors(name) for name in wanted))
    tables = [network.tables[name] for name in network.tables if name in inside - {exposure}]
    joints = infer(condition(tables, {exposure: state}), targets=wanted).joints
    return {name: joints[name].values for name in wanted}
