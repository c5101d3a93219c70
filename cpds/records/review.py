"""The claims of the review, their words, what speaks against them, and the names of columns in other people's files."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cpds.records.base import ClaimId, Id, Provenance, Record, Sign, Text

EventText = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*(=[a-z][a-z0-9_]*\+?)?$")]


def event_parts(text: str) -> tuple[str, str]:
    """Name and states of `dysglycemia=diabetes`, an empty text where it names none: the variable's event is meant.

    >>> event_parts("dysglycemia=impaired+"), event_parts("dysglycemia")
    (('dysglycemia', 'impaired+'), ('dysglycemia', ''))
    """
    name, _, states = text.partition("=")
    return name, states


class LaggedArc(Record, frozen=True, kw_only=True):
    """An arc onto a later time slice; data only, no part of the static network."""

    parent: Id
    child: Id
    sign: Sign
    claims: tuple[ClaimId, ...]
    note: Text | None = None


class Claim(Record, frozen=True, kw_only=True):
    """One claim of the review: a triple, where it stands, and what became of it here.

    `contrast` is who or what was studied, in the review's words. `given` says the same to the network, and `compared`
    which two findings on the subject stand against each other, where the claim's sentence names them.
    """

    id: ClaimId
    section: Text
    subject: Text
    relation: Text
    object: Text
    refs: tuple[str, ...] = ()
    species: Text
    contrast: Text | None = None
    given: dict[Id, str] = {}
    compared: tuple[Text, Text] | None = None
    figure: Text | None = None
    kind: Text
    lines: tuple[int, int]
    status: Literal[
        "arc",
        "parameter",
        "biomarker",
        "intervention",
        "target",
        "definition",
        "context",
        "contradicted",
        "not_encodable",
    ]
    encoded_as: Text | None = None
    reason: Text | None = None


class Term(Record, frozen=True, kw_only=True):
    """A name in the claims and what it is in the network.

    `refers_to` holds variables, or one biomarker, or one intervention; none where the network has nothing for it. With
    a variable stands which of its states the term means (`diabetes`, `impaired+`), an empty text for its event.
    `sense` "+": more of the term means more of that, or a worse marker.
    """

    term: Text
    refers_to: dict[Id, str] = {}
    sense: Sign | None = None
    note: Text | None = None


class Contrary(Record, frozen=True, kw_only=True):
    """A figure of the wider literature that finds nothing, or the opposite of what the network says.

    `row` is the id of its source. `relation` is what more of the subject does to the object; each of the two is a name,
    or a variable with those of its states that are meant (`dysglycemia=diabetes`). `given` holds fixed what the study
    did.
    """

    row: Text
    subject: EventText
    relation: Literal["no_effect", "increases", "decreases"]
    object: EventText
    given: dict[Id, str] = {}
    says: Text


class AgeFigure(Record, frozen=True, kw_only=True):
    """A printed change of a marker between two ages, as an interval that the network is held against.

    The change is relative (-0.15 is a loss of 15 %), over the whole span or `per` decade of `decades`.
    """

    claim: ClaimId
    biomarker: Id
    younger: Text
    older: Text
    per: Literal["decade", "span"]
    decades: Annotated[float, Meta(gt=0)]
    low: float
    high: float
    note: Text


Together = Literal["first", "any"]


class ColumnWord(Provenance, frozen=True, kw_only=True):
    """What a column may be by its name, however it is written (case and gaps do not matter).

    `names` are whole names; `words` are one part of a name or several that follow one another (`grip strength`).
    `use` says what they tell: `means` that the column may be `meaning`, `beside` that the rest of the name says what
    it is, `spoils` that it is no reading (a drug, a flag, a date), `person` that it identifies people, `visit` that it
    tells their visits apart, `warns` what `told` says. With `means`, `unit` is that of the numbers, `values` are what
    codes stand for, `missing` are codes that say nothing, and `beside` are further words that change nothing.
    `together` says how columns that give the same thing are read as one: `first` takes the first that has a value,
    `any` says yes where one of them does.
    """

    id: Id
    use: Literal["means", "beside", "spoils", "person", "visit", "warns"] = "means"
    names: tuple[Text, ...] = ()
    words: tuple[Text, ...] = ()
    meaning: Id | None = None
    unit: Text | None = None
    values: dict[str, Text] = {}
    missing: tuple[Text, ...] = ()
    beside: tuple[Text, ...] = ()
    told: Text | None = None
    together: Together | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.names or self.words):
            raise ValueError("an entry needs names or words")
        if (self.use == "means") != (self.meaning is not None):
            raise ValueError("use 'means' takes meaning, and only it")
        if (self.use == "warns") != (self.told is not None):
            raise ValueError("use 'warns' takes told, and only it")
        if self.meaning is None and (self.unit or self.values or self.missing or self.beside):
            raise ValueError("unit, values, missing and beside go with meaning")


class BatteryItem(Record, frozen=True, kw_only=True):
    """A question that is asked before and after the knowledge changed: a person, or what acts would do to one.

    `findings` are as those of a case, none for anybody; `do` holds interventions, at a dose, or `variable=state`.
    """

    id: Id
    title: Text
    findings: dict[Id, Text] = {}
    do: tuple[Text, ...] = ()


class Dictionary(Record, frozen=True, kw_only=True):
    """What the columns of one source stand for, by the names that its codebooks give them: readings, not proposals.

    Of columns that give the same thing the first in the file counts, where they are not read together.
    """

    id: Id
    title: Text
    note: Text
    columns: tuple[ColumnWord, ...]


class Case(Record, frozen=True, kw_only=True):
    """A person to try the network on, with findings by the id of what they are about, each as one would type it."""

    id: Id
    title: Text
    findings: Annotated[dict[Id, Text], Meta(min_length=1)]
