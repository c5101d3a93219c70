"""Rows against the contracted network: blocks of rows in, sums over the joint out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from bn.batch.context import Context, Expanded
from bn.batch.contract import Joints
from bn.evidence import Indices, Observed, weigh
from cpds.knowledge import Knowledge
from cpds.measurement import Readings
from cpds.table import Array

CELLS = 1 << 8
TILE_BYTES = 1 << 27
FEW = 48
MANY = 1 << 10


@dataclass(frozen=True)
class Block:
    """Some rows with the same measured variables, ready to be multiplied with any joint.

    `likelihoods[variable]` has axes (expanded row, state), each row divided by its largest entry;
    `factor` puts the expanded rows of one row onto a common scale, `log_scale` (one number a row) is the
    natural logarithm of what was divided out.
    """

    expanded: Expanded
    names: tuple[str, ...]
    sizes: Mapping[str, int]
    likelihoods: Mapping[str, Array]
    factor: Array
    log_scale: Array

    @classmethod
    def of(
        cls, knowledge: Knowledge, observed: Observed, context: Context, rows: Indices, measured: Sequence[str]
    ) -> Block:
        """`rows` are positions in `observed`, whose readings are settled."""
        sizes = {name: len(variable.states) for name, variable in knowledge.variables.items()}
        expanded = context.expand(rows, sizes)
        logs = _log_likelihoods(knowledge, take(observed, rows[expanded.origin]), expanded.at(context.names), measured)
        likelihoods = {}
        scale = expanded.log_weight
        for name, log in logs.items():
            peak = log.max(axis=0)
            peak = np.where(np.isfinite(peak), peak, 0.0)
            likelihoods[name] = np.exp(log - peak).T
            scale = scale + peak
        top = np.full(len(rows), -np.inf)
        np.maximum.at(top, expanded.origin, scale)
        top = np.where(np.isfinite(top), top, 0.0)
        return cls(expanded, context.names, sizes, likelihoods, np.exp(scale - top[expanded.origin]), top)

    def sums(self, joints: Joints) -> Array:
        """Each row's weight summed over the joint: axes (row, column, draw), the plain sum last."""
        total = np.zeros((len(self.log_scale), len(joints.columns) + 1, joints.draws))
        flat = total.reshape(len(total), -1)
        for tile, cell, here in self._cells(joints):
            weights = self.factor[here][:, None]
            for name in joints.measured:
                likelihood = self.likelihoods[name][here]
                weights = (weights[:, :, None] * likelihood[:, None, :]).reshape(len(here), -1)
            joint = joints.tile(tile)[cell]
            flat[self.expanded.origin[here]] += weights @ joint.reshape(len(joint), -1)
        return total

    def _cells(self, joints: Joints) -> Iterator[tuple[tuple[int, ...], int, Indices]]:
        """Tile, cell in it, and the expanded rows there; no row is in one cell twice."""
        column = {name: position for position, name in enumerate(self.names)}
        states = self.expanded.states
        cell = np.zeros(len(states), dtype=np.int64)
        for name in joints.inner:
            state = states[:, column[name]]
            cell = cell * (self.sizes[name] + 1) + np.where(state < 0, self.sizes[name], state)
        keys = np.column_stack([states[:, [column[name] for name in joints.outer]], cell])
        order = np.lexsort(keys.T[::-1])
        ordered = keys[order]
        starts = np.flatnonzero((ordered[1:] != ordered[:-1]).any(axis=1)) + 1
        for here in np.split(order, starts) if len(order) else ():
            *tile, at = keys[here[0]].tolist()
            yield tuple(tile), at, here


def layout(context: Context, sizes: Mapping[str, int], bytes_per_cell: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Context variables that a tile fixes, and those that it keeps as axes.

    Keeping one shares work between its states, but is a waste where few of them occur (the first rows tell).
    """
    occurring = context.occurring(sizes)
    several = [name for name in context.names if len(occurring[name]) > 1]
    inner: list[str] = []
    first = context.expand(np.arange(min(len(context.single), MANY)), sizes)
    if len(np.unique(first.states, axis=0)) > FEW:
        for name in sorted(several, key=lambda name: sizes[name]):
            cells = prod(sizes[other] + 1 for other in (*inner, name))
            if cells <= CELLS and cells * bytes_per_cell <= TILE_BYTES:
                inner.append(name)
    return tuple(name for name in context.names if name not in inner), tuple(inner)


def take(observed: Observed, rows: Indices) -> Observed:
    """Some rows of what was observed, in the order of `rows`, which may repeat."""
    return Observed(
        len(rows),
        {name: weight[:, rows] for name, weight in observed.weights.items()},
        {name: Readings(reading.values[rows], reading.censored[rows]) for name, reading in observed.readings.items()},
    )


def _log_likelihoods(
    knowledge: Knowledge, observed: Observed, at: Mapping[str, Indices], measured: Sequence[str]
) -> dict[str, Array]:
    """Log likelihood of each measured variable's states, axes (state, row)."""
    logs = {name: np.zeros((len(knowledge.variables[name].states), observed.rows)) for name in measured}
    for name in measured:
        if name in observed.weights:
            with np.errstate(divide="ignore"):
                logs[name] += np.log(observed.weights[name])
    for table in weigh(knowledge, Observed(observed.rows, {}, observed.readings), at).soft:
        name, *strata = table.axes
        if strata:
            raise ValueError(f"likelihood of {name} depends on {', '.join(strata)}, which is no context variable")
        if name in logs:
            logs[name] += table.values
    return logs
