"""Weights of the rows times the joint of the network: sums for the point, intervals for the draws.

Why it has this shape: rows are the last axis of the weights, so that building them takes a few long
multiplications, one a measured variable, on so many rows that their weights take two megabytes: with fewer, matrix
products are small and threads wait for the interpreter; more would leave the cache. All rows of one context then are
one matrix product, over the joint states of all their alternatives at once. Draws are only more columns of the
joint, in single precision. Rounding adds up with the length of a sum, most where one row is alone in its context (a
vector product keeps one running sum), so a long sum is made of short ones: of a few hundred random rows with 6 to 9
extreme markers and an open context, the worst interval then is 5e-7 from that of double precision, for 1.1e-6 in
one go.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bn.cohort.kernel.joints import Joints
from bn.cohort.kernel.likelihood import Likelihoods
from bn.cohort.kernel.pieces import Batch
from bn.core.answer import LEVEL, interval_of
from cpds.table import Array

PIECE = 256
"""Terms that are added up in one go, in single precision."""


def sums_and_intervals(
    batch: Batch, likelihoods: Likelihoods, point: Joints, draws: Joints | None
) -> tuple[Array, Array | None]:
    """Each row's weights summed over the joint, axes (row, column), the plain sum last; and with draws the interval.

    The interval has axes (low / high, row): central over the draws of the one column's share.
    """
    longest = max(run[-1].written.stop - run[0].written.start for run in batch.runs)
    buffer = np.empty(likelihoods.states * longest)
    sums = np.empty((len(batch.rows), len(point.contraction.columns) + 1))
    ends = np.empty((2, len(batch.rows))) if draws else None
    cells = lru_cache(maxsize=1)(point.cells)
    drawn = lru_cache(maxsize=1)(draws.cells) if draws else None
    for run in batch.runs:
        start = run[0].written.start
        weights = likelihoods.joint(run, buffer)
        for span in run:
            own = weights[:, span.written.start - start : span.written.stop - start]
            own = own.reshape(-1, span.rows.stop - span.rows.start).T
            np.matmul(own, cells(span.alternatives), out=sums[span.rows])
            if drawn and ends is not None:
                ends[:, span.rows] = _interval(in_single(own, drawn(span.alternatives)))
    return sums, ends


def in_single(weights: Array, joint: np.ndarray) -> np.ndarray:
    """Matrix product in single precision, a sum of pieces: axes (row, column)."""
    sums: np.ndarray = weights[:, :PIECE].astype(np.float32) @ joint[:PIECE]
    for start in range(PIECE, len(joint), PIECE):
        sums += weights[:, start : start + PIECE].astype(np.float32) @ joint[start : start + PIECE]
    return sums


def _interval(sums: np.ndarray) -> Array:
    """Interval of the share of the first half of the columns in the second: axes (low / high, row)."""
    draws = sums.shape[1] // 2
    shares = sums[:, :draws]
    with np.errstate(divide="ignore", invalid="ignore"):
        np.divide(shares, sums[:, draws:], out=shares)
    return np.stack(interval_of(shares, LEVEL))
