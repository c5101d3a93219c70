"""What a column stands for, where its header and cells do not tell: name, unit, codes, missing, detection limit, flags.

A meaning is said as `"header" = "name [unit]"`, or as a table with the keys of `KEYS`; in Python as a text or a dict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bn.cohort.reading.cells import Cells, Replaced
from bn.core.derive import PartHeading, heading_of
from bn.core.errors import QuestionError
from bn.core.heading import Heading
from bn.core.names import Names, split_unit
from bn.core.observe import is_missing
from cpds.knowledge import nearest
from cpds.text import LONGEST, finite, quotable
from cpds.units import ReadingError, accepted_units, as_text

KEYS = ("is", "unit", "values", "missing", "detection_limit", "flags")
FLAGS = frozenset({"h", "hh", "l", "ll", "a", "aa", "*", "**", "!"})
UNDETECTED = frozenset(
    f"{mark}{word}" for mark in ("<", "< ") for word in ("lod", "loq", "lloq", "dl", "mdl", "detection limit")
) | frozenset({"nd", "n.d.", "blq", "blod", "bloq", "bql", "bdl", "not detected", "undetected", "undetectable"})
_FLAGGED = re.compile(r"(?P<reading>.*[\w%²³])(?P<gap>\s*)(?P<flag>\(?[A-Za-z*!]{1,12}\)?)\s*")
_LINE = '"header" = "age", or "header" = { is = "sex", values = { 1 = "male", 2 = "female" }, missing = [9] }'

Code = str | float
Meaning = Mapping[str, Any]
"""Headers, each with what its column stands for: a name, a table with the keys of `KEYS`, or a `ColumnMeaning`."""


@dataclass(frozen=True)
class ColumnMeaning:
    """`name` is the name (and unit) that a column stands for, empty for one to leave alone.

    `values` maps a code, as `code_of` gives it, to what it means; `missing` are codes that say nothing. A text of
    `UNDETECTED` means below `detection_limit`, which is in the column's unit where it has none of its own. `flags`
    are texts (lower case) that may stand behind a reading. `where` is how messages call the column.
    """

    name: str
    where: str
    values: Mapping[Code, Any] = field(default_factory=dict)
    missing: frozenset[Code] = frozenset()
    detection_limit: str | None = None
    flags: frozenset[str] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether the cells are read as they are."""
        return not (self.values or self.missing or self.detection_limit or self.flags)

    @property
    def keys(self) -> dict[str, Any]:
        """What is said beside name and unit, by the keys of `KEYS`, as it may be said again."""
        keys: dict[str, Any] = {}
        if self.detection_limit is not None:
            keys["detection_limit"] = self.detection_limit
        if self.flags:
            keys["flags"] = True if self.flags == FLAGS else sorted(self.flags)
        if self.values:
            keys["values"] = {as_code(code): value for code, value in self.values.items()}
        if self.missing:
            keys["missing"] = sorted(map(as_code, self.missing), key=lambda code: (isinstance(code, str), code))
        return keys

    def read(self, cells: Cells) -> Cells:
        """The cells with codes, flags and the like replaced by what they mean, and those silent that mean missing."""
        if self.plain:
            return cells
        silent = np.isin(cells.numbers, [code for code in self.missing if isinstance(code, float)])
        coded = [code for code in self.values if isinstance(code, float)]
        places = np.flatnonzero(np.isin(cells.numbers, coded)).tolist()
        meant = {place: self.values[float(cells.numbers[place])] for place in places}
        for place in np.flatnonzero(np.isnan(cells.numbers) & cells.used()).tolist():
            code = code_of(cells.values[place])
            if code in self.missing:
                silent[place] = True
            elif (value := self._meant(code, cells.values[place])) is not None:
                meant[place] = value
        if silent.any():
            cells = replace(cells, codes=np.where((cells.codes >= 0) & ~silent[cells.codes], cells.codes, -1))
        return Replaced.of(cells, meant)

    def heading(self, names: Names) -> Heading | PartHeading | None:
        """What the column stands for, None for one to leave alone.

        Raises QuestionError for a name that is not known, a unit that does not fit, and codes, a limit or flags that
        the column cannot have.
        """
        if not self.name.strip():
            return None
        try:
            found = heading_of(names, self.name)
            if found is None:
                raise names.unknown(self.name)
        except QuestionError as error:
            raise QuestionError(f"{self.where}: {error}") from None
        self._check(found)
        return found

    def _check(self, heading: Heading | PartHeading) -> None:
        limit = {} if self.detection_limit is None else {"detection_limit": f"<{self.detection_limit}"}
        values = {f"values: {_shown(code)}": value for code, value in self.values.items()}
        if heading.numeric is None and (limit or self.flags):
            key = "detection_limit" if limit else "flags"
            raise QuestionError(f"{self.where}: {key}: {heading.id} holds no numbers; remove it")
        for key, value in {**values, **limit}.items():
            try:
                if isinstance(heading, Heading) and heading.says_state:
                    heading.weights(value)
                else:
                    heading.reading(value)
            except (QuestionError, ReadingError) as error:
                raise QuestionError(f"{self.where}: {key}: {error}") from None
        units = {unit.lower() for unit in accepted_units(heading.numeric)} if heading.numeric else set()
        for flag in sorted(self.flags & units):
            raise QuestionError(f"{self.where}: flags: '{flag}' is a unit of {heading.id}; name the flags without it")

    def _meant(self, code: Code, value: Any) -> Any:
        """What a text means, None where it is read as it stands."""
        if code in self.values:
            return self.values[code]
        if self.detection_limit is not None and code in UNDETECTED:
            return f"<{self.detection_limit}"
        return unflagged(value, self.flags) if self.flags and isinstance(value, str) else None


