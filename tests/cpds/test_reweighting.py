"""Draws from other priors, weighted: the weights, their smoothing, and when they may be used."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from data_edits import edit

from cpds.fitted import NAME, changed_priors
from cpds.knowledge import load
from cpds.posterior import MAIN, read_parameters, reweighting, stored
from cpds.priors import Prior, priors
from cpds.records import Figure
from cpds.reweighting import Reweighting, pareto, resampled, smoothed

FIGURE = Figure(basis="assumed", value=1.0, why="a test")
ARVIZ = [
    (40, 1.0, 0.3836, 24.289),
    (400, 0.3, 0.1154, 360.416),
    (400, 2.0, 0.9518, 19.030),
    (2000, 1.0, 0.3450, 771.518),
]
"""Draws, SD of the log ratios, and what `psislw` of ArviZ 0.23.4 gives: shape and effective draws."""


@pytest.mark.parametrize(("count", "spread", "shape", "effective"), ARVIZ)
def test_weights_are_smoothed_as_arviz_does(count: int, spread: float, shape: float, effective: float) -> None:
    rng = np.random.default_rng(1)
    for size in (40, 400, 2000):
        for scale in (0.01, 0.3, 1.0, 2.0, 4.0):
            ratios = scale * rng.standard_normal(size)
            if (size, scale) == (count, spread):
                weights, found = smoothed(ratios)
    assert found == pytest.approx(shape, abs=5e-5)
    assert 1 / (weights**2).sum() == pytest.approx(effective, rel=1e-5)


@pytest.mark.parametrize("sign", [None, "+", "-"])
def test_weighted_draws_of_one_prior_are_draws_of_another(sign: str | None) -> None:
    """Means and SDs of the new prior, by its own formulas."""
    center = -0.4 if sign == "-" else 0.4
    old = Prior("x", "x", "p" if sign else None, center, 0.2, sign, FIGURE)
    new = Prior("x", "x", "p" if sign else None, 1.1 * center, 0.17, sign, FIGURE)
    draws = old.at(np.random.default_rng(3).standard_normal(40_001))
    found = Reweighting.between([(old, new)], {"x": draws})
    assert found.trusted
    applied = found.applied()["x"]
    assert applied[0] == pytest.approx(new.mean, rel=0.01)
    assert applied[1:].mean() == pytest.approx(new.mean, rel=0.01)
    assert applied[1:].std() == pytest.approx(new.deviation, rel=0.03)


def test_draws_come_back_as_often_as_their_weight_says_and_in_their_places() -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(200))
    places = resampled(weights)
    times = np.bincount(places, minlength=200)
    assert np.abs(times - 200 * weights).max() < 1
    kept = np.flatnonzero(times)
    assert (places[kept] == kept).all()


def test_a_tail_too_heavy_or_too_few_draws_are_not_trusted() -> None:
    tail = np.random.default_rng(0).pareto(1.2, 400) + 1  # shape 1 / 1.2
    weights, shape = smoothed(np.log(tail))
    assert shape > 0.62
    assert not Reweighting({}, weights, shape).trusted
    few, unknown = smoothed(np.random.default_rng(0).standard_normal(12))
    assert unknown == math.inf
    assert not Reweighting({}, few, unknown).trusted
    assert not Reweighting({}, np.full(40, 1 / 40), -math.inf).trusted


def test_draws_against_the_sign_have_no_weight(data: Path) -> None:
    """Such draws are damaged, which the check tells; meanwhile they neither warn nor carry anything."""
    name, path = "insulin_resistance|sarcopenia", data / "posterior/main.npy"
    edit(data / "grades.toml", r"odds_ratio = 1\.45", "odds_ratio = 1.46")
    names, table = stored(load(data), MAIN)
    table[1:11, names.index(name)] *= -1
    np.save(path, table)
    found = reweighting(load(data))
    assert found is not None
    assert (found.weights[:10] == 0).all()
    table[1:, names.index(name)] = -1.0
    np.save(path, table)
    none = reweighting(load(data))
    assert none is not None
    assert not none.trusted


def test_the_pareto_fit_finds_the_shape_of_a_sample() -> None:
    for shape in (0.1, 0.5, 1.0):
        uniform = np.sort(np.random.default_rng(5).random(20_000))
        found, scale = pareto(2.0 * np.expm1(-shape * np.log1p(-uniform)) / shape)
        assert (found, scale) == pytest.approx((shape, 2.0), abs=0.05)


def test_only_numbers_of_priors_make_draws_reweightable(data: Path) -> None:
    knowledge = load(data)
    assert changed_priors(knowledge, data / "posterior", MAIN) == []
    assert reweighting(knowledge) is None
    edit(data / "variables/insulin_resistance.toml", "value = 1.2, spread = 0.4", "value = 1.1, spread = 0.3")
    changed = load(data)
    ((old, new),) = changed_priors(changed, data / "posterior", MAIN) or []
    assert (old.value, old.spread, new.value, new.spread) == (1.2, 0.4, 1.1, 0.3)
    names, table = stored(changed, MAIN)
    found = reweighting(changed)
    assert found is not None
    assert found.trusted
    parameters = read_parameters(changed)
    for place, name in enumerate(names):
        assert parameters[name][0] == pytest.approx(found.weights @ table[1:, place])
        assert np.isin(parameters[name][1:], table[1:, place]).all()
    edit(data / "targets.toml", "value = 0.209", "value = 0.3")
    assert changed_priors(load(data), data / "posterior", MAIN) is None
    assert np.array_equal(read_parameters(load(data))[names[0]], table[:, 0])


def test_a_setting_is_weighted_from_its_own_center(data: Path) -> None:
    """The setting's center of a parameter stands in place of the file's, then and now, with the same relative spread."""
    edit(data / "settings.toml", "value = 2.6", "value = 2.4")
    name = "insulin_resistance|insulin_signaling_impairment"
    prior = priors(load())[name]
    ((old, new),) = changed_priors(load(data), data / "posterior", "stronger_signaling") or []
    assert (old.name, old.value, new.value) == (name, 2.6, 2.4)
    assert old.spread / old.value == pytest.approx(prior.spread / prior.value)
    assert new.spread / new.value == pytest.approx(prior.spread / prior.value)
    assert changed_priors(load(data), data / "posterior", MAIN) == []
    assert changed_priors(load(data), data / "posterior", "weaker_signaling") == []


@pytest.mark.parametrize(
    "entry",
    [{"value": "much", "spread": 0.4}, {"value": 1.2}, {"value": 1.2, "spread": 0.0}, {"value": 1.2, "spread": -1.0},
     {"value": -1.2, "spread": 0.4, "sign": "+"}, {"value": 1.2, "spread": 0.4, "sign": "-"}, [], None, 3],
)  # fmt: skip
def test_a_record_whose_numbers_are_none_gives_no_weights(data: Path, entry: object) -> None:
    path = data / "posterior" / NAME
    record = json.loads(path.read_text(encoding="utf-8"))
    record["priors"]["insulin_resistance|adiposity:18-33"] = entry
    path.write_text(json.dumps(record), encoding="utf-8")
    assert changed_priors(load(data), data / "posterior", MAIN) is None
    assert reweighting(load(data)) is None
