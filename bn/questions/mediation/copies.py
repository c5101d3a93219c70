"""An exposure with a copy of its own for each of its children, so that each can see it before or after a change.

Every copy has a switch; a child is switched as a whole, so all that follows is identified by the network alone,
without assumptions across worlds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from bn.core.model import Network
from bn.engine import condition, eliminate, infer
from cpds.table import Array, Table

EDGE = 1e-12


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
