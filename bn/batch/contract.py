"""The network contracted once to the joint of context and measured variables; rows then are matrix products.

Context variables (age, sex and the like) are mostly known exactly, so a row picks one slice of the joint;
an extra last index on each context axis holds the sum, for rows where it is missing. Within the slice a
row weighs the joint states of the measured variables by its likelihoods. Draws of the parameters are more
columns of the same product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from bn.engine import infer
from bn.evidence import Indices
from cpds.knowledge import Knowledge
from cpds.logistic import cpd
from cpds.table import Array, Table


@dataclass(frozen=True)
class Contraction:
    """Joint tables flattened to axes (context slice, measured state, column).

    `columns` of the last axis: for `targets`, the states of each target in turn, and the plain joint
    last; with draws there is one block a draw.
    """

    context: tuple[str, ...]
    measured: tuple[str, ...]
    sizes: Mapping[str, int]
    values: Array

    def slices(self, context: Mapping[str, Indices], rows: int) -> Indices:
        """Index of each row's context slice; -1 in `context` means missing."""
        index = np.zeros(rows, dtype=np.int64)
        for name in self.context:
            size = self.sizes[name]
            states = context.get(name, np.full(rows, -1, dtype=np.int64))
            index = index * (size + 1) + np.where(states < 0, size, states)
        return index


def contract(
    knowledge: Knowledge,
    parameters: Mapping[str, Array],
    context: Sequence[str],
    measured: Sequence[str],
    targets: Sequence[str],
) -> Contraction:
    """Contract at every draw of `parameters`; the last axis holds (target states..., plain) for each draw."""
    variables = knowledge.variables
    sizes = {name: len(variable.states) for name, variable in variables.items()}
    keep = (*context, *measured)
    tables = [cpd(variable, variables, parameters) for variable in variables.values()]
    answer = infer(tables, targets, keep)
    flat = [
        _flatten(_with_target(answer.joints[name], keep, name, sizes), len(context), len(measured)) for name in targets
    ]
    flat.append(_flatten(answer.total.values[..., None, :], len(context), len(measured)))
    columns = np.concatenate(flat, axis=2)
    return Contraction(tuple(context), tuple(measured), sizes, columns)


def _with_target(joint: Table, keep: tuple[str, ...], target: str, sizes: Mapping[str, int]) -> Array:
    """Axes (*keep, target, draw); a target among the kept ones is spread along its own diagonal."""
    if target not in keep:
        return joint.values
    position = keep.index(target)
    shape = [1] * len(keep)
    shape[position] = sizes[target]
    diagonal = np.eye(sizes[target]).reshape(*shape, sizes[target], 1)
    values: Array = joint.values[..., None, :] * diagonal
    return values


def _flatten(values: Array, contexts: int, measured: int) -> Array:
    """Axes (context slice with the sums, measured state, column, draw)."""
    for axis in range(contexts):
        values = np.concatenate([values, values.sum(axis=axis, keepdims=True)], axis=axis)
    shape = values.shape
    return values.reshape(prod(shape[:contexts]), prod(shape[contexts : contexts + measured]), *shape[-2:])
