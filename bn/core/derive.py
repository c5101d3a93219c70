"""Findings that follow from parts (a body-mass index from height and weight), of one person or of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn.core.answer import Note
from bn.core.errors import QuestionError
from bn.core.heading import Heading, unit_in
from bn.core.names import Names
from cpds.deriving import OF_DATES, RULES, arguments, day_number
from cpds.records import Derivation, Part, Quantity
from cpds.table import Array
from cpds.text import quotable
from cpds.units import (
    EXACT,
    NotANumberError,
    RangeError,
    ReadingError,
    accepted_units,
    check_range,
    conversion,
    in_words,
    parse_reading,
    typed_unit,
)


@dataclass(frozen=True)
class PartHeading:
    """A name or header that stands for a part; `numeric` reads its numbers, None for a date. Else as `Heading`."""

    header: str
    part: Part
    numeric: Quantity | None
    unit: str | None
    factor: float
    offset: float
    column: str | None = None

    @classmethod
    def of(cls, names: Names, header: str) -> PartHeading | None:
        """The heading, or None for a name that is no part's; a QuestionError for a unit that does not fit."""
        name = names.find_part(header)
        if name is None:
            return None
        part = names.knowledge.parts[name]
        unit, factor, offset = unit_in(header, part.quantity)
        return cls(header, part, part.quantity, unit if part.quantity else None, factor, offset)

    @property
    def id(self) -> str:
        """The part's id."""
        return self.part.id

    @property
    def title(self) -> str:
        """The part with the unit in which it is read."""
        return f"{self.id} [{self.unit or self.numeric.unit}]" if self.numeric else self.id

    def reading(self, value: Any) -> tuple[float, int]:
        """The part's number, in days where it is a date; it must be exact."""
        if self.numeric is None:
            return day_number(value, self.part), EXACT
        number, censored = parse_reading(value, self.numeric, self.unit)
        if censored != EXACT:
            raise NotANumberError(f"{self.id}: found '{quotable(value)}', expected a number, since a bound gives none")
        return number, EXACT


def heading_of(names: Names, header: str) -> Heading | PartHeading | None:
    """What a header stands for: a finding, or a part of one; a QuestionError for a unit that does not fit."""
    return Heading.of(names, header) or PartHeading.of(names, header)


