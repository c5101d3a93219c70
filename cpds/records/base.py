"""What every record shares, and where a number comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

Basis = Literal["reported", "converted", "graded", "assumed"]
Sign = Literal["+", "-"]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
ClaimId = Annotated[str, Meta(pattern=r"^C\d{3}$")]
Text = Annotated[str, Meta(min_length=1)]
Short = Annotated[str, Meta(min_length=1, max_length=26)]
_NOTHING: tuple[object, ...] = (None, (), {})


class Record(Struct, frozen=True, forbid_unknown_fields=True):
    """A record that refuses unknown keys and never changes once built."""

    def __repr__(self) -> str:
        """An entry by id and title; any other record by what it was given."""
        name, title = getattr(self, "id", None), getattr(self, "title", None)
        if name and title:
            return f"<{type(self).__name__} {name}: {title}>"
        given = (f"{key}={value!r}" for key in self.__struct_fields__ if (value := getattr(self, key)) not in _NOTHING)
        return f"{type(self).__name__}({', '.join(given)})"


class Provenance(Record, frozen=True, kw_only=True):
    """Where a number comes from.

    `reported`: a source prints it on this scale. `converted`: a named conversion of printed `inputs`.
    `graded`: the source gives only a direction; the number stands in the table of evidence grades.
    `assumed`: a modeling choice, argued for in `why`.
    """

    basis: Basis
    source: str | None = None
    locator: str | None = None
    conversion: str | None = None
    inputs: dict[str, float] = {}
    grade: Id | None = None
    why: Text | None = None

    def __post_init__(self) -> None:
        needs = {
            "reported": ("source",),
            "converted": ("source", "conversion", "inputs"),
            "graded": ("grade",),
            "assumed": ("why",),
        }[self.basis]
        missing = [key for key in needs if not getattr(self, key)]
        if missing:
            raise ValueError(f"basis '{self.basis}' also needs {', '.join(missing)}; add it or change the basis")


def provenances(value: object, *path: str) -> Iterator[tuple[tuple[str, ...], Provenance]]:
    """Every number inside a record, tuple or mapping, with the keys that lead to it; of items their id or place."""
    if isinstance(value, Provenance):
        yield path, value
    if isinstance(value, Record):
        inner = [(key, getattr(value, key)) for key in value.__struct_fields__]
    elif isinstance(value, tuple):
        inner = [(str(getattr(item, "id", place)), item) for place, item in enumerate(value, 1)]
    else:
        inner = list(value.items()) if isinstance(value, dict) else []
    for key, item in inner:
        yield from provenances(item, *path, key)


class Figure(Provenance, frozen=True, kw_only=True):
    """One number: `value` with an optional interval (`low`, `high`) and `spread` (standard deviation)."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    spread: Annotated[float, Meta(gt=0)] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.basis == "graded":
            if self.value is not None or self.spread is not None:
                raise ValueError("a graded figure takes value and spread from grades.toml; remove them here")
        elif self.value is None:
            raise ValueError(f"basis '{self.basis}' needs a value")
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval needs both low and high")
        low, value, high = self.low, self.value, self.high
        if low is not None and value is not None and high is not None and not low <= value <= high:
            raise ValueError(f"interval [{low}, {high}] excludes its value {value}; correct one of them")

    @property
    def number(self) -> float:
        """The value; an error for a graded figure, whose value stands in the grade table."""
        if self.value is None:
            raise ValueError(f"a figure graded '{self.grade}' holds no value of its own")
        return self.value
