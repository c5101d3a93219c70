"""What a name or header stands for, and how what people say under it becomes a number or weights of states."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn.core.errors import QuestionError, UnknownNameError
from bn.core.names import Names, plain, split_unit
from cpds.records import Binned, Biomarker, Declared, Ordinal, Quantity, Variable
from cpds.table import Array
from cpds.text import finite, quotable, whole
from cpds.units import EXACT, ReadingError, as_text, conversion, parse_reading

YES = frozenset({"yes", "y", "true", "1", "present", "checked"})
NO = frozenset({"no", "n", "false", "0", "absent", "unchecked"})
_INTERVAL = re.compile(r"\[(.+),(.+)\)")
_OTHER_INTERVAL = re.compile(r"[\[(].+,.+[\])]")


@dataclass(frozen=True)
class Heading:
    """What a name or column header stands for: a variable itself, or one of its markers.

    `unit` is the one that the header states; `factor` and `offset` turn numbers under it into the
    canonical unit. `numeric` is the marker that reads plain numbers, None where there is no such thing.
    `column` is the header of a table's column as it came, which `header` gives as it is shown. `similar` is
    what may be meant instead by who says a number of what has none.
    """

    header: str
    id: str
    variable: Variable
    marker: Biomarker | None
    numeric: Quantity | None
    unit: str | None
    factor: float
    offset: float
    column: str | None = None
    similar: str | None = None

    @classmethod
    def of(cls, names: Names, header: str) -> Heading | None:
        """The heading, or None for a name that is not known; a QuestionError for a unit that does not fit."""
        name = names.find_header(header)
        if name is None:
            return None
        knowledge = names.knowledge
        marker = knowledge.biomarkers.get(name)
        variable = knowledge.variables[marker.variable if marker else name]
        numeric = marker if isinstance(marker, Quantity) else None
        if marker is None and variable.scale is not None:
            numeric = scale_marker(variable)
        similar = names.similar_quantity(header) if numeric is None else None
        return cls(header, name, variable, marker, numeric, *unit_in(header, numeric), similar=similar)

    @classmethod
    def known(cls, names: Names, header: str) -> Heading:
        """The heading; a QuestionError also for a name that is not known."""
        heading = cls.of(names, header)
        if heading is None:
            raise names.unknown(header)
        return heading

    def allowed(self, value: Any) -> tuple[float, float]:
        """Least and greatest number (canonical unit) that a value allows: a number, a bound, a range, or states.

        NaN where it cannot be read so.
        """
        try:
            if self.numeric is None:
                return np.nan, np.nan
            if not isinstance(value, Mapping | bool) and not self._names_state(value):
                return bounds_of(self.numeric, value, self.unit)
            possible = np.flatnonzero(self.weights(value))
        except (ReadingError, QuestionError):
            return np.nan, np.nan
        edges = self.variable.scale.edges if self.variable.scale else ()
        return edges[possible[0]], edges[possible[-1] + 1]

    def _names_state(self, value: Any) -> bool:
        return self.marker is None and isinstance(value, str) and bool(_states(self.variable, value))

    @property
    def says_state(self) -> bool:
        """Whether a value speaks of the variable's states themselves, rather than being a marker's reading."""
        return self.marker is None or isinstance(self.marker, Binned)

    def weights(self, value: Any) -> Array:
        """P(finding | state) for each state of the variable."""
        if isinstance(self.marker, Binned):
            return binned_weights(self.variable, self.marker, value, self.unit)
        return variable_weights(self.variable, value, self.unit)

    def reading(self, value: Any) -> tuple[float, int]:
        """Number (or code) and censoring (-1 below, 0 exact, 1 above) of the marker's reading."""
        if self.marker is None:
            raise ValueError(f"{self.id} is a variable, it has weights")
        if isinstance(self.marker, Ordinal) and self.similar and not math.isnan(finite(value)):
            levels = [level.id for level in self.marker.levels]
            hint = f" (a number; did you mean '{self.similar}'?)"
            raise UnknownNameError(f"level of {self.id}", quotable(value), levels, hint)
        return biomarker_value(self.marker, value, self.unit)


