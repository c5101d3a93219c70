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

from bn.core.errors import UnknownNameError
from bn.engine import infer
from cpds.knowledge import Knowledge, nearest
from cpds.logistic import expit, logit
from cpds.records import Definition
from cpds.strata import covered
from cpds.table import Array
from cpds.text import plain

if TYPE_CHECKING:
    from bn.core.evidence import Indices
    from bn.core.model import Model

NOT_AFTER_ACTS = (
    "a definition says how common an outcome is in people as a survey found them, and none found them after an act"
)
"""Why a what-if answers by the network's own definitions alone."""


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
    axes = cut_by(chosen)
    variable = model.knowledge.variables[chosen.variable]
    joint = infer(list(model.network.tables.values()), [chosen.variable], axes).joints[chosen.variable].values[..., 0]
    event = joint[..., list(variable.indices(event_of(model.knowledge, chosen)))].sum(axis=-1)
    return shifts(model, chosen, event, joint.sum(axis=-1)), axes


def shifts(model: Model, definition: Definition, event: Array, total: Array) -> Array:
    """What the log odds of an event lack in each stratum to be as common as by the definition.

    `event` is the probability of the states that cut the strata together with the event, `total` of these states; they
    and the result have the axes `cut_by` names.
    """
    axes = cut_by(definition)
    found = np.full(total.shape, np.nan)
    for stratum in definition.strata:
        inside = np.ones(total.shape, dtype=bool)
        for position, name in enumerate(axes):
            states = covered(model.knowledge, name, stratum)
            inside &= states.reshape([-1 if k == position else 1 for k in range(len(axes))])
        found[inside] = logit(np.array(stratum.number)) - logit(event[inside].sum() / total[inside].sum())
    return found


def cut_by(definition: Definition) -> tuple[str, ...]:
    """Variables that cut the strata of a definition, by which its shares differ."""
    return tuple(dict.fromkeys(name for stratum in definition.strata for name in stratum.where))


def event_of(knowledge: Knowledge, definition: Definition) -> tuple[str, ...]:
    """States of the network's own variable that stand for the event of a definition."""
    variable = knowledge.variables[definition.variable]
    return variable.named(definition.event or variable.event_text)


def find_definition(model: Model, said: str) -> Definition:
    """A definition by its id or an alias, however it is spelled. Raises UnknownNameError, which names all ids."""
    definitions = model.knowledge.definitions
    known = {plain(name): one for one in definitions.values() for name in (one.id, *one.aliases)}
    if not isinstance(said, str) or plain(said) not in known:
        raise UnknownNameError("definition", str(said), definitions, nearest(plain(str(said)), list(known)))
    return known[plain(said)]
