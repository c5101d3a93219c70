"""Probabilities under another definition of an event: each stratum's prevalence carried over on the log-odds scale.

Odds ratios may cross definitions, intercepts may not. So a person's probability p under the network's own
definition becomes expit(logit p + logit(other prevalence) - logit(own prevalence)), both prevalences being
those of the person's stratum (age and sex, say). What the definitions share, they keep; how common they
are comes from the survey.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bn.engine import infer
from cpds.logistic import expit, logit
from cpds.strata import covered
from cpds.table import Array

if TYPE_CHECKING:
    from bn.core.evidence import Indices
    from bn.core.model import Model


def under_definition(model: Model, definition: str, probability: Array, at: Mapping[str, Indices]) -> Array:
    """Probabilities of an event under another definition, one a row.

    `probability` is what the model says of the definition's event, shape (rows,); `at` holds each row's state index of
    the variables that cut the definition's strata, -1 where unknown (the result is then NaN).
    """
    shifts, axes = offsets(model, definition)
    missing = sorted(set(axes) - set(at))
    if missing:
        raise ValueError(f"definition '{definition}' differs by {', '.join(missing)}; give their states")
    indices = tuple(at[axis] for axis in axes)
    known = np.all([index >= 0 for index in indices], axis=0)
    result: Array = expit(logit(probability) + shifts[indices])
    return np.where(known, result, np.nan)


def offsets(model: Model, definition: str) -> tuple[Array, tuple[str, ...]]:
    """Log odds to add in each stratum, over the states of the variables that cut the strata, and those variables.

    They set two definitions side by side in the people whom the network was fitted to: in another population, where
    both are more or less common, they are the same.
    """
    model = model.base or model
    chosen = model.knowledge.definitions[definition]
    axes = tuple(dict.fromkeys(name for stratum in chosen.strata for name in stratum.where))
    variable = model.knowledge.variables[chosen.variable]
    event = list(variable.indices(variable.named(chosen.event or variable.event_text)))
    joint = infer(list(model.network.tables.values()), [chosen.variable], axes).joints[chosen.variable].values[..., 0]
    shifts = np.full(joint.shape[:-1], np.nan)
    for stratum in chosen.strata:
        inside = np.ones(shifts.shape, dtype=bool)
        for position, name in enumerate(axes):
            states = covered(model.knowledge, name, stratum)
            inside &= states.reshape([-1 if k == position else 1 for k in range(len(axes))])
        own = joint[inside].sum(axis=0)
        shifts[inside] = logit(np.array(stratum.number)) - logit(own[event].sum() / own.sum())
    return shifts, axes
