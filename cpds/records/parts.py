"""Parts, which are noted but say nothing of a variable by themselves, and the findings derived from them."""

from __future__ import annotations

from typing import Literal

from cpds.records.base import Figure, Id, Provenance, Record, Text
from cpds.records.markers import Binned

Rule = Literal["over_square", "greater", "completed_years"]


class Part(Provenance, frozen=True, kw_only=True):
    """A number with a unit and the range in which it is `accepted`, or, without a unit, a date.

    `factors` maps further units to what multiplies them into `unit`.
    """

    id: Id
    title: Text
    aliases: tuple[Text, ...] = ()
    unit: Text | None = None
    factors: dict[str, Figure] = {}
    accepted: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.unit is None) != (self.accepted is None):
            raise ValueError("unit and accepted go together; a part without them is a date")
        if self.unit is None and self.factors:
            raise ValueError("a date has no factors; add unit and accepted, or remove them")
        if self.accepted is not None and self.accepted[0] >= self.accepted[1]:
            raise ValueError("accepted must be [low, high] with low < high")

    @property
    def quantity(self) -> Binned | None:
        """A marker that reads the part's number, None for a date."""
        if self.unit is None or self.accepted is None:
            return None
        return Binned(
            id=self.id,
            title=self.title,
            variable=self.id,
            tissue=self.title,
            direction="+",
            unit=self.unit,
            factors=self.factors,
            accepted=self.accepted,
            note=self.title,
        )


class Derivation(Record, frozen=True, kw_only=True):
    """A finding, by its `id`, from parts: `rule` is a function of `cpds.deriving`, `of` maps its arguments to parts.

    `factor` turns what the rule gives into the finding's canonical unit. Where the finding is given as well, it may
    differ from the derived one by `tolerance` (canonical unit); without one it counts as it stands.
    """

    id: Id
    rule: Rule
    of: dict[str, Id]
    factor: Figure | None = None
    tolerance: Figure | None = None
    note: Text
