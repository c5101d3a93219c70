"""Simulation-based calibration: of parameters drawn from their priors, with targets simulated from them, the truth has
any rank among the draws equally often (Talts, Betancourt, Simpson, Vehtari and Gelman 2018).

All simulated data sets go through the sampler side by side, a chain each.
"""

import numpy as np
import pytest
from latent_targets import small_problem
from scipy.stats import chisquare, kstest

from bn.core.model import Network
from bn.synthesis.fit import Problem, minimize
from bn.synthesis.sampler import sample
from cpds.table import Array

RANKS = 20


def simulated(problem: Problem, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Parameters from their priors, axes (parameter, data set), and what each target is then measured to be."""
    truth = {name: prior.at(rng.standard_normal(count)) for name, prior in problem.priors.items()}
    said = problem.targets.evaluate(Network.build(problem.knowledge, truth))
    measured = said + problem.targets.spreads[:, None] * rng.standard_normal(said.shape)
    return np.array(list(truth.values())), measured


def ranks(problem: Problem, count: int, warmup: int, thin: int) -> tuple[Array, Array]:
    """Ranks of the true parameters and of what the targets truly are among RANKS - 1 draws: axes (quantity, data set)."""
    rng = np.random.default_rng(7)
    truth, measured = simulated(problem, count, rng)
    others = (problem.targets.wanted[:, None] - measured) / problem.targets.spreads[:, None]
    size = len(problem.priors)

    def residuals(at: Array) -> Array:
        found = problem.residuals(at)
        return np.concatenate([found[:size], found[size:] + others])

    mode = minimize(problem.residuals, np.zeros(size))
    chains = sample(residuals, mode, rng, count, warmup, thin * (RANKS - 1)).coordinates
    assert chains.shape == (count, thin * (RANKS - 1), size)
    kept = chains[:, thin - 1 :: thin]
    drawn = np.array(list(problem.parameters(kept.reshape(-1, size).T).values()))
    said = problem.targets.evaluate(Network.build(problem.knowledge, dict(zip(problem.priors, drawn, strict=True))))
    true = problem.targets.evaluate(Network.build(problem.knowledge, dict(zip(problem.priors, truth, strict=True))))
    draws = np.concatenate([drawn, said]).reshape(-1, count, RANKS - 1)
    return (draws < np.concatenate([truth, true])[..., None]).sum(axis=-1)


def check_uniform(found: Array) -> None:
    """No quantity's ranks depart from evenness by more than one in a thousand such tests does anywhere."""
    for row in found:
        assert chisquare(np.bincount(row, minlength=RANKS)).pvalue > 0.001 / len(found)
        spread = (row + np.random.default_rng(0).random(len(row))) / RANKS
        assert kstest(spread, "uniform").pvalue > 0.001 / len(found)


def test_the_truth_has_any_rank_equally_often() -> None:
    check_uniform(ranks(small_problem(), 100, warmup=80, thin=5))


@pytest.mark.long
def test_the_truth_has_any_rank_equally_often_in_a_thousand_data_sets() -> None:
    check_uniform(ranks(small_problem(), 1000, warmup=200, thin=15))
