"""Files of the knowledge read into records: one record a file, a table or a line; every problem is told at once."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

from msgspec import ValidationError, convert

from cpds.records import Claim

R = TypeVar("R")
_KEYS = re.compile(r"[^.$`\[\]]+|\.{3}")
_NAMELESS = "..."
"""How the validator calls a key of a mapping, whatever its name."""


class KnowledgeError(ValueError):
    """All problems found in the knowledge files; each names file and key and says what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))

    def __reduce__(self) -> tuple[object, ...]:
        """From one process to another."""
        return type(self), (self.problems,)


def folder_of(folder: Path, kind: Any) -> dict[str, Any]:
    """One record a file; the file is named after the record's id."""
    records: dict[str, Any] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            entry = toml_of(path)
            if entry.get("id") != path.stem:
                problems.append(
                    f"{path.name}: id: found {entry.get('id')!r}, expected '{path.stem}' as the file is named"
                )
            records[path.stem] = read_entry(entry, kind)
        except EntryError as error:
            problems += (f"{folder.name}/{path.name}: {problem}" for problem in error.problems)
        except KnowledgeError as error:
            problems += error.problems
    if problems:
        raise KnowledgeError(problems)
    return records


def list_of(path: Path, record: type[R]) -> dict[str, R]:
    """Records of a file that holds a list of tables, by id."""
    entries = entries_of(path, record)
    records = {str(getattr(entry, "id")): entry for entry in entries}  # noqa: B009
    if len(records) != len(entries):
        raise KnowledgeError([f"{path.name}: id: two have the same id; give each entry its own"])
    return records


def entries_of(path: Path, record: type[R]) -> list[R]:
    """Records of a file that holds a list of tables, in its order."""
    key = path.stem.removesuffix("s")
    document = toml_of(path)
    problems = [
        f"{path.name}: {extra}: unknown key; entries are written [[{key}]]" for extra in document if extra != key
    ]
    entries = []
    for position, entry in enumerate(document.get(key, []), 1):
        try:
            entries.append(read_entry(entry, record))
        except EntryError as error:
            where = f"{path.name}: {key} {entry.get('id', position)}"
            problems += (f"{where}: {problem}" for problem in error.problems)
    if problems:
        raise KnowledgeError(problems)
    return entries


def toml_of(path: Path) -> dict[str, Any]:
    """What a TOML file holds."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KnowledgeError([f"{path.name}: missing; every data folder holds this file"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError([f"{path.name}: not valid TOML: {error}"]) from None


def claims_of(path: Path) -> dict[str, Claim]:
    """Claims by id."""
    rows = rows_of(path, Claim, {"refs": split, "given": settings_of, "compared": ends_of})
    claims = {claim.id: claim for claim in rows}
    if len(claims) != len(rows):
        raise KnowledgeError([f"{path.name}: id: two have the same id; give each claim its own"])
    return claims


def rows_of(path: Path, record: type[R], readers: Mapping[str, Callable[[str], Any]]) -> list[R]:
    """One record a line; `readers` take apart the columns that hold more than text, empty cells are left out."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except UnicodeDecodeError as error:
        raise KnowledgeError([f"{path.name}: not UTF-8: {error}"]) from None
    except FileNotFoundError:
        raise KnowledgeError([f"{path.name}: missing; every data folder holds this file"]) from None
    entries: list[R] = []
    problems: list[str] = []
    for line, row in enumerate(rows, 2):
        cells = {key: readers.get(key, str)(value) for key, value in row.items() if key is not None and value}
        if "line_from" in cells:
            cells["lines"] = (cells.pop("line_from"), cells.pop("line_to", None))
        try:
            entries.append(read_entry(cells, record, strict=False))
        except EntryError as error:
            problems += (f"{path.name}: line {line}: {problem}" for problem in error.problems)
    if problems:
        raise KnowledgeError(problems)
    return entries


def split(cell: str) -> tuple[str, ...]:
    """What stands between semicolons."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def settings_of(cell: str) -> dict[str, str]:
    """`a=x;b=y` as a mapping."""
    return {key.strip(): value.strip() for key, _, value in (part.partition("=") for part in split(cell))}


def ends_of(cell: str) -> tuple[str, ...]:
    """`x against y` as its parts."""
    return tuple(part.strip() for part in cell.split(" against "))


class EntryError(ValueError):
    """What is wrong with an entry: one line a problem, with the key, what was found and what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))

    def __reduce__(self) -> tuple[object, ...]:
        """From one process to another."""
        return type(self), (self.problems,)


def read_entry(entry: dict[str, Any], kind: Any, strict: bool = True) -> Any:
    """The record of some kind that an entry holds; without `strict` a text may stand for a number.

    Raises EntryError.
    """
    try:
        return convert(entry, kind, strict=strict)
    except ValidationError as error:
        raise EntryError(list(_problems(entry, kind, strict, error))) from None


def _problems(entry: dict[str, Any], kind: Any, strict: bool, error: ValidationError) -> Iterator[str]:
    """One after the other: an unknown key is set aside, so that it does not hide what else is wrong."""
    message, _, place = str(error).partition(" - at ")
    keys = _KEYS.findall(place.removeprefix("`key` in "))
    name = re.search("`(.*)`", message)
    if name and message.startswith("Object missing"):
        yield f"{_where(entry, *keys, name[1])}missing; add it"
    elif name and message.startswith("Object contains unknown"):
        yield f"{_where(entry, *keys, name[1])}unknown key; remove it or correct its spelling"
        if _NAMELESS not in keys:
            left = deepcopy(entry)
            del reduce(_at, keys, left)[name[1]]
            try:
                convert(left, kind, strict=strict)
            except ValidationError as another:
                yield from _problems(left, kind, strict, another)
    else:
        found = None if _NAMELESS in keys else reduce(_at, keys, entry)
        yield f"{_where(entry, *keys)}{message}" + ("" if isinstance(found, dict | None) else f" (found {found!r:.80})")


def _at(value: Any, key: str) -> Any:
    """What stands in a list or a table under a key."""
    return value[int(key)] if isinstance(value, list | tuple) else value[key]


def _where(entry: Any, *keys: str) -> str:
    """The keys that lead to a place; of items of a list their id, or their place counted from one, as rules do."""
    path, value = [], entry
    for key in keys:
        inside = isinstance(value, list | tuple)
        value = value[int(key)] if inside else value.get(key) if isinstance(value, dict) else None
        name = value.get("id") if inside and isinstance(value, dict) else None
        path.append((name if isinstance(name, str) else str(int(key) + 1)) if inside else key)
    return f"{' '.join(path)}: " if path else ""
