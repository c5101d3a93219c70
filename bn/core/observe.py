"""What is observed of one person: any mapping of names to values, read as weights of states and readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from bn.core.answer import Note
from bn.core.derive import FromParts, derive_person
from bn.core.errors import QuestionError
from bn.core.evidence import Evidence, Observed, weigh
from bn.core.heading import Heading
from bn.core.names import Names
from cpds.measurement import Readings
from cpds.misfits import misfits
from cpds.table import Array
from cpds.text import quotable
from cpds.units import ReadingError

if TYPE_CHECKING:
    import pandas as pd

    ObservationsLike = Mapping[str, Any] | pd.Series[Any] | tuple[Any, ...] | None

P = ParamSpec("P")
R = TypeVar("R")
MISSING = frozenset({"", "na", "n/a", "#n/a", ".", "null", "nan"})
"""Texts of a missing value, in lower case; what surrounds a cell is stripped."""


def is_missing(value: Any) -> bool:
    """Whether a value is missing: a text of `MISSING`, None, NaN, NaT, pandas' NA, a masked or a null scalar.

    >>> is_missing(" N/A "), is_missing(None), is_missing(float("nan")), is_missing(np.ma.masked)
    (True, True, True, True)
    >>> is_missing("none"), is_missing(0), is_missing({"present": 1.0})
    (False, False, False)
    """
    if isinstance(value, str):
        return value.strip().lower() in MISSING
    if value is None or value is np.ma.masked or getattr(value, "is_valid", True) is False:
        return True
    try:
        return bool(value != value)  # only what is no value differs from itself
    except TypeError:
        return True  # pandas' NA, of which nothing can be said
    except ValueError:
        return False  # an array


@dataclass(frozen=True, eq=False)
class Observations(Mapping[str, Any]):
    """One person's findings by the names they were given; what is missing is left out.

    `notes` say what was made of them, `derived` are those that follow from parts.
    """

    names: Names
    findings: Mapping[str, Any]
    notes: tuple[Note, ...] = ()
    derived: tuple[FromParts, ...] = field(default=(), repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.findings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __repr__(self) -> str:
        return f"<Observations: {', '.join(self.findings) or 'nothing'}>"

    @cached_property
    def headings(self) -> Mapping[str, Heading]:
        """What each name stands for; a QuestionError where two stand for the same."""
        found: dict[str, Heading] = {}
        names: dict[str, str] = {}
        for name in self.findings:
            found[name] = heading = Heading.known(self.names, name)
            if names.setdefault(heading.id, name) != name:
                both = f"'{quotable(name)}' and '{quotable(names[heading.id])}'"
                raise QuestionError(f"{both} both give {heading.id}; keep one")
        return found

    @cached_property
    def observed(self) -> Observed:
        """Weights and readings, one row. Raises QuestionError for what cannot be read, or cannot be together."""
        weights: dict[str, Array] = {}
        readings: dict[str, Readings] = {}
        for name, heading in self.headings.items():
            try:
                if heading.says_state:
                    join(weights, heading.variable.id, heading.weights(self[name])[:, None])
                else:
                    number, censored = heading.reading(self[name])
                    readings[heading.id] = Readings(np.array([number]), np.array([censored], dtype=np.int8))
            except ReadingError as error:
                raise QuestionError(str(error)) from None
            if heading.says_state and not weights[heading.variable.id].any():
                raise QuestionError(
                    f"'{quotable(name)}' contradicts what else was said of {heading.variable.id}; check both"
                )
        for misfit in misfits(self.names.knowledge, readings):
            raise QuestionError(misfit.told(0))
        return Observed(1, weights, readings)

    @cached_property
    def evidence(self) -> Evidence:
        """Likelihoods, one row; errors as for `observed`."""
        return weigh(self.names.knowledge, self.observed)


def observe(
    names: Names, observations: ObservationsLike = None, named: Mapping[str, Any] | None = None
) -> Observations:
    """Observations and, over them, `named` ones; a missing value means that nothing is known.

    `observations` is a mapping, a pandas Series such as a frame's row, or a named tuple. A variable takes a state, a
    mapping of all its states to weights, or, where it has a numeric scale, a number or text such as `80+`. A biomarker
    takes a number in its unit, text with a unit, a censored value such as `<0.3`, a level, or yes / no.

    Every name must be known, also that of a missing value: an unknown one may be a slip for a finding. What follows
    from parts (height and weight) takes their place, and a note says so. Raises QuestionError.
    """
    if isinstance(observations, Observations) and not named:
        return observations
    given = {**_pairs(observations), **(named or {})}
    known = {header: None if is_missing(value) else value for header, value in given.items()}
    others = [header for header in given if names.find_header(header) is None]
    for header in others:
        if names.find_part(header) is None:
            raise names.unknown(header, value=known[header])
    notes: tuple[Note, ...] = ()
    derived: tuple[FromParts, ...] = ()
    if others:
        known, notes, derived = derive_person(names, known)
    return Observations(names, {name: value for name, value in known.items() if value is not None}, notes, derived)


def _pairs(observations: Any) -> dict[str, Any]:
    if observations is None:
        return {}
    if isinstance(observations, tuple) and hasattr(observations, "_asdict"):
        observations = observations._asdict()
    if hasattr(observations, "columns") or not callable(getattr(observations, "items", None)):
        found = f"{type(observations).__module__}.{type(observations).__qualname__}".removeprefix("builtins.")
        raise QuestionError(
            f"found {found}, expected what is known of one person by name: a dict, a pandas Series such as "
            "frame.iloc[0], or a named tuple"
        )
    given: dict[str, Any] = {}
    for header, value in observations.items():
        if str(header) in given:
            raise QuestionError(f"'{header}' is given twice; keep one")
        given[str(header)] = value
    return given


def join(weights: dict[str, Array], variable: str, weight: Array) -> None:
    """Add what one more finding says of a variable's state: likelihoods multiply, axes (state, row)."""
    weights[variable] = weights[variable] * weight if variable in weights else weight


def by_keyword(*, positions: int = 1, such_as: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A method that takes `positions` arguments besides itself by position; with more, a QuestionError shows `such_as`.

    Python's own TypeError counts arguments, and names neither the keyword nor the way out.
    """

    def wrap(method: Callable[P, R]) -> Callable[P, R]:
        @wraps(method)
        def asked(*given: Any, **named: Any) -> R:
            if len(given) > positions + 1:
                found = quotable(repr(given[positions + 1]))
                name = method.__name__
                raise QuestionError(f"{name}: {found} needs a keyword; write {name}({such_as})")
            return method(*given, **named)

        return asked

    return wrap
