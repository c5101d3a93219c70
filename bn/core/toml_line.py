"""The line of a columns file that says what a column is."""

from __future__ import annotations

from typing import Any

from cpds.toml import inline, text

LONGEST_HEADER = 200
"""Characters; nothing longer is a name."""


def toml_line(header: str, said: Any) -> str:
    r"""The line of a file for `--columns` that says what the column of a header is: TOML has just this header for key.

    >>> toml_line("CRP", {"is": "hscrp", "flags": True, "missing": [9, "x"]})
    '"CRP" = { is = "hscrp", flags = true, missing = [9, "x"] }'
    """
    return f"{text(header)} = {inline(said)}"


def has_line(header: str) -> bool:
    """Whether a line can say it: nothing that long is pasted, and TOML has no halves of characters."""
    return len(header) <= LONGEST_HEADER and not any("\ud800" <= letter <= "\udfff" for letter in header)