@dataclass(frozen=True)
class Derived:
    """A finding and the headings of all its parts, by the rule's argument."""

    derivation: Derivation
    heading: Heading
    parts: Mapping[str, PartHeading]

    @property
    def title(self) -> str:
        """What is derived, and from what: `bmi from height [cm] and weight [kg]`."""
        return f"{self.derivation.id} from {' and '.join(part.title for part in self.parts.values())}"

    @property
    def sources(self) -> str:
        """The parts by id."""
        return " and ".join(part.id for part in self.parts.values())

    def numbers(self, parts: Mapping[str, Array]) -> Array:
        """The finding in its canonical unit from the numbers of the parts, NaN where one of them is missing."""
        of = {argument: parts[heading.id] for argument, heading in self.parts.items()}
        factor = self.derivation.factor.number if self.derivation.factor else 1.0
        return RULES[self.derivation.rule](**of) * factor

    def units(self, bare: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Other units of the parts `bare`, each with those of them that take it."""
        taken: dict[str, tuple[str, ...]] = {}
        for part, quantity in self._quantities.items():
            for unit in accepted_units(quantity)[1:] if part in bare else ():
                if conversion(quantity, unit)[0] != 1:
                    taken[unit] = (*taken.get(unit, ()), part)
        return taken

    def in_unit(self, parts: Mapping[str, Array], changed: Iterable[str], unit: str) -> Array:
        """As `numbers`, the parts `changed` being in another unit than was supposed; NaN where one is out of range."""
        meant = dict(parts)
        for part in changed:
            quantity = self._quantities[part]
            factor, offset = conversion(quantity, unit)
            numbers = parts[part] * factor + offset
            low, high = quantity.accepted
            meant[part] = np.where((low <= numbers) & (numbers <= high), numbers, np.nan)
        return self.numbers(meant)

    @property
    def _quantities(self) -> dict[str, Quantity]:
        return {part.id: part.numeric for part in self.parts.values() if part.numeric}

    def refuse(self, number: float) -> None:
        """Raise RangeError for a number that nobody could have."""
        assert self.heading.numeric is not None
        if number < 0 and self.derivation.rule in OF_DATES:
            first, last = (self.parts[argument].id for argument in arguments(self.derivation.rule))
            raise RangeError(f"{self.derivation.id}: {last} lies before {first}; check both")
        check_range(number, self.heading.numeric, f"{number:.4g} from {self.sources}")

    def differs(self, low: Array, high: Array, derived: Array) -> Array:
        """Where the derived number is too far from all between two given ones (canonical unit); NaN is not."""
        tolerance = self.derivation.tolerance.number if self.derivation.tolerance else np.inf
        return np.asarray((low - derived > tolerance) | (derived - high > tolerance))

    def disagreement(self, given: str, derived: float) -> str:
        """The error for a given number, bound, range or state, and a derived number that differs."""
        tolerance = self.derivation.tolerance.number if self.derivation.tolerance else np.inf
        unit = self.heading.numeric.unit if self.heading.numeric else ""
        unit = unit if tolerance == 1 else in_words(unit)
        return (
            f"{self.derivation.id}: found {given}, but {derived:.4g} from "
            f"{self.sources}; they may differ by {tolerance:g} {unit}; correct one or leave it out"
        )


@dataclass(frozen=True)
class FromParts:
    """One person's derived finding, the numbers of the parts (canonical unit), and those of its own without a unit."""

    derived: Derived
    number: float
    numbers: Mapping[str, Array]
    bare: tuple[str, ...]


def derivable(names: Names, parts: Mapping[str, PartHeading]) -> tuple[tuple[Derived, ...], dict[str, tuple[str, str]]]:
    """What all parts are there for; and for each part without its fellows the finding, and what that wants too."""
    found = []
    alone: dict[str, tuple[str, str]] = {}
    for derivation in names.knowledge.derivations.values():
        here = {argument: parts[part] for argument, part in derivation.of.items() if part in parts}
        if len(here) == len(derivation.of):
            found.append(Derived(derivation, Heading.known(names, derivation.id), here))
        wanting = " and ".join(part for part in derivation.of.values() if part not in parts)
        alone.update({heading.id: (derivation.id, wanting) for heading in here.values() if wanting})
    return tuple(found), alone


def derive_person(
    names: Names, observations: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[Note, ...], tuple[FromParts, ...]]:
    """One person's findings with parts replaced by what follows from them, notes that say so, and how they follow.

    `observations` hold parts and findings by known names, None where one is missing. Raises QuestionError for a part
    that cannot be read, stands alone or contradicts a finding that is given as well.
    """
    findings: dict[str, Any] = {}
    headings: dict[str, PartHeading] = {}
    numbers: dict[str, Array] = {}
    notes: list[Note] = []
    ids: dict[str | None, str] = {
        names.find_header(header): header for header, value in observations.items() if value is not None
    }
    try:
        for header, value in observations.items():
            heading = None if names.find_header(header) else PartHeading.of(names, header)
            if heading is None:
                findings[header] = value
            elif heading.id in headings:
                raise QuestionError(f"'{header}' and '{headings[heading.id].header}' both give {heading.id}; keep one")
            else:
                headings[heading.id] = heading
                numbers[heading.id] = np.array([np.nan if value is None else heading.reading(value)[0]])
        found, alone = derivable(names, headings)
        for part, (finding, wanting) in alone.items():
            if finding not in ids:
                header = headings[part].header
                raise QuestionError(
                    f"'{header}' is of no use alone: {finding} also needs {wanting}; or give {finding} itself"
                )
            notes.append(Note("unused", (part,), f"{part}, since {finding} is given"))
        for derived in found:
            typed = ids.get(derived.derivation.id)
            given = Heading.known(names, typed) if typed else None
            notes += _add(derived, float(derived.numbers(numbers)[0]), findings, given)
    except ReadingError as error:
        raise QuestionError(str(error)) from None
    followed = []
    for derived in found:
        number = float(derived.numbers(numbers)[0])
        if derived.derivation.id not in ids and not np.isnan(number):
            bare = [
                p.id for p in derived.parts.values() if p.numeric and not typed_unit(observations[p.header], p.unit)
            ]
            followed.append(FromParts(derived, number, numbers, tuple(bare)))
    return findings, tuple(notes), tuple(followed)


def shown(value: Any) -> str:
    """What was given beside something derived, in a message."""
    return f"{value:.4g}" if isinstance(value, float | int) else f"'{quotable(value)}'"


def _add(derived: Derived, number: float, findings: dict[str, Any], given: Heading | None) -> list[Note]:
    """Add what is derived unless it is given as exactly under the heading `given`; the notes on it."""
    name, parts = derived.derivation.id, tuple(part.id for part in derived.parts.values())
    sources = derived.sources
    if np.isnan(number):
        return [] if given else [Note("unused", parts, f"{sources}, since {name} needs both and one is missing")]
    derived.refuse(number)
    if given is None:
        findings[name] = number
        return [Note("derived", (name, *parts), f"{name} {number:.4g} from {sources}")]
    value = findings[given.header]
    low, high = given.allowed(value)
    if derived.differs(np.array([low]), np.array([high]), np.array([number]))[0]:
        raise QuestionError(derived.disagreement(shown(low if low == high else value), number))
    if low < high:
        findings.pop(given.header)
        findings[name] = number
        return [Note("derived", (name, *parts), f"{name} {number:.4g} from {sources}, more exact than {shown(value)}")]
    return [Note("unused", parts, f"{name} {number:.4g} from {sources}, since {name} is given")]
