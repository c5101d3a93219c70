"""A validation told to people: tables on the terminal, Markdown, and one self-contained page (TRIPOD+AI's items)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from bn.core.errors import QuestionError

if TYPE_CHECKING:
    from bn.validation.result import Validation

SUFFIXES = (".html", ".md", ".json")


def check_suffix(path: Path) -> str:
    """The suffix of a report, or a QuestionError for another one."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise QuestionError(f"{path}: found '{suffix or 'no suffix'}', expected a report's: {', '.join(SUFFIXES)}")
    return suffix


def document(found: Validation, path: Path) -> str:
    """The report as text, by the suffix: a page, Markdown, or all numbers."""
    suffix = check_suffix(path)
    if suffix == ".json":
        return json.dumps(found.to_dict(), indent=2, allow_nan=False) + "\n"
    if suffix == ".md":
        from bn.report.validation.markdown import markdown

        return markdown(found)
    from bn.report.validation.page import page

    return page(found)
