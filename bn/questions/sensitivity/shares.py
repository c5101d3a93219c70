"""Which share of the spread of a risk each parameter accounts for, when the parameters are correlated.

Near the point the log odds of the risk are linear in the parameters: y = a + sum of g_i u_i + rest. So

    var(y) = sum of g_i cov(u_i, y) + cov(rest, y),

and the terms, over var(y), are shares that add up to 1 with the remainder. A share counts what a parameter
has in common with the others as well, and is negative where a parameter moves against the total: its own
uncertainty is then made good by that of others.

An intercept and the effects of one variable trade against each other, so each would have a huge share of
either sign. An effect u is therefore moved while the average person stays where they are, and an intercept
is the level of that person: y depends on an effect as far as this person differs from the average.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cpds.priors import Prior
from cpds.table import Array


def shares(gradient: Array, values: Array, log_odds: Array) -> tuple[Array, Array, float]:
    """Share of var(log odds) by parameter, the share that knowing it alone would remove, and the remainder.

    `gradient` has one number a parameter, `values` axes (parameter, draw), `log_odds` one number a draw.
    What knowing one parameter removes is its squared correlation with the log odds; these do not add up.

    >>> values = np.array([[1.0, -1.0, 1.0, -1.0], [2.0, 2.0, -2.0, -2.0]])  # variances 1 and 4, uncorrelated
    >>> share, known, rest = shares(np.array([1.0, 1.0]), values, values.sum(axis=0))
    >>> share.tolist(), known.round(12).tolist(), rest
    ([0.2, 0.8], [0.2, 0.8], 0.0)
    """
    deviations = values - values.mean(axis=1, keepdims=True)
    centered = log_odds - log_odds.mean()
    total = float(centered @ centered)
    joint = deviations @ centered
    own = (deviations**2).sum(axis=1)
    share = gradient * joint / total
    known = np.divide(joint**2, own * total, out=np.zeros_like(joint), where=own > 0)
    return share, known, float(1 - share.sum())


def at_average(
    priors: Mapping[str, Prior], averages: Mapping[str, Mapping[str, float]], gradient: Array, values: Array
) -> tuple[Array, Array]:
    """Gradient and values when intercepts are taken at the average person.

    `averages` holds, by child and effect, the average of what the effect multiplies. With N theta the sum of
    average times effect for each intercept, the new values are (1 + N) theta, the new gradient (1 - N') g.
    """
    names: Sequence[str] = list(priors)
    shift = np.zeros((len(names), len(names)))
    for row, name in enumerate(names):
        if priors[name].parent is None:
            for effect, average in averages.get(priors[name].child, {}).items():
                shift[row, names.index(effect)] = average
    return gradient - shift.T @ gradient, values + shift @ values
