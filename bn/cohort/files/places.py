"""What is read, how, and where results go: options, kinds of files by suffix, folders; no file is overwritten."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bn.cohort.reading.meaning import ReadOptions
from bn.core.atomic_write import is_stream, refuse_existing, refuse_folder
from bn.core.errors import QuestionError, RunError
from bn.core.names import as_tuple

PIPE = "-"
SHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}


@dataclass(frozen=True)
class Options(ReadOptions):
    """Options of a run besides those of everything that reads tables.

    When scoring, `risk_low` and `risk_high` are left out without `interval`, the `p_` columns without `posteriors`.
    `strict` stops at the first row with an error; `force` overwrites. `delimiter`, `decimal` and `encoding` are found
    from the file where they are None.
    Raises QuestionError for a delimiter or decimal mark that cannot be.
    """

    interval: bool = True
    posteriors: bool = True
    strict: bool = False
    force: bool = False
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        mark = self.separator
        if mark is not None and (len(mark) != 1 or not mark.isascii() or mark.isalnum() or mark in "\"'\r\n+-.<>= "):
            raise QuestionError(f"delimiter '{mark}': expected one character such as , ; | or the word tab")
        if self.decimal not in (None, ".", ","):
            raise QuestionError(f"decimal mark '{self.decimal}': expected . or ,")

    @property
    def separator(self) -> str | None:
        """The delimiter as a character."""
        return None if self.delimiter is None else DELIMITERS.get(self.delimiter.lower(), self.delimiter)

    def refuse_text_format(self) -> None:
        """Raise QuestionError for what only says how a text is written."""
        for name in ("delimiter", "decimal", "encoding"):
            if getattr(self, name) is not None:
                raise QuestionError(f"--{name} says how a text file is written, and this is none; leave it out")


class Kind(Enum):
    """Kinds of files, with their suffixes."""

    TEXT = tuple(suffix + packed for suffix in (".csv", ".tsv", ".tab", ".txt", ".psv") for packed in ("", ".gz"))
    PARQUET = (".parquet", ".pq")
    ARROW = (".arrow", ".feather", ".ipc")

    @classmethod
    def of(cls, place: str) -> Kind:
        """The kind by a name's suffix; pipes and devices hold text. Raises QuestionError for an unknown suffix."""
        if place == PIPE or is_stream(Path(place)):
            return cls.TEXT
        for kind in cls:
            if place.lower().endswith(kind.value):
                return kind
        sheet = "; save the sheet as CSV" if place.lower().endswith(SHEETS) else ""
        expected = "expected .csv, .tsv, .txt (or .gz), .parquet, .arrow or -"
        raise QuestionError(f"{place}: unknown kind of file; {expected}{sheet}")


@dataclass(frozen=True)
class Job:
    """One file to read, and where the result goes."""

    source: str
    target: str


def plan(sources: str | Sequence[str], target: str, force: bool) -> list[Job]:
    """What to read and where to write; patterns such as `cohort/*.csv` are resolved.

    Several files, or a target that is a folder or ends with a slash, keep their names in that folder.
    Raises QuestionError for a pattern without files, two files that would become one, an output that is an input, an
    unknown suffix, and a file that exists unless `force` is set; RunError for standard input or output that is closed.
    """
    found = [place for source in as_tuple(sources) for place in _resolved(source)]
    if not found:
        raise QuestionError("no file to read")
    for place in found:
        Kind.of(place)
    is_folder = target.endswith(("/", os.sep)) or Path(target).is_dir()
    is_file = target == PIPE or Path(target).exists() or any(target.lower().endswith(kind.value) for kind in Kind)
    if len(found) > 1 and not is_folder and is_file:
        raise QuestionError(f"{len(found)} files to read: expected -o to name a folder, such as results/")
    jobs = [Job(found[0], target)]
    if is_folder or len(found) > 1:
        if PIPE in found:
            raise QuestionError("standard input has no name to go by in a folder; expected -o to name a file")
        jobs = [Job(source, str(Path(target) / Path(source).name)) for source in found]
    for job in jobs:
        Kind.of(job.target)
        for place, pipe, name in ((job.source, sys.stdin, "input"), (job.target, sys.stdout, "output")):
            if place == PIPE and pipe is None:
                raise RunError(f"standard {name} is closed; name a file")
    _refuse_mixed(jobs)
    for job in jobs:
        if job.target != PIPE:
            refuse_existing(Path(job.target), force)
    return jobs


def make_folder(jobs: Sequence[Job], target: str) -> None:
    """Make the folder `target` where the results of a plan keep their names in it.

    Raises QuestionError for a folder that is missing otherwise, or cannot be written into.
    """
    if any(job.target != target for job in jobs):
        Path(target).mkdir(parents=True, exist_ok=True)
    for job in jobs:
        if job.target != PIPE:
            refuse_folder(Path(job.target))


def _resolved(source: str) -> list[str]:
    if source == PIPE or os.path.lexists(source) or not glob.has_magic(source):
        return [source]
    found = sorted(glob.glob(source, recursive=True))
    if not found:
        raise QuestionError(f"no file matches '{source}'")
    return found


def _refuse_mixed(jobs: Sequence[Job]) -> None:
    """Raise QuestionError where two results have one name, or a result has the name of something to be read."""
    source_of: dict[str, str] = {}
    for job in jobs:
        if job.target == PIPE or is_stream(Path(job.target)):
            continue
        target = os.path.realpath(job.target)
        if target in source_of:
            raise QuestionError(f"{source_of[target]} and {job.source} would both become {job.target}; rename one")
        source_of[target] = job.source
        for other in jobs:
            if other.source != PIPE and os.path.realpath(other.source) == target:
                raise QuestionError(f"{job.target} is also to be read; choose another output")
