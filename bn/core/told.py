"""What is told of one person, in whatever mapping it comes, as findings by name without those that are not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bn.core.absent import says_nothing
from bn.core.derive import FromParts, derive_person
from bn.core.errors import QuestionError
from bn.core.names import Names
from bn.core.note import Note

if TYPE_CHECKING:
    import pandas as pd

    Observations = Mapping[str, Any] | pd.Series[Any] | tuple[Any, ...] | None


@dataclass(frozen=True)
class Told(Mapping[str, Any]):
    """Findings by the names they were given; what is missing is left out.

    `notes` say what was made of them, `derived` are those that follow from parts.
    """

    findings: Mapping[str, Any]
    notes: tuple[Note, ...] = ()
    derived: tuple[FromParts, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.findings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)


def told(names: Names, observations: Observations = None, named: Mapping[str, Any] | None = None) -> Told:
    """Observations and, over them, `named` ones; a missing value means that nothing is known.

    `observations` is a mapping, a pandas Series such as a frame's row, or a named tuple. Every name must be known,
    also that of a missing value: an unknown one may be a slip for a finding. What follows from parts (height and
    weight) takes their place, and a note says so. Raises QuestionError.
    """
    if isinstance(observations, Told) and not named:
        return observations
    given = {**_pairs(observations), **(named or {})}
    known = {header: None if says_nothing(value) else value for header, value in given.items()}
    strange = [header for header in given if names.find_header(header) is None]
    for header in strange:
        if names.find_part(header) is None:
            raise names.unknown(header, value=known[header])
    notes: tuple[Note, ...] = ()
    derived: tuple[FromParts, ...] = ()
    if strange:
        known, notes, derived = derive_person(names, known)
    return Told({header: value for header, value in known.items() if value is not None}, notes, derived)


def _pairs(observations: Any) -> dict[str, Any]:
    if observations is None:
        return {}
    if isinstance(observations, tuple) and hasattr(observations, "_asdict"):
        observations = observations._asdict()
    if hasattr(observations, "columns") or not callable(getattr(observations, "items", None)):
        found = f"{type(observations).__module__}.{type(observations).__qualname__}".removeprefix("builtins.")
        raise QuestionError(
            f"found {found}, expected what is known of one person by name: a dict, a pandas Series such as "
            "frame.iloc[0], or a named tuple"
        )
    pairs = [(str(header), value) for header, value in observations.items()]
    given = dict(pairs)
    if len(given) < len(pairs):
        twice = next(header for header in given if sum(header == other for other, _ in pairs) > 1)
        raise QuestionError(f"'{twice}' stands twice; keep one")
    return given
