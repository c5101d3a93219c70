"""What users say of a table's columns: how all are read, and what a header stands for where it does not tell.

A meaning is said as `"header" = "name [unit]"`, or as a table with the keys of `bn.cohort.reading.codes.KEYS`: name,
unit, detection limit, flags, codes with what each means, codes of missing values, how several columns of one thing are
read together; in Python as a text or a dict.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np

from bn.cohort.reading.cells import Cells
from bn.cohort.reading.codes import FLAGS, KEYS, UNDETECTED, Code, as_code, code_of, unflagged
from bn.core.derive import PartHeading, heading_of
from bn.core.errors import QuestionError
from bn.core.heading import Heading
from bn.core.names import Names, split_unit
from bn.core.observe import is_missing
from cpds.knowledge import nearest
from cpds.records import Together
from cpds.text import quotable
from cpds.units import ReadingError, accepted_units

_LINE = '"header" = "age", or "header" = { is = "sex", values = { 1 = "male", 2 = "female" }, missing = [9] }'

Meaning = Mapping[str, Any] | str | Sequence[Mapping[str, Any] | str]
"""Headers, each with what its column stands for: a name, a table with the keys of `KEYS`, or a `ColumnMeaning`.

Or the name of a dictionary, or of a TOML file; or several of all these, of which the later ones count first.
"""
TOGETHER: tuple[Together, ...] = get_args(Together)


@dataclass(frozen=True)
class ColumnMeaning:
    """`name` is the name (and unit) that a column stands for, empty for one to leave alone.

    `values` maps a code, as `code_of` gives it, to what it means; `missing` are codes of missing values. A text of
    `UNDETECTED` means below `detection_limit`, which is in the column's unit where it has none of its own. `flags`
    are texts (lower case) that may follow a reading. `where` is how messages call the column.
    """

    name: str
    where: str
    values: Mapping[Code, Any] = field(default_factory=dict)
    missing: frozenset[Code] = frozenset()
    detection_limit: str | None = None
    flags: frozenset[str] = frozenset()
    labels: bool = True
    together: Together | None = None
    optional: bool = False

    @property
    def codes(self) -> frozenset[Code]:
        """Codes of which something is said."""
        return self.missing | self.values.keys()

    @property
    def keys(self) -> dict[str, Any]:
        """What is said besides name and unit, by the keys of `KEYS`, as it may be said again."""
        keys: dict[str, Any] = {}
        if self.detection_limit is not None:
            keys["detection_limit"] = self.detection_limit
        if self.flags:
            keys["flags"] = True if self.flags == FLAGS else sorted(self.flags)
        if self.values:
            keys["values"] = {as_code(code): value for code, value in self.values.items()}
        if self.missing:
            keys["missing"] = sorted(map(as_code, self.missing), key=lambda code: (isinstance(code, str), code))
        if not self.labels:
            keys["labels"] = False
        if self.together:
            keys["together"] = self.together
        return keys

    def read(self, cells: Cells) -> Cells:
        """The cells with codes, flags and the like replaced by what they mean, and missing where they mean that."""
        if not (self.values or self.missing or self.detection_limit or self.flags):
            return cells
        missing = np.isin(cells.numbers, [code for code in self.missing if isinstance(code, float)])
        coded = [code for code in self.values if isinstance(code, float)]
        places = np.flatnonzero(np.isin(cells.numbers, coded)).tolist()
        by_place = {place: self.values[float(cells.numbers[place])] for place in places}
        for place in np.flatnonzero(np.isnan(cells.numbers) & cells.used()).tolist():
            code = code_of(cells.values[place])
            if code in self.missing:
                missing[place] = True
            elif (value := self._value(code, cells.values[place])) is not None:
                by_place[place] = value
        return cells.without(missing).replaced(by_place)

    def _value(self, code: Code, value: Any) -> Any:
        """What a text means, None where it is read as it stands."""
        if code in self.values:
            return self.values[code]
        if self.detection_limit is not None and code in UNDETECTED:
            return f"<{self.detection_limit}"
        return unflagged(value, self.flags) if self.flags and isinstance(value, str) else None

    def heading(self, names: Names) -> Heading | PartHeading | None:
        """What the column stands for, None for one to leave alone.

        Raises QuestionError for a name that is not known, a unit that does not fit, and codes, a limit or flags that
        the column cannot have.
        """
        if not self.name.strip():
            return None
        try:
            heading = heading_of(names, self.name)
            if heading is None:
                raise names.unknown(self.name)
        except QuestionError as error:
            raise QuestionError(f"{self.where}: {error}") from None
        limit = {} if self.detection_limit is None else {"detection_limit": f"<{self.detection_limit}"}
        if heading.numeric is None and (limit or self.flags):
            key = "detection_limit" if limit else "flags"
            raise QuestionError(f"{self.where}: {key}: {heading.id} holds no numbers; remove it")
        for key, value in {
            **{f"values: {_shown(code)}": value for code, value in self.values.items()},
            **limit,
        }.items():
            try:
                parse(heading, value)
            except (QuestionError, ReadingError) as error:
                raise QuestionError(f"{self.where}: {key}: {error}") from None
        units = {unit.lower() for unit in accepted_units(heading.numeric)} if heading.numeric else set()
        for flag in sorted(self.flags & units):
            raise QuestionError(f"{self.where}: flags: '{flag}' is a unit of {heading.id}; name the flags without it")
        return heading


def parse(heading: Heading | PartHeading, value: Any) -> Any:
    """What a value says under a heading: weights of its states, or number and censoring. Raises as `heading` does."""
    return heading.weights(value) if isinstance(heading, Heading) and heading.says_state else heading.reading(value)


def read_if_file(given: Any) -> Any:
    """What a file says, where a text names one rather than a dictionary."""
    if isinstance(given, str) and (Path(given).suffix or Path(given).is_file()):
        return read_meaning(Path(given))
    return given


def read_meaning(path: Path) -> Mapping[str, ColumnMeaning]:
    """What a file says of headers. Raises QuestionError for what is not TOML or cannot be said of a column."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        twice = "; is a header given twice? keep its last line" if "overwrite" in str(error) else ""
        raise QuestionError(f"{path}: cannot be read as TOML: {error}{twice}") from None
    return column_meanings(given, str(path))


