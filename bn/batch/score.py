"""Scoring a cohort: every row its posteriors, exactly as one person at a time would get them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from bn.batch.columns import MISSING, Columns, read_columns
from bn.batch.scorer import Scorer, Scores
from bn.batch.summary import Summary
from bn.errors import QuestionError

if TYPE_CHECKING:
    import pandas as pd

    from bn.model import RiskModel

Progress = Callable[[int, int], None]


def score(
    model: RiskModel,
    frame: pd.DataFrame,
    interval: bool = True,
    require: Iterable[str] = (),
    missing: Iterable[str] = MISSING,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The frame with its input columns unchanged and the results after them, same index.

    Adds risk, risk_low and risk_high (unless `interval` is off), a probability for every mechanism,
    signaling variable and outcome (`p_<variable>` of its last state, `p_<variable>_<state>` where it has
    more than two), log_evidence and error, which is empty where the row is fine; where it is not, the
    results are missing. `require` names findings without which a row is an error, `missing` the texts
    that stand for a missing value. `progress` is called with rows done and rows in all.

    Raises QuestionError for columns that are ambiguous, named like a result, or none of them known.
    """
    return score_with_summary(model, frame, interval, require, missing, progress)[0]


def score_with_summary(
    model: RiskModel,
    frame: pd.DataFrame,
    interval: bool = True,
    require: Iterable[str] = (),
    missing: Iterable[str] = MISSING,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, Summary]:
    """What `score` returns, and what became of rows and columns."""
    clash = [str(column) for column in frame.columns if str(column) in result_names(model)]
    if clash:
        raise QuestionError(f"columns {', '.join(clash)} bear the names of results; rename them")
    scores, columns = _scored(model, frame, interval, require, missing, progress)
    return assemble(model, frame, scores, columns), Summary.of(model.knowledge, columns)


def posterior_array(
    model: RiskModel, frame: pd.DataFrame, interval: bool = True, require: Iterable[str] = ()
) -> Scores:
    """The results as plain arrays; see `Scores` for their axes."""
    return _scored(model, frame, interval, require, MISSING, None)[0]


def result_names(model: RiskModel) -> list[str]:
    """Names of the columns that scoring adds, intervals included."""
    columns = [column for parts in _columns(model).values() for column, _ in parts]
    return ["risk", "risk_low", "risk_high", *columns, "log_evidence", "error"]


def assemble(model: RiskModel, frame: pd.DataFrame, scores: Scores, columns: Columns) -> pd.DataFrame:
    """Input columns, then results."""
    import pandas as pd

    results: dict[str, object] = {"risk": scores.risk}
    if scores.interval is not None:
        results |= {"risk_low": scores.interval[0], "risk_high": scores.interval[1]}
    for name, parts in _columns(model).items():
        results |= {column: scores.posteriors[name][state] for column, state in parts}
    results |= {"log_evidence": scores.log_evidence, "error": columns.problems.texts}
    return pd.concat([frame, pd.DataFrame(results, index=frame.index)], axis=1)


def _scored(
    model: RiskModel,
    frame: pd.DataFrame,
    interval: bool,
    require: Iterable[str],
    missing: Iterable[str],
    progress: Progress | None,
) -> tuple[Scores, Columns]:
    columns = read_columns(model.names, frame, require, missing)
    return Scorer(model, interval).score(columns.observed, columns.problems, progress), columns


def _columns(model: RiskModel) -> dict[str, list[tuple[str, int]]]:
    """Result columns of each scored variable, with the state that each is about."""
    variables = Scorer(model).variables
    return {
        name: [(f"p_{name}", 1)] if len(states) == 2 else [(f"p_{name}_{state}", k) for k, state in enumerate(states)]
        for name, states in variables.items()
    }
