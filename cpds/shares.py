"""How the strata of a marker's reference differ in the share of people in each state, by the reference itself."""

from __future__ import annotations

import math

import numpy as np

from cpds.knowledge import Knowledge
from cpds.logistic import expit
from cpds.records import Biomarker, Threshold
from cpds.strata import Strata
from cpds.table import Array
from cpds.tails import log_odds_above_zero


def state_shares(knowledge: Knowledge, marker: Biomarker) -> Array:
    """P(state | stratum), axes (state, *strata), up to a factor of each state.

    A threshold says it: the share whose usual value lies beyond the cut. Ones for other markers, whose share is the
    same in all strata or nearly so.
    """
    if not isinstance(marker, Threshold):
        return np.ones(())
    strata = Strata.of(knowledge, marker, {})
    cut = math.log(marker.cut.number) if marker.reference.scale == "log" else marker.cut.number
    sign = 1.0 if marker.direction == "+" else -1.0
    usual = np.sqrt(strata.sd**2 - marker.within.number**2)
    share = expit(log_odds_above_zero(sign * (strata.center - cut) / usual))[..., 0]
    return np.stack([1 - share, share])
