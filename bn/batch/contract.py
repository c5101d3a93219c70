"""The network contracted once to the joint of context and measured variables; rows then are matrix products.

A row whose context is known picks one cell of the joint; an extra last index on each context axis holds
the sum, for rows where it is open. Within the cell a row weighs the joint states of the measured variables
by its likelihoods. Some context variables are fixed (or summed out) before contracting, so that a joint
stays small; such a joint is called a tile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

import numpy as np

from bn.engine import infer
from cpds.knowledge import Knowledge
from cpds.logistic import cpd
from cpds.table import Array, Table

DRAWS_AT_ONCE = 50
ENTRIES_AT_ONCE = 1 << 21
CACHE_BYTES = 1 << 28

Tile = tuple[int, ...]


@dataclass
class Joints:
    """Joints of a network at some parameters, made tile by tile when first asked for and kept while they fit.

    `outer` are the context variables that a tile fixes, `inner` those that it keeps as axes. `columns`
    are the (variable, state) pairs whose joint probability is wanted beside the plain one.
    """

    knowledge: Knowledge
    parameters: Mapping[str, Array]
    outer: tuple[str, ...]
    inner: tuple[str, ...]
    measured: tuple[str, ...]
    columns: tuple[tuple[str, int], ...]
    _kept: dict[Tile, Array] = field(default_factory=dict)

    @property
    def draws(self) -> int:
        """Number of draws of the parameters."""
        return max(len(values) for values in self.parameters.values())

    def tile(self, states: Tile) -> Array:
        """Joint with the outer variables in `states` (-1: summed out).

        Axes (cell of the inner variables, measured state, column, draw); the plain joint is the last column.
        """
        if states not in self._kept:
            joint = self._contract({name: state for name, state in zip(self.outer, states, strict=True) if state >= 0})
            while self._kept and joint.nbytes + sum(kept.nbytes for kept in self._kept.values()) > CACHE_BYTES:
                del self._kept[next(iter(self._kept))]
            self._kept[states] = joint
        return self._kept[states]

    def _contract(self, known: Mapping[str, int]) -> Array:
        variables = self.knowledge.variables
        entries = prod(len(variables[name].states) for name in (*self.inner, *self.measured))
        step = int(np.clip(ENTRIES_AT_ONCE // entries, 1, DRAWS_AT_ONCE))
        parts = []
        for start in range(0, self.draws, step):
            some = {name: values[start : start + step] for name, values in self.parameters.items()}
            parts.append(self._flat([cpd(variable, variables, some, known) for variable in variables.values()]))
        return np.ascontiguousarray(np.concatenate(parts, axis=-1))

    def _flat(self, tables: list[Table]) -> Array:
        keep = (*self.inner, *self.measured)
        answer = infer(tables, dict.fromkeys(name for name, _ in self.columns), keep)
        wanted = [_with_state(answer.joints[name], keep, name, state) for name, state in self.columns]
        values = np.stack(np.broadcast_arrays(*wanted, answer.total.values), axis=-2)
        for axis in range(len(self.inner)):
            values = np.concatenate([values, values.sum(axis=axis, keepdims=True)], axis=axis)
        cells = prod(values.shape[: len(self.inner)])
        return values.reshape(cells, -1, *values.shape[-2:])


def _with_state(joint: Table, keep: tuple[str, ...], name: str, state: int) -> Array:
    """Joint of the kept variables and one state, axes (*keep, draw)."""
    if name not in keep:
        return np.asarray(joint.values[..., state, :])
    axis = keep.index(name)
    chosen = np.arange(joint.values.shape[axis]) == state
    return np.asarray(joint.values * chosen.reshape(-1, *[1] * (joint.values.ndim - axis - 1)))
