"""Scoring a cohort in memory: every row its posteriors, exactly as one person at a time would get them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.batch.cells import MISSING, Cells
from bn.batch.columns import Columns, read_columns
from bn.batch.frames import Frame, frame_of
from bn.batch.headings import Headings
from bn.batch.parallel import in_order
from bn.batch.results import names, numbers, refuse_clash
from bn.batch.scorer import Scorer, Scores
from bn.batch.summary import Summary
from bn.names import each

if TYPE_CHECKING:
    from bn.model import RiskModel

Progress = Callable[[int, int], None]
ROWS = 1 << 17


def score(
    model: RiskModel,
    table: Any,
    interval: bool = True,
    posteriors: bool = True,
    require: str | Iterable[str] = (),
    missing: str | float | Iterable[str | float] = (),
    meaning: Mapping[str, str] | None = None,
    progress: Progress | None = None,
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
    column names to the names (and units) that they stand for. `progress` is called with rows done and rows in all,
    where the table is in memory.

    Raises QuestionError for a table of another kind, for columns that are ambiguous, named like a result, or
    none of them known.
    """
    from bn.batch.lazy import lazily

    scoring = Scoring.of(model, interval, posteriors, require, missing, meaning)
    later = lazily(scoring, table)
    return scoring.table(table, progress)[0] if later is None else later


def score_with_summary(
    model: RiskModel,
    table: Any,
    interval: bool = True,
    posteriors: bool = True,
    require: str | Iterable[str] = (),
    missing: str | float | Iterable[str | float] = (),
    meaning: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> tuple[Any, Summary]:
    """What `score` returns of a table in memory, and what became of rows and columns."""
    return Scoring.of(model, interval, posteriors, require, missing, meaning).table(table, progress)


def posterior_array(
    model: RiskModel,
    table: Any,
    interval: bool = True,
    posteriors: bool = True,
    require: str | Iterable[str] = (),
    missing: str | float | Iterable[str | float] = (),
    meaning: Mapping[str, str] | None = None,
) -> Scores:
    """The results of a table in memory as plain arrays; see `Scores` for their axes."""
    return Scoring.of(model, interval, posteriors, require, missing, meaning).arrays(frame_of(table))[0]


@dataclass(frozen=True)
class Scoring:
    """How tables are to be scored: by which model, and what is said of their columns; see `score`.

    What was contracted for one table serves the next. A pickled copy travels without it.
    """

    model: RiskModel
    interval: bool = True
    posteriors: bool = True
    require: tuple[str, ...] = ()
    missing_texts: frozenset[str] = MISSING
    missing_numbers: tuple[float, ...] = ()
    meaning: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        model: RiskModel,
        interval: bool,
        posteriors: bool,
        require: str | Iterable[str],
        missing: str | float | Iterable[str | float],
        meaning: Mapping[str, str] | None,
    ) -> Scoring:
        """The same from what a caller says."""
        texts = frozenset(str(one).strip().lower() for one in each(missing))
        silent = tuple(number for text in texts if (number := _number(text)) is not None)
        return cls(model, interval, posteriors, each(require), MISSING | texts, silent, meaning or {})

    def __getstate__(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def scorer(self) -> Scorer:
        """The scorer of all tables."""
        return Scorer(self.model, self.interval, self.posteriors)

    def headings(self, headers: Sequence[str]) -> Headings:
        """The columns that are understood. Raises QuestionError as `score` does."""
        refuse_clash(headers, names(self.scorer))
        return Headings.of(self.model.names, headers, self.meaning, self.require)

    def table(self, table: Any, progress: Progress | None = None, alone: bool = True) -> tuple[Any, Summary]:
        """A table in memory with its results, and what became of rows and columns; `alone` as in `arrays`."""
        frame = frame_of(table)
        scores, errors, summary = self.arrays(frame, progress, alone)
        return frame.beside(dict(numbers(self.scorer, scores)), errors), summary

    def arrays(
        self, frame: Frame, progress: Progress | None = None, alone: bool = True
    ) -> tuple[Scores, dict[int, str], Summary]:
        """Results, errors by row, and what became of rows and columns.

        `alone` says that nothing else is scored meanwhile, so that all cores are free for it.
        """
        headings = self.headings(frame.headers)
        summary = Summary(headings)
        scores = self.scorer.room(frame.rows)
        errors: dict[int, str] = {}
        starts = range(0, max(frame.rows, 1), ROWS)

        def block(start: int) -> Columns:
            rows = slice(start, min(start + ROWS, frame.rows))
            cells = {position: self._cells(frame, position, rows) for position in headings.found}
            columns = read_columns(headings, cells, rows.stop - rows.start)
            self.scorer.score(columns.findings, columns.problems, scores.part(rows))
            return columns

        blocks: Iterator[Columns] = in_order(block, starts) if alone else map(block, starts)
        for columns in blocks:
            errors.update((summary.rows + row, text) for row, text in columns.problems.texts.items())
            summary.add(columns)
            if progress:
                progress(summary.rows, frame.rows)
        return scores, errors, summary

    def _cells(self, frame: Frame, position: int, rows: slice) -> Cells:
        cells = frame.cells(position, rows, self.missing_texts)
        if not self.missing_numbers:
            return cells
        silent = np.isin(cells.numbers, self.missing_numbers)
        return replace(cells, codes=np.where(silent[cells.codes], -1, cells.codes)) if silent.any() else cells


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
