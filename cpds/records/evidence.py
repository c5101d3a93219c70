"""Sources, evidence grades, targets, alternative settings and definitions."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cpds.records.base import Figure, Id, Provenance, Record, Text


class Source(Record, frozen=True, kw_only=True):
    """A source that was opened: what it is and where a reader can open it.

    `title` stands in brackets where no page that was read prints one. `address` is a page, or volume and pages of a
    journal. `tabulated`: its figure was read again on no page and is used as a table of figures has it.
    """

    id: Text
    kind: Literal["review", "article", "survey", "page"]
    title: Text
    authors: Text | None = None
    year: int | None = None
    doi: Annotated[str, Meta(pattern=r"^10\.\d{4,9}/\S+$")] | None = None
    pmid: Annotated[str, Meta(pattern=r"^\d{1,9}$")] | None = None
    address: Text
    tabulated: bool = False
    printed: Text | None = None
    population: Text | None = None
    note: Text | None = None


class Grade(Provenance, frozen=True, kw_only=True):
    """What a direction without a number is worth: a median odds ratio and the spread of its log."""

    id: Id
    title: Text
    odds_ratio: Annotated[float, Meta(gt=1)]
    spread: Annotated[float, Meta(gt=0)]


class Target(Provenance, frozen=True, kw_only=True):
    """A figure that the finished network is held against.

    `event` and `given` are observations as a person would state them (`impaired+`: that state or a higher one); with
    `versus`, the log odds
    ratio of the event between `given` and `versus` is meant, else its probability. `spread` is in
    units of log odds. `use` says whether the synthesis fits it or only reports it.
    """

    id: Id
    use: Literal["fit", "check"]
    event: dict[Id, str]
    given: dict[Id, str] = {}
    versus: dict[Id, str] | None = None
    do: dict[Id, str] = {}
    value: float
    spread: Annotated[float, Meta(gt=0)]
    note: Text | None = None


class Setting(Provenance, frozen=True, kw_only=True):
    """A structural alternative: the synthesis once more with another center for one prior."""

    id: Id
    title: Text
    parameter: Text
    value: float


class Prevalence(Figure, frozen=True, kw_only=True):
    """Share of people in whom an event holds, among those that `where` selects."""

    where: dict[Id, str | tuple[float, float]] = {}


class Criterion(Record, frozen=True, kw_only=True):
    """A reading of `marker` of `at_least` so much (canonical unit), or this `answer` of a yes / no marker."""

    marker: Id
    at_least: Figure | None = None
    answer: Literal["yes", "no"] | None = None

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.answer is None):
            raise ValueError("a criterion has either at_least or an answer")


class Definition(Record, frozen=True, kw_only=True):
    """Another definition of an event, by its prevalence in strata.

    `event` names a state of the variable, or with a plus that state and all higher; without it the variable's own
    event is meant. A person has it where any of the `criteria` is met. `aliases` are further names to ask for it by.
    """

    id: Id
    aliases: tuple[Id, ...] = ()
    variable: Id
    event: Text | None = None
    title: Text
    criteria: tuple[Criterion, ...] = ()
    strata: Annotated[tuple[Prevalence, ...], Meta(min_length=1)]
    note: Text | None = None
