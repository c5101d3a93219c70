"""Logarithms of the normal distribution's density and tails, right far out too."""

from __future__ import annotations

import math

import numpy as np

from cpds.table import Array

_FAR = 37.0
_MANY = 1 << 12
_LOG_ROOT = math.log(2 * math.pi) / 2
_erfc = np.frompyfunc(math.erfc, 1, 1)


def log_phi(z: Array) -> Array:
    """Logarithm of the standard normal CDF, which beyond 37 SDs stays what it is there.

    >>> log_phi(np.array([0.0, -10.0])).round(4)  # ln 0.5; ln of 7.62e-24
    array([ -0.6931, -53.2313])
    """
    if z.size > _MANY:
        from scipy.special import log_ndtr

        return np.asarray(log_ndtr(np.clip(z, -_FAR, _FAR)))
    tail = np.asarray(_erfc(-np.clip(z, -_FAR, _FAR) / math.sqrt(2)), dtype=float) / 2
    return np.asarray(np.log(tail))


def log_odds_above_zero(z: Array) -> Array:
    """Log odds that a normal variable with mean `z` and SD 1 is above 0.

    >>> log_odds_above_zero(np.array([0.0, 1.0])).round(3)  # ln(0.8413 / 0.1587)
    array([0.   , 1.668])
    """
    return log_phi(z) - log_phi(-z)


def log_normal_density(x: Array, mean: Array, sd: Array) -> Array:
    """Logarithm of the normal density.

    >>> float(log_normal_density(np.array(0.0), np.array(0.0), np.array(1.0)).round(4))  # -ln(2 pi) / 2
    -0.9189
    """
    return np.asarray(-0.5 * ((x - mean) / sd) ** 2 - np.log(sd) - _LOG_ROOT)
