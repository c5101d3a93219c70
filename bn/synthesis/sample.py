"""Draws from the posterior by Metropolis-Hastings: many chains at once, steps scaled by the mode's curvature.

Around the mode the posterior is nearly normal with covariance C = (J'J)^-1, J being the Jacobian of the
residuals. A proposal pulls a chain towards the mode and adds noise from N(0, C), so that it would leave that
normal unchanged; it is accepted by the ratio of posterior to normal, which corrects for all that is not
normal. The chains have the posterior as their limit whatever its shape; only their speed rests on C.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bn.synthesis.fit import Mode, Residuals
from cpds.table import Array

STRIDE = 0.5
TARGET_ACCEPTANCE = 0.3


@dataclass(frozen=True)
class Sample:
    """Draws of the standardized parameters, axes (parameter, draw), and how well the chains mixed.

    `scale_reduction` is the largest ratio, over parameters, of the SD of all draws to the mean SD
    within a chain (1 when the chains agree); `effective` the smallest effective number of draws.
    """

    deviates: Array
    accepted: float
    scale_reduction: float
    effective: float


def sample(
    residuals: Residuals, mode: Mode, count: int, rng: np.random.Generator, chains: int = 40, steps: int = 1000
) -> Sample:
    """`count` draws, spread evenly over the second half of `steps` steps of `chains` chains."""
    factor = np.linalg.inv(np.linalg.qr(mode.jacobian)[1])
    noise = rng.standard_normal((len(mode.deviates), chains))
    excess = _excess(residuals, mode, factor, noise)
    history, accepted, stride = [], 0.0, STRIDE
    for step in range(steps):
        moved = np.sqrt(1 - stride**2) * noise + stride * rng.standard_normal(noise.shape)
        new = _excess(residuals, mode, factor, moved)
        taken = np.log(rng.random(chains)) < new - excess
        noise = np.where(taken, moved, noise)
        excess = np.where(taken, new, excess)
        if step < steps // 2:
            stride = float(np.clip(stride * np.exp(0.1 * (taken.mean() - TARGET_ACCEPTANCE)), 0.05, 0.95))
        else:
            history.append(noise)
            accepted += taken.mean() / (steps - steps // 2)
    kept = np.array(history)
    chosen = kept[np.linspace(len(kept) - 1, 0, count // chains, dtype=int)]
    draws = mode.deviates[:, None] + factor @ chosen.transpose(1, 0, 2).reshape(len(factor), -1)
    return Sample(draws, accepted, _scale_reduction(kept), _effective(kept))


def _excess(residuals: Residuals, mode: Mode, factor: Array, noise: Array) -> Array:
    """Log ratio of the posterior to the normal around the mode, one number a chain."""
    value = residuals(mode.deviates[:, None] + factor @ noise)
    excess: Array = -0.5 * (value**2).sum(axis=0) + 0.5 * (noise**2).sum(axis=0)
    return np.where(np.isfinite(excess), excess, -np.inf)


def _scale_reduction(kept: Array) -> float:
    """Largest potential scale reduction over parameters; `kept` has axes (step, parameter, chain)."""
    steps = len(kept)
    within = kept.var(axis=0, ddof=1).mean(axis=1)
    between = kept.mean(axis=0).var(axis=1, ddof=1)
    return float(np.sqrt(((steps - 1) / steps * within + between) / within).max())


def _effective(kept: Array) -> float:
    """Smallest effective number of draws: what the spread of the chain means says of their independence."""
    total = kept.var(axis=(0, 2))
    of_means = kept.mean(axis=0).var(axis=1, ddof=1)
    return float((total / of_means).min() * kept.shape[2])
