"""What is read, how, and where results go: options, kinds of files by suffix, folders; no file is overwritten."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

from bn.cohort.reading.read_options import ReadOptions
from bn.core.atomic_write import is_stream, refuse_existing, refuse_folder
from bn.core.errors import QuestionError, RunError
from bn.core.names import as_tuple

PIPE = "-"
SHEETS = (".xls", ".xlsb", ".ods")
"""Sheets that are not read."""
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}


@dataclass(frozen=True)
class Options(ReadOptions):
    """Options of a run besides those of everything that reads tables.

    When scoring, `risk_low` and `risk_high` are left out without `interval`, the `p_` columns without `posteriors`;
    each `definition` has columns of its own.
    `strict` stops at the first row with an error; `force` overwrites. `delimiter`, `decimal` and `encoding` are found
    from the file where they are None. `sheet` names the one of an Excel workbook that is read; it may be None where
    there is only one.
    Raises QuestionError for a delimiter or decimal mark that cannot be.
    """

    interval: bool = True
    posteriors: bool = True
    definition: tuple[str, ...] = ()
    strict: bool = False
    force: bool = False
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    sheet: str | None = None

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

    def refuse_foreign(self, kind: Kind) -> None:
        """Raise QuestionError for an option that says how another kind of file is read: it would do nothing."""
        for name, (says, kinds) in _SAYS.items():
            if getattr(self, name) is not None and kind not in kinds:
                raise QuestionError(f"--{name} {says}, and this is none; leave it out")


_WRITTEN = ".csv, .tsv, .txt (or .gz), .parquet, .arrow or -"
_READ = ".sav, .dta, .sas7bdat, .xpt and .xlsx"


class Kind(Enum):
    """Kinds of files, with their suffixes."""

    TEXT = tuple(suffix + packed for suffix in (".csv", ".tsv", ".tab", ".txt", ".psv") for packed in ("", ".gz"))
    PARQUET = (".parquet", ".pq")
    ARROW = (".arrow", ".feather", ".ipc")
    STATISTICS = (".sav", ".zsav", ".dta", ".sas7bdat", ".xpt")
    SHEET = (".xlsx", ".xlsm")

    @property
    def is_written(self) -> bool:
        """Whether results can be written so; the others are only read."""
        return self not in (Kind.STATISTICS, Kind.SHEET)

    @classmethod
    def of(cls, place: str) -> Kind:
        """The kind by a name's suffix; pipes and devices hold text. Raises QuestionError for an unknown suffix."""
        if place == PIPE or is_stream(Path(place)):
            return cls.TEXT
        for kind in cls:
            if place.lower().endswith(kind.value):
                return kind
        sheet = "; save the sheet as CSV" if place.lower().endswith(SHEETS) else ""
        raise QuestionError(f"{place}: unknown kind of file; expected {_WRITTEN}; {_READ} are read, too{sheet}")

    @classmethod
    def of_target(cls, place: str) -> Kind:
        """The kind of a file to be written. Raises QuestionError also for one that is only read."""
        kind = cls.of(place)
        if not kind.is_written:
            raise QuestionError(f"{place}: is only read, not written; expected {_WRITTEN}")
        return kind


_SAYS = {
    "delimiter": ("says how a text file is written", (Kind.TEXT,)),
    "decimal": ("says how a text file is written", (Kind.TEXT,)),
    "encoding": ("says how a text file is written", (Kind.TEXT, Kind.STATISTICS)),
    "sheet": ("names a sheet of an Excel workbook", (Kind.SHEET,)),
}
"""What options say that are for some kinds of files only, and for which."""


@dataclass(frozen=True)
class Job:
    """One file to read, and where the result goes."""

    source: str
    target: str


def plan(sources: str | Sequence[str], target: str, force: bool) -> list[Job]:
    """What to read and where to write; patterns such as `cohort/*.csv` are resolved.

    Several files, or a target that is a folder or ends with a slash, keep their names in that folder; what is only
    read becomes .csv there.
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
        jobs = [Job(source, str(Path(target) / _name_in_folder(source))) for source in found]
    for job in jobs:
        Kind.of_target(job.target)
        for place, pipe, name in ((job.source, sys.stdin, "input"), (job.target, sys.stdout, "output")):
            if place == PIPE and pipe is None:
                raise RunError(f"standard {name} is closed; name a file")
    _refuse_mixed(jobs)
    for job in jobs:
        if job.target != PIPE:
            refuse_existing(Path(job.target), force)
    return jobs


def needed(library: str, files: str) -> Any:
    """A library of the extra `files`. Raises QuestionError where it is not installed."""
    try:
        return import_module(library)
    except ImportError:
        raise QuestionError(
            f"{files} are read by {library}, which is not installed: pip install 'myorisk[files]'"
        ) from None


def make_folder(jobs: Sequence[Job], target: str) -> None:
    """Make the folder `target` where the results of a plan keep their names in it.

    Raises QuestionError for a folder that is missing otherwise, or cannot be written into.
    """
    if any(job.target != target for job in jobs):
        Path(target).mkdir(parents=True, exist_ok=True)
    for job in jobs:
        if job.target != PIPE:
            refuse_folder(Path(job.target))


def _name_in_folder(source: str) -> str:
    return Path(source).name if Kind.of(source).is_written else Path(source).with_suffix(".csv").name


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
