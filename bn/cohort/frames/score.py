"""Scoring a cohort in memory: every row its posteriors, exactly as one person at a time would get them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bn.cohort.frames.frames import frame_of
from bn.cohort.frames.lazy import answered, is_lazy
from bn.cohort.frames.scoring import Scoring
from bn.cohort.frames.tables import Progress, Tables
from bn.cohort.kernel.scores import Scores
from bn.cohort.reading.meaning import Meaning
from bn.cohort.reading.summary import Summary, warn
from bn.core.errors import QuestionError

if TYPE_CHECKING:
    from bn.core.model import Model


def score(
    model: Model,
    table: Any,
    interval: bool = True,
    posteriors: bool = True,
    require: str | Iterable[str] = (),
    missing: str | float | Iterable[str | float] = (),
    meaning: Meaning | None = None,
    progress: Progress | None = None,
    summary: bool = False,
) -> Any:
    """The table with its own columns unchanged and the results after them, in the kind in which it came.

    | in | out |
    | --- | --- |
    | pandas DataFrame | DataFrame, same index |
    | polars DataFrame | DataFrame |
    | pyarrow Table, RecordBatch | Table, RecordBatch; metadata kept |
    | pyarrow RecordBatchReader | RecordBatchReader that scores what is read from it; memory stays bounded |
    | polars LazyFrame | LazyFrame that scores when collected, also in the streaming engine |
    | dask DataFrame | dask DataFrame that scores partition by partition when computed |
    | anything with `__arrow_c_stream__` | pyarrow Table |

    Adds risk, risk_low and risk_high (unless `interval` is off), a probability for every mechanism,
    signaling variable and outcome (`p_<variable>` of its last state, `p_<variable>_<state>` where it has
    more than two; none of them where `posteriors` is off), log_evidence and error, which is empty where the row is
    fine; where it is not, the results are missing (NaN in pandas and dask, else null).

    `require` names findings without which a row is an error. `missing` are texts or numbers that stand for a missing
    value besides the usual ones (empty, NA, N/A, #N/A, `.`, null, NaN). Of both, one may stand alone. `meaning` maps
    column names to the names (and units) that they stand for, or to dicts with the keys `is`, `unit`, `values`,
    `missing`, `detection_limit` and `flags`: see `bn.cohort.reading.meaning`. What follows from parts (height and
    weight) fills the gaps of what is given. `progress` is called with rows done and rows in all, where the table is in
    memory. With `summary` it is the table and a `bn.cohort.reading.summary.Summary` of what became of rows and columns;
    a pandas frame always holds that as a dictionary, `scored.attrs["myorisk"]`.

    Warns of columns that were not read and look as if they matter (UnreadColumnsWarning), and of numbers that suit
    another unit than the one in which they were read (SuspectUnitWarning).
    Raises QuestionError for a table of another kind, for columns that are ambiguous, named like a result, or
    none of them known, and for a summary of a table that is not in memory.
    """
    tables = Tables.of(Scoring(model, interval, posteriors), require, missing, meaning)
    if summary and is_lazy(table):
        kind = type(table).__qualname__
        raise QuestionError(f"summary=True: found {kind}, which is read later; expected a table in memory")
    done = answered(tables, table, progress)
    return done if summary else done[0]


def score_with_summary(
    model: Model,
    table: Any,
    interval: bool = True,
    posteriors: bool = True,
    require: str | Iterable[str] = (),
    missing: str | float | Iterable[str | float] = (),
    meaning: Meaning | None = None,
    progress: Progress | None = None,
) -> tuple[Any, Summary]:
    """What `score` returns of a table in memory with its summary, for callers that tell its warnings themselves."""
    return Tables.of(Scoring(model, interval, posteriors), require, missing, meaning).table(table, progress)


def posterior_array(
    model: Model,
    table: Any,
    interval: bool = True,
    posteriors: bool = True,
    require: str | Iterable[str] = (),
    missing: str | float | Iterable[str | float] = (),
    meaning: Meaning | None = None,
) -> Scores:
    """The results of a table in memory as plain arrays; see `Scores` for their axes."""
    room, _, summary = Tables.of(Scoring(model, interval, posteriors), require, missing, meaning).room(frame_of(table))
    warn(summary)
    return room
