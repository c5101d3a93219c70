"""What a rerun of the synthesis would bring, foreseen by weighing draws that were fitted to the other side.

Where more than priors changed, both likelihoods can still be computed, since both states of the knowledge are at hand.
A draw counts by the ratio of its posterior densities, new to old. A parameter that is new was drawn from its prior, and
one that is gone is left as it was; the priors of both stand above and below the line, so that they cancel:

    weight = L_new / L_old x product over changed priors of p_new / p_old.

That is exact for many draws, and for few it is as good as `Reweighting.trusted` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bn.core.errors import QuestionError
from bn.core.progress import progress
from bn.synthesis.fit import Problem
from cpds.knowledge import KnowledgeError
from cpds.logistic import intercept_names
from cpds.posterior import MAIN
from cpds.reweighting import Reweighting
from cpds.table import Array

if TYPE_CHECKING:
    from bn.core.model import Model

AT_ONCE = 64


def previewed(model: Model, other: Model) -> Model:
    """The model with its draws weighed for its knowledge, where they are those that were fitted to the `other`.

    The same model where that need not or cannot be done; `reweighting` then says how few draws would be left.
    """
    if not model.stale or other.stale or model.reweighting or not _same_draws(model, other):
        return model
    try:
        return _weighed(model, other)
    except (KnowledgeError, QuestionError, LookupError):  # a target of what is not there
        return model


def _weighed(model: Model, other: Model) -> Model:
    new, old = Problem.of(model.knowledge), Problem.of(other.knowledge)
    common = [(old.priors[name], prior) for name, prior in new.priors.items() if name in old.priors]
    if any(before.sign != after.sign for before, after in common) or _several_new_intercepts(model, old):
        return model
    now = _log_likelihood(new, model.parameters, "likelihood of the draws, as it is")
    ratios = now - _log_likelihood(old, other.parameters, "likelihood of the draws, as it was")
    found = Reweighting.between(common, model.parameters, ratios)
    return replace(model, reweighting=found, parameters=found.applied() if found.trusted else model.parameters)


def _same_draws(model: Model, other: Model) -> bool:
    """Whether both hold one posterior of the main setting: what both have is the same at every draw."""
    if not model.setting == other.setting == MAIN:
        return False
    common = model.parameters.keys() & other.parameters.keys()
    return bool(common) and all(np.array_equal(model.parameters[name], other.parameters[name]) for name in common)


def _several_new_intercepts(model: Model, old: Problem) -> bool:
    """Whether a variable has several intercepts that are new: these were drawn together, not each from its prior."""
    new = [
        sum(name not in old.priors for name in intercept_names(variable))
        for variable in model.knowledge.variables.values()
        if not variable.shares
    ]
    return max(new, default=0) > 1


def _log_likelihood(problem: Problem, parameters: Mapping[str, Array], title: str) -> Array:
    """Log likelihood of what the synthesis is fitted to, up to a constant, one number a draw (the point left out)."""
    found = []
    count = max(map(len, parameters.values()))
    with progress(title) as tell:
        for start in range(1, count, AT_ONCE):
            some = {name: values[start : start + AT_ONCE] for name, values in parameters.items()}
            misfits = problem.residuals(problem.coordinates(some))[len(problem.priors) :]
            found.append(-0.5 * (misfits**2).sum(axis=0))
            tell(min(start - 1 + AT_ONCE, count - 1), count - 1)
    return np.concatenate(found)
