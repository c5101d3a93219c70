"""The mode: least squares over standardized parameters, by Gauss-Newton with halved steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cpds.table import Array

STEP = 1e-5
BATCH = 64

Residuals = Callable[[Array], Array]


@dataclass(frozen=True)
class Mode:
    """Where the sum of squares is least: deviates (parameter,), Jacobian (residual, parameter), its cost."""

    deviates: Array
    jacobian: Array
    cost: float
    steps: int


def jacobian(residuals: Residuals, at: Array) -> Array:
    """Central differences: axes (residual, parameter). `residuals` maps (parameter, batch) to (residual, batch)."""
    columns = []
    for start in range(0, len(at), BATCH):
        chosen = np.arange(start, min(start + BATCH, len(at)))
        moved = np.zeros((len(at), len(chosen)))
        moved[chosen, np.arange(len(chosen))] = STEP
        both = residuals(np.concatenate([at[:, None] + moved, at[:, None] - moved], axis=1))
        columns.append((both[:, : len(chosen)] - both[:, len(chosen) :]) / (2 * STEP))
    return np.concatenate(columns, axis=1)


def minimize(residuals: Residuals, start: Array, tolerance: float = 1e-9, limit: int = 60) -> Mode:
    """Gauss-Newton from `start` until the cost falls by less than `tolerance` of itself.

    Raises RuntimeError when it does not settle within `limit` steps.
    """
    at = start
    now = residuals(at[:, None])[:, 0]
    cost = float(now @ now)
    for step in range(1, limit + 1):
        slope = jacobian(residuals, at)
        direction = np.linalg.lstsq(slope, -now, rcond=None)[0]
        lengths = 0.5 ** np.arange(8)
        tried = residuals(at[:, None] + direction[:, None] * lengths)
        costs = (tried**2).sum(axis=0)
        best = int(np.nanargmin(costs))
        gain = cost - float(costs[best])
        if gain > 0:
            at, now, cost = at + lengths[best] * direction, tried[:, best], float(costs[best])
        if gain <= tolerance * max(cost, 1e-12):
            return Mode(at, jacobian(residuals, at), cost, step)
    raise RuntimeError(f"no mode within {limit} steps; the cost still falls from {cost:.6g}")
