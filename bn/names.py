"""Names that people type for variables and biomarkers, and the units that headers carry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bn.errors import QuestionError, UnknownNameError
from cpds.knowledge import Knowledge

_UNIT = re.compile(r"^(?P<name>.*?)\s*[\[(](?P<unit>[^\])]*)[\])]\s*$")


def plain(name: str) -> str:
    """Lower case, with runs of blanks, dots, dashes and slashes as one underscore.

    >>> plain(" hs-CRP ")
    'hs_crp'
    """
    return re.sub(r"[\s.\-/]+", "_", name.strip().lower())


def split_unit(header: str) -> tuple[str, str | None]:
    """Name and unit of a header such as `hscrp [mg/dL]` or `glucose (mmol/L)`.

    >>> split_unit("hscrp [mg/dL]")
    ('hscrp', 'mg/dL')
    >>> split_unit("age")
    ('age', None)
    """
    match = _UNIT.match(header)
    return (match["name"], match["unit"].strip() or None) if match else (header, None)


def each(given: Any) -> tuple[Any, ...]:
    """Texts or numbers that a caller gives; one by itself is one, not its characters.

    >>> each("-9"), each(-9), each(["-9", "unknown"]), each(())
    (('-9',), (-9,), ('-9', 'unknown'), ())
    """
    return (given,) if isinstance(given, str | float | int) else tuple(given)


@dataclass(frozen=True)
class Names:
    """Everything that can be observed, by id and by alias."""

    knowledge: Knowledge

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """Plain id or alias -> id of a variable or a biomarker; an alias that two claim is refused."""
        found: dict[str, str] = {}
        entries = [*self.knowledge.variables.values(), *self.knowledge.biomarkers.values()]
        for entry in entries:
            for name in (entry.id, *entry.aliases):
                if found.setdefault(plain(name), entry.id) != entry.id:
                    raise QuestionError(
                        f"alias '{name}' stands for both '{found[plain(name)]}' and '{entry.id}'; remove one"
                    )
        return found

    def find(self, name: str) -> str | None:
        """Id behind a typed name, or None."""
        return self.ids.get(plain(name))

    def resolve(self, name: str) -> str:
        """Id behind a typed name, or an error that offers the nearest one."""
        found = self.find(name)
        if found is None:
            raise UnknownNameError("observation", name, self.ids)
        return found
