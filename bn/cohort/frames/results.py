"""The columns that scoring adds, and their order."""

from __future__ import annotations

import numpy as np

from bn.cohort.kernel.scorer import Scorer
from bn.cohort.kernel.scores import Scores
from bn.cohort.reading.question import ERROR
from cpds.table import Array


def names(scorer: Scorer) -> list[str]:
    """Names of the added columns; the last one, `error`, holds text."""
    ends = ["risk_low", "risk_high"] if scorer.interval else []
    columns = [_name(scorer, variable, state) for variable, state in _shown(scorer)]
    return ["risk", *ends, *columns, "log_evidence", ERROR]


def numbers(scorer: Scorer, scores: Scores) -> list[Array]:
    """The added columns but for `error`, each with axis (row)."""
    ends = [] if scores.interval is None else list(scores.interval)
    posteriors = [_column(scores, variable, state) for variable, state in _shown(scorer)]
    return [scores.risk, *ends, *posteriors, scores.log_evidence]


def _shown(scorer: Scorer) -> list[tuple[str, int]]:
    """The state of a two-state variable that is shown is its last; of others all are. None for the risk alone."""
    if not scorer.posteriors:
        return []
    variables = scorer.model.knowledge.variables
    shown = []
    for name in dict.fromkeys(name for name, _ in scorer.columns):
        states = len(variables[name].states)
        shown += [(name, 1)] if states == 2 else [(name, state) for state in range(states)]
    return shown


def _name(scorer: Scorer, variable: str, state: int) -> str:
    states = scorer.model.knowledge.variables[variable].states
    return f"p_{variable}" if len(states) == 2 else f"p_{variable}_{states[state]}"


def _column(scores: Scores, variable: str, state: int) -> Array:
    if (variable, state) in scores.columns:
        return np.asarray(scores.probabilities[scores.columns.index((variable, state))])
    return np.asarray(scores.posterior(variable)[state])
