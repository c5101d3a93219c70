"""Weights of the rows times the joint of the network: sums for the point, intervals for the draws.

Why it has this shape: rows are the last axis of the weights, so that building them takes a few long
multiplications, one a measured variable, on slices small enough to stay in the cache. Blocks of rows, each
with the cell of its own context, then are one stacked matrix product, so that the interpreter is needed
seldom and threads do not wait for it. Draws are only more columns of the joint, too many to be stacked:
there each run is one product, in single precision, which for sums of positive terms stays within 1e-6 of
double precision.
"""

from __future__ import annotations

import numpy as np

from bn.batch.contract import Joints
from bn.batch.likelihood import Likelihoods
from bn.batch.pieces import WIDTH, Batch
from bn.posterior import LEVEL, interval_of
from cpds.table import Array

ENTRIES = 1 << 16
DRAW_ENTRIES = 1 << 18


def point_sums(batch: Batch, likelihoods: Likelihoods, joints: Joints) -> Array:
    """Each row's weights summed over the joint: axes (column, row), the plain sum last."""
    states, columns = likelihoods.states, len(joints.columns) + 1
    cells = np.stack([joints.cell(sets).T for sets in batch.sets])
    run = np.repeat(np.arange(len(batch.sets)), batch.blocks)
    sums = np.empty((columns, len(run), WIDTH))
    step = max(1, ENTRIES // (states * WIDTH))
    buffer = np.empty((2, states * step * WIDTH))
    for start in range(0, len(run), step):
        some = run[start : start + step]
        weights = likelihoods.joint(slice(start * WIDTH, (start + len(some)) * WIDTH), buffer)
        stacked = weights.reshape(states, len(some), WIDTH).transpose(1, 0, 2)
        sums[:, start : start + step] = (cells[some] @ stacked).transpose(1, 0, 2)
    return batch.add_up(sums.reshape(columns, -1))


def intervals(batch: Batch, likelihoods: Likelihoods, joints: Joints) -> Array:
    """Central interval over the draws of the one column's share: axes (low / high, row)."""
    ends = np.empty((2, len(batch.rows)))
    states = likelihoods.states
    step = int(np.clip(DRAW_ENTRIES // max(states, joints.draws), 1, len(batch.rows)))
    buffer = np.empty((2, states * step))
    row = run = 0
    for group in batch.groups:
        count, width = len(group.rows), len(group.alternatives)
        cells = [joints.cell(sets) for sets in batch.sets[run : run + width]]
        for start in range(0, count, step):
            stop = min(start + step, count)
            total = np.zeros((stop - start, cells[0].shape[1]), dtype=np.float32)
            for first, cell in zip(batch.starts[run : run + width].tolist(), cells, strict=True):
                weights = likelihoods.joint(slice(first + start, first + stop), buffer)
                total += weights.astype(np.float32).T @ cell
            ends[:, row + start : row + stop] = _interval(total)
        row, run = row + count, run + width
    return ends


def _interval(sums: np.ndarray) -> Array:
    """Interval of the share of the first half of the columns in the second: axes (low / high, row)."""
    draws = sums.shape[1] // 2
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = sums[:, :draws] / sums[:, draws:]
    return np.stack(interval_of(shares, LEVEL))
