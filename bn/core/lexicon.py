"""What a name that is not known may stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cpds.knowledge import Knowledge
from cpds.records import ColumnWord, Quantity
from cpds.text import LONGEST, plain
from cpds.unit_grammar import spell
from cpds.units import accepted_units

_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_CAMEL = re.compile(r"[a-z][A-Z][a-z]|[a-z]{3}[A-Z]$")
_ALIKE = str.maketrans("lo", "10")
SHORTEST, LONG = 4, 8
"""Letters of a name that a slip of one letter leaves recognizable, and of one that two slips do; assumed."""


@dataclass(frozen=True)
class NameGuess:
    """The id of a variable, biomarker or part, the unit of its numbers if another than its own, and what codes mean.

    `values` and `missing` are those that a codebook or a habit gives, `sure` says that it is a codebook.
    """

    id: str
    unit: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    sure: bool = True

    @property
    def name(self) -> str:
        """The name with its unit, as a header may bear it."""
        return f"{self.id} [{self.unit}]" if self.unit else self.id

    @property
    def said(self) -> str | dict[str, Any]:
        """What `meaning` takes for a column."""
        if not (self.values or self.missing):
            return self.name
        keys = {
            "unit": self.unit,
            "values": {_code(code): state for code, state in self.values.items()},
            "missing": [_code(code) for code in self.missing],
        }
        return {"is": self.id, **{key: value for key, value in keys.items() if value}}


def _code(code: str) -> int | str:
    return int(code) if code.lstrip("-").isdigit() else code


def parts(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, also where capitals set them apart.

    >>> parts("AgeInYearsAtScreening"), parts("glucose_0"), parts("hs-CRP"), parts("HbA1c"), parts("CRP_mgL")
    (('age', 'in', 'years', 'at', 'screening'), ('glucose', '0'), ('hs', 'crp'), ('hba1c',), ('crp', 'mgl'))
    >>> parts("gripL"), parts("CReactiveProtein")
    (('grip', 'l'), ('c', 'reactive', 'protein'))
    """
    words: list[str] = []
    for piece in re.split(r"[\W_]+", name):
        words += _PART.findall(piece) if _CAMEL.search(piece) and len(piece) > 4 else [piece]
    return tuple(word.lower() for word in words if word)


@dataclass(frozen=True)
class Lexicon:
    """The words of columns, laid out for looking up."""

    names: Mapping[str, ColumnWord]
    words: Mapping[tuple[str, ...], ColumnWord]
    beside: frozenset[str]
    spoiling: frozenset[str]
    persons: frozenset[str]
    visits: frozenset[str]
    units: Mapping[str, Mapping[str, str]]
    known: Mapping[str, str]
    shorter: Mapping[str, tuple[tuple[str, int], ...]]

    @classmethod
    def of(cls, knowledge: Knowledge, ids: Mapping[str, str], without_unit: list[str]) -> Lexicon:
        """From the knowledge, the ids by plain name, and those of these names that speak of no unit."""
        entries = [word for _, word in knowledge.column_entries]
        by_use = {use: [one for one in entries if one.use == use] for use in ("beside", "spoils", "person", "visit")}
        quantities = {**knowledge.biomarkers, **{name: part.quantity for name, part in knowledge.parts.items()}}
        shorter: dict[str, list[tuple[str, int]]] = {}
        for name in without_unit:
            for text, place in _shorter(name):
                shorter.setdefault(text, []).append((name, place))
        return cls(
            {flat(name): one for one in entries if one.use in ("means", "warns") for name in one.names},
            {tuple(word.split()): one for one in entries if one.use == "means" for word in one.words},
            frozenset(word for one in by_use["beside"] for word in one.words),
            frozenset(word for one in by_use["spoils"] for word in one.words),
            frozenset(flat(name) for one in by_use["person"] for name in one.names),
            frozenset(flat(name) for one in by_use["visit"] for name in one.names),
            {name: _units(one) for name, one in quantities.items() if isinstance(one, Quantity)},
            ids,
            {text: tuple(names) for text, names in shorter.items()},
        )

    def warned(self, header: str) -> str | None:
        """What is said of a column of exactly that name, which is no reading though it looks like one."""
        return entry.told if (entry := self.names.get(flat(header))) else None

    def is_person(self, header: str) -> bool:
        """Whether a column of that name tells people apart."""
        return flat(header) in self.persons

    def is_visit(self, header: str) -> bool:
        """Whether a column of that name tells the visits of one person apart."""
        return flat(header) in self.visits

    def guess(self, name: str) -> NameGuess | None:
        """What the name may stand for; None where it says nothing, or something beside that makes it another thing."""
        if len(name) > LONGEST:
            return None
        entry = self.names.get(flat(name))
        if entry is not None:
            return guessed(entry) if entry.meaning else None
        words = parts(name)
        for size in range(len(words), 0, -1):
            for start in range(len(words) - size + 1):
                entry = self.words.get(words[start : start + size])
                if entry is None:
                    continue
                unit = self._unit(entry, words[:start], words[start + size :])
                if unit is not None:
                    return _guess(entry, unit or entry.unit)
        return self._glued(words) or self._slip(name, words)

    def _unit(self, entry: ColumnWord, before: tuple[str, ...], behind: tuple[str, ...]) -> str | None:
        """The unit that the other words of a name state, empty for none; None where they say something else.

        A word may be a unit or stand beside (`in`). A single letter behind a name makes it another thing: `homa_s` is
        the sensitivity, `glucose_p` may be a p value.
        """
        units = self.units.get(str(entry.meaning), {})
        if behind and not before and (unit := units.get(letters("_".join(behind)))):
            return unit
        others = (*before, *(word for word in behind if len(word) > 1 or word in entry.beside or word.isdigit()))
        if len(others) < len(before) + len(behind):
            return None
        left = [word for word in others if word not in self.beside and word not in entry.beside]
        return units.get(letters("_".join(left))) if left else ""

    def _glued(self, words: tuple[str, ...]) -> NameGuess | None:
        """A single word with its unit behind it, such as `CRPmgdl`."""
        if len(words) == 1:
            for place in range(len(words[0]) - 2, 1, -1):
                entry = self.words.get((words[0][:place],))
                unit = self.units.get(str(entry.meaning), {}).get(words[0][place:]) if entry else None
                if entry and unit:
                    return _guess(entry, unit)
        return None

    def _slip(self, name: str, words: tuple[str, ...]) -> NameGuess | None:
        """The known name of which this one is a slip, unless it speaks of a drug, a flag, a date.

        A name with a number behind it (`age2`) is that name again, not a slip for another one.
        """
        bare = plain(name).rstrip("0123456789")
        if self.spoiling & set(words) or (bare != plain(name) and (bare in self.known or (bare,) in self.words)):
            return None
        found = self.slip(plain(name))
        return NameGuess(self.known[found]) if found else None

    def slip(self, name: str) -> str | None:
        """The known name that differs by one letter left out, added or changed, or two neighbors the wrong way round.

        In long names two letters may differ. A letter more at the end is no slip, unless it is the last one twice: it
        makes a receptor of a ligand, an index of a mass. Short names must begin alike. Digits tell things apart, so
        they must agree, except `l` for `1` and `o` for `0`.
        """
        best: tuple[int, str] | None = None
        for text, place in _shorter(name):
            for known, other in self.shorter.get(text, ()):
                slips = _slips(name, known, place, other)
                short = max(len(name), len(known))
                if short < SHORTEST or (slips > 1 and min(len(name), len(known)) < LONG):
                    continue
                if _longer(name, known) or _longer(known, name, SHORTEST):
                    continue
                if (name[0] != known[0] and short < LONG) or not _same_digits(name, known):
                    continue
                best = min(best or (slips, known), (slips, known))
        return best[1] if best else None


