"""Names that people type for variables and biomarkers, and the units that headers carry."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Number
from typing import Any

from bn.core.errors import QuestionError, UnknownNameError
from bn.core.lexicon import Lexicon, letters
from bn.core.toml_line import LONGEST_HEADER
from cpds.knowledge import Knowledge
from cpds.records import LATENT, Binned, Quantity, Scale
from cpds.text import finite, quotable
from cpds.text import plain as plain
from cpds.units import accepted_units, in_words

_GAP = re.compile(r"[\s._\-/]+")
_BRACKETS = {"]": "[", ")": "("}


def split_unit(header: str) -> tuple[str, str | None]:
    """Name and unit of a header such as `hscrp [mg/dL]` or `glucose (mmol/L)`.

    >>> split_unit("hscrp [mg/dL]")
    ('hscrp', 'mg/dL')
    >>> split_unit("insulin (m[IU]/L)"), split_unit("VO2max [mL/(kg*min)]")
    (('insulin', 'm[IU]/L'), ('VO2max', 'mL/(kg*min)'))
    >>> split_unit("age")
    ('age', None)
    """
    text = header.strip() if len(header) <= LONGEST_HEADER else ""
    close = text[-1:]
    if close not in _BRACKETS:
        return header, None
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += (text[place] == close) - (text[place] == _BRACKETS[close])
        if depth == 0:
            return text[:place].rstrip(), text[place + 1 : -1].strip() or None
    return header, None


def as_tuple(given: Any) -> tuple[Any, ...]:
    """Texts or numbers that a caller gives; one by itself is one, not its characters.

    >>> as_tuple("-9"), as_tuple(-9), as_tuple(["-9", "unknown"]), as_tuple(())
    (('-9',), (-9,), ('-9', 'unknown'), ())

    Raises QuestionError for what is neither; a mapping would lose what it says of its keys, such as a dose.
    """
    if isinstance(given, str | Number):
        return (given,)
    if isinstance(given, bytes | Mapping) or not isinstance(given, Iterable):
        raise QuestionError(f"found {quotable(repr(given))}, expected a text, or several in a list")
    return tuple(given)


@dataclass(frozen=True)
class Names:
    """Everything that can be observed, by id and by alias; latent variables cannot."""

    knowledge: Knowledge

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """Plain id or alias -> id of a variable or a biomarker; an alias that two claim is refused."""
        found: dict[str, str] = {}
        variables = (variable for variable in self.knowledge.variables.values() if variable.role != LATENT)
        for entry in (*variables, *self.knowledge.biomarkers.values()):
            for name in (entry.id, *entry.aliases):
                if found.setdefault(plain(name), entry.id) != entry.id:
                    raise QuestionError(
                        f"alias '{name}' stands for both '{found[plain(name)]}' and '{entry.id}'; remove one"
                    )
        return found

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Ids of the variables that can be observed."""
        return tuple(name for name, variable in self.knowledge.variables.items() if variable.role != LATENT)

    def known_as(self, variable: str) -> str:
        """The marker that reads a variable's own scale, by which people know it, else the variable, by id."""
        binned = (one for one in self.knowledge.biomarkers.values() if isinstance(one, Binned))
        return next((one.id for one in binned if one.variable == variable), variable)

    @cached_property
    def latents(self) -> Mapping[str, str]:
        """Plain id or alias -> id of each latent variable."""
        latents = (variable for variable in self.knowledge.variables.values() if variable.role == LATENT)
        return {plain(name): variable.id for variable in latents for name in (variable.id, *variable.aliases)}

    def latent(self, header: str) -> str:
        """What the latent variable behind a header is, which may carry a unit; empty if it is of none."""
        name = plain(split_unit(header)[0]) if len(header) <= LONGEST_HEADER else ""
        told = "a latent variable: it stands for causes that nobody measured, can be neither observed nor set, and is "
        return told + "only inferred" if name in self.latents else ""

    def refuse_latent(self, header: str) -> None:
        """A QuestionError for the name of a latent variable."""
        if told := self.latent(header):
            raise QuestionError(f"'{quotable(header)}' is {told}; leave it out")

    def find(self, name: str) -> str | None:
        """Id behind a typed name, or None; nothing that long is a name."""
        return self.ids.get(plain(name)) if len(name) <= LONGEST_HEADER else None

    def find_header(self, header: str) -> str | None:
        """Id behind a header, which may carry a unit, or None."""
        return self.find(header) or self.find(split_unit(header)[0])

    @cached_property
    def parts(self) -> Mapping[str, str]:
        """Plain id or alias -> id of a part, from which something may be derived."""
        return {plain(name): part.id for part in self.knowledge.parts.values() for name in (part.id, *part.aliases)}

    def find_part(self, header: str) -> str | None:
        """Id of the part behind a header, which may carry a unit, or None."""
        return self.parts.get(plain(header)) or self.parts.get(plain(split_unit(header)[0]))

    def resolve(self, name: str, kind: str = "observation") -> str:
        """Id behind a typed name, or an error that says what `kind` of name it should be and offers the nearest one."""
        if not isinstance(name, str):
            raise QuestionError(f"found {quotable(repr(name))}, expected a name: a text")
        found = self.find(name)
        if found is None:
            raise self.unknown(name, kind)
        return found

    def unknown(self, header: str, kind: str = "observation", value: object = None) -> UnknownNameError:
        """The error for a name that is not known, perhaps with the `value` given under it; another for a latent one."""
        self.refuse_latent(header)
        name, _ = split_unit(header)
        return UnknownNameError(kind, quotable(name), self.ids, self.hint(header, value))

    def no_variable(self, name: str) -> UnknownNameError:
        """The error for a name that is none of a variable that can be observed or set; another for a latent one."""
        self.refuse_latent(name)
        return UnknownNameError("variable", name, self.variables)

    def hint(self, header: str, value: object = None) -> str:
        """What an unknown name may mean, or an empty text; no name that speaks of a unit, which may be another one.

        Where the name states the unit of a plain number, the hint shows how to write it with the `value`.
        """
        if len(header) > LONGEST_HEADER:
            return ""
        number = "" if math.isnan(finite(value)) else quotable(value)
        apart = self._name_and_unit(header)
        if apart:
            name, unit = apart
            way = f'write {name}="{number} {unit}"' if number else f"call it '{name} [{unit}]'"
            return f" (not read; if this is {name} in {unit}, {way})"
        meant = self.lexicon.guess(split_unit(header)[0])
        if meant and meant.unit and number:
            return f' (did you mean {meant.id}="{number} {meant.unit}"?)'
        return f" (did you mean '{meant.name}'?)" if meant else ""

    def similar_quantity(self, header: str) -> str | None:
        """The name of something with numbers that has one letter less than a name of something without."""
        name = plain(split_unit(header)[0]) if len(header) <= LONGEST_HEADER else ""
        less = (self.ids.get(name[:place] + name[place + 1 :]) for place in range(len(name)))
        return next((found for found in less if found and self._units.get(found)), None)

    @cached_property
    def lexicon(self) -> Lexicon:
        """What names that are not known may stand for."""
        return Lexicon.of(self.knowledge, self.ids, self._without_unit)

    @cached_property
    def _without_unit(self) -> list[str]:
        """Names and aliases at whose end no unit stands."""
        units = {entry: tuple(map(letters, units)) for entry, units in self._units.items()}
        return [name for name, entry in self.ids.items() if not letters(name.split("_", 1)[-1]).endswith(units[entry])]

    @cached_property
    def _units(self) -> Mapping[str, tuple[str, ...]]:
        """Units of everything that has some, by id."""
        scales = {name: (one.scale.unit,) if one.scale else () for name, one in self.knowledge.variables.items()}
        markers = self.knowledge.biomarkers.items()
        return {**scales, **{name: accepted_units(one) if isinstance(one, Quantity) else () for name, one in markers}}

    def _name_and_unit(self, header: str) -> tuple[str, str] | None:
        """A header such as `CRP_mg_dl` as a known name and one of its units."""
        for gap in _GAP.finditer(header):
            name, rest = header[: gap.start()], letters(header[gap.end() :])
            units = self._units.get(self.find(name) or "", ())
            unit = next((unit for unit in units if rest and letters(unit) == rest), None)
            if unit:
                return name, unit
        return None


def range_of(scale: Scale, state: int, between: str = " to ", with_unit: bool = True) -> str:
    """The range of the state with that index, with `between` its ends, with or without the unit.

    >>> from cpds import load
    >>> age = load().variables["age"].scale
    >>> range_of(age, 0), range_of(age, 8), range_of(age, 13), range_of(age, 13, with_unit=False)
    ('20 to 25 years', '60 to 65 years', '85 years and over', '85 and over')
    """
    low, high = scale.edges[state : state + 2]
    unit = f" {in_words(scale.unit)}" if with_unit else ""
    if high >= scale.accepted[1]:
        return f"{low:g}{unit} and over"
    return f"{low:g}{between}{high:g}{unit}"
