"""The area under the ROC curve by scikit-learn, and the influence of each row on it."""

from __future__ import annotations

import numpy as np

from bn.core.evidence import Indices
from cpds.table import Array


def auc(event: Array, risk: Array, weights: Array) -> float:
    """Chance that a row with the event has a higher risk than one without, weighted; ties count half."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(event, risk, sample_weight=weights))


def auc_influence(event: Array, risk: Array, weights: Array, area: float) -> Array:
    """Influence of each row, axis (row); without weights the sum of squares is DeLong's variance for large samples.

    A row with the event adds the share of the others below its risk less the area, one without it the share of those
    with the event above its risk less the area, each over the weight of its own class.
    """
    _, place = np.unique(risk, return_inverse=True)
    with_event, without = weights * event, weights * (1 - event)
    below_without, below_with = (_share_below(place, part) for part in (without, with_event))
    of_event = (below_without - area) * with_event / with_event.sum()
    of_other = ((1 - below_with) - area) * without / without.sum()
    return np.asarray(of_event + of_other)


def _share_below(place: Indices, weights: Array) -> Array:
    """Share of the weight at lower risks, and half of that at the same risk, for each row."""
    at = np.bincount(place, weights)
    return np.asarray(((np.cumsum(at) - at / 2) / at.sum())[place])
