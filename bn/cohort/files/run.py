"""A question asked of cohort files: blocks are read in turn, answered and formatted side by side, written in turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pyarrow as pa

from bn.cohort.files.arrow import arrow_sink, open_arrow, open_parquet, parquet_sink
from bn.cohort.files.blocks import Block, Results, Sink, Source
from bn.cohort.files.first_block import FirstBlock
from bn.cohort.files.places import PIPE, Job, Kind, Options, make_folder, plan
from bn.cohort.files.sheet import open_sheet
from bn.cohort.files.statistics import open_statistics
from bn.cohort.files.text_sink import TextSink
from bn.cohort.files.text_source import open_text
from bn.cohort.frames.questions import Scoring
from bn.cohort.reading.columns import Columns, read_columns
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.question import Question, refuse_clash
from bn.cohort.reading.summary import Summary, counted
from bn.core.atomic_write import atomic_write, is_stream
from bn.core.errors import NothingReadError, QuestionError, RunError
from bn.core.evidence import Indices
from bn.core.model import Model
from bn.core.names import Names
from bn.engine.parallel import in_order
from cpds.text import quotable

DEFAULT = Options()
_OPEN: Mapping[Kind, Callable[[str, Names, Options], AbstractContextManager[Source]]] = {
    Kind.TEXT: open_text,
    Kind.PARQUET: open_parquet,
    Kind.ARROW: open_arrow,
    Kind.STATISTICS: open_statistics,
    Kind.SHEET: open_sheet,
}
Show = Callable[[int, int | None, int], None]


def score_files(
    model: Model, sources: str | Sequence[str], target: str, options: Options = DEFAULT
) -> Iterator[tuple[str, Summary]]:
    """Score files one after the other, each with its name and what became of it; see `run_files`."""
    return run_files(scoring(model, options), sources, target, options)


def scoring(model: Model, options: Options) -> Scoring:
    """What is asked of files that are scored."""
    return Scoring(model, options.interval, options.posteriors, options.definition)


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
    format and six decimals; Parquet and Arrow keep their columns and get answers in full precision. A target appears
    only when it is complete.
    Raises QuestionError for what cannot be read as a table or must not be overwritten, RunError where a run cannot
    go on, OSError as the system does.
    """
    jobs = planned(question, sources, target, options)
    return ((job.source, run_one(question, job, options)) for job in jobs)


def planned(question: Question, sources: str | Sequence[str], target: str, options: Options) -> list[Job]:
    """The jobs of `run_files`, each of which can be begun; raises what `run_files` raises before it begins."""
    jobs = plan(sources, target, options.force)
    _refuse_unreadable(question, jobs, options)
    make_folder(jobs, target)
    return jobs


def run_one(question: Question, job: Job, options: Options, parallel: bool = True) -> Summary:
    """One of the files of `run_files`; with `parallel` the cores and the terminal are free for it."""
    with (
        _naming(job.source) as title,
        _opened(question, job.source, options) as table,
        _sink(table, job, question.added, options.force) as sink,
    ):
        return _through(question, table, sink, options, title if parallel else None)


def answer_file(names: Names, source: str, options: Options, ask: Callable[[Source], tuple[Question, Sink]]) -> Summary:
    """One file, or `-` for standard input, asked what `ask` says of it once its columns are known; its sink takes all.

    Errors are those of `run_files`.
    """
    with _naming(source) as title, _known_columns(names, source, options) as table:
        question, sink = ask(table)
        return _through(question, table, sink, options, title)


class NoSink:
    """A sink for a question that only counts."""

    def render(self, block: Block, results: Results) -> None:
        """Nothing is to be written."""

    def put(self, rendered: None) -> None:
        """Nothing is written."""


@contextmanager
def _naming(source: str) -> Iterator[str]:
    """The title of a file, which errors begin with."""
    title = "standard input" if source == PIPE else source
    try:
        yield title
    except QuestionError as error:
        raise QuestionError(f"{title}: {error}") from None
    except (RunError, pa.ArrowException) as error:
        raise RunError(f"{title}: {error}") from None


@contextmanager
def _opened(question: Question, source: str, options: Options) -> Iterator[Source]:
    """A file, or `-` for standard input, whose columns are known and not named like the answers.

    Raises QuestionError for what is no table, and columns that cannot be used; RunError for damaged data, OSError as
    the system does.
    """
    with _known_columns(question.names, source, options) as table:
        refuse_clash(table.headings.headers, question.added)
        yield table


@contextmanager
def _known_columns(names: Names, source: str, options: Options) -> Iterator[Source]:
    kind = Kind.of(source)
    options.refuse_foreign(kind)
    try:
        with _OPEN[kind](source, names, options) as table:
            yield table
    except NothingReadError as error:
        raise QuestionError(error.of_file) from None


