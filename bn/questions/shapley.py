"""Shapley values of a game on findings: each one's share of what all of them are worth together."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np

from cpds.table import Array

Worth = Callable[[list[int], list[int]], Array]
"""Worth of every subset of some players beside others that are in: axes one a player (out, in), no batch."""

EXACT = 16
_BLOCK = 10
_FEWEST, _MOST, _WORK = 4, 8, 32


def shapley(worth: Array) -> Array:
    """Exact values, one a player, from the worth of every subset: axes one a player, index 1 where it is in.

    Two players, worth 0 alone and 6 together, share evenly; the third adds 1 to any others:

    >>> worth = np.zeros((2, 2, 2))
    >>> worth[1, 1, :] += 6
    >>> worth[:, :, 1] += 1
    >>> shapley(worth)
    array([3., 3., 1.])
    """
    count = worth.ndim
    weights = np.array([factorial(k) * factorial(count - 1 - k) / factorial(count) for k in range(count)])
    others = np.indices((2,) * (count - 1)).sum(axis=0) if count > 1 else np.zeros((), dtype=int)
    return np.array([(weights[others] * np.diff(worth, axis=player).squeeze(player)).sum() for player in range(count)])


def sampled(worth: Worth, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Unbiased values and their standard errors, where there are too many subsets for the exact ones.

    A Shapley value is the mean of what a player adds to those before it, over all orders. Here an order
    is cut into blocks, and within a block the mean over its orders is taken exactly, beside the blocks
    before it; so the values of every order add up to the total. Orders come in pairs, each with its reverse,
    fewer where an order has many blocks.
    """
    pairs = []
    for _ in range(min(_MOST, max(_FEWEST, _WORK // _blocks(count)))):
        order = [int(player) for player in rng.permutation(count)]
        pairs.append((_of_order(worth, order) + _of_order(worth, order[::-1])) / 2)
    values = np.array(pairs)
    return values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(pairs))


def _of_order(worth: Worth, order: list[int]) -> Array:
    values = np.empty(len(order))
    before: list[int] = []
    for block in np.array_split(np.array(order), _blocks(len(order))):
        players = [int(player) for player in block]
        values[players] = shapley(worth(players, before))
        before += players
    return values


def _blocks(count: int) -> int:
    return -(-count // _BLOCK)
