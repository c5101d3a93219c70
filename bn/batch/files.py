"""Cohort files: read, score, and write beside the input's own columns; the output appears only when complete."""

from __future__ import annotations

import csv
import gzip
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bn.batch.score import score_with_summary
from bn.batch.summary import Summary
from bn.errors import QuestionError

if TYPE_CHECKING:
    import pandas as pd

    from bn.model import RiskModel

DECIMALS = 6
DELIMITERS = ",;\t|"
SUFFIXES = (".csv", ".csv.gz", ".parquet")
EXPECTED = f"{', '.join(SUFFIXES)} or -"


def score_file(
    model: RiskModel, source: str, target: str, interval: bool = True, require: Iterable[str] = (), force: bool = False
) -> Summary:
    """Score a cohort file into another; `-` is standard input or output (CSV).

    Formats go by suffix: .csv, .csv.gz, .parquet. Cells of a CSV are carried over as text; results have six
    decimals there and full precision in Parquet. Raises QuestionError for a file that cannot be read as a
    table, and when the target exists and `force` is off.
    """
    if not (target == "-" or target.endswith(SUFFIXES)):
        raise QuestionError(f"{target}: unknown kind of file; expected {EXPECTED}")
    if target != "-" and Path(target).exists() and not force:
        raise QuestionError(f"{target} exists; choose another name or pass --force")
    frame, delimiter = _read(source)
    result, summary = score_with_summary(model, frame, interval, require)
    with _appearing(target) as place:
        _write(result, place, target, delimiter)
    return summary


def _read(source: str) -> tuple[pd.DataFrame, str]:
    """The table and, for text, its delimiter."""
    import pandas as pd

    if source.endswith(".parquet"):
        try:
            return pd.read_parquet(source), ","
        except (ValueError, TypeError) as error:
            raise QuestionError(f"{source}: not a Parquet file: {error}") from None
    if not (source == "-" or source.endswith(SUFFIXES)):
        raise QuestionError(f"{source}: unknown kind of file; expected {EXPECTED}")
    try:
        text = _text(source)
    except (UnicodeDecodeError, gzip.BadGzipFile) as error:
        raise QuestionError(f"{source}: cannot be read as UTF-8 text: {error}") from None
    header = text.partition("\n")[0]
    if not header.strip():
        raise QuestionError(f"{source}: empty; expected a header line and rows")
    delimiter = max(DELIMITERS, key=header.count)
    return pd.DataFrame(_records(source, text, delimiter)), delimiter


def _text(source: str) -> str:
    if source == "-":
        return sys.stdin.read().removeprefix("\ufeff")
    content = Path(source).read_bytes()
    return (gzip.decompress(content) if source.endswith(".gz") else content).decode("utf-8-sig")


def _records(source: str, text: str, delimiter: str) -> dict[str, list[str]]:
    """Columns of text; a record longer or shorter than the header is an error that names its line.

    A blank line is an empty cell where the table has one column, else nothing.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next(reader)
    if len(set(header)) != len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise QuestionError(f"{source}: column '{twice}' stands twice; rename one")
    rows = []
    for record in reader:
        record = record or [""] * (len(header) == 1)
        if record and len(record) != len(header):
            raise QuestionError(
                f"{source}: line {reader.line_num}: {len(record)} cells, expected {len(header)} as in the header"
            )
        if record:
            rows.append(record)
    return {name: [row[position] for row in rows] for position, name in enumerate(header)}


@contextmanager
def _appearing(target: str) -> Iterator[Path | None]:
    """A partial file that takes the target's name on success and vanishes on failure; None for standard output."""
    if target == "-":
        yield None
        return
    final = Path(target)
    partial = final.with_name(f".{final.name}.partial")
    try:
        yield partial
        os.replace(partial, final)
    finally:
        partial.unlink(missing_ok=True)


def _write(result: pd.DataFrame, place: Path | None, target: str, delimiter: str) -> None:
    if place is None:
        _write_csv(result, sys.stdout, delimiter)
    elif target.endswith(".parquet"):
        result.to_parquet(place, index=False)
    elif target.endswith(".csv.gz"):
        with gzip.open(place, "wt", encoding="utf-8", newline="") as file:
            _write_csv(result, file, delimiter)
    else:
        with place.open("w", encoding="utf-8", newline="") as file:
            _write_csv(result, file, delimiter)


def _write_csv(result: pd.DataFrame, file: IO[str], delimiter: str) -> None:
    result.to_csv(file, index=False, sep=delimiter, float_format=f"%.{DECIMALS}f", lineterminator="\n")
