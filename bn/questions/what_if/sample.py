"""Which draws carry an interval when there is no time for all of them, and what the others could have moved.

One question has one interval, whoever asks it: its draws follow from its own effort, never from what is asked beside
it, so that an answer by itself, in a ranking and in a sweep rest on the same draws.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from bn.core.evidence import Indices
from bn.engine.contract import cells
from bn.questions.what_if.worlds import Worlds
from cpds.table import Array

FEWEST = 20
EFFORT = 1 << 24
"""Table entries that the draws of one question may touch, so that a ranking of dozens takes about two seconds."""


def draws_for(point: Worlds, length: int, exact: bool = False) -> Indices:
    """Which of `length` parameter vectors carry the interval of a question, given its worlds at the point."""
    return some_draws(length, length if exact else EFFORT // cells(point.twin().tables))


def some_draws(length: int, most: int) -> Indices:
    """The point, entry 0, and `most` of the `length - 1` draws behind it, but not fewer than `FEWEST`; ascending.

    They are the first of one fixed shuffle: the same in every question, fewer a part of more, and none left
    out for its place, since draws that stand at regular distances may come from few of the sampler's chains.

    >>> few, more = some_draws(401, 50), some_draws(401, 60)
    >>> len(few), int(few[0]), bool(np.isin(few, more).all())
    (51, 0, True)
    """
    count = min(max(most, FEWEST), length - 1)
    shuffled = 1 + np.random.default_rng(0).permutation(length - 1)
    return np.concatenate([[0], np.sort(shuffled[:count])])


def end_error(draws: Array, of: int, level: float) -> float:
    """Standard error of the ends of an interval from some of `of` draws, against the ends from all of them.

    The rank of a quantile p among n draws has standard error sqrt(n p (1 - p)), whatever the distribution: half
    the distance between the draws so far to either side, for the end with more, less the share of draws that
    are in already.

    >>> draws = np.linspace(0.0, 1.0, 101)  # rank 5 of 100, standard error 2.18, so 0.0218 times root 3/4
    >>> round(end_error(draws, 404, 0.9), 4), end_error(draws, 101, 0.9)
    (0.0188, 0.0)
    """
    count, tail = len(draws), (1 - level) / 2
    off = sqrt(tail * (1 - tail) / count)
    ends = np.array([tail, 1 - tail])
    low, high = (np.quantile(draws, np.clip(ends + side, 0.0, 1.0)) for side in (-off, off))
    return float((high - low).max() / 2 * sqrt(1 - count / of))