def code_of(value: Any) -> Code:
    """A cell as a code: numbers are the same however they are written, texts whatever their case.

    >>> code_of(" 01 "), code_of(1), code_of("1.0"), code_of(" Male "), code_of(True)
    (1.0, 1.0, 1.0, 'male', 'true')
    """
    number = finite(value)
    if not math.isnan(number):
        return number
    try:
        return as_text(value, "code").lower()
    except ReadingError:  # longer than any code is
        return ""


def as_code(code: Code) -> str | float | int:
    """A code of `code_of` as people write it: a whole number without the point."""
    return int(code) if isinstance(code, float) and code.is_integer() else code


def unflagged(text: str, flags: frozenset[str] = FLAGS) -> str | None:
    """A reading without the flag behind it, None where there is none; a letter stands apart, or behind a digit.

    >>> unflagged("4.1 H"), unflagged("4.1*"), unflagged("<0.3 mg/L (L)"), unflagged("4.1h")
    ('4.1', '4.1', '<0.3 mg/L', '4.1')
    >>> unflagged("5 mmol/L"), unflagged("4.1 mg"), unflagged("high")
    (None, None, None)
    """
    match = _FLAGGED.fullmatch(text) if len(text) <= LONGEST else None
    if match is None or match["flag"].strip("()").lower() not in flags:
        return None
    apart = match["gap"] or match["flag"][0] in "(*!" or match["reading"][-1].isdigit()
    return match["reading"] if apart and any(map(str.isdigit, match["reading"])) else None


def meanings(given: Meaning | None, source: str = "") -> dict[str, ColumnMeaning]:
    """What is said of columns, by header; `source` is the file that says it. Raises QuestionError."""
    if not isinstance(given, Mapping | None):
        raise QuestionError(f"meaning: found {quotable(repr(given))}, expected headers with what each stands for")
    return {header: _meaning(header, one, source) for header, one in (given or {}).items()}


