"""Questions take the case by position and all else by keyword; a call that does not is told how to be written."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bn.core.errors import QuestionError
from cpds.text import quotable

P = ParamSpec("P")
R = TypeVar("R")


def by_keyword(*, positions: int = 1, such_as: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A method that takes `positions` arguments besides itself by position; with more, a QuestionError shows `such_as`.

    Python's own TypeError counts arguments, and names neither the keyword nor the way out.
    """

    def wrap(method: Callable[P, R]) -> Callable[P, R]:
        @wraps(method)
        def asked(*given: Any, **named: Any) -> R:
            if len(given) > positions + 1:
                found = quotable(repr(given[positions + 1]))
                name = method.__name__
                raise QuestionError(f"{name}: {found} needs a keyword; write {name}({such_as})")
            return method(*given, **named)

        return asked

    return wrap
