"""The rule that a posterior was fitted to the knowledge beside it."""

from __future__ import annotations

from collections.abc import Iterator

from cpds.knowledge import Knowledge, KnowledgeError
from cpds.posterior import FOLDER, changes_since


def fitted(knowledge: Knowledge) -> Iterator[str]:
    """Nothing that entered the synthesis has changed since."""
    try:
        for change in changes_since(knowledge):
            yield f"{FOLDER}: {change}; rerun `python -m bn.synthesis`"
    except KnowledgeError as error:
        yield from error.problems


RULES = (fitted,)
