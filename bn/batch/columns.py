"""Columns of a frame become observations; what cannot be read becomes that row's error and disturbs no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.errors import QuestionError, UnknownNameError
from bn.evidence import Observed
from bn.names import Names, plain, split_unit
from bn.observe import biomarker_value, scale_marker, spread_over_states, variable_weights
from cpds.knowledge import nearest
from cpds.measurement import Readings
from cpds.records import Binned, Biomarker, Declared, Ordinal, Quantity, Variable
from cpds.table import Array
from cpds.units import ReadingError, conversion

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset({"", "na", "n/a", ".", "null", "none", "nan"})


@dataclass(frozen=True)
class Recognized:
    """A column that was understood: its header, what it is, and its unit."""

    header: str
    name: str
    unit: str | None


@dataclass
class Columns:
    """Observations of all rows, the error of each row (empty when fine), and what became of each column."""

    observed: Observed
    errors: list[str]
    recognized: list[Recognized] = field(default_factory=list)
    passed: dict[str, str] = field(default_factory=dict)

    @property
    def fine(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Rows without an error."""
        return np.array([not error for error in self.errors], dtype=bool)


def read_columns(names: Names, frame: pd.DataFrame, missing: Iterable[str] = MISSING) -> Columns:
    """Read every recognized column of a frame.

    Raises QuestionError when two columns give the same thing, or when no column is recognized.
    """
    reader = _Reader(names, len(frame), frozenset(text.strip().lower() for text in missing))
    for position, header in enumerate(frame.columns):
        reader.take(str(header), frame.iloc[:, position])
    if not reader.result.recognized:
        known = ", ".join(list(names.knowledge.biomarkers)[:6])
        raise QuestionError(f"no column is recognized; expected names such as age, sex, {known}")
    reader.settle()
    return reader.result


class _Reader:
    """Gathers weights and readings column by column."""

    def __init__(self, names: Names, rows: int, missing: frozenset[str]) -> None:
        self.names, self.rows, self.missing = names, rows, missing
        self.weights: dict[str, Array] = {}
        self.readings: dict[str, Readings] = {}
        self.headers: dict[str, str] = {}
        self.result = Columns(Observed(rows, self.weights, self.readings), [""] * rows)

    def take(self, header: str, column: pd.Series[Any]) -> None:
        typed, unit = split_unit(header)
        name = self.names.find(header) or self.names.find(typed)
        if name is None:
            self.result.passed[header] = nearest(plain(typed), list(self.names.ids))
            return
        if name in self.headers:
            raise QuestionError(f"columns '{self.headers[name]}' and '{header}' both give {name}; keep one")
        self.headers[name] = header
        marker = self.names.knowledge.biomarkers.get(name)
        variable = self.names.knowledge.variables[marker.variable if marker else name]
        if marker is None and variable.scale:
            marker = scale_marker(variable)
        unit_text = unit or getattr(marker, "unit", None)
        self.result.recognized.append(Recognized(header, name, unit_text))
        if marker is None or isinstance(marker, Binned):
            self._states(header, variable, marker, column, unit)
        else:
            self._measured(header, name, marker, column, unit)

    def settle(self) -> None:
        """Rows in which findings on one variable exclude each other carry an error."""
        for variable, weights in self.weights.items():
            for row in np.flatnonzero(~weights.any(axis=0)):
                self._fail(int(row), f"{variable}: findings exclude each other")
                weights[:, row] = 1.0

    def _states(
        self, header: str, variable: Variable, marker: Binned | None, column: pd.Series[Any], unit: str | None
    ) -> None:
        weights = np.ones((len(variable.states), self.rows))
        numbers = _numbers(column) if marker else None
        if marker and numbers is not None:
            values, known = self._in_range(header, marker, numbers, unit)
            edges = np.array(variable.scale.edges) if variable.scale else np.array([])
            weights[:, known] = spread_over_states(edges, values[known], np.zeros(int(known.sum())))
        else:
            parse = (
                (lambda cell: variable_weights(variable, cell))
                if unit is None
                else (lambda cell: variable_weights(variable, f"{cell} {unit}"))
            )
            for rows, found in self._cells(header, column, parse):
                weights[:, rows] = found[:, None]
        self.weights[variable.id] = self.weights[variable.id] * weights if variable.id in self.weights else weights

    def _measured(self, header: str, name: str, marker: Biomarker, column: pd.Series[Any], unit: str | None) -> None:
        values, censored = np.full(self.rows, np.nan), np.zeros(self.rows, dtype=np.int8)
        numbers = None if isinstance(marker, Ordinal | Declared) else _numbers(column)
        if numbers is not None and isinstance(marker, Quantity):
            values, known = self._in_range(header, marker, numbers, unit)
            values[~known] = np.nan
        else:
            parse = (
                (lambda cell: biomarker_value(marker, cell))
                if unit is None
                else (lambda cell: biomarker_value(marker, f"{cell} {unit}"))
            )
            for rows, (value, sign) in self._cells(header, column, parse):
                values[rows], censored[rows] = value, sign
        self.readings[name] = Readings(values, censored)

    def _in_range(self, header: str, marker: Quantity, numbers: Array, unit: str | None) -> tuple[Array, Any]:
        """Numbers in the canonical unit, and which rows hold one that is accepted."""
        factor, offset = conversion(marker, unit) if unit else (1.0, 0.0)
        values = numbers * factor + offset
        low, high = marker.accepted
        given = ~np.isnan(values)
        accepted = given & (values >= low) & (values <= high)
        for row in np.flatnonzero(given & ~accepted):
            self._fail(int(row), f"{header}: found {numbers[row]:g}, expected {low:g} to {high:g} {marker.unit}")
        return values, accepted

    def _cells(self, header: str, column: pd.Series[Any], parse: Callable[[Any], Any]) -> Iterable[tuple[Any, Any]]:
        """Each distinct cell parsed once: its rows and what it says; unreadable cells become errors."""
        import pandas as pd

        codes, distinct = pd.factorize(column.astype(object), use_na_sentinel=True)
        order = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(len(distinct) + 1))
        for code, cell in enumerate(distinct):
            rows = order[bounds[code] : bounds[code + 1]]
            if isinstance(cell, str) and cell.strip().lower() in self.missing:
                continue
            try:
                found = parse(cell.strip() if isinstance(cell, str) else cell)
            except (QuestionError, UnknownNameError, ReadingError) as error:
                for row in rows:
                    self._fail(int(row), _told(header, str(error)))
                continue
            yield rows, found

    def _fail(self, row: int, reason: str) -> None:
        errors = self.result.errors
        errors[row] = f"{errors[row]}; {reason}" if errors[row] else reason


def _numbers(column: pd.Series[Any]) -> Array | None:
    """The column as floats when its type is numeric (not yes/no), else None."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy(dtype=float, na_value=np.nan)
    return None


def _told(header: str, reason: str) -> str:
    """The reason with the column's header in front, unless it starts with that already."""
    return reason if reason.startswith(f"{header}:") else f"{header}: {reason}"
