"""Draws from the posterior by Metropolis-Hastings: many chains at once, steps scaled by the mode's curvature.

Around the mode the posterior is nearly normal with covariance C = (J'J)^-1, J being the Jacobian of the
residuals. Two moves take turns. One pulls a chain towards the mode and adds noise from N(0, C), so that it
would leave that normal unchanged; it is accepted by the ratio of posterior to normal and crosses the bulk
quickly. The other is a plain random walk with noise from N(0, C), accepted by the posterior alone; it
reaches tails that are heavier than the normal's, where the first move would seldom go. Both leave the
posterior unchanged whatever its shape; only their speed rests on C.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bn.synthesis.fit import Mode, Residuals
from cpds.table import Array

STRIDES = (0.5, 0.15)
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
    density = _log_posterior(residuals, mode, factor, noise)
    strides, history, accepted = list(STRIDES), [], []
    for step in range(steps):
        walk = step % 2
        pull = 1.0 if walk else np.sqrt(1 - strides[0] ** 2)
        moved = pull * noise + strides[walk] * rng.standard_normal(noise.shape)
        new = _log_posterior(residuals, mode, factor, moved)
        unbalanced = 0.0 if walk else 0.5 * ((moved**2).sum(axis=0) - (noise**2).sum(axis=0))
        taken = np.log(rng.random(chains)) < new - density + unbalanced
        noise, density = np.where(taken, moved, noise), np.where(taken, new, density)
        if step < steps // 2:
            change = np.exp(0.1 * (taken.mean() - TARGET_ACCEPTANCE))
            strides[walk] = float(np.clip(strides[walk] * change, 0.02, 0.95 if not walk else 3.0))
        else:
            history.append(noise)
            accepted.append(taken.mean())
    kept = np.array(history)
    chosen = kept[np.linspace(len(kept) - 1, 0, count // chains, dtype=int)]
    draws = mode.deviates[:, None] + factor @ chosen.transpose(1, 0, 2).reshape(len(factor), -1)
    return Sample(draws, float(np.mean(accepted)), _scale_reduction(kept), _effective(kept))


def _log_posterior(residuals: Residuals, mode: Mode, factor: Array, noise: Array) -> Array:
    """Log posterior up to a constant, one number a chain; impossible parameters have none."""
    value = residuals(mode.deviates[:, None] + factor @ noise)
    density: Array = -0.5 * (value**2).sum(axis=0)
    return np.where(np.isfinite(density), density, -np.inf)


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