def _refuse_unreadable(question: Question, jobs: Sequence[Job], options: Options) -> None:
    """Raise one QuestionError that names every file of several that cannot be opened.

    A single one is refused when it is its turn; pipes, which cannot be read twice, are left out.
    """
    wrong = []
    for source in (job.source for job in jobs if len(jobs) > 1):
        if source == PIPE or is_stream(Path(source)):
            continue
        try:
            with _opened(question, source, options):
                pass
        except OSError as error:
            wrong.append(f"{source}: {error.strerror or error}")
        except (QuestionError, RunError, pa.ArrowException) as error:
            wrong.append(f"{source}: {error}")
    if wrong:
        raise QuestionError(f"{len(wrong)} of {len(jobs)} files cannot be read, so none was:\n  " + "\n  ".join(wrong))


@contextmanager
def _sink(table: Source, job: Job, added: Sequence[str], force: bool) -> Iterator[Sink]:
    """The target of a job, opened; its header is written. Who may not read the source may not read it."""
    target, kind = job.target, Kind.of(job.target)
    source: Path | int | None = Path(job.source)
    if job.source == PIPE:
        source = None
        with suppress(OSError, ValueError):  # no file, as where a program has put something else there, or a closed one
            source = sys.stdin.fileno()
    place: AbstractContextManager[BinaryIO] = (
        nullcontext(cast(BinaryIO, sys.stdout.buffer)) if target == PIPE else atomic_write(Path(target), force, source)
    )
    with place as file:
        if kind is Kind.TEXT:
            sink = TextSink(file, table.dialect, target.lower().endswith(".gz"))
            sink.start(table.header, table.ending, added)
            yield sink
        else:
            with (parquet_sink if kind is Kind.PARQUET else arrow_sink)(file, table, added) as columns:
                yield columns


def _through(question: Question, table: Source, sink: Sink, options: Options, title: str | None) -> Summary:
    """Every block answered and written: side by side, shown by its title, or without one in turn and unseen."""
    blocks = table.blocks()
    block = next(blocks, None)
    first = FirstBlock(table.headings, block, options)
    notes = [f"note: {text}" for text in question.notes]
    summary = Summary(table.headings, table.place, question.done, notes=notes, unread=first.unread)
    blank_lines = 0

    def work(block: Block) -> tuple[Columns, Indices, int, Any]:
        first.compare(block)
        columns = _read(block, table.headings, options)
        results = np.empty((len(question.added) - 1, block.rows))
        question.answer(columns, results)
        rendered = sink.render(block, Results(list(results), columns.problems.texts, columns.problems.skipped))
        return columns, block.places, block.blank_lines, rendered

    every = chain([] if block is None else [block], blocks)
    answered = in_order(work, every) if title else (work(block) for block in every)
    with shown_on_terminal(title) as show, closing(answered) as done:
        for columns, places, blank, rendered in done:
            if options.strict and (texts := columns.problems.texts):
                place = f"{table.place} {places[min(texts)]}: "
                raise RunError(place + texts[min(texts)].removeprefix(place))
            sink.put(rendered)
            summary.add(columns, places)
            blank_lines += blank
            show(table.taken, table.size, summary.rows)
    repeated = (table.headings.passed[position] for position in sorted(first.repeated))
    summary.unread = replace(first.unread, repeated=tuple(dict.fromkeys((*first.unread.repeated, *repeated))))
    summary.notes += [*summary.reading_notes, table.title]
    if blank_lines:
        became = "kept" if table.place == "line" and isinstance(sink, TextSink) else "left out"
        summary.notes.append(f"{counted(blank_lines, 'blank line')} {became}")
    return summary


def _read(block: Block, headings: Headings, options: Options) -> Columns:
    """What the recognized columns of a block say; faults of rows and refused cells are problems."""
    found = {position: block.column(position, numeric, options) for position, numeric in headings.wanted.items()}
    cells = headings.cells({position: column.cells for position, column in found.items()})
    skipped = np.flatnonzero(np.isin(block.places, headings.unit_rows)) if headings.unit_rows else None
    columns = read_columns(headings, cells, block.rows, skipped)
    for position, column in found.items():
        header = quotable(headings.headers[position])
        for text, rows in column.refused:
            columns.problems.add(f"{header}: cannot be read", rows, f"{header}: {text}")
    for row, fault in block.faults.items():
        columns.problems.add(fault.kind, np.array([row]), fault.text)
    return columns


@contextmanager
def shown_on_terminal(title: str | None) -> Iterator[Show]:
    """Takes what is done and of how much (None where that is not known), and the number of rows.

    Nothing is shown without a title.
    """
    if title is None or not sys.stderr.isatty():
        yield lambda done, total, rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None, rows=0)
        yield lambda done, total, rows: progress.update(task, completed=done, total=total, rows=rows)
