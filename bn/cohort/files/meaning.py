"""A file that says what the columns of a table stand for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from bn.cohort.reading.meaning import ColumnMeaning, meanings
from bn.core.errors import QuestionError


def read_meaning(path: Path) -> Mapping[str, ColumnMeaning]:
    """Headers, each with what it stands for; see `bn.cohort.reading.meaning`.

    Raises QuestionError for what is not TOML or says of a column what cannot be said.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        twice = "; does a header stand twice? keep its last line" if "overwrite" in str(error) else ""
        raise QuestionError(f"{path}: cannot be read as TOML: {error}{twice}") from None
    return meanings(given, str(path))
