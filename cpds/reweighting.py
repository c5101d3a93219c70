"""Draws that were made under other priors, weighted so that they answer for those of today.

A posterior is prior times likelihood. Where numbers of priors changed and nothing else, the likelihood of a draw is
what it was, and the draw counts in proportion to the ratio of the two priors. The largest ratios carry the most and are
known the least, so they are smoothed: the upper tail of the ratios is replaced by the quantiles of a generalized Pareto
distribution that is fitted to it, whose shape says how far the weights can be trusted (Vehtari, Simpson, Gelman, Yao
and Gabry 2024, Pareto smoothed importance sampling, Journal of Machine Learning Research 25(72); the fit is that of
Zhang and Stephens 2009, Technometrics 51, 316-325).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpds.priors import Prior
from cpds.table import Array

LEAST_EFFECTIVE = 50
"""Effective draws below which nothing rests on the weights: beyond an end of a 90 % interval lie two or three."""
LARGEST_SHAPE = 0.7
SMALLEST_TAIL = 5
GRID = 30
CENTER, STRENGTH = 0.5, 10
"""The shape is drawn to 0.5 as if by ten further values: a tail of few values tells little of it."""


@dataclass(frozen=True)
class Reweighting:
    """Weights of the draws, shape (draws,), which sum to 1, and the `shape` of the tail that they were smoothed by.

    `parameters` are those that the weights belong to, as stored: the point and the draws, shape (1 + draws,) each.
    """

    parameters: Mapping[str, Array]
    weights: Array
    shape: float

    @classmethod
    def between(
        cls, priors: Iterable[tuple[Prior, Prior]], parameters: Mapping[str, Array], log_ratios: Array | float = 0.0
    ) -> Reweighting:
        """Weights by the ratio of each prior, as it was and as it is, at every draw, beside other `log_ratios`."""
        ratios = log_ratios + np.zeros(max(map(len, parameters.values())) - 1)
        for old, new in priors:
            if (old.value, old.spread) != (new.value, new.spread):
                draws = parameters[new.name][1:]
                ratios += new.log_density(draws) - old.log_density(draws)
        return cls(parameters, *smoothed(ratios))

    @property
    def effective(self) -> float:
        """Effective number of draws: that of equally weighted ones which would tell as much."""
        return float(1 / (self.weights**2).sum())

    @property
    def trusted(self) -> bool:
        """Whether answers may rest on the weights."""
        largest = min(1 - 1 / math.log10(max(len(self.weights), 11)), LARGEST_SHAPE)
        return self.effective >= LEAST_EFFECTIVE and self.shape < largest

    def applied(self) -> dict[str, Array]:
        """The parameters under the new priors: the weighted mean as the point, then as many draws, drawn by weight."""
        chosen = resampled(self.weights)
        return {
            name: np.concatenate([[self.weights @ values[1:]], values[1:][chosen]])
            for name, values in self.parameters.items()
        }


def smoothed(log_ratios: Array) -> tuple[Array, float]:
    """Weights that sum to 1, their largest ones smoothed, and the shape of their tail (infinite for too few draws).

    A draw whose ratio is no number is impossible under either and has no weight.

    >>> weights, shape = smoothed(np.zeros(400))
    >>> bool((weights == 1 / 400).all()), shape
    (True, -inf)
    """
    logs = np.where(np.isnan(log_ratios), -np.inf, log_ratios)
    if not np.isfinite(logs.max()):
        return np.full(len(logs), 1 / len(logs)), math.inf
    logs = logs - logs.max()
    count = math.ceil(min(0.2 * len(logs), 3 * math.sqrt(len(logs))))
    order, ratios = np.argsort(logs, kind="stable"), np.exp(logs)
    threshold = ratios[order[len(logs) - count - 1]]
    tail = order[ratios[order] > threshold]  # fewer than `count` where draws repeat
    above, count = ratios[tail] - threshold, len(tail)
    if np.ptp(logs) < 1e-12:
        shape = -math.inf
    elif count < SMALLEST_TAIL:
        shape = math.inf
    else:
        shape, scale = pareto(above)
        ranks = (np.arange(count) + 0.5) / count
        grown = -np.log1p(-ranks) if abs(shape) < 1e-9 else np.expm1(-shape * np.log1p(-ranks)) / shape
        ratios[tail] = np.minimum(threshold + scale * grown, 1.0)
    return ratios / ratios.sum(), shape


def _quarter(count: int) -> int:
    """Place of the lower quartile of so many values in rising order."""
    return int(count / 4 + 0.5) - 1


def pareto(values: Array) -> tuple[float, float]:
    """Shape and scale of the generalized Pareto distribution of positive `values`, in rising order.

    The values over the profile likelihood of one transformed parameter, averaged on a grid.

    >>> ranks = (np.arange(2000) + 0.5) / 2000
    >>> shape, scale = pareto(3.0 * np.expm1(-0.4 * np.log1p(-ranks)) / 0.4)  # quantiles at shape 0.4, scale 3
    >>> round(shape, 2), round(scale, 2)
    (0.4, 3.0)
    """
    count = len(values)
    size = GRID + int(math.sqrt(count))
    grid = 1 - np.sqrt(size / (np.arange(size) + 0.5))
    grid = grid / (3 * values[_quarter(count)]) + 1 / values[-1]
    shapes = np.log1p(-grid[:, None] * values).mean(axis=1)
    profile = count * (np.log(-grid / shapes) - shapes - 1)
    weights = np.exp(profile - profile.max())
    best = float(grid @ weights / weights.sum())
    shape = float(np.log1p(-best * values).mean())
    scale = -shape / best
    return (count * shape + STRENGTH * CENTER) / (count + STRENGTH), scale


def resampled(weights: Array) -> NDArray[np.int64]:
    """Which draw stands in each place: every draw as often as its weight says, to within one; one copy where it was.

    Systematic resampling from the middle of each step, so the same weights give the same draws.

    >>> resampled(np.array([0.25, 0.0, 0.5, 0.25])).tolist()
    [0, 2, 2, 3]
    """
    count = len(weights)
    ends = np.cumsum(weights) / weights.sum()
    drawn = np.searchsorted(ends, (np.arange(count) + 0.5) / count)
    times = np.bincount(drawn, minlength=count)
    places = np.arange(count)
    places[times == 0] = np.repeat(np.arange(count), np.maximum(times - 1, 0))
    return places