def _meaning(header: Any, given: Any, source: str) -> ColumnMeaning:
    if isinstance(given, ColumnMeaning):
        return given
    where = f"{source}: '{quotable(header)}'" if source else f"'{quotable(header)}'"
    if isinstance(given, str):
        return ColumnMeaning(given, where)
    if not isinstance(given, Mapping):
        raise QuestionError(f"{where}: found {quotable(repr(given))}, expected a line such as {_LINE}")
    for key in given:
        if key not in KEYS:
            hint = nearest(str(key), list(KEYS))
            known = f"known keys: {', '.join(KEYS)}; a header with a point or a blank in it stands in quotes"
            raise QuestionError(f"{where}: unknown key '{quotable(key)}'{hint}; {known}")
    if "is" not in given:
        raise QuestionError(f'{where}: is: missing; say what the column is, such as is = "age"')
    values = _values(where, given.get("values", {}))
    missing = _missing(where, given.get("missing", ()))
    for code in missing & values.keys():
        raise QuestionError(f"{where}: code {_shown(code)} stands in values and in missing; keep one")
    return ColumnMeaning(
        _name(where, given["is"], given.get("unit")),
        where,
        {code: value for code, value in values.items() if not is_missing(value)},
        missing | {code for code, value in values.items() if is_missing(value)},
        _limit(where, given.get("detection_limit")),
        _flags(where, given.get("flags", False)),
    )


def _name(where: str, name: Any, unit: Any) -> str:
    if not isinstance(name, str):
        raise QuestionError(f'{where}: is: found {quotable(repr(name))}, expected a name such as "age"')
    if unit is None:
        return name
    if not isinstance(unit, str) or not unit.strip():
        raise QuestionError(f'{where}: unit: found {quotable(repr(unit))}, expected a unit such as "mg/dL"')
    if split_unit(name)[1]:
        raise QuestionError(f"{where}: '{quotable(name)}' has a unit already; keep it or the key unit")
    return f"{name} [{unit}]"


def _values(where: str, given: Any) -> dict[Code, Any]:
    if not isinstance(given, Mapping):
        expected = 'expected codes with what each means, such as { 1 = "male", 2 = "female" }'
        raise QuestionError(f"{where}: values: found {quotable(repr(given))}, {expected}")
    found: dict[Code, Any] = {}
    for typed, value in given.items():
        if not isinstance(value, str | float | int | None):
            expected = 'expected one state, level or number, such as "male"'
            raise QuestionError(f"{where}: values: {quotable(typed)} = {quotable(repr(value))}, {expected}")
        code = code_of(typed)
        if code in found:
            raise QuestionError(f"{where}: values: code {_shown(code)} stands twice; keep one")
        found[code] = value
    return found


def _missing(where: str, given: Any) -> frozenset[Code]:
    several = given if isinstance(given, list | tuple | set | frozenset) else [given]
    for one in several:
        if not isinstance(one, str | float | int) or isinstance(one, bool):
            raise QuestionError(f"{where}: missing: found {quotable(repr(one))}, expected codes such as [7, 9]")
    return frozenset(map(code_of, several))


def _limit(where: str, given: Any) -> str | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, str | float | int):
        raise QuestionError(f"{where}: detection_limit: found {quotable(repr(given))}, expected a number such as 0.2")
    return str(given).strip().removeprefix("<").strip()


def _flags(where: str, given: Any) -> frozenset[str]:
    if isinstance(given, bool):
        return FLAGS if given else frozenset()
    several = [given] if isinstance(given, str) else given
    if isinstance(several, list | tuple | set | frozenset) and all(
        isinstance(one, str) and re.fullmatch(r"[A-Za-z*!]{1,12}", one) for one in several
    ):
        return frozenset(one.lower() for one in several)
    expected = 'expected true, or letters and asterisks such as ["H", "L", "*"]'
    raise QuestionError(f"{where}: flags: found {quotable(repr(given))}, {expected}")


def _shown(code: Code) -> str:
    return f"{code:g}" if isinstance(code, float) else f"'{quotable(code)}'"
