"""Draws from the posterior: randomize-then-optimize proposals, corrected by Metropolis-Hastings.

With residuals F (prior deviates and target misfits, so that the posterior density is exp(-|F|^2 / 2))
and Q from the QR factorization of the Jacobian at the mode, a proposal solves Q'F(x) = e for a standard
normal e. Its density is |det Q'J(x)| exp(-|Q'F(x)|^2 / 2), so the ratio of posterior to proposal is known
and an independence chain over the proposals has the posterior as its limit. The proposal is exact when F
is linear. (Bardsley, Solonen, Haario and Laine describe the method for nonlinear inverse problems.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bn.synthesis.fit import Mode, Residuals, jacobian
from cpds.table import Array


@dataclass(frozen=True)
class Sample:
    """Draws of the standardized parameters, axes (parameter, draw), and how well the chain moved."""

    deviates: Array
    accepted: float
    unsolved: int
    effective: float


def sample(residuals: Residuals, mode: Mode, count: int, rng: np.random.Generator) -> Sample:
    """`count` draws; proposals whose equation could not be solved are counted and left out."""
    basis = np.linalg.qr(mode.jacobian)[0]
    noise = rng.standard_normal((basis.shape[1], count))
    proposals, solved = _solve(residuals, basis, mode, noise)
    proposals = proposals[:, solved]
    weights = np.array([_log_weight(residuals, basis, proposals[:, k]) for k in range(proposals.shape[1])])
    chain, accepted = _independence_chain(weights, rng)
    shares = np.exp(weights - weights.max())
    effective = float(shares.sum() ** 2 / (shares**2).sum())
    return Sample(proposals[:, chain], accepted, int((~solved).sum()), effective)


def _solve(residuals: Residuals, basis: Array, mode: Mode, noise: Array) -> tuple[Array, Array]:
    """Solve Q'F(x) = noise for each column by Broyden's method; axes (parameter, proposal), and which settled."""
    start = np.linalg.inv(basis.T @ mode.jacobian)
    count = noise.shape[1]
    at = mode.deviates[:, None] + start @ noise
    inverse = np.repeat(start[None], count, axis=0)
    miss = basis.T @ residuals(at) - noise
    for _ in range(40):
        size = np.linalg.norm(miss, axis=0)
        if (size < 1e-8).all():
            break
        step = -np.einsum("kij,jk->ik", inverse, miss)
        step *= np.minimum(1.0, 3.0 / np.maximum(np.linalg.norm(step, axis=0), 1e-300))
        new = basis.T @ residuals(at + step) - noise
        change = new - miss
        moved = np.einsum("kij,jk->ik", inverse, change)
        denominator = (step * moved).sum(axis=0)
        row = np.einsum("ik,kij->jk", step, inverse)
        usable = np.abs(denominator) > 1e-14
        scale = np.where(usable, 1.0 / np.where(usable, denominator, 1.0), 0.0)
        inverse += np.einsum("ik,jk,k->kij", step - moved, row, scale)
        at, miss = at + step, new
    return at, np.linalg.norm(miss, axis=0) < 1e-6


def _log_weight(residuals: Residuals, basis: Array, at: Array) -> float:
    """Log of posterior over proposal density at one point."""
    value = residuals(at[:, None])[:, 0]
    inside = basis.T @ value
    size = np.linalg.slogdet(basis.T @ jacobian(residuals, at))[1]
    return float(-0.5 * (value @ value) + 0.5 * (inside @ inside) - size)


def _independence_chain(weights: Array, rng: np.random.Generator) -> tuple[list[int], float]:
    """Metropolis-Hastings over independent proposals: the index held at each step, and the share accepted."""
    held = int(np.argmax(weights))
    order = rng.permutation(len(weights))
    chain, accepted = [], 0
    for candidate in order:
        if np.log(rng.random()) < weights[candidate] - weights[held]:
            held = int(candidate)
            accepted += 1
        chain.append(held)
    return chain, accepted / len(weights)
