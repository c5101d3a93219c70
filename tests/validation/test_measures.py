"""Each figure of a validation equals that of the library it is named for, on the same arrays, with weights."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import t
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from bn.validation.calibration import curve, integrated_index
from bn.validation.decision import THRESHOLDS, net_benefit
from bn.validation.design import Design
from bn.validation.discrimination import auc_influence
from bn.validation.performance import Intervals, performance

N = 800


def arrays(weighted: bool, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    risk = np.round(rng.beta(2, 3, N), 3)  # with ties
    event = (rng.random(N) < np.clip(1.3 * risk - 0.1, 0.02, 0.98)).astype(float)
    return event, risk, rng.uniform(0.2, 5, N) if weighted else np.ones(N)


def plain(weights: np.ndarray) -> Design:
    return Design.of(weights, None, None, len(weights))


@pytest.mark.parametrize("weighted", [False, True])
def test_measures_equal_those_of_the_libraries(weighted: bool) -> None:
    event, risk, w = arrays(weighted)
    measures = performance(event, risk, plain(w), np.ones(N, dtype=bool), Intervals()).measures
    odds = np.log(risk / (1 - risk))
    family = sm.families.Binomial()
    large = sm.GLM(event, np.ones(N), family, offset=odds, var_weights=w).fit(tol=1e-14, maxiter=200)
    slope = sm.GLM(event, sm.add_constant(odds), family, var_weights=w).fit(tol=1e-14, maxiter=200)
    recalibrated = IsotonicRegression().fit(risk, event, sample_weight=w).predict(risk)
    mean = np.average(event, weights=w)
    score, best, base = (np.average((event - p) ** 2, weights=w) for p in (risk, recalibrated, mean))
    expected = {
        "auc": roc_auc_score(event, risk, sample_weight=w),
        "observed": mean,
        "predicted": np.average(risk, weights=w),
        "ratio": mean / np.average(risk, weights=w),
        "intercept": large.params[0],
        "slope": slope.params[1],
        "brier": brier_score_loss(event, risk, sample_weight=w),
        "scaled_brier": 1 - score / base,
        "miscalibration": score - best,
        "discrimination": base - best,
        "uncertainty": base,
        "log_score": log_loss(event, risk, sample_weight=w),
    }
    assert {name: measures[name].value for name in expected} == pytest.approx(expected, abs=1e-9)
    sklearn = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10000).fit(odds[:, None], event, sample_weight=w)
    assert measures["slope"].value == pytest.approx(sklearn.coef_[0, 0], abs=1e-5)  # another optimizer


@pytest.mark.parametrize("clustered", [False, True])
def test_robust_intervals_equal_those_of_statsmodels(clustered: bool) -> None:
    """Statsmodels' sandwich has no n / (n - 1); with case weights it is given for rows only."""
    event, risk, w = arrays(weighted=not clustered)
    groups, units = (np.arange(N) % 40, 40) if clustered else (None, N)
    model = sm.GLM(event, sm.add_constant(np.log(risk / (1 - risk))), sm.families.Binomial(), var_weights=w / w.mean())
    how = {"cov_type": "HC0"}
    if clustered:
        how = {"cov_type": "cluster", "cov_kwds": {"groups": groups, "use_correction": False}}
        model = sm.GLM(event, model.exog, sm.families.Binomial())
    error = model.fit(tol=1e-14, **how).bse[1]
    slope = performance(event, risk, Design.of(w, None, groups, N), np.ones(N, dtype=bool), Intervals()).measures[
        "slope"
    ]
    expected = t.ppf(0.975, units - 1) * error * np.sqrt(units / (units - 1))
    assert (slope.high - slope.low) / 2 == pytest.approx(expected, rel=1e-9)


def test_auc_variance_is_delongs() -> None:
    """By hand: the variances of the placements of either kind, each over their number."""
    event, risk, w = arrays(weighted=False)
    area = roc_auc_score(event, risk)
    cases, controls = risk[event == 1], risk[event == 0]
    above = (cases[:, None] > controls) + 0.5 * (cases[:, None] == controls)
    delong = above.mean(axis=1).var() / len(cases) + above.mean(axis=0).var() / len(controls)
    assert np.sum(auc_influence(event, risk, w, area) ** 2) == pytest.approx(delong, rel=1e-9)


