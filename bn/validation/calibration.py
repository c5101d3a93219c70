"""The calibration curve: the observed share as a smooth function of the risk, and how far it lies from the risk.

A logistic regression of the outcome on a restricted cubic spline of the log odds of the risk, as flexible calibration
curves are drawn for risk models; the integrated calibration index is the mean distance of the curve from the diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bn.validation.design import Design
from bn.validation.logistic import Fit, fit, log_odds
from cpds.logistic import expit
from cpds.table import Array

KNOTS = (0.05, 0.35, 0.65, 0.95)
"""Quantiles of the log odds at which the spline's knots lie."""
BINS = 10


@dataclass(frozen=True)
class Curve:
    """The fitted spline, `knots` on the log-odds scale."""

    knots: Array
    fitted: Fit

    def at(self, risk: Array) -> Array:
        """Smoothed share of events at these risks."""
        return np.asarray(expit(spline(log_odds(risk), self.knots) @ self.fitted.coefficients))

    def band(self, risk: Array, covariance: Array, quantile: float) -> tuple[Array, Array]:
        """Pointwise interval; `covariance` is that of the coefficients."""
        terms = spline(log_odds(risk), self.knots)
        center = terms @ self.fitted.coefficients
        error = np.sqrt(np.einsum("rt,tu,ru->r", terms, covariance, terms))
        return expit(center - quantile * error), expit(center + quantile * error)


def spline(x: Array, knots: Array) -> Array:
    """Terms of a restricted cubic spline, axes (row, term): 1, x, one an inner knot; straight beyond the ends.

    With knots t_1 ... t_k and c(u) = max(u, 0)^3, the terms of j = 1 ... k - 2 are

        [c(x - t_j) - (c(x - t_k-1) (t_k - t_j) - c(x - t_k) (t_k-1 - t_j)) / (t_k - t_k-1)] / (t_k - t_1)^2.

    >>> spline(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0])).tolist()  # at 2: (8 - 2 * 1) / 4
    [[1.0, 0.0, 0.0], [1.0, 1.0, 0.25], [1.0, 2.0, 1.5]]
    """
    terms = [np.ones(len(x)), x]
    if len(knots) > 2:
        last, before = knots[-1], knots[-2]
        cubes = [np.maximum(x - knot, 0.0) ** 3 for knot in knots]
        for knot, cube in zip(knots[:-2], cubes, strict=False):
            bent = cube - (cubes[-2] * (last - knot) - cubes[-1] * (before - knot)) / (last - before)
            terms.append(bent / (last - knots[0]) ** 2)
    return np.column_stack(terms)


def curve(event: Array, risk: Array, weights: Array) -> Curve | None:
    """The calibration curve of some rows; a straight line where risks take few values, None without a finite fit."""
    x = log_odds(risk)
    order = np.argsort(x, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    found = np.unique(x[order][np.minimum(np.searchsorted(share, KNOTS), len(x) - 1)])
    for knots in (found, found[[0, -1]]):
        fitted = fit(spline(x, knots), event, weights)
        if fitted is not None:
            return Curve(knots, fitted)
    return None


def integrated_index(found: Curve, risk: Array, weights: Array) -> float:
    """Mean distance between the curve and the risk, weighted."""
    return float(np.average(np.abs(found.at(risk) - risk), weights=weights))


@dataclass(frozen=True)
class Bin:
    """People of similar risk: how many, mean risk, and the share that has the outcome with its interval."""

    n: int
    risk: float
    observed: float
    low: float
    high: float


def bins(event: Array, risk: Array, design: Design, quantile: float) -> tuple[Bin, ...]:
    """Tenths of the people by risk, each of about the same weight; the same risk falls into one."""
    w = design.weights
    _, place = np.unique(risk, return_inverse=True)
    of_value = np.bincount(place, w)
    middle = (np.cumsum(of_value) - of_value / 2) / of_value.sum()
    number = np.minimum((middle * BINS).astype(int), BINS - 1)[place]
    found = []
    for one in np.unique(number):
        inside = number == one
        total = w[inside].sum()
        share = float(w[inside] @ event[inside] / total)
        error = design.error(np.where(inside, w * (event - share), 0.0) / total)
        low, high = share_interval(share, error, quantile)
        found.append(Bin(int(inside.sum()), float(w[inside] @ risk[inside] / total), share, low, high))
    return tuple(found)


def share_interval(share: float, error: float, quantile: float) -> tuple[float, float]:
    """Interval of a share between 0 and 1, symmetric in log odds; the share itself at 0 and 1.

    >>> [round(end, 3) for end in share_interval(0.5, 0.05, 2.0)]  # log odds 0 +- 2 * 0.05 / 0.25
    [0.401, 0.599]
    """
    if not 0 < share < 1:
        return share, share
    center, half = np.log(share / (1 - share)), quantile * error / (share * (1 - share))
    return float(expit(np.array(center - half))), float(expit(np.array(center + half)))
