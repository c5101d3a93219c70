"""What a table would be read as, column by column, and the file for `--columns` that says so, to be edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.cohort.reading.census import Census, Held
from bn.cohort.reading.codes import accepted
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.joining import AnyHeading, sense
from bn.cohort.reading.summary import Summary, counted
from bn.core.answer import Answer
from bn.core.derive import PartHeading
from bn.core.toml_line import has_line, toml_line
from cpds.records import Binned, Declared, Quantity
from cpds.strata import usual
from cpds.table import Array
from cpds.text import quotable
from cpds.units import ReadingError, parse_reading

if TYPE_CHECKING:
    import pandas as pd

SUSPECT = 0.05
"""A share of refused cells above this is pointed out."""
Priors = Mapping[str, Array]


@dataclass(frozen=True)
class ColumnRead:
    """One column: what it is read as, and how many of the rows hold what.

    `typical` is the median of the numbers in `unit` (None: the share of cells that say `typical_of`), `reference` the
    same in the network's own population, None where it knows of none. `wrong` says what looks wrong.
    """

    header: str
    name: str
    title: str
    unit: str
    read: int
    missing: int
    refused: int
    typical_of: str
    typical: float | None
    reference: float | None
    wrong: tuple[str, ...]
    line: str


@dataclass(frozen=True, repr=False)
class ColumnsReport(Answer):
    """All columns that are read, with what follows from them and what is left alone.

    `perhaps` are the lines for columns that look like something and are not read, `unread` those for cells that cannot
    be read; `passed` are the other headers. `warnings` and `notes` are said of the whole.
    """

    rows: int
    columns: tuple[ColumnRead, ...]
    derived: tuple[str, ...]
    perhaps: tuple[str, ...]
    unread: tuple[str, ...]
    passed: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        read = counted(len(self.columns), "column")
        return f"<ColumnsReport: {read} read of {counted(self.rows, 'row')}, {len(self.passed)} left alone>"

    def to_frame(self) -> pd.DataFrame:
        """A row a column; shares are of all rows."""
        import pandas as pd

        frame = pd.DataFrame([asdict(column) for column in self.columns], columns=list(ColumnRead.__annotations__))
        for key in ("read", "missing", "refused"):
            frame[key] = frame[key] / max(1, self.rows)
        return frame.astype({"typical": float, "reference": float})

    def to_dict(self) -> dict[str, Any]:
        """The same as texts, numbers, lists and mappings."""
        record = asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in record.items()}

    @property
    def toml(self) -> str:
        """The file for `--columns`: it says of each column what it is read as now."""
        return "\n".join([*self._toml_lines(), ""])

    def _toml_lines(self) -> list[str]:
        lines = ["# What columns stand for, to be edited and passed with --columns; an empty text leaves one alone."]
        for column in self.columns:
            lines += [f"# {quotable(text, 300)}" for text in column.wrong]
            lines.append(column.line or f"# {column.header} has no line that TOML could hold")
        for title, several in (
            ("These look like something and are not read. Where it is so, remove the #:", self.perhaps),
            ("Some cells cannot be read. To say what they mean, put these in place of the lines above:", self.unread),
        ):
            if several:
                lines += ["", f"# {title}", *(line if line.startswith("#") else f"# {line}" for line in several)]
        if self.passed:
            lines += ["", "# Left alone:", *(f"#   {header}" for header in self.passed)]
        return lines


def columns_report(census: Census, summary: Summary, priors: Priors) -> ColumnsReport:
    """From what was counted, and what became of the rows; `priors` are P(state) of each variable, axes (state, 1)."""
    headings = summary.headings
    proposed = {one.header for one in summary.unread.proposals}
    units: dict[str, list[str]] = {}
    for one in summary.in_another_unit:
        units.setdefault(one.header, []).append(f"{one.reason}; if so: {one.line}")
    return ColumnsReport(
        rows=summary.rows,
        columns=tuple(
            _read(at, heading, census, summary, priors, units.get(headings.headers[at], []))
            for at, heading in headings.columns.items()
        ),
        derived=tuple(summary.derived),
        perhaps=tuple(one.line for one in summary.unread.proposals),
        unread=tuple(summary.ways.values()),
        passed=tuple(text for at, text in headings.passed.items() if headings.headers[at] not in proposed),
        warnings=(*summary.unread.unread_columns, *summary.unread.repeated_ids),
        notes=tuple(summary.notes),
    )


def _read(
    position: int, heading: AnyHeading, census: Census, summary: Summary, priors: Priors, units: Sequence[str]
) -> ColumnRead:
    held = census.held.get(position, Held())
    refused = min(census.refused[heading.header], held.given)
    unit = heading.unit or (heading.numeric.unit if heading.numeric else "")
    typical_of, typical, reference = _typical(heading, held, priors)
    return ColumnRead(
        heading.header,
        heading.id,
        heading.part.title if isinstance(heading, PartHeading) else (heading.marker or heading.variable).title,
        unit,
        held.given - refused,
        summary.rows - held.given,
        refused,
        typical_of,
        typical,
        reference,
        (*units, *_wrong(heading, held.given, refused, summary)),
        _lines(position, summary.headings),
    )


def _typical(heading: AnyHeading, held: Held, priors: Priors) -> tuple[str, float | None, float | None]:
    """What is compared, that of the column, and that of the reference."""
    if heading.numeric is not None:
        numbers = np.append(held.all_numbers(), _bounds(heading, held))
        numbers = numbers[accepted(heading.numeric, numbers * heading.factor + heading.offset)]
        reference = _reference(heading, priors)
        in_unit = None if reference is None else (reference - heading.offset) / heading.factor
        return "median", float(np.median(numbers)) if len(numbers) else None, in_unit
    if isinstance(heading, PartHeading):
        return "", None, None
    marker, variable = heading.marker, heading.variable
    prior = priors[variable.id][:, 0]
    if isinstance(marker, Declared):
        said, reference = "yes", float(prior @ marker.yes.probabilities)
    elif heading.says_state and len(variable.states) == 2:
        said, reference = variable.states[-1], float(prior[-1])
    else:
        return "", None, None
    known = [(meant, count) for value, count in held.values.items() if not np.isnan(meant := sense(heading, value))]
    total = sum(count for _, count in known)
    return said, sum(meant * count for meant, count in known) / total if total else None, reference


def _bounds(heading: AnyHeading, held: Held) -> Array:
    """The numbers in texts, in the column's unit; a bound (`80+`) stands for itself, as it does in a median."""
    found: list[float] = []
    for text, count in held.values.items():
        if isinstance(text, str) and heading.numeric is not None:
            with suppress(ReadingError):
                number, _ = parse_reading(text, heading.numeric, heading.unit)
                found += [(number - heading.offset) / heading.factor] * count
    return np.array(found)