def test_net_benefit_equals_that_of_dcurves() -> None:
    dcurves = pytest.importorskip("dcurves")
    import pandas as pd

    event, risk, w = arrays(weighted=False)
    frame = pd.DataFrame({"event": event.astype(int), "risk": risk})
    theirs = dcurves.dca(data=frame, outcome="event", modelnames=["risk"], thresholds=THRESHOLDS)
    by_model = {name: part["net_benefit"].to_numpy() for name, part in theirs.groupby("model")}
    np.testing.assert_allclose(net_benefit(event, risk, w, THRESHOLDS), by_model["risk"], atol=1e-12)
    np.testing.assert_allclose(net_benefit(event, np.ones(N), w, THRESHOLDS), by_model["all"], atol=1e-12)


def test_net_benefit_equals_what_dcurves_printed() -> None:
    """Figures of dcurves 1.1.7 on the same arrays, for where it is not installed: it holds pandas below 3."""
    number = np.arange(500)
    risk = (number * 37 % 101) / 101
    event = ((number * 53 % 17) / 17 < 0.2 + 0.6 * risk).astype(float)
    thresholds, ones = np.array([0.05, 0.2, 0.35, 0.5, 0.8]), np.ones(500)
    by_risk = [0.4936842105263158, 0.3895, 0.2870769230769231, 0.178, -0.042]
    of_all = [0.5073684210526316, 0.415, 0.28, 0.064, -1.34]
    np.testing.assert_allclose(net_benefit(event, risk, ones, thresholds), by_risk, atol=1e-12)
    np.testing.assert_allclose(net_benefit(event, ones, ones, thresholds), of_all, atol=1e-12)


def test_net_benefit_is_the_same_sorted_or_compared() -> None:
    """Large tables are sorted, small ones compared; weights count as so many people."""
    event, risk, _ = arrays(weighted=False)
    times = np.random.default_rng(3).integers(1, 4, N)
    repeated = np.repeat(np.arange(N), times)
    whole = net_benefit(event[repeated], risk[repeated], np.ones(len(repeated)), THRESHOLDS)
    np.testing.assert_allclose(net_benefit(event, risk, times.astype(float), THRESHOLDS), whole, atol=1e-12)
    np.testing.assert_allclose(net_benefit(event, risk, times.astype(float), THRESHOLDS[:5]), whole[:5], atol=1e-12)


def test_stratified_variance_by_hand() -> None:
    """Two strata: clusters (3, 5) and (1, 2, 6). 2 / 1 * (1 + 1) + 3 / 2 * (4 + 1 + 9)."""
    strata, clusters = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 0, 1, 2])
    design = Design.of(None, strata, clusters, 6)
    influence = np.array([1.0, 2.0, 5.0, 1.0, 2.0, 6.0])
    assert design.error(influence) ** 2 == pytest.approx(4 + 21)
    assert design.freedom == 3


def test_resamples_have_the_linearized_variance_of_a_mean() -> None:
    rng = np.random.default_rng(5)
    strata, clusters = np.repeat([0, 1], 60), np.tile(np.repeat(np.arange(12), 5), 2)
    values, w = rng.normal(size=120), rng.uniform(1, 2, 120)
    design = Design.of(w, strata, clusters, 120)
    mean = np.average(values, weights=w)
    linearized = design.error(w * (values - mean) / w.sum())
    means = [np.average(values, weights=each) for each in design.replicates(4000, 7)]
    assert np.std(means) == pytest.approx(linearized, rel=0.05)
    assert np.mean(means) == pytest.approx(mean, abs=3 * linearized / np.sqrt(4000) + 0.1 * linearized)


def test_integrated_index_of_a_shift_is_its_size() -> None:
    """Risks that are right up to a shift in log odds: the curve finds the truth, so the index is the mean distance."""
    rng = np.random.default_rng(11)
    odds = rng.normal(0, 1, 60_000)
    truth = 1 / (1 + np.exp(-odds))
    risk = 1 / (1 + np.exp(-(odds + 0.7)))
    event = (rng.random(len(truth)) < truth).astype(float)
    weights = np.ones(len(truth))
    smooth = curve(event, risk, weights)
    assert smooth is not None
    assert integrated_index(smooth, risk, weights) == pytest.approx(np.mean(risk - truth), abs=0.01)
