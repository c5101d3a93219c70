"""The rows of a table or file as a validation needs them, read as scoring reads them, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bn.cohort.files.blocks import Block, Results, Source
from bn.cohort.files.places import Options
from bn.cohort.files.run import answer_file
from bn.cohort.frames.frames import frame_of
from bn.cohort.frames.tables import Progress, Tables, cells_of, headings_of
from bn.cohort.reading.cells import Cells
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.summary import Summary
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.core.names import Names
from bn.validation.plan import Plan
from bn.validation.question import OutcomeQuestion
from cpds.table import Array

Cell = Callable[[int, bool], Cells]
"""The cells of a column by its position; whether it holds numbers."""
Kept = tuple[str, str]
Part = tuple[Array, dict[Kept, Array], Indices]


@dataclass(frozen=True)
class Rows:
    """`results` are those of the question, axes (added but for the error, row); rows with errors are NaN.

    `numbers` and `texts` hold further columns by header, `exact` the numbers of inputs, axis (row) each: NaN or empty
    where a cell is missing. `places` are the rows' numbers or lines.
    """

    results: Array
    numbers: Mapping[str, Array]
    texts: Mapping[str, Any]
    exact: Mapping[str, Array]
    places: Indices
    summary: Summary


def _further(asked: Plan, headings: Headings, cell: Cell) -> dict[Kept, Array]:
    """The values of further columns by kind and header (or input), axis (row) each; a text among numbers is NaN."""
    found: dict[Kept, Array] = {}
    for header in asked.numbers:
        found["number", header] = _numbers(cell(headings.headers.index(header), True))
    for header in asked.texts:
        found["text", header] = _texts(cell(headings.headers.index(header), False))
    for name, (position, heading) in asked.exact.items():
        cells = headings.read(position, cell(position, True))
        found["exact", name] = _numbers(cells) * heading.factor + heading.offset
    return found


def _numbers(cells: Cells) -> Array:
    return np.append(np.asarray(cells.numbers, dtype=float), np.nan)[cells.codes]


def _texts(cells: Cells) -> Any:
    values = [_text(value) for value in np.asarray(cells.values, dtype=object)] if len(cells.values) else []
    return np.array([*values, ""], dtype=object)[cells.codes]


def _text(value: Any) -> str:
    """A cell as a label, a whole number without a point: ids of strata may be long.

    >>> _text(12345678.0), _text(0.1), _text(" a ")
    ('12345678', '0.1', 'a')
    """
    number = isinstance(value, float | np.floating)
    return str(int(value)) if number and float(value).is_integer() else str(value).strip()


Ask = Callable[[Headings], Plan]
Tell = Callable[[Summary], None]


def rows_of(
    names: Names, table: Any, options: Options, ask: Ask, tell: Tell, progress: Progress | None
) -> tuple[Rows, Plan]:
    """All rows of a table in memory, or of the file that a text or path names, and what was asked of them.

    `ask` says that once the columns are known, `tell` what became of rows and columns. Raises QuestionError, RunError
    and OSError as scoring does.
    """
    if isinstance(table, str | Path):
        return _of_file(names, str(table), options, ask, tell)
    frame = frame_of(table)
    headings = headings_of(names, frame, options)
    asked = ask(headings)
    results, _, summary = Tables(asked.question, options).results(frame, progress, headings=headings)
    tell(summary)
    whole = slice(0, frame.rows)
    found = _further(asked, headings, lambda position, _: cells_of(frame, position, whole, options))
    return _rows([(results, found, np.arange(1, frame.rows + 1))], summary), asked


def _of_file(names: Names, source: str, options: Options, ask: Ask, tell: Tell) -> tuple[Rows, Plan]:
    sinks: list[_Gather] = []

    def begin(opened: Source) -> tuple[OutcomeQuestion, _Gather]:
        asked = ask(opened.headings)
        sinks.append(_Gather(opened.headings, asked, options, []))
        return asked.question, sinks[0]

    summary = answer_file(names, source, options, begin)
    tell(summary)
    return _rows(sinks[0].parts, summary), sinks[0].asked


@dataclass(frozen=True)
class _Gather:
    """A sink that keeps answers and further columns of each block."""

    headings: Headings
    asked: Plan
    options: Options
    parts: list[Part]

    def render(self, block: Block, results: Results) -> Part:
        """The answers, NaN in rows with an error, and the further columns."""
        numbers = np.stack(results.numbers)
        numbers[:, results.blank(block.rows)] = np.nan

        def cell(position: int, numeric: bool) -> Cells:
            return block.column(position, numeric, self.options).cells

        return numbers, _further(self.asked, self.headings, cell), block.places

    def put(self, rendered: Part) -> None:
        """Keep them, in the order of the file."""
        self.parts.append(rendered)


def _rows(parts: Sequence[Part], summary: Summary) -> Rows:
    if not parts:
        raise QuestionError("no rows; expected people below the header")
    results = np.concatenate([part[0] for part in parts], axis=1)
    found = {kept: np.concatenate([part[1][kept] for part in parts]) for kept in parts[0][1]}
    numbers, texts, exact = (
        {name: values for (kind, name), values in found.items() if kind == wanted}
        for wanted in ("number", "text", "exact")
    )
    return Rows(results, numbers, texts, exact, np.concatenate([part[2] for part in parts]), summary)