def _reference(heading: AnyHeading, priors: Priors) -> float | None:
    """What is usual of a marker, or the median of the variable's own scale, in the canonical unit."""
    if isinstance(heading, PartHeading):
        return None
    marker = heading.marker
    if isinstance(marker, Quantity) and (known := usual(marker)):
        return known[0]
    if (marker is None or isinstance(marker, Binned)) and heading.variable.scale:
        below = np.append(0.0, np.cumsum(priors[heading.variable.id][:, 0]))
        return float(np.interp(0.5, below, heading.variable.scale.edges))
    return None


def _wrong(heading: AnyHeading, given: int, refused: int, summary: Summary) -> list[str]:
    found = []
    for kind, rows in summary.errors.items():
        if kind.startswith(f"{heading.header}: ") or kind.startswith(f"{heading.id}: "):
            found.append(f"{rows.count}x {kind} ({summary.place} {rows})")
    if not given:
        found.append("no cell has a value")
    elif refused > SUSPECT * given:
        found.append(f"{refused / given:.0%} of its cells cannot be read")
    return found


def _lines(position: int, headings: Headings) -> str:
    """The lines that say what the column is read as, and those read together with it."""
    every: dict[int, Any] = {position: headings.columns[position], **headings.joined.get(position, {})}
    return "\n".join(filter(None, (_line(headings, at, heading) for at, heading in every.items())))


def _line(headings: Headings, position: int, heading: AnyHeading) -> str:
    header, meaning = headings.headers[position], headings.meaning(position)
    if not has_line(header):
        return ""
    unit = heading.unit or (heading.numeric.unit if heading.numeric else "")
    unit = "" if unit == "1" else unit
    if meaning and meaning.keys:
        return toml_line(header, {"is": heading.id, **({"unit": unit} if unit else {}), **meaning.keys})
    return toml_line(header, f"{heading.id} [{unit}]" if unit else heading.id)
