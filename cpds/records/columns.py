"""Names and parts of names that columns of other people's files bear, and what they speak of."""

from __future__ import annotations

from typing import Literal

from cpds.records.base import Id, Provenance, Text


class ColumnWord(Provenance, frozen=True, kw_only=True):
    """What a column may be by its name, however it is written (case and gaps do not matter).

    `names` are whole names; `words` are one part of a name or several that follow one another (`grip strength`).
    `use` says what they tell: `means` that the column may be `meaning`, `beside` that the rest of the name says what
    it is, `spoils` that it is no reading (a drug, a flag, a date), `person` that it identifies people, `warns` what
    `told` says. With `means`, `unit` is that of the numbers, `values` are what codes stand for, `missing` are codes
    that say nothing, and `beside` are further words that change nothing.
    """

    id: Id
    use: Literal["means", "beside", "spoils", "person", "warns"] = "means"
    names: tuple[Text, ...] = ()
    words: tuple[Text, ...] = ()
    meaning: Id | None = None
    unit: Text | None = None
    values: dict[str, Text] = {}
    missing: tuple[Text, ...] = ()
    beside: tuple[Text, ...] = ()
    told: Text | None = None

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
