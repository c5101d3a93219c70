"""Files of statistics programs (SPSS, Stata, SAS), read by pyreadstat chunk by chunk, with labels and missing codes.

Numbers that a transport file holds in place of zero (5.4e-79) are zeros. Columns of dates become text (2024-05-31).
Value labels, and SPSS's user-missing codes, say what codes mean; missing values of Stata and SAS are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bn.cohort.files.arrow import ArrowBlock, ArrowSource, headings_of, rows_of_block
from bn.cohort.files.blocks import Source
from bn.cohort.files.places import Options, needed
from bn.cohort.files.text_format import PLAIN
from bn.cohort.reading.cells import NEAR_ZERO
from bn.cohort.reading.codes import code_of
from bn.cohort.reading.labels import ValueLabels
from bn.core.errors import QuestionError, RunError
from bn.core.names import Names
from cpds.text import quotable

_RECORD, _PIECE = 80, 1 << 20
_TABLE = re.compile(rb"HEADER RECORD\*{7}(?:MEMBER  |MEMBV8  )HEADER")
_TABLE_NAME = len(b"HEADER RECORD*******MEMBER  HEADER")
_READERS = {
    ".sav": ("read_sav", "SPSS"),
    ".zsav": ("read_sav", "SPSS"),
    ".dta": ("read_dta", "Stata"),
    ".sas7bdat": ("read_sas7bdat", "SAS"),
    ".xpt": ("read_xport", "SAS transport"),
}
_DATES = re.compile(r"%-?(t|d)|.*(DATE|TIME|DDMM|MMDD|YYMM|MMYY|MDY|YMD|TOD|HHMM|8601|JULIAN|WORDDAT|DTMON)", re.I)


@contextmanager
def open_statistics(source: str, names: Names, options: Options) -> Iterator[Source]:
    """A file of a statistics program.

    Raises QuestionError where pyreadstat is not installed, for what is no such file, and for columns that cannot be
    used.
    """
    reader, program = _READERS[Path(source).suffix.lower()]
    pyreadstat = needed("pyreadstat", f"{program} files")
    with open(source, "rb"):  # says what the system says of a file that cannot be opened
        pass
    wrong = (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, OverflowError, ValueError)

    def read(**which: Any) -> Any:
        kept = {"user_missing": True} if reader == "read_sav" else {}
        return getattr(pyreadstat, reader)(source, encoding=options.encoding, output_format="dict", **kept, **which)

    try:
        about = read(metadataonly=True)[1]
    except wrong as error:
        raise QuestionError(f"no {program} file, or a damaged one: {_first_line(error)}") from None
    if reader == "read_xport":
        _refuse_odd_transport(source)
    schema = _schema(about)

    def batches() -> Iterator[pa.RecordBatch]:
        done, step = 0, rows_of_block(schema)
        while True:
            try:
                columns, _ = read(row_offset=done, row_limit=step)
            except wrong as error:
                raise RunError(f"the file is damaged after row {done}: {_first_line(error)}") from None
            batch = _batch(columns, schema)
            done += batch.num_rows
            if batch.num_rows:
                yield batch
            if batch.num_rows < step:
                break
        if about.number_rows is not None and done != about.number_rows:
            raise RunError(f"the file is damaged: found {done} rows, expected {about.number_rows}")

    every = batches()
    first = next(every, None)
    before = [] if first is None else [first]
    titles = {at: title for at, title in enumerate(about.column_labels) if title}
    labels = _labels(about, schema, options.missing_texts)
    headings = headings_of(names, schema, map(ArrowBlock.top, before), options, labels, titles)
    yield ArrowSource(
        headings,
        f"read as {program}",
        "row",
        PLAIN,
        PLAIN.added(schema.names)[1:],
        b"\n",
        schema,
        False,
        about.number_rows,
        chain(before, every),
    )


def _refuse_odd_transport(source: str) -> None:
    """Raise QuestionError for a transport file that breaks off, or has several tables, which would be read as one."""
    tables, size, end = 0, 0, b""
    with open(source, "rb") as raw:
        while piece := raw.read(_PIECE):
            tables += len(_TABLE.findall(end + piece))
            size, end = size + len(piece), piece[-_TABLE_NAME + 1 :]
    if size % _RECORD:
        raise QuestionError(f"the file is damaged: it breaks off within a record of {_RECORD} bytes")
    if tables > 1:
        raise QuestionError(f"the file has {tables} tables; expected one, so write each to a file of its own")


def _schema(about: Any) -> pa.Schema:
    """The columns: numbers, or text, which dates become, too."""
    kinds: Mapping[str, str] = about.readstat_variable_types
    formats: Mapping[str, str | None] = about.original_variable_types
    fields = []
    for name in about.column_names:
        is_text = kinds[name] == "string" or _DATES.match(formats.get(name) or "")
        kind = pa.string() if is_text else pa.int64() if kinds[name].startswith("int") else pa.float64()
        fields.append(pa.field(name, kind))
    return pa.schema(fields)


def _labels(about: Any, schema: pa.Schema, empty: frozenset[str]) -> dict[int, ValueLabels]:
    """Labels and user-missing codes by the position of their column; a label in `empty` (lower case) is missing."""
    found = {}
    for position, name in enumerate(schema.names):
        texts = {code_of(code): str(text) for code, text in about.variable_value_labels.get(name, {}).items()}
        missing = [(code_of(ends["lo"]), code_of(ends["hi"])) for ends in about.missing_ranges.get(name, ())]
        missing += [(code, code) for code, text in texts.items() if text.strip().lower() in empty]
        if texts or missing:
            found[position] = ValueLabels(texts, missing)
    return found


def _batch(columns: Mapping[str, list[Any]], schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([_array(columns[field.name], field) for field in schema], schema=schema)


def _array(values: list[Any], field: pa.Field) -> pa.Array:
    if pa.types.is_string(field.type):
        return pa.array([None if value is None else str(value) for value in values], field.type)
    if pa.types.is_integer(field.type):
        return pa.array(values, field.type)
    try:
        numbers = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise RunError(f"column '{quotable(field.name)}' holds dates in a format that is not known") from None
    numbers[np.abs(numbers) <= NEAR_ZERO] = 0.0
    return pa.array(numbers, mask=np.isnan(numbers))


def _first_line(error: Exception) -> str:
    return quotable(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__)
