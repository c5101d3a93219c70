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
    return ["risk", *ends, *_shown(scorer), "log_evidence", ERROR]


def numbers(scorer: Scorer, scores: Scores) -> list[Array]:
    """The added columns but for `error`, each with axis (row)."""
    ends = [] if scores.interval is None else list(scores.interval)
    posteriors = [_column(scores, variable, states) for variable, states in _shown(scorer).values()]
    return [scores.risk, *ends, *posteriors, scores.log_evidence]


def _shown(scorer: Scorer) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Columns with the variable and the states that each sums; none for the risk alone.

    A variable has one for its event and, where it has more than two states, one for each but the first.
    """
    shown: dict[str, tuple[str, tuple[int, ...]]] = {}
    for name in dict.fromkeys(name for name, _ in scorer.columns) if scorer.posteriors else ():
        variable = scorer.model.knowledge.variables[name]
        shown[f"p_{name}"] = name, variable.indices()
        if len(variable.states) > 2:
            shown |= {f"p_{name}_{state}": (name, (at,)) for at, state in enumerate(variable.states) if at}
    return shown


def _column(scores: Scores, variable: str, states: tuple[int, ...]) -> Array:
    wanted = [(variable, state) for state in states]
    if not set(wanted) <= set(scores.columns):
        return np.asarray(scores.posterior(variable)[list(states)].sum(axis=0))
    first, *others = (scores.probabilities[scores.columns.index(column)] for column in wanted)
    return np.asarray(sum(others, start=first))
