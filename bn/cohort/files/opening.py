"""Files opened as tables that a question can be put to; of several, each is tried before any is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pyarrow as pa

from bn.cohort.files.arrowsource import ArrowSource, open_arrow, open_parquet
from bn.cohort.files.options import Options
from bn.cohort.files.places import Job, Kind
from bn.cohort.files.stream import PIPE
from bn.cohort.files.textsource import TextSource, open_text
from bn.cohort.reading.question import Question, refuse_clash
from bn.core.atomic_write import is_stream
from bn.core.errors import NothingReadError, QuestionError, RunError
from bn.core.names import Names

Source = TextSource | ArrowSource
_OPEN: Mapping[Kind, Callable[[str, Names, Options], AbstractContextManager[Source]]] = {
    Kind.TEXT: open_text,
    Kind.PARQUET: open_parquet,
    Kind.ARROW: open_arrow,
}


@contextmanager
def opened(question: Question, source: str, options: Options) -> Iterator[Source]:
    """A file, or `-` for standard input, whose columns are known.

    Raises QuestionError for what is no table, columns that cannot be used, and columns named like the answers;
    RunError for damaged data, OSError as the system does.
    """
    try:
        with _OPEN[Kind.of(source)](source, question.names, options) as table:
            refuse_clash(table.headings.headers, question.added)
            yield table
    except NothingReadError as error:
        raise QuestionError(error.of_file) from None


def refuse_unreadable(question: Question, jobs: Sequence[Job], options: Options) -> None:
    """Raise one QuestionError that names every file of several that cannot be opened.

    A single one is told when it is its turn; pipes, which cannot be read twice, are left out.
    """
    wrong = []
    for source in (job.source for job in jobs if len(jobs) > 1):
        if source == PIPE or is_stream(Path(source)):
            continue
        try:
            with opened(question, source, options):
                pass
        except OSError as error:
            wrong.append(f"{source}: {error.strerror or error}")
        except (QuestionError, RunError, pa.ArrowException) as error:
            wrong.append(f"{source}: {error}")
    if wrong:
        raise QuestionError(f"{len(wrong)} of {len(jobs)} files cannot be read, so none was:\n  " + "\n  ".join(wrong))
