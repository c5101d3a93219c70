"""A case file: one person's findings, and what is to be asked of them, in TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bn.core.errors import QuestionError
from bn.core.typed import value_of
from cpds.knowledge import nearest
from cpds.text import quotable

EXAMPLE = """title = "Mrs. A, first visit"
do = ["exercise_training"]
threshold = 0.5

[findings]
age = 68
sex = "female"
hscrp = "4.1 mg/L"
"""


@dataclass(frozen=True)
class Case:
    """One person: a `title`, findings by name, what may be done (`do`), and the risk from which one would act.

    `definition` names other definitions of outcomes by which the risk is to be told besides.
    """

    findings: dict[str, Any]
    title: str = ""
    do: tuple[str, ...] = ()
    threshold: float | None = None
    texts: dict[str, str] = field(default_factory=dict)
    """The findings as they were written."""
    definition: tuple[str, ...] = ()


def read_case(path: Path) -> Case:
    """A case file; values are what the command line takes behind `=`, or numbers, dates and tables of weights.

    Raises QuestionError for what is no TOML, unknown keys, and values that cannot be.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise QuestionError(f"{path}: cannot be read as TOML: {error}; expected such as\n{EXAMPLE}") from None
    known = [one.name for one in fields(Case) if one.name != "texts"]
    for key in document:
        if key not in known:
            hint = nearest(key, known) or " (findings stand in a table [findings])"
            raise QuestionError(f"{path}: unknown key '{quotable(key)}'{hint}; expected {', '.join(known)}")
    findings = document.get("findings")
    if not isinstance(findings, dict) or not findings:
        raise QuestionError(f"{path}: no findings; expected such as\n{EXAMPLE}")
    title, threshold = document.get("title", ""), document.get("threshold")
    if not isinstance(title, str):
        raise QuestionError(f"{path}: title: found {quotable(repr(title))}, expected a text")
    if threshold is not None and (isinstance(threshold, bool) or not isinstance(threshold, int | float)):
        raise QuestionError(f"{path}: threshold: found {quotable(repr(threshold))}, expected a number such as 0.5")
    read = {name: value_of(name, said) if isinstance(said, str) else said for name, said in findings.items()}
    do, definition = (_texts(path, document, name) for name in ("do", "definition"))
    return Case(read, title, do, threshold, {name: str(said) for name, said in findings.items()}, definition)


def _texts(path: Path, document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A text, or a list of them."""
    said = document.get(key, [])
    texts = [said] if isinstance(said, str) else said
    if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        such = {"do": "exercise_training", "definition": "ada"}[key]
        raise QuestionError(f'{path}: {key}: found {quotable(repr(said))}, expected a list of texts: ["{such}"]')
    return tuple(texts)
