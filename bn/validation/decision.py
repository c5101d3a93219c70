"""The decision curve: net benefit of acting on the risk, beside acting on everybody and on nobody.

At threshold t one acts from a risk of t on: true positives count 1, false ones t / (1 - t), per person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bn.validation.design import Design
from cpds.table import Array

THRESHOLDS = np.round(np.arange(0.01, 1.0, 0.01), 2)


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit at each threshold, axis (threshold); that of acting on nobody is 0."""

    thresholds: Array
    model: Array
    low: Array
    high: Array
    everybody: Array


def net_benefit(event: Array, risk: Array, weights: Array, thresholds: Array) -> Array:
    """Net benefit at each threshold, as dcurves has it, with case weights.

    Three of four are treated from 0.2 on, two of them rightly: 2 / 4 - 1 / 4 * 0.2 / 0.8.

    >>> net_benefit(np.array([1, 1, 0, 0]), np.array([0.9, 0.4, 0.3, 0.1]), np.ones(4), np.array([0.2])).tolist()
    [0.4375]
    """
    treated = risk[None, :] >= np.asarray(thresholds)[:, None] if len(risk) * len(thresholds) < 1 << 16 else None
    odds = thresholds / (1 - thresholds)
    if treated is not None:
        return np.asarray((treated @ (weights * event) - odds * (treated @ (weights * (1 - event)))) / weights.sum())
    order = np.argsort(risk, kind="stable")
    first = np.searchsorted(risk[order], thresholds, side="left")
    beyond = [np.append(np.cumsum((weights * one)[order][::-1])[::-1], 0.0)[first] for one in (event, 1 - event)]
    return np.asarray((beyond[0] - odds * beyond[1]) / weights.sum())


def decision_curve(event: Array, risk: Array, design: Design, quantile: float) -> DecisionCurve:
    """With pointwise intervals."""
    weights, total = design.weights, design.weights.sum()
    found = net_benefit(event, risk, weights, THRESHOLDS)
    errors = []
    for threshold, benefit in zip(THRESHOLDS, found, strict=True):
        each = np.where(risk >= threshold, event - (1 - event) * threshold / (1 - threshold), 0.0)
        errors.append(design.error(weights * (each - benefit) / total))
    half = quantile * np.array(errors)
    everybody = net_benefit(event, np.ones(len(event)), weights, THRESHOLDS)
    return DecisionCurve(THRESHOLDS, found, found - half, found + half, everybody)
