"""What the headers of one table stand for, by what users say of them and by dictionaries of well-known sources.

Where several speak of a header the later one counts. What a user says is a column is one of the table; what a
dictionary says of columns that are not there does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bn.cohort.reading.meaning import ColumnMeaning, column_meanings
from bn.core.errors import QuestionError
from bn.core.lexicon import flat, guessed
from bn.core.names import Names
from cpds.knowledge import nearest
from cpds.records import ColumnWord, Dictionary
from cpds.text import quotable


def said_of(names: Names, headers: Sequence[str], several: Sequence[Mapping[str, Any] | str | None]) -> Meanings:
    """The meaning of each header of which something is said, in the order in which it is said.

    A column of a dictionary is left alone where a user names another one for the same thing, and where an earlier
    one of the dictionary gives it and the two are not read together. Raises QuestionError for an unknown dictionary,
    for what cannot be said, and for a header that the table lacks.
    """
    found: Meanings = {}
    for one in several:
        if isinstance(one, str):
            found |= _of_dictionary(names, headers, _dictionary(names, one))
        else:
            own = column_meanings(one)
            _refuse_absent(headers, own)
            found = {**_without(names, found, own), **own}
    return found


Meanings = dict[str, ColumnMeaning]


def said_headers(names: Names, several: Sequence[Mapping[str, Any] | str | None]) -> set[str]:
    """Headers of which something is said; those of dictionaries as `flat` has them."""
    found: set[str] = set()
    for one in several:
        if isinstance(one, str):
            found |= {flat(name) for word in _dictionary(names, one).columns for name in word.names}
        else:
            found |= set(one or {})
    return found


def _dictionary(names: Names, name: str) -> Dictionary:
    known = names.knowledge.dictionaries
    if name not in known:
        found = f"unknown dictionary '{quotable(name)}'{nearest(name, list(known))}"
        raise QuestionError(f"{found}; known: {', '.join(known)}; or name a file, such as columns.toml")
    return known[name]


def _of_dictionary(names: Names, headers: Sequence[str], dictionary: Dictionary) -> Meanings:
    by_name: dict[str, str] = {}
    for header in headers:
        by_name.setdefault(flat(header), header)
    found: Meanings = {}
    first: dict[str, ColumnWord] = {}
    is_any = False
    for word in dictionary.columns:
        for header in (by_name[flat(name)] for name in word.names if flat(name) in by_name):
            is_any = True
            if word.meaning is None:  # a warning, which whoever looks at unread columns gives
                continue
            where = f"{dictionary.id}: '{quotable(header)}'"
            before = first.setdefault(word.meaning, word)
            counts = before is word or (word.together is not None and word.together == before.together)
            said = guessed(word).said if counts else ""
            (meaning,) = column_meanings({header: said}).values()
            found[header] = replace(meaning, where=where, together=word.together if counts else None, optional=True)
    if not is_any:
        some = ", ".join(word.names[0] for word in dictionary.columns[:4])
        raise QuestionError(f"dictionary {dictionary.id}: no column is one of its own, such as {some}")
    return found


def _without(names: Names, found: Meanings, own: Meanings) -> Meanings:
    """What dictionaries say, without columns for what the user names other columns for."""
    given = {heading.id for one in own.values() if (heading := one.heading(names))}
    kept = {}
    for header, one in found.items():
        heading = one.heading(names) if one.optional else None
        kept[header] = replace(one, name="") if heading and heading.id in given else one
    return kept


def _refuse_absent(headers: Sequence[str], own: Meanings) -> None:
    for header, meaning in own.items():
        if header not in headers:
            hint = nearest(quotable(header), list(map(quotable, headers)))
            raise QuestionError(f"no column '{quotable(header)}' to be read as '{quotable(meaning.name)}'{hint}")