def unit_in(header: str, numeric: Quantity | None) -> tuple[str | None, float, float]:
    """The unit that a header states, with factor and offset to the canonical one; a QuestionError where it is none."""
    _, unit = split_unit(header)
    try:
        return unit, *(conversion(numeric, unit) if numeric and unit else (1.0, 0.0))
    except ReadingError as error:
        raise QuestionError(f"'{quotable(header)}': {error}") from None


def variable_weights(variable: Variable, value: Any, unit: str | None = None) -> Array:
    """P(finding | state) for each state of the variable, from what is stated of it; `unit` is that of bare numbers.

    Of more than two states, `impaired+` stands for that state or a higher one: weights 1, and 0 for those below.
    """
    if isinstance(value, Mapping):
        return _given_weights(variable, value)
    if isinstance(value, str) or variable.scale is None:
        states = _states(variable, as_text(value, variable.id))
        if states:
            return np.array([float(name in states) for name in variable.states])
    if variable.scale is not None and not isinstance(value, bool):
        return binned_weights(variable, scale_marker(variable), value, unit)
    raise _unknown_state(variable, str(value))


def scale_marker(variable: Variable) -> Binned:
    """A marker that reads the variable's own numeric scale."""
    if variable.scale is None:
        raise QuestionError(f"{variable.id} has no numeric scale; give one of {', '.join(variable.states)}")
    return Binned(
        id=variable.id,
        title=variable.title,
        variable=variable.id,
        tissue="",
        direction="+",
        unit=variable.scale.unit,
        accepted=variable.scale.accepted,
        note=variable.definition,
    )


def binned_weights(variable: Variable, marker: Binned, value: Any, unit: str | None = None) -> Array:
    """Share of each state's range that a reading on the variable's scale allows.

    An exact number falls into one state; `80+`, `<70` or `[60, 75)` allow several, a state cut by a
    bound in proportion to what is left of its range.
    """
    if variable.scale is None:
        raise QuestionError(f"{variable.id} has no numeric scale")
    edges = np.array(variable.scale.edges)
    low, high = bounds_of(marker, value, unit)
    if low == high and not _interval(marker, value):
        weights = spread_over_states(edges, np.array([low]), np.array([EXACT]))[:, 0]
    else:
        above = spread_over_states(edges, np.clip([low, high], edges[0], edges[-1]), np.array([1, 1]))
        weights = np.maximum(above[:, 0] - above[:, 1], 0.0)
    if not weights.any():
        low, high = marker.accepted
        raise QuestionError(
            f"{marker.id}: found '{quotable(value)}', which leaves no value; expected {low:g} to {high:g}"
        )
    return weights


def bounds_of(marker: Quantity, value: Any, unit: str | None = None) -> tuple[float, float]:
    """Least and greatest number (canonical unit) that a number, a bound or an interval allows; infinite where open."""
    parts = _interval(marker, value)
    if parts is None:
        number, censored = parse_reading(value, marker, unit)
        return (-np.inf if censored < 0 else number), (np.inf if censored > 0 else number)
    (low, first), (high, second) = (parse_reading(part, marker, unit) for part in parts)
    if first != EXACT or second != EXACT:
        found = f"{marker.id}: found '{quotable(value)}'"
        raise QuestionError(f"{found}, expected plain numbers as ends, such as [{low:g}, {high:g})")
    return low, high


def _interval(marker: Quantity, value: Any) -> tuple[str, str] | None:
    """The ends of an interval such as `[60, 75)` as they are written, None for anything else.

    Raises QuestionError for an interval that does not hold just its low end.
    """
    if not (isinstance(value, str) or hasattr(value, "closed_left")):  # an interval of pandas has that
        return None
    written = as_text(value, marker.id)
    match = _INTERVAL.fullmatch(written)
    if match is None and _OTHER_INTERVAL.fullmatch(written):
        expected = "expected one that holds its low end only, such as '[20, 40)'; pandas' cut makes it with right=False"
        raise QuestionError(f"{marker.id}: found interval '{quotable(written)}', {expected}")
    return (match[1], match[2]) if match else None