def column_meanings(given: Mapping[str, Any] | None, source: str = "") -> dict[str, ColumnMeaning]:
    """What is said of columns, by header; `source` is the file that says it. Raises QuestionError."""
    if not isinstance(given, Mapping | None):
        raise QuestionError(f"meaning: found {quotable(repr(given))}, expected headers with what each stands for")
    return {header: _meaning(header, said, source) for header, said in (given or {}).items()}


def _meaning(header: Any, given: Any, source: str) -> ColumnMeaning:
    if isinstance(given, ColumnMeaning):
        return given
    where = f"{source}: '{quotable(header)}'" if source else f"'{quotable(header)}'"
    if isinstance(given, str):
        return ColumnMeaning(given, where)
    if not isinstance(given, Mapping):
        raise unexpected(where, given, f"a line such as {_LINE}")
    for key in given:
        if key not in KEYS:
            hint = nearest(str(key), list(KEYS))
            known = f"known keys: {', '.join(KEYS)}; a header with a point or a blank in it needs quotes"
            raise QuestionError(f"{where}: unknown key '{quotable(key)}'{hint}; {known}")
    if "is" not in given:
        raise QuestionError(f'{where}: is: missing; say what the column is, such as is = "age"')
    values = _values(f"{where}: values", given.get("values", {}))
    several = given.get("missing", ())
    several = several if isinstance(several, list | tuple | set | frozenset) else [several]
    for code in several:
        if not isinstance(code, str | float | int) or isinstance(code, bool):
            raise unexpected(f"{where}: missing", code, "codes such as [7, 9]")
    missing = frozenset(map(code_of, several))
    for code in missing & values.keys():
        raise QuestionError(f"{where}: code {_shown(code)} is in both values and missing; keep one")
    limit = given.get("detection_limit")
    if isinstance(limit, bool) or not isinstance(limit, str | float | int | None):
        raise unexpected(f"{where}: detection_limit", limit, "a number such as 0.2")
    return ColumnMeaning(
        _name(where, given["is"], given.get("unit")),
        where,
        {code: value for code, value in values.items() if not is_missing(value)},
        missing | {code for code, value in values.items() if is_missing(value)},
        None if limit is None else str(limit).strip().removeprefix("<").strip(),
        _flags(where, given.get("flags", False)),
        _labels(where, given.get("labels", True)),
        _together(where, given.get("together")),
    )


def unexpected(where: str, found: Any, expected: str) -> QuestionError:
    """An error that says what was found and what is expected."""
    return QuestionError(f"{where}: found {quotable(repr(found))}, expected {expected}")


def _name(where: str, name: Any, unit: Any) -> str:
    if not isinstance(name, str):
        raise unexpected(f"{where}: is", name, 'a name such as "age"')
    if unit is None:
        return name
    if not isinstance(unit, str) or not unit.strip():
        raise unexpected(f"{where}: unit", unit, 'a unit such as "mg/dL"')
    if split_unit(name)[1]:
        raise QuestionError(f"{where}: '{quotable(name)}' has a unit already; keep it or the key unit")
    return f"{name} [{unit}]"


def _values(where: str, given: Any) -> dict[Code, Any]:
    if not isinstance(given, Mapping):
        raise unexpected(where, given, 'codes with what each means, such as { 1 = "male", 2 = "female" }')
    values: dict[Code, Any] = {}
    for typed, value in given.items():
        if not isinstance(value, str | float | int | None):
            expected = 'expected one state, level or number, such as "male"'
            raise QuestionError(f"{where}: {quotable(typed)} = {quotable(repr(value))}, {expected}")
        code = code_of(typed)
        if code in values:
            raise QuestionError(f"{where}: code {_shown(code)} is given twice; keep one")
        values[code] = value
    return values


def _flags(where: str, given: Any) -> frozenset[str]:
    if isinstance(given, bool):
        return FLAGS if given else frozenset()
    several = [given] if isinstance(given, str) else given
    if isinstance(several, list | tuple | set | frozenset) and all(
        isinstance(flag, str) and re.fullmatch(r"[A-Za-z*!]{1,12}", flag) for flag in several
    ):
        return frozenset(flag.lower() for flag in several)
    raise unexpected(f"{where}: flags", given, 'true, or letters and asterisks such as ["H", "L", "*"]')


def _labels(where: str, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    raise unexpected(f"{where}: labels", given, "false (to read codes as they stand) or true")


def _together(where: str, given: Any) -> Together | None:
    if given is None or given in TOGETHER:
        return given  # type: ignore[no-any-return]  # one of these
    raise unexpected(
        f"{where}: together", given, '"any" (yes where one says yes) or "first" (the first that has a value)'
    )


def _shown(code: Code) -> str:
    return f"{code:g}" if isinstance(code, float) else f"'{quotable(code)}'"
