"""Columns of a frame become observations; what cannot be read becomes that row's error and disturbs no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bn.batch.problems import Problems
from bn.errors import QuestionError, UnknownNameError
from bn.evidence import Indices, Observed
from bn.names import Names, plain, split_unit
from bn.observe import Heading, join, spread_over_states
from cpds.knowledge import nearest
from cpds.measurement import Readings
from cpds.records import CONTEXT_ROLES
from cpds.table import Array
from cpds.units import NotANumberError, RangeError, ReadingError, UnitError

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset({"", "na", "n/a", ".", "null", "none", "nan"})
_NUMBERS = (str, int, float, np.integer, np.floating)


@dataclass(frozen=True)
class Recognized:
    """A column that was understood: its header, what it is, and the unit in which it is read."""

    header: str
    name: str
    unit: str | None


@dataclass
class Columns:
    """Observations of all rows, what is wrong with some of them, and what became of each column.

    `given[name]` says in which rows a recognized column holds a value; `passed`
    maps the header of an unrecognized column to a hint at the nearest known name, perhaps empty.
    """

    observed: Observed
    problems: Problems
    recognized: list[Recognized] = field(default_factory=list)
    given: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    passed: dict[str, str] = field(default_factory=dict)


def read_columns(
    names: Names, frame: pd.DataFrame, require: Iterable[str] = (), missing: Iterable[str] = MISSING
) -> Columns:
    """Read every recognized column of a frame; rows without a `require`d finding get an error.

    Raises QuestionError when two columns give the same thing, a header's unit does not fit, a required
    column is absent, or no column is recognized.
    """
    weights: dict[str, Array] = {}
    readings: dict[str, Readings] = {}
    columns = Columns(Observed(len(frame), weights, readings), Problems(len(frame)))
    empty = frozenset(text.strip().lower() for text in missing)
    for heading, series in _headings(names, frame, columns):
        cells = _Cells.of(series, empty)
        found = _weights(heading, cells, columns.problems) if heading.says_state else None
        if found is not None:
            join(weights, heading.variable.id, found)
        else:
            readings[heading.id] = _readings(heading, cells, columns.problems)
        columns.given[heading.id] = cells.codes >= 0
    _agree(weights, columns.problems)
    _require(names, columns, require)
    return columns


def _headings(names: Names, frame: pd.DataFrame, columns: Columns) -> list[tuple[Heading, pd.Series[Any]]]:
    """The recognized columns; all of them are noted, so that a bad header stops before any cell is read."""
    found: dict[str, tuple[Heading, pd.Series[Any]]] = {}
    for position, label in enumerate(frame.columns):
        header = str(label)
        heading = Heading.of(names, header)
        if heading is None:
            columns.passed[header] = nearest(plain(split_unit(header)[0]), list(names.ids))
            continue
        if heading.id in found:
            raise QuestionError(f"columns '{found[heading.id][0].header}' and '{header}' both give {heading.id}")
        found[heading.id] = (heading, frame.iloc[:, position])
        unit = heading.unit or heading.numeric.unit if heading.numeric else None
        columns.recognized.append(Recognized(header, heading.id, unit))
    if not found:
        knowledge = names.knowledge
        some = [name for name, variable in knowledge.variables.items() if variable.role in CONTEXT_ROLES]
        known = ", ".join([*some, *list(knowledge.biomarkers)[:6]])
        raise QuestionError(f"no column is recognized; expected names such as {known}")
    return list(found.values())


@dataclass(frozen=True)
class _Cells:
    """A column as its distinct values: `codes` gives each row's position in `values`, -1 where missing.

    `numbers` holds what is a plain number, NaN for other values.
    """

    codes: Indices
    values: Sequence[Any]
    numbers: Array

    @classmethod
    def of(cls, series: pd.Series[Any], empty: frozenset[str]) -> _Cells:
        import pandas as pd

        if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
            codes, numbers = pd.factorize(series.to_numpy(dtype=float, na_value=np.nan), use_na_sentinel=True)
            return cls(codes, numbers.tolist(), numbers)
        try:
            codes, found = pd.factorize(series.astype(object), use_na_sentinel=True)
            distinct = list(found)
        except TypeError:  # weights of states, as a mapping, cannot be told apart by hashing
            codes, distinct = np.where(series.isna(), -1, np.arange(len(series))), list(series)
        values = [cell.strip() if isinstance(cell, str) else cell for cell in distinct]
        absent = np.array([isinstance(cell, str) and cell.lower() in empty for cell in values], dtype=bool)
        plain_text = [cell if isinstance(cell, _NUMBERS) and not isinstance(cell, bool) else None for cell in values]
        numbers = pd.to_numeric(pd.Series(plain_text, dtype=object), errors="coerce").to_numpy(dtype=float)
        if absent.any():
            codes = np.where((codes >= 0) & ~absent[codes], codes, -1)
        return cls(codes, values, numbers)

    def rows(self) -> list[Indices]:
        """Rows of each distinct value."""
        order = np.argsort(self.codes, kind="stable")
        bounds = np.searchsorted(self.codes[order], np.arange(len(self.values) + 1))
        return [order[low:high] for low, high in pairwise(bounds)]

    def accepted(self, heading: Heading) -> tuple[Array, NDArray[np.bool_]]:
        """Plain numbers in the canonical unit, and which of them the heading accepts as they are."""
        canonical = self.numbers * heading.factor + heading.offset
        if heading.numeric is None:
            return canonical, np.zeros(len(canonical), dtype=bool)
        low, high = heading.numeric.accepted
        return canonical, (canonical >= low) & (canonical <= high)


def _weights(heading: Heading, cells: _Cells, problems: Problems) -> Array:
    """Likelihoods of the states, axes (state, row); ones where nothing is said."""
    table = np.ones((len(heading.variable.states), len(cells.values) + 1))
    numbers, plain_numbers = cells.accepted(heading)
    if plain_numbers.any() and heading.variable.scale:
        edges, some = np.array(heading.variable.scale.edges), numbers[plain_numbers]
        table[:, np.flatnonzero(plain_numbers)] = spread_over_states(edges, some, np.zeros(len(some)))
    for value, found in _read(heading, cells, ~plain_numbers, problems).items():
        table[:, value] = found
    return table[:, cells.codes]


def _readings(heading: Heading, cells: _Cells, problems: Problems) -> Readings:
    """The marker's readings, NaN where there is none."""
    numbers, plain_numbers = cells.accepted(heading)
    values = np.append(np.where(plain_numbers, numbers, np.nan), np.nan)
    censored = np.zeros(len(values), dtype=np.int8)
    for value, found in _read(heading, cells, ~plain_numbers, problems).items():
        values[value], censored[value] = found
    return Readings(values[cells.codes], censored[cells.codes])


