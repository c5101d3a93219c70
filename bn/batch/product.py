"""Weights of the rows times the joint of the network: sums for the point, intervals for the draws.

Why it has this shape: rows are the last axis of the weights, so that building them takes a few long
multiplications, one a measured variable, on slices small enough to stay in the cache. Blocks of rows, each
with the cell of its own context, then are one stacked matrix product, so that the interpreter is needed
seldom and threads do not wait for it. Draws are only more columns of the joint, too many to be stacked:
there each group is a product by itself, in single precision, which for sums of positive terms stays within 1e-6 of
double precision.
"""

from __future__ import annotations

import numpy as np

from bn.batch.joints import Joints
from bn.batch.likelihood import Likelihoods
from bn.batch.pieces import WIDTH, Batch
from bn.posterior import LEVEL, interval_of
from cpds.table import Array

ENTRIES = 1 << 16
DRAW_ENTRIES = 1 << 18


def point_sums(batch: Batch, likelihoods: Likelihoods, joints: Joints) -> Array:
    """Each row's weights summed over the joint: axes (column, row), the plain sum last."""
    states = likelihoods.states
    cells = np.stack([joints.cell(sets).T for sets in batch.sets])
    blocks = np.empty((len(batch.alternative), cells.shape[1], WIDTH))
    step = max(1, ENTRIES // (states * WIDTH))
    buffer = np.empty((2, states * step * WIDTH))
    for start in range(0, len(blocks), step):
        some = batch.alternative[start : start + step]
        weights = likelihoods.joint(slice(start * WIDTH, (start + len(some)) * WIDTH), buffer)
        stacked = weights.reshape(states, len(some), WIDTH).transpose(1, 0, 2)
        np.matmul(cells[some], stacked, out=blocks[start : start + step])
    return batch.add_up(blocks)


def intervals(batch: Batch, likelihoods: Likelihoods, joints: Joints) -> Array:
    """Central interval over the draws of the one column's share: axes (low / high, row)."""
    ends = np.empty((2, len(batch.rows)))
    states = likelihoods.states
    widest = max(len(group.alternatives) for group in batch.groups)
    buffer = np.empty((2, max(DRAW_ENTRIES, states * widest * WIDTH)))
    row = place = 0
    for group, span in zip(batch.groups, batch.spans, strict=True):
        width = len(group.alternatives)
        cells = [joints.cell(sets) for sets in batch.sets[place : place + width]]
        step = width * max(1, DRAW_ENTRIES // (max(states * width, joints.contraction.draws) * WIDTH))
        found = []
        for start in range(span.start, span.stop, step):
            stop = min(start + step, span.stop)
            weights = likelihoods.joint(slice(start * WIDTH, stop * WIDTH), buffer)
            single = weights.astype(np.float32).reshape(states, -1, width, WIDTH)
            total = single[:, :, 0].reshape(states, -1).T @ cells[0]
            for turn, cell in enumerate(cells[1:], start=1):
                total += single[:, :, turn].reshape(states, -1).T @ cell
            found.append(_interval(total))
        ends[:, row : row + len(group.rows)] = np.concatenate(found, axis=1)[:, : len(group.rows)]
        row, place = row + len(group.rows), place + width
    return ends


def _interval(sums: np.ndarray) -> Array:
    """Interval of the share of the first half of the columns in the second: axes (low / high, row)."""
    draws = sums.shape[1] // 2
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = sums[:, :draws] / sums[:, draws:]
    return np.stack(interval_of(shares, LEVEL))
