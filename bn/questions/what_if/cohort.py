"""What-if for tables and files: the rows of a cohort as they came, with risk before, after and their difference."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.batch.cells import MISSING
from bn.batch.columns import read_columns
from bn.batch.files.appearing import appearing, refuse_existing
from bn.batch.frames import frame_of
from bn.batch.headings import Headings
from bn.batch.question import ERROR
from bn.batch.scorer import IMPOSSIBLE
from bn.batch.summary import Summary
from bn.errors import QuestionError
from bn.questions.what_if.batch import Batch
from bn.questions.what_if.change import combine
from bn.questions.what_if.treatments import read_treatments

if TYPE_CHECKING:
    import pandas as pd

    from bn.model import RiskModel

ADDED = ("risk_before", "risk_after", "difference")
ROWS = 1 << 17
SUFFIXES = (".csv", ".csv.gz", ".parquet")
PIPE = "-"


def what_if_frame(model: RiskModel, table: Any, do: str | Iterable[str]) -> tuple[Any, Summary]:
    """The table with risk_before, risk_after, difference and error (empty where the row is fine), and a summary.

    Any table that `RiskModel.score` takes in memory. Columns were found before the acts. A row that is already as
    an act would make it keeps its risk. Raises QuestionError for columns that are ambiguous, named like a
    result, or none of them known, and for what cannot be done.
    """
    batch = Batch.of(model, combine(model.knowledge, read_treatments(model.names, do)))
    frame = frame_of(table)
    clash = [header for header in frame.headers if header in (*ADDED, ERROR)]
    if clash:
        raise QuestionError(f"columns {', '.join(clash)} bear the names of results; rename them")
    headings = Headings.of(model.names, frame.headers)
    summary = Summary(headings)
    risks = np.full((2, frame.rows), np.nan)
    errors: dict[int, str] = {}
    for start in range(0, frame.rows, ROWS):
        some = slice(start, min(start + ROWS, frame.rows))
        cells = {position: frame.cells(position, some, MISSING) for position in headings.found}
        columns = read_columns(headings, cells, some.stop - some.start)
        fine = np.flatnonzero(columns.problems.fine)
        found = np.stack(batch.risks(columns.findings.observed(), fine))
        columns.problems.add(IMPOSSIBLE, fine[np.isnan(found[0])])
        risks[:, start + fine] = found
        errors |= {start + row: text for row, text in columns.problems.texts.items()}
        summary.add(columns)
    before, after = risks
    return frame.beside(dict(zip(ADDED, (before, after, after - before), strict=True)), errors), summary


def what_if_file(model: RiskModel, source: str, target: str, do: str | Iterable[str], force: bool = False) -> Summary:
    """The same for a file: .csv, .csv.gz, .parquet, or `-` for standard input and output (CSV).

    Cells of a CSV are carried over as text; results have six decimals there and full precision in Parquet.
    """
    for name in (source, target):
        if name != PIPE and not name.lower().endswith(SUFFIXES):
            raise QuestionError(f"{name}: unknown kind of file; expected {', '.join(SUFFIXES)} or {PIPE}")
    if target != PIPE:
        refuse_existing(Path(target), force)
    table, delimiter = _read(source)
    result, summary = what_if_frame(model, table, do)
    if target == PIPE:
        sys.stdout.write(_text(result, delimiter))
        return summary
    with appearing(Path(target), force) as file:
        if target.lower().endswith(".parquet"):
            result.to_parquet(file, index=False)
        else:
            text = _text(result, delimiter).encode()
            file.write(gzip.compress(text, mtime=0) if target.lower().endswith(".gz") else text)
    return summary


def _read(source: str) -> tuple[pd.DataFrame, str]:
    """The table, a CSV's cells as text, and what stands between them."""
    import pandas as pd

    if source.lower().endswith(".parquet"):
        try:
            return pd.read_parquet(source), ","
        except (ValueError, TypeError) as error:
            raise QuestionError(f"{source}: not a Parquet file: {error}") from None
    try:
        content = sys.stdin.buffer.read() if source == PIPE else Path(source).read_bytes()
        text = (gzip.decompress(content) if source.lower().endswith(".gz") else content).decode("utf-8-sig")
    except (UnicodeDecodeError, gzip.BadGzipFile) as error:
        raise QuestionError(f"{source}: cannot be read as UTF-8 text: {error}") from None
    header = text.partition("\n")[0]
    if not header.strip():
        raise QuestionError(f"{source}: empty; expected a header line and rows")
    delimiter = max(",;\t|", key=header.count)
    from io import StringIO

    try:
        return pd.read_csv(StringIO(text), sep=delimiter, dtype=str, na_filter=False, index_col=False), delimiter
    except pd.errors.ParserError as error:
        raise QuestionError(f"{source}: {error}") from None


def _text(result: pd.DataFrame, delimiter: str) -> str:
    return str(result.to_csv(index=False, sep=delimiter, float_format="%.6f", lineterminator="\n"))
