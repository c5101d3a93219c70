"""A question asked of cohort files: blocks are read in turn, answered and formatted side by side, written in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from sys import stdout
from typing import Any, BinaryIO, cast

import numpy as np
import pyarrow as pa

from bn.cohort.files.again import Again, Block
from bn.cohort.files.append import Results
from bn.cohort.files.arrowsink import ArrowSink, arrow_sink, parquet_sink
from bn.cohort.files.dialect import Dialect
from bn.cohort.files.encoding import Encoding
from bn.cohort.files.opening import Source, opened, refuse_unreadable
from bn.cohort.files.options import Options
from bn.cohort.files.places import Job, Kind, make_folder, plan
from bn.cohort.files.progress import shown_on_terminal
from bn.cohort.files.stream import PIPE, standard_input
from bn.cohort.files.textsink import TextSink
from bn.cohort.files.textsource import TextSource
from bn.cohort.frames.questions import Scoring
from bn.cohort.reading.cells import Cells
from bn.cohort.reading.columns import Columns, read_columns
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.question import Question
from bn.cohort.reading.summary import Summary
from bn.cohort.reading.unitrow import unit_row_note
from bn.cohort.reading.unread import look
from bn.core.atomic_write import atomic_write
from bn.core.errors import QuestionError, RunError
from bn.core.evidence import Indices
from bn.core.model import Model
from bn.engine.parallel import in_order
from cpds.text import quotable

Sink = TextSink | ArrowSink
DEFAULT = Options()
PLAIN = Dialect(Encoding("utf-8"), b",")


def score_files(
    model: Model, sources: str | Sequence[str], target: str, options: Options = DEFAULT
) -> Iterator[tuple[str, Summary]]:
    """Score files one after the other, each with its name and what became of it; see `run_files`."""
    return run_files(Scoring(model, options.interval, options.posteriors), sources, target, options)


def score_file(model: Model, source: str, target: str, options: Options = DEFAULT) -> Summary:
    """Score one file into another; see `run_files`."""
    ((_, summary),) = score_files(model, [source], target, options)
    return summary


def run_files(
    question: Question, sources: str | Sequence[str], target: str, options: Options = DEFAULT
) -> Iterator[tuple[str, Summary]]:
    """Ask files one after the other, each with its name and what became of it; `-` is standard input or output.

    `plan` says where answers go; no row is read before it is known that all files are tables and all answers can be
    written. Every record of a text stays byte for byte as it came, with the answers behind it in the text's own
    manner and six decimals; Parquet and Arrow keep their columns and get answers in full precision. A target appears
    only when it is complete.
    Raises QuestionError for what cannot be read as a table or must not be overwritten, RunError where a run cannot
    go on, OSError as the system does.
    """
    jobs = planned(question, sources, target, options)
    return ((job.source, run_one(question, job, options)) for job in jobs)


def planned(question: Question, sources: str | Sequence[str], target: str, options: Options) -> list[Job]:
    """The jobs of `run_files`, each of which can be begun; raises what `run_files` raises before it begins."""
    jobs = plan(sources, target, options.force)
    refuse_unreadable(question, jobs, options)
    make_folder(jobs, target)
    return jobs


def run_one(question: Question, job: Job, options: Options, alone: bool = True) -> Summary:
    """One of the files of `run_files`; `alone` says that the cores and the terminal are free for it."""
    title = "standard input" if job.source == PIPE else job.source
    try:
        with (
            opened(question, job.source, options) as table,
            _sink(table, job, question.added, options.force) as sink,
        ):
            return _through(question, table, sink, options, title if alone else None)
    except QuestionError as error:
        raise QuestionError(f"{title}: {error}") from None
    except (RunError, pa.ArrowException) as error:
        raise RunError(f"{title}: {error}") from None


@dataclass(frozen=True)
class _Done:
    """A block that is answered: what its columns said, where its rows stand, and what is to be written."""

    columns: Columns
    places: Indices
    blank_lines: int
    rendered: Any


def _through(question: Question, table: Source, sink: Sink, options: Options, title: str | None) -> Summary:
    """Every block answered and written: side by side, shown by its title, or without one in turn and unseen."""
    summary = Summary(table.headings, table.place, question.done, notes=[f"note: {text}" for text in question.notes])
    blank_lines = 0
    again = Again()

    def work(block: Block) -> _Done:
        again.look(block)
        columns = _read(block, table.headings, options)
        results = np.empty((len(question.added) - 1, block.rows))
        question.answer(columns, results)
        rendered = sink.render(block, Results(list(results), columns.problems.texts, columns.problems.skipped))
        return _Done(columns, block.places, block.blank_lines, rendered)

    incoming = _looked_at(table, summary, options, again)
    answered = in_order(work, incoming) if title else (work(block) for block in incoming)
    with shown_on_terminal(title) as show, closing(answered) as blocks:
        for done in blocks:
            if options.strict:
                _refuse_first(done.columns.problems.texts, done.places, table.place)
            sink.put(done.rendered)
            summary.add(done.columns, done.places)
            blank_lines += done.blank_lines
            show(table.taken, table.size, summary.rows)
    summary.unread = again.told(summary.unread, table.headings)
    summary.notes += [*unit_row_note(summary), table.title]
    if blank_lines:
        summary.notes.append(f"{blank_lines} blank line{'s' * (blank_lines > 1)} kept")
    return summary


def _looked_at(table: Source, summary: Summary, options: Options, again: Again) -> Iterator[Block]:
    """The blocks of a table, in order; what its unread columns may be is judged by the first."""
    blocks: Iterator[Block] = table.blocks()
    first = next(blocks, None)
    if first is None:
        summary.unread = look(table.headings)
        return
    summary.unread = look(table.headings, _First(first, options, table.headings.unit_rows))
    again.begin(table.headings, first, options)
    yield first
    yield from blocks


@dataclass(frozen=True)
class _First:
    """The first block of a file; see `bn.cohort.reading.unread.Looked`."""

    block: Block
    options: Options
    places: tuple[int, ...]

    def cells(self, position: int, numeric: bool) -> Cells:
        return self.block.column(position, numeric, self.options).cells

    @property
    def unit_rows(self) -> Sequence[int]:
        found: list[int] = np.flatnonzero(np.isin(self.block.places, self.places)).tolist()
        return found

    def repeats(self, position: int) -> bool:
        return self.block.repeats(position, self.options)


def _read(block: Block, headings: Headings, options: Options) -> Columns:
    """What the recognized columns of a block say; faults of rows and refused cells are problems."""
    found = {position: block.column(position, numeric, options) for position, numeric in headings.numeric.items()}
    cells = {position: headings.read(position, column.cells) for position, column in found.items()}
    skipped = np.flatnonzero(np.isin(block.places, headings.unit_rows)) if headings.unit_rows else None
    columns = read_columns(headings, cells, block.rows, skipped)
    for position, column in found.items():
        header = quotable(headings.headers[position])
        for told, rows in column.refused:
            columns.problems.add(f"{header}: cannot be read", rows, f"{header}: {told}")
    for row, fault in block.faults.items():
        columns.problems.add(fault.kind, np.array([row]), fault.text)
    return columns


def _refuse_first(texts: Mapping[int, str], places: Indices, place: str) -> None:
    if texts:
        row = min(texts)
        here = f"{place} {places[row]}: "
        raise RunError(here + texts[row].removeprefix(here))


@contextmanager
def _sink(table: Source, job: Job, added: Sequence[str], force: bool) -> Iterator[Sink]:
    """The target of a job, opened; its header is written. Who may not read the source may not read it."""
    target, kind = job.target, Kind.of(job.target)
    source = standard_input() if job.source == PIPE else Path(job.source)
    place: AbstractContextManager[BinaryIO] = (
        nullcontext(cast(BinaryIO, stdout.buffer)) if target == PIPE else atomic_write(Path(target), force, source)
    )
    with place as file:
        if kind is Kind.TEXT:
            yield _text_sink(table, file, target.lower().endswith(".gz"), added)
        else:
            opened = (
                parquet_sink(file, table.schema, added)
                if kind is Kind.PARQUET
                else arrow_sink(file, table.schema, added, table.one_dictionary)
            )
            with opened as sink:
                yield sink


def _text_sink(table: Source, file: BinaryIO, packed: bool, added: Sequence[str]) -> TextSink:
    if isinstance(table, TextSource):
        sink = TextSink(file, table.dialect, packed)
        sink.start(table.head.written, table.head.ending, added)
        return sink
    sink = TextSink(file, PLAIN, packed)
    sink.start(sink.dialect.added(table.schema.names)[1:], b"\n", added)
    return sink
