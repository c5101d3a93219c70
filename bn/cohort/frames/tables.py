"""Tables in memory: a question asked of their rows block by block, with the answers put beside their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

import numpy as np

from bn.cohort.frames.frames import Frame, frame_of
from bn.cohort.reading.cells import Cells
from bn.cohort.reading.columns import Columns, read_columns
from bn.cohort.reading.headings import LOOKED_AT, Headings, with_unit_rows
from bn.cohort.reading.meaning import Meaning, ReadOptions
from bn.cohort.reading.question import Question, R, refuse_clash
from bn.cohort.reading.summary import Summary
from bn.cohort.reading.unread import FirstRows, Unread, known_headings, review
from bn.core.errors import QuestionError
from bn.core.names import as_tuple
from bn.core.observe import MISSING
from bn.engine.parallel import cores, in_order

Progress = Callable[[int, int], None]
ROWS, FEWEST, LOOKED = 1 << 17, 1 << 12, 1 << 14
KEPT_AS = "myorisk"


@dataclass(frozen=True)
class Tables(Generic[R]):
    """What is asked of tables, and what is said of their columns; see `bn.cohort.frames.score.score`."""

    question: Question[R]
    require: tuple[str, ...] = ()
    missing_texts: frozenset[str] = MISSING
    missing_numbers: tuple[float, ...] = ()
    meaning: Meaning = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        question: Question[R],
        require: str | Iterable[str],
        missing: str | float | Iterable[str | float],
        meaning: Meaning | None,
    ) -> Tables[R]:
        """The same from what a caller says."""
        texts = frozenset(str(one).strip().lower() for one in as_tuple(missing))
        silent = tuple(number for text in texts if (number := _number(text)) is not None)
        return cls(question, as_tuple(require), MISSING | texts, silent, meaning or {})

    def unread(self, headers: Sequence[str]) -> Unread:
        """What is said of columns that will not be read, by their names alone."""
        return review(self._headings(headers))

    def table(
        self, table: Any, progress: Progress | None = None, alone: bool = True, whole: bool = True
    ) -> tuple[Any, Summary]:
        """A table in memory with its answers, and what became of rows and columns; `alone`, `whole` as in `room`."""
        frame = frame_of(table)
        room, errors, summary = self.room(frame, progress, alone, whole)
        *names, _ = self.question.added
        return frame.beside(dict(zip(names, self.question.numbers(room), strict=True)), errors), summary

    def room(
        self, frame: Frame, progress: Progress | None = None, alone: bool = True, whole: bool = True
    ) -> tuple[R, dict[int, str], Summary]:
        """Answers, errors by row, and what became of rows and columns.

        `alone` says that nothing else is asked meanwhile, so that all cores are free for it; else the table is part of
        one of whose columns all is said already. `whole` says that the frame is no part of another, whose units would
        stand in its first part only.
        """
        headings = self._headings(frame.headers)
        first = range(1, min(frame.rows, LOOKED_AT) + 1)
        headings = with_unit_rows(
            headings, lambda position: self.cells(frame, position, slice(0, LOOKED_AT)), "row", first
        )
        if headings.unit_rows and not whole:
            raise QuestionError(
                f"row {headings.unit_rows[0]} holds units, which a table that comes in parts cannot be read by; "
                "name the units in the headers, as in 'hscrp [mg/dL]', and remove the row"
            )
        unread = review(headings, self._first_rows(frame, headings) if frame.rows else None) if alone else Unread()
        notes = [f"note: {text}" for text in self.question.notes]
        summary = Summary(headings, done=self.question.done, unread=unread, notes=notes)
        room = self.question.room(frame.rows)
        errors: dict[int, str] = {}
        step = min(ROWS, max(FEWEST, -(-frame.rows // cores())))
        starts = range(0, max(frame.rows, 1), step)

        def block(start: int) -> Columns:
            rows = slice(start, min(start + step, frame.rows))
            cells = {
                position: headings.read(position, self.cells(frame, position, rows)) for position in headings.columns
            }
            skipped = np.array(headings.unit_rows) - 1 if headings.unit_rows and not start else None
            columns = read_columns(headings, cells, rows.stop - rows.start, skipped)
            self.question.answer(columns, room, rows)
            return columns

        blocks: Iterator[Columns] = in_order(block, starts) if alone else map(block, starts)
        done = 0
        for columns in blocks:
            errors.update((done + row, text) for row, text in columns.problems.texts.items())
            places = np.arange(done + 1, done + 1 + columns.problems.rows)
            summary.add(columns, places)
            done += len(places)
            if progress:
                progress(done, frame.rows)
        summary.notes += summary.unit_row_notes
        return room, errors, summary

    def _headings(self, headers: Sequence[str]) -> Headings:
        refuse_clash(headers, self.question.added)
        return known_headings(self.question.names, headers, ReadOptions(self.require, meaning=self.meaning))

    def _first_rows(self, frame: Frame, headings: Headings) -> FirstRows:
        rows = slice(0, min(LOOKED, frame.rows))
        return FirstRows(
            lambda position, numeric: self.cells(frame, position, rows),
            lambda position: frame.repeats(position, self.missing_texts),
            [place - 1 for place in headings.unit_rows],
        )

    def cells(self, frame: Frame, position: int, rows: slice) -> Cells:
        """Some rows of a column without the values that say nothing."""
        cells = frame.cells(position, rows, self.missing_texts)
        return cells.without(np.isin(cells.numbers, self.missing_numbers))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