def guessed(entry: ColumnWord) -> NameGuess:
    """What an entry says of a column that has one of its names."""
    return _guess(entry, entry.unit)


def _guess(entry: ColumnWord, unit: str | None) -> NameGuess:
    return NameGuess(str(entry.meaning), unit, entry.values, entry.missing, entry.basis == "reported")


def _shorter(name: str) -> Iterator[tuple[str, int]]:
    """The name as it is, and without each of its letters in turn, with the place of what was left out.

    >>> list(_shorter("abc"))
    [('abc', -1), ('bc', 0), ('ac', 1), ('ab', 2)]
    """
    yield name, -1
    if len(name) <= LONGEST // 2:
        yield from ((name[:place] + name[place + 1 :], place) for place in range(len(name)))


def _slips(name: str, known: str, place: int, other: int) -> int:
    """How many slips lead from one name to another that is the same without the letters at two places."""
    if place < 0 or other < 0 or place == other:
        return 1
    neighbors = abs(place - other) == 1 and name[place] == known[other]
    return 1 if neighbors else 2


def _longer(name: str, other: str, shortest: int = LONGEST) -> bool:
    """Whether a name is another one, of fewer letters than `shortest`, with a further letter at its end."""
    return len(other) < shortest and name[:-1] == other and name[-1:] != other[-1:]


def _same_digits(name: str, known: str) -> bool:
    """Whether two names hold the same digits, or differ only in letters that look like them."""
    digits = [re.sub(r"\D", "", one) for one in (name, known)]
    return digits[0] == digits[1] or name.translate(_ALIKE) == known.translate(_ALIKE)


def _units(marker: Quantity) -> dict[str, str]:
    """Units of a marker by their letters, and by what stands above the line (`mmol`) where one unit has that.

    The first of several that have the same.
    """
    found: dict[str, str] = {}
    above: dict[str, list[str]] = {}
    for unit in accepted_units(marker):
        if key := letters(unit):
            found.setdefault(key, unit)
        if "/" in unit and "@" not in unit:
            above.setdefault(letters(unit.partition("/")[0]), []).append(unit)
    return {**{key: units[0] for key, units in above.items() if len(units) == 1}, **found}


def letters(unit: str) -> str:
    """The letters and digits of a unit, however its parts are set apart.

    >>> letters("mg/dL"), letters("mg_dl"), letters("years"), letters("kg_m2") == letters("kg/m²")
    ('mgdl', 'mgdl', 'year', True)
    """
    return re.sub(r"[^a-z0-9]", "", spell(unit).lower())


def flat(name: str) -> str:
    """A name in lower case, whatever sets its parts apart."""
    return "_".join(re.findall(r"[a-z0-9]+", name[: 2 * LONGEST].lower()))