def spread_over_states(edges: Array, numbers: Array, censored: Array) -> Array:
    """Axes (state, row): the state a number falls into, or the shares that a bound leaves.

    >>> spread_over_states(np.array([0.0, 10.0, 20.0]), np.array([12.0, 5.0]), np.array([0, 1]))
    array([[0. , 0.5],
           [1. , 1. ]])
    """
    low, high = edges[:-1, None], edges[1:, None]
    exact = (numbers >= low) & (numbers < high)
    exact[-1] |= numbers == edges[-1]
    above = np.clip((high - numbers) / (high - low), 0.0, 1.0)
    return np.where(censored == 0, exact, np.where(censored > 0, above, 1.0 - above)).astype(float)


def biomarker_value(marker: Biomarker, value: Any, unit: str | None = None) -> tuple[float, int]:
    """Number (or code) and censoring (-1 below, 0 exact, 1 above) of one reading; `unit` is that of bare numbers."""
    if isinstance(marker, Ordinal):
        levels = [level.id for level in marker.levels]
        level = plain(as_text(value, marker.id))
        if level not in levels:
            raise UnknownNameError(f"level of {marker.id}", str(value), levels)
        return float(levels.index(level)), 0
    if isinstance(marker, Declared):
        answer = whole(as_text(value, marker.id).lower())
        if answer not in YES | NO:
            raise QuestionError(f"{marker.id}: found {quotable(repr(value))}, expected yes or no")
        return float(answer in YES), 0
    return parse_reading(value, marker, unit)


def _state(variable: Variable, text: str) -> str | None:
    """State that a text names: itself, an alias, or any spelling of yes / no where the variable knows one of it."""
    name = plain(whole(text.strip()))
    known = {**{state: state for state in variable.states}, **variable.state_aliases}
    if name in known:
        return known[name]
    return next((known[word] for words in (YES, NO) if name in words for word in known if word in words), None)


def _states(variable: Variable, text: str) -> tuple[str, ...]:
    """States that a text names, several with a plus where there are more than two; none where it names none."""
    said = text.strip()
    state = _state(variable, said)
    if state is not None:
        return (state,)
    lowest = _state(variable, said.removesuffix("+")) if said.endswith("+") and len(variable.states) > 2 else None
    if lowest == variable.states[0]:
        found = f"{variable.id}: '{quotable(said)}' leaves out no state"
        raise QuestionError(f"{found}; name a higher one, such as {variable.states[1]}+")
    return variable.named(f"{lowest}+") if lowest else ()


def _unknown_state(variable: Variable, text: str) -> UnknownNameError:
    """For a text that names no state; a plain yes or no has no meaning where the states are others."""
    hint = None
    if plain(whole(text.strip())) in YES | NO:
        graded = f", or {variable.states[1]}+ for that or higher" if len(variable.states) > 2 else ""
        hint = f" (it is no question of yes or no; name a state{graded})"
    return UnknownNameError(f"state of {variable.id}", text, variable.states, hint)


def _given_weights(variable: Variable, weights: Mapping[Any, Any]) -> Array:
    """Virtual evidence: a weight for every state, since nobody can tell what was meant for one that is left out."""
    result = np.full(len(variable.states), np.nan)
    for state, weight in weights.items():
        name = _state(variable, as_text(state, variable.id))
        if name is None:
            raise _unknown_state(variable, str(state))
        position = variable.states.index(name)
        if not np.isnan(result[position]):
            raise QuestionError(f"{variable.id}: two weights for {name}; keep one")
        number = float(weight) if isinstance(weight, bool) else finite(weight)
        if not number >= 0:
            raise QuestionError(
                f"{variable.id}: weight of {name}: found {quotable(repr(weight))}, expected a finite number not below 0"
            )
        result[position] = number
    missing = [state for state, weight in zip(variable.states, result, strict=True) if np.isnan(weight)]
    if missing:
        raise QuestionError(
            f"{variable.id}: no weight for {', '.join(missing)}; each state needs one, 0 where the finding excludes it"
        )
    if result.sum() == 0:
        raise QuestionError(f"{variable.id}: all weights are 0; give at least one state a positive weight")
    return result
