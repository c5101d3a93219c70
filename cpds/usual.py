"""About where people's values of a marker lie, whoever they are: for warnings of a factor of several."""

from __future__ import annotations

import numpy as np

from cpds.records import Criterion, Measured, Quantity, Threshold, Variable


def usual(marker: Quantity) -> tuple[float, float] | None:
    """Center of a marker's reference, averaged over its strata, and SD of the logarithm; None where it has none.

    Strata count alike: what matters here is a factor of several, not who the people are.
    """
    if not isinstance(marker, Measured | Threshold | Criterion):
        return None
    strata = marker.reference.strata
    centers = np.array([stratum.center for stratum in strata])
    if not (centers > 0).all():
        return None
    within = np.array([one.sd if marker.reference.scale == "log" else one.sd / one.center for one in strata])
    logs = np.log(centers)
    return float(np.exp(logs.mean())), float(np.sqrt(logs.var() + (within**2).mean()))


def usual_on_scale(variable: Variable) -> tuple[float, float]:
    """The same of a variable's own scale, by what stands for its states; they count alike, being cut where people are.

    Raises ValueError for a variable without a scale.
    """
    if variable.scale is None:
        raise ValueError(f"{variable.id} has no numeric scale")
    logs = np.log(variable.scale.midpoints)
    return float(np.exp(logs.mean())), float(logs.std())