def _read(heading: Heading, cells: _Cells, chosen: NDArray[np.bool_], problems: Problems) -> Mapping[int, Any]:
    """What each chosen distinct value says, read as for one person; the unreadable become problems of their rows."""
    read = heading.weights if heading.says_state else heading.reading
    found: dict[int, Any] = {}
    failed: dict[int, tuple[str, str]] = {}
    used = np.zeros(len(cells.values) + 1, dtype=bool)
    used[cells.codes] = True
    for code in np.flatnonzero(chosen & used[:-1]).tolist():
        value = cells.values[code]
        try:
            found[code] = read(_whole(value))
        except (QuestionError, ReadingError) as error:
            failed[code] = (_kind(error), _told(heading.header, str(error)))
    if failed:
        rows = cells.rows()
        for code, (kind, text) in failed.items():
            problems.add(f"{heading.header}: {kind}", rows[code], text)
    return found


def _whole(value: Any) -> Any:
    """A whole number without the decimal point that its column gave it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _kind(error: Exception) -> str:
    """A few words for what is wrong with a cell, the same for all cells that fail alike."""
    kinds = {
        RangeError: "out of range",
        UnitError: "unit does not fit",
        NotANumberError: "cannot be read",
        UnknownNameError: "unknown state or level",
    }
    return kinds.get(type(error), "cannot be read")


def _told(header: str, reason: str) -> str:
    """The reason with the column's header in front, unless it starts with that already."""
    return reason if reason.startswith(f"{header}:") else f"{header}: {reason}"


def _agree(weights: dict[str, Array], problems: Problems) -> None:
    """Rows in which findings on one variable exclude each other are problems, and then say nothing of it."""
    for variable, weight in weights.items():
        (rows,) = np.nonzero(~weight.any(axis=0))
        if len(rows):
            problems.add(f"{variable}: findings exclude each other", rows)
            weights[variable] = np.where(weight.any(axis=0), weight, 1.0)


def _require(names: Names, columns: Columns, require: Iterable[str]) -> None:
    """Rows that lack a required finding are problems; a required column that is absent is an error at once."""
    for name in (names.resolve(name) for name in require):
        if name not in columns.given:
            raise QuestionError(f"no column gives {name}, which is required")
        (rows,) = np.nonzero(~columns.given[name])
        columns.problems.add(f"{name}: missing, and required", rows)
