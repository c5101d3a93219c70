"""A file that says what the columns of a table stand for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from bn.errors import QuestionError


def read_meaning(path: Path) -> Mapping[str, str]:
    """Headers, each with the name (and unit) that it stands for, or an empty text for a column to leave alone.

    Raises QuestionError for what is not TOML or holds anything but texts.
    """
    try:
        meaning = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path}: cannot be read as TOML: {error}") from None
    for header, name in meaning.items():
        if not isinstance(name, str):
            raise QuestionError(
                f'{path}: \'{header}\': found {name!r}, expected a line such as "{header}" = "age", header in quotes'
            )
    return meaning
