"""The recorded way back against central differences: operations one by one, a small network, and the shipped one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from latent_data import add_grades, add_latent, small_latent
from latent_targets import SMALL, small_problem

from bn.core.model import Network
from bn.core.names import Names
from bn.engine import infer
from bn.synthesis.fit import Problem
from bn.synthesis.sampler import log_density
from bn.synthesis.tape import value_and_pullback
from bn.synthesis.targets import Targets
from cpds.knowledge import load
from cpds.priors import at_prior
from cpds.table import Array

STEP = 1e-5
CLOSE = 1e-6


def by_differences(function: Callable[[Array], Array], at: Array, weights: Array) -> Array:
    """Derivative of the weighted sum of the results, by central differences of each entry."""
    found = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        moved = np.zeros(at.shape)
        moved[place] = STEP
        found[place] = (weights * (function(at + moved) - function(at - moved))).sum() / (2 * STEP)
    return found


X = np.random.default_rng(0).uniform(0.5, 1.5, (3, 2, 4))
OPERATIONS: dict[str, Callable[[Array], Array]] = {
    "sums": lambda x: 2.0 - x + x * x - (-x),
    "broadcast": lambda x: x[:1] * x + x[:, :1] - 3.0 * x[0, 0],
    "ratios": lambda x: x / (1.0 + x[:1]) + np.reciprocal(x) + 1.0 / x,
    "logs": lambda x: np.log(x) + np.log1p(x) * np.exp(-x) + np.sqrt(x) + x**3 + np.square(x),
    "ends": lambda x: np.minimum(x, 1.0) + np.maximum(x[:1], x),
    "products of matrices": lambda x: x.transpose(2, 1, 0) @ x.transpose(2, 0, 1) + np.ones((4, 2, 3)) @ x[:, 0, :2],
    "einsum": lambda x: np.einsum("ab...,cb...->c...", x, x),
    "einsum with an axis of one operand alone": lambda x: np.einsum("ab...,c...->b...", x, x[:, 0]),
    "shapes": lambda x: np.moveaxis(x, -1, 0).reshape(2, -1) + np.concatenate([x[1:], x[:1]]).reshape(-1, 12),
    "stacks": lambda x: np.stack([x[0], x[2], x[0]]).sum(axis=(0, 1)) + np.sum(x, axis=0)[0],
    "concatenation along an axis": lambda x: np.concatenate([x, x[:, :1]], axis=1) * np.arange(36.0).reshape(3, 3, 4),
    "places": lambda x: x.take(np.array([0, 2, 2]), axis=0) * np.take(x, [1, 1, 0], axis=-3),
    "running": lambda x: np.cumsum(x[::-1], axis=0)[::-1] * np.cumprod(x, axis=0),
    "output": lambda x: np.maximum(x * x, 0.7, out=x + 0.0),
    "where": lambda x: np.divide(x, x[:1], out=np.zeros_like(x), where=x[:1] > 0.8),
    "spread": lambda x: np.broadcast_to(x[:, :1], (3, 2, 4)) * x,
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operations_way_back_is_its_derivative(name: str) -> None:
    function = OPERATIONS[name]
    value, pullback = value_and_pullback(function, X)
    np.testing.assert_array_equal(value, function(X))
    weights = np.random.default_rng(1).standard_normal(value.shape)
    np.testing.assert_allclose(pullback(weights), by_differences(function, X, weights), atol=1e-8)


def test_an_unknown_operation_is_named() -> None:
    with pytest.raises(TypeError, match=r"np\.arctan .*add it to UFUNCS"):
        value_and_pullback(np.arctan, X)
    with pytest.raises(TypeError, match=r"np\.median: no derivative; add it to FUNCTIONS"):
        value_and_pullback(np.median, X)
    with pytest.raises(TypeError, match="would lose its record"):
        value_and_pullback(np.asarray, X)


def test_the_gradient_of_a_small_problem_is_that_of_differences() -> None:
    """A latent variable with scores, sequential steps with effects of their own, signs, and an intervention."""
    problem = small_problem()
    at = np.random.default_rng(2).standard_normal((len(problem.priors), 3))
    density, gradient = log_density(problem.smooth, at)
    np.testing.assert_allclose(density, -0.5 * (problem.smooth(at) ** 2).sum(axis=0), rtol=1e-12)

    def alone(each: Array) -> Array:
        return -0.5 * (problem.smooth(each) ** 2).sum(axis=0)

    np.testing.assert_allclose(gradient, by_differences(alone, at, np.ones(3)), rtol=CLOSE, atol=CLOSE)


def test_a_shift_of_a_graded_variable_and_a_matrix_product_of_few_draws_have_their_gradient() -> None:
    """What a new kind of target may ask: the engine in a network that was changed, for one set of parameters."""
    knowledge = small_latent().knowledge
    names = list(at_prior(knowledge))

    def said(at: Array) -> Array:
        network = Network.build(knowledge, dict(zip(names, at, strict=True))).shift("grade", -0.8).shift("lipid", 0.4)
        return infer(list(network.tables.values()), keep=("grade", "resistance")).total.values

    at = np.random.default_rng(3).standard_normal((len(names), 1))
    value, pullback = value_and_pullback(said, at)
    weights = np.random.default_rng(4).standard_normal(value.shape)
    np.testing.assert_allclose(pullback(weights), by_differences(said, at, weights), rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("latent", [False, True], ids=["shipped", "with a latent variable and grades"])
def test_the_gradient_of_the_shipped_problem_is_that_of_differences(latent: bool, data: Path) -> None:
    """Along ten directions at once, in each of four draws."""
    if latent:
        add_latent(data)
        add_grades(data)
    problem = Problem.of(load(data))
    rng = np.random.default_rng(5)
    at = 0.3 * rng.standard_normal((len(problem.priors), 4))
    found = log_density(problem.smooth, at)[1]
    for _ in range(10):
        along = rng.standard_normal(at.shape)
        ends = [-0.5 * (problem.smooth(at + side * STEP * along) ** 2).sum(axis=0) for side in (1, -1)]
        np.testing.assert_allclose((found * along).sum(axis=0), (ends[0] - ends[1]) / (2 * STEP), rtol=CLOSE)


def test_targets_say_the_same_one_by_one_and_together() -> None:
    """Weights of many targets over one joint are laid out right."""
    problem = small_problem()
    network = Network.build(problem.knowledge, problem.parameters(np.zeros((len(problem.priors), 2))))
    together = problem.targets.evaluate(network)
    for place, one in enumerate(SMALL):
        alone = Targets(Names(problem.knowledge), network, (one,)).evaluate(network)
        np.testing.assert_allclose(together[place], alone[0], rtol=1e-12)
