"""Weights of the rows times the joint of the network: sums for the point, intervals for the draws.

Why it has this shape: rows are the last axis of the weights, so that building them takes a few long
multiplications, one a measured variable, on as many rows as stay in the cache. All rows of one context then are one
matrix product, over the joint states of all their alternatives at once. Draws are only more columns of the joint; in
single precision, which for sums of positive terms stays within 1e-6 of double precision.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np

from bn.batch.joints import Joints
from bn.batch.likelihood import Likelihoods
from bn.batch.pieces import Batch
from bn.posterior import LEVEL, interval_of
from cpds.table import Array


def sums_and_intervals(
    batch: Batch, likelihoods: Likelihoods, point: Joints, draws: Joints | None
) -> tuple[Array, Array | None]:
    """Each row's weights summed over the joint, axes (row, column), the plain sum last; and with draws the interval.

    The interval has axes (low / high, row): central over the draws of the one column's share.
    """
    longest = max(written.stop - written.start for _, _, written in batch.spans)
    buffer = np.empty((2, likelihoods.states * longest))
    sums = np.empty((len(batch.rows), len(point.contraction.columns) + 1))
    ends = np.empty((2, len(batch.rows))) if draws else None
    for alternatives, pieces in groupby(batch.spans, lambda span: span[0].alternatives):
        cells, drawn = point.cells(alternatives), draws.cells(alternatives) if draws else None
        for _, rows, written in pieces:
            weights = likelihoods.joint(written, buffer).reshape(-1, rows.stop - rows.start).T
            np.matmul(weights, cells, out=sums[rows])
            if drawn is not None and ends is not None:
                ends[:, rows] = _interval(weights.astype(np.float32) @ drawn)
    return sums, ends


def _interval(sums: np.ndarray) -> Array:
    """Interval of the share of the first half of the columns in the second: axes (low / high, row)."""
    draws = sums.shape[1] // 2
    shares = sums[:, :draws]
    with np.errstate(divide="ignore", invalid="ignore"):
        np.divide(shares, sums[:, draws:], out=shares)
    return np.stack(interval_of(shares, LEVEL))
