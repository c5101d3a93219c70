"""Every measure of how risks fit the outcomes of some people, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn.validation.calibration import curve, integrated_index, share_interval
from bn.validation.design import Design
from bn.validation.discrimination import auc, auc_influence
from bn.validation.logistic import Fit, fit, log_odds
from bn.validation.result import Estimate, Performance
from cpds.table import Array

Mask = NDArray[np.bool_]
FEWEST = 10
"""Assumed: with fewer people of either kind a group's measures say nothing but noise, and are not told."""
LEVEL = 0.95


@dataclass(frozen=True)
class Intervals:
    """How intervals are made: from the linearized variance, or from `bootstrap` resamples of the design."""

    bootstrap: int = 0
    seed: int = 0
    level: float = LEVEL

    def quantile(self, design: Design) -> float:
        """That of Student's t by which an interval goes beyond its estimate, in standard errors."""
        from scipy.special import stdtrit

        return float(stdtrit(design.freedom, (1 + self.level) / 2))


def performance(event: Array, risk: Array, design: Design, inside: Mask, intervals: Intervals) -> Performance:
    """Of the people `inside`, axis (row), linearized in the whole design.

    AUC and shares have intervals that are symmetric in log odds. What cannot be linearized near its least value
    (integrated calibration index, miscalibration) gets an interval from resamples only: see `resampled`.
    """
    e, r, w = event[inside], risk[inside], design.weights[inside]
    if is_sparse(e):
        return Performance(len(e), int(e.sum()), {})
    total, quantile = w.sum(), intervals.quantile(design)

    def error(influence: Array) -> float:
        whole = np.zeros(len(event))
        whole[inside] = influence
        return design.error(whole)

    def plain(value: float, influence: Array) -> Estimate:
        half = quantile * error(influence)
        return Estimate(value, value - half, value + half)

    def share(value: float, influence: Array) -> Estimate:
        return Estimate(value, *share_interval(value, error(influence), quantile))

    values, fits = _values(e, r, w)
    observed, predicted, area, ratio = (values[name] for name in ("observed", "predicted", "auc", "ratio"))
    scores = -(e * np.log(_kept(r)) + (1 - e) * np.log(_kept(1 - r)))
    base = observed * (1 - observed)
    of_brier = w * ((r - e) ** 2 - values["brier"]) / total
    of_base = w * (1 - 2 * observed) * (e - observed) / total
    measures = {name: Estimate(value) for name, value in values.items()} | {
        "auc": share(area, auc_influence(e, r, w, area)),
        "observed": share(observed, w * (e - observed) / total),
        "predicted": share(predicted, w * (r - predicted) / total),
        "ratio": plain(ratio, w * (e - ratio * r) / (w @ r)),
        "brier": plain(values["brier"], of_brier),
        "scaled_brier": plain(values["scaled_brier"], -(of_brier - values["brier"] / base * of_base) / base),
        "log_score": plain(values["log_score"], w * (scores - values["log_score"]) / total),
    }
    for name, found in fits.items():
        measures[name] = plain(values[name], found.influences[-1])
    return Performance(len(e), int(e.sum()), measures)


def is_sparse(event: Array) -> bool:
    """Whether there are too few people of either kind for any measure."""
    return bool(min(event.sum(), len(event) - event.sum()) < FEWEST)


def _values(event: Array, risk: Array, weights: Array) -> tuple[dict[str, float], Mapping[str, Fit]]:
    """Every measure without its interval, in the order of `MEASURES`, and the fits of intercept and slope."""
    observed, predicted = (float(np.average(one, weights=weights)) for one in (event, risk))
    x, one = log_odds(risk), np.ones((len(risk), 1))
    found = {
        "intercept": fit(one, event, weights, offset=x),
        "slope": fit(np.column_stack([one, x]), event, weights) if np.ptp(x) > 0 else None,
    }
    fits = {name: each for name, each in found.items() if each is not None}
    smooth = curve(event, risk, weights)
    parts = _brier_parts(event, risk, weights)
    values = {
        "auc": auc(event, risk, weights),
        "observed": observed,
        "predicted": predicted,
        "ratio": observed / predicted,
        **{name: float(each.coefficients[-1]) for name, each in fits.items()},
        **({"ici": integrated_index(smooth, risk, weights)} if smooth else {}),
        "brier": parts["score"],
        "scaled_brier": 1 - parts["score"] / (observed * (1 - observed)),
        **{name: parts[name] for name in ("miscalibration", "discrimination", "uncertainty")},
        "log_score": _log_score(event, risk, weights),
    }
    return values, fits


def _brier_parts(event: Array, risk: Array, weights: Array) -> dict[str, float]:
    """Score = miscalibration - discrimination + uncertainty, recalibrated by isotonic regression."""
    from model_diagnostics.scoring import SquaredError, decompose

    (row,) = decompose(event, risk, weights, scoring_function=SquaredError()).to_dicts()
    return {name: float(row[name]) for name in ("score", "miscalibration", "discrimination", "uncertainty")}


def _log_score(event: Array, risk: Array, weights: Array) -> float:
    from sklearn.metrics import log_loss

    return float(log_loss(event, _kept(risk), sample_weight=weights))


def _kept(share: Array) -> Array:
    """Away from 0, where a logarithm has no end."""
    return np.clip(share, 1e-15, 1.0)


def resampled(found: Performance, replicates: Sequence[Mapping[str, float]], level: float) -> Performance:
    """The same with intervals from the values in resamples: their quantiles, where nearly all could be computed."""
    measures = {}
    for name, each in found.measures.items():
        values = [one[name] for one in replicates if name in one]
        if len(values) < 0.9 * len(replicates):
            measures[name] = Estimate(each.value)
            continue
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        measures[name] = Estimate(each.value, float(low), float(high))
    return Performance(found.n, found.events, measures)


def replicate(event: Array, risk: Array, weights: Array) -> Mapping[str, float]:
    """Every measure in one resample; none where it has too few people of either kind."""
    drawn = weights > 0
    if is_sparse(event[drawn]):
        return {}
    return _values(event[drawn], risk[drawn], weights[drawn])[0]
