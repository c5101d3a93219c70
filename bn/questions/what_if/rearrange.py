"""Products of two variables whose joint distribution is not known: the least and the greatest mean."""

from __future__ import annotations

import numpy as np

from cpds.table import Array

ENTRIES = 1 << 22


def rearranged(shares: Array, heights: Array, other_shares: Array, other_heights: Array) -> tuple[Array, Array]:
    """Least and greatest mean product, of which only the two distributions are known.

    The first variable has `heights` at `shares`, axes (case, n), the other one likewise, axes (case, m). The mean
    is greatest when the high meet the high, as far as the shares reach, and least when they meet the low
    (rearrangement inequality).

    >>> half = np.array([[0.5, 0.5]])
    >>> low, high = rearranged(half, np.array([[0.0, 1.0]]), half, np.array([[2.0, 4.0]]))
    >>> low, high  # the 1 meets the 2, or the 4
    (array([1.]), array([2.]))
    """
    low, high = np.empty(len(shares)), np.empty(len(shares))
    step = max(1, ENTRIES // (shares.shape[1] * other_shares.shape[1]))
    for start in range(0, len(shares), step):
        some = slice(start, start + step)
        first = _descending(shares[some], heights[some])
        high[some] = _mean_product(first, _descending(other_shares[some], other_heights[some]))
        down, opposite = _descending(other_shares[some], -other_heights[some])
        low[some] = _mean_product(first, (down, -opposite))
    return low, high


def _descending(shares: Array, heights: Array) -> tuple[Array, Array]:
    """Where each height ends when they are laid on [0, 1], greatest first, and the heights in that order."""
    order = np.argsort(-heights, axis=-1, kind="stable")
    ends = np.cumsum(np.take_along_axis(shares, order, axis=-1), axis=-1)
    return np.concatenate([np.zeros_like(ends[:, :1]), ends], axis=-1), np.take_along_axis(heights, order, axis=-1)


def _mean_product(one: tuple[Array, Array], other: tuple[Array, Array]) -> Array:
    """Integral over [0, 1] of the product of two step functions, given by their ends and heights."""
    (ends, heights), (other_ends, other_heights) = one, other
    starts = np.maximum(ends[:, :-1, None], other_ends[:, None, :-1])
    common = np.maximum(np.minimum(ends[:, 1:, None], other_ends[:, None, 1:]) - starts, 0.0)
    return np.asarray(np.einsum("cn,cnm,cm->c", heights, common, other_heights))
