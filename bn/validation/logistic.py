"""Weighted logistic regression by statsmodels, with the influence of each row on its coefficients."""

from __future__ import annotations

import gc
import warnings
from dataclasses import dataclass

import numpy as np

from cpds.table import Array

NEAREST = 1e-12
"""Probabilities are kept so far from 0 and 1, where log odds would be infinite."""

MANY = 1 << 15
"""Rows from which on what a fit leaves behind is freed at once: statsmodels' results refer to themselves."""


@dataclass(frozen=True)
class Fit:
    """`coefficients`, axis (term); `influences`, axes (term, row), sum to zero over the rows that were fitted."""

    coefficients: Array
    influences: Array


def fit(terms: Array, event: Array, weights: Array, offset: Array | None = None) -> Fit | None:
    """Maximum likelihood with case weights; `terms` has axes (row, term). None where it has no finite solution."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    scaled = weights / weights.mean()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        try:
            found = GLM(event, terms, Binomial(), offset=offset, var_weights=scaled).fit(maxiter=100, tol=1e-13)
            fitted = np.asarray(found.fittedvalues)
            information = (terms * (scaled * fitted * (1 - fitted))[:, None]).T @ terms
            influences = np.linalg.solve(information, (terms * (scaled * (event - fitted))[:, None]).T)
        except (PerfectSeparationError, np.linalg.LinAlgError, Warning, ValueError):
            return None
    coefficients = np.asarray(found.params)
    if len(event) > MANY:
        del found
        gc.collect()
    return Fit(coefficients, influences) if np.isfinite(coefficients).all() else None


def log_odds(risk: Array) -> Array:
    """Natural log odds, finite also at 0 and 1.

    >>> log_odds(np.array([0.5, 0.0])).round(2).tolist()
    [0.0, -27.63]
    """
    kept = np.clip(risk, NEAREST, 1 - NEAREST)
    return np.asarray(np.log(kept) - np.log1p(-kept))
