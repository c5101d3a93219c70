"""Biomarkers of each kind, panels that read them together, and parts from which findings are derived."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cpds.records.base import ClaimId, Figure, Id, Provenance, Record, Short, Sign, Text

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


UNIT_FIELDS = frozenset({"factors", "offsets"})
"""Fields whose numbers only convert units."""


class Stratum(Provenance, frozen=True, kw_only=True):
    """Center and SD of a marker among the people that `where` selects.

    `where` maps a variable to a state, or to [low, high) on its numeric scale. On a log scale
    `center` is the geometric mean in the canonical unit and `sd` the SD of the natural logarithm.
    `share` replaces the marker's share of people in the last state where it differs in this stratum.
    """

    where: dict[Id, str | tuple[float, float]] = {}
    center: float
    sd: Annotated[float, Meta(gt=0)]
    share: Annotated[float, Meta(gt=0, lt=1)] | None = None


class Reference(Record, frozen=True, kw_only=True):
    """Distribution of a marker among everyone, among people in the first state of its variable, or in each state."""

    scale: Literal["log", "linear"]
    of: Literal["everyone", "absent", "each"]
    strata: Annotated[tuple[Stratum, ...], Meta(min_length=1)]


class Marker(Record, tag_field="kind", frozen=True, kw_only=True):
    """What every biomarker says, whatever its kind; `short` is a title for where there is little room."""

    id: Id
    title: Text
    short: Short | None = None
    variable: Id
    tissue: Text
    direction: Sign
    aliases: tuple[Text, ...] = ()
    panel: Id | None = None
    claims: tuple[ClaimId, ...] = ()
    voided_by: tuple[Id, ...] = ()
    note: Text

    @property
    def kind(self) -> str:
        """The kind by which its file names it."""
        return str(self.__struct_config__.tag)


class Quantity(Marker, frozen=True, kw_only=True):
    """A marker with a number and a unit.

    `units` are further units that pint converts; `factors` maps others to what multiplies them into
    `unit`, and `offsets` to what is then added.
    """

    unit: Text
    units: tuple[Text, ...] = ()
    factors: dict[str, Figure] = {}
    offsets: dict[str, Figure] = {}
    accepted: tuple[float, float]

    def __post_init__(self) -> None:
        if self.accepted[0] >= self.accepted[1]:
            raise ValueError("accepted must be [low, high] with low < high")


class Measured(Quantity, tag="measured", frozen=True, kw_only=True):
    """Normal on its scale in each state, with equal SD, so that its likelihood ratio is monotone.

    `shift` is the standardized mean difference (in SD within a state) from the first to the last
    state along `direction`; states between lie evenly. Beyond `informative` a value says no more than
    at its end: the likelihood ratio stays as it is there (a CRP of 80 mg/L is an infection). `beyond` says what
    a value above it speaks of instead.
    """

    reference: Reference
    share: Figure | None = None
    shift: Figure
    informative: tuple[float, float] | None = None
    beyond: Text | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.reference.of == "everyone") != (self.share is not None):
            raise ValueError(
                "share (of people in the last state) goes with a reference 'of everyone', and only with it"
            )


class Threshold(Quantity, tag="threshold", frozen=True, kw_only=True):
    """The state itself is the person's usual value beyond `cut`; one reading differs by `within` (SD on the scale).

    `error` is the chance that a reading on the far side of the cut is a slip (not fasting, mixed-up
    sample), so that no single reading is certain. A product of other markers over `divisor` may differ from
    what these give by a factor of 1 + `tolerance`.
    """

    reference: Reference
    cut: Figure
    within: Figure
    error: Figure
    product_of: tuple[Id, ...] = ()
    divisor: Figure | None = None
    tolerance: Figure | None = None


class Graded(Quantity, tag="graded", frozen=True, kw_only=True):
    """Normal on its scale in each state of an ordered variable, with a center and an SD of its own.

    The strata of the reference (`of = "each"`) name the state. Neighboring states differ by a likelihood ratio that
    turns back where their SDs differ; beyond that turn it stays what it is there, so more of the marker never
    argues against what less of it argued for.
    """

    reference: Reference


class Chances(Provenance, frozen=True, kw_only=True):
    """Probability of a statement in each state of the variable, in the order of its states."""

    probabilities: tuple[Annotated[float, Meta(gt=0, lt=1)], ...]


class Declared(Marker, tag="declared", frozen=True, kw_only=True):
    """A yes/no statement; `yes` is how often it is yes in each state.

    A yes cannot stand beside a no of those that it `implies`.
    """

    yes: Chances
    implies: tuple[Id, ...] = ()


class Level(Chances, frozen=True, kw_only=True):
    """One reported level, by its `id`."""

    id: Id


class Ordinal(Marker, tag="ordinal", frozen=True, kw_only=True):
    """Low / normal / high against the laboratory's own reference, with a stated weak likelihood."""

    levels: Annotated[tuple[Level, ...], Meta(min_length=2)]


class Binned(Quantity, tag="binned", frozen=True, kw_only=True):
    """A number that names the state of its variable directly, by the edges of the variable's scale."""


Referred = Measured | Threshold | Graded
"""Markers with a reference distribution."""

Biomarker = Referred | Declared | Ordinal | Binned


class Panel(Record, frozen=True, kw_only=True):
    """Markers of one variable that are read together: they share noise with correlation `rho`.

    Their joint log likelihood ratio is divided by 1 + (n - 1) rho.
    """

    id: Id
    variable: Id
    rho: Figure
    note: Text
