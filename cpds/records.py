"""The closed, frozen records that the knowledge files hold; one class a kind of entry."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Basis = Literal["reported", "converted", "graded", "assumed"]
Sign = Literal["+", "-"]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ClaimId = Annotated[str, Field(pattern=r"^C\d{3}$")]
Text = Annotated[str, Field(min_length=1)]


class Record(BaseModel):
    """A record that refuses unknown keys and never changes once built."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Provenance(Record):
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

    @model_validator(mode="after")
    def _complete(self) -> Provenance:
        needs = {
            "reported": ("source",),
            "converted": ("source", "conversion", "inputs"),
            "graded": ("grade",),
            "assumed": ("why",),
        }[self.basis]
        missing = [key for key in needs if not getattr(self, key)]
        if missing:
            raise ValueError(f"basis '{self.basis}' also needs {', '.join(missing)}; add it or change the basis")
        return self


class Figure(Provenance):
    """One number: `value` with an optional interval (`low`, `high`) and `spread` (standard deviation)."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    spread: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Figure:
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
        return self

    @property
    def number(self) -> float:
        """The value; an error for a graded figure, whose value stands in the grade table."""
        if self.value is None:
            raise ValueError(f"a figure graded '{self.grade}' holds no value of its own")
        return self.value


class Parent(Record):
    """One arc into a variable: a log odds ratio for each step of the parent.

    A parent with named states has one effect for each state after the first. A parent on a numeric
    scale has one for each segment between `knots`, per `per` units, flat outside the knots.
    `sign` is what the source asserts; an arc that has one keeps it in every draw.
    """

    id: Id
    effects: Annotated[tuple[Figure, ...], Field(min_length=1)]
    sign: Sign | None = None
    claims: tuple[ClaimId, ...] = ()
    knots: tuple[float, ...] | None = None
    per: Annotated[float, Field(gt=0)] | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _segments(self) -> Parent:
        if (self.knots is None) != (self.per is None):
            raise ValueError("knots and per go together: knots cut the scale, per is the unit of an effect")
        if self.knots is not None:
            if list(self.knots) != sorted(set(self.knots)):
                raise ValueError(f"knots must rise, found {list(self.knots)}")
            if len(self.effects) != len(self.knots) - 1:
                raise ValueError(
                    f"{len(self.knots)} knots need {len(self.knots) - 1} effects, found {len(self.effects)}"
                )
        return self


class Scale(Record):
    """Numeric meaning of ordered states: state k covers [edges[k], edges[k+1]) and stands at midpoints[k]."""

    unit: Text
    edges: tuple[float, ...]
    midpoints: tuple[float, ...]
    accepted: tuple[float, float]

    @model_validator(mode="after")
    def _ordered(self) -> Scale:
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError("edges must rise")
        if len(self.midpoints) != len(self.edges) - 1:
            raise ValueError(f"{len(self.edges)} edges need {len(self.edges) - 1} midpoints")
        for low, mid, high in zip(self.edges, self.midpoints, self.edges[1:], strict=False):
            if not low <= mid <= high:
                raise ValueError(f"midpoint {mid} lies outside [{low}, {high})")
        return self


class Shares(Provenance):
    """Probabilities of the states of a root variable, in the order of its states."""

    values: tuple[Annotated[float, Field(ge=0, le=1)], ...]

    @model_validator(mode="after")
    def _sum(self) -> Shares:
        if abs(sum(self.values) - 1) > 1e-9:
            raise ValueError(f"shares sum to {sum(self.values)!r}, expected 1; correct them, nothing is rescaled")
        return self


class Variable(Record):
    """A variable of the network with the prior of its CPD: shares for a root, else a cumulative logit.

    `risk` names the state whose probability is called the risk; one variable of the network has it.
    """

    id: Id
    title: Text
    role: Literal["root", "context", "mechanism", "signaling", "outcome"]
    states: Annotated[tuple[Id, ...], Field(min_length=2)]
    definition: Text
    section: Text | None = None
    claims: tuple[ClaimId, ...] = ()
    aliases: tuple[Text, ...] = ()
    state_aliases: dict[str, Id] = {}
    scale: Scale | None = None
    shares: Shares | None = None
    intercepts: tuple[Figure, ...] = ()
    parents: tuple[Parent, ...] = ()
    risk: Id | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _cpd(self) -> Variable:
        if len(set(self.states)) != len(self.states):
            raise ValueError("states must differ from one another")
        if self.scale and len(self.scale.midpoints) != len(self.states):
            raise ValueError(f"{len(self.states)} states need {len(self.states) + 1} edges")
        if self.shares:
            if self.intercepts or self.parents:
                raise ValueError("a variable has either shares (a root) or intercepts and parents, not both")
            if len(self.shares.values) != len(self.states):
                raise ValueError(f"{len(self.states)} states need as many shares, found {len(self.shares.values)}")
        elif len(self.intercepts) != len(self.states) - 1:
            raise ValueError(
                f"{len(self.states)} states need {len(self.states) - 1} intercepts, found {len(self.intercepts)}"
            )
        ids = [parent.id for parent in self.parents]
        if len(set(ids)) != len(ids):
            raise ValueError("the same parent is named twice")
        return self


class Stratum(Provenance):
    """Center and SD of a marker among the people that `where` selects.

    `where` maps a variable to a state, or to [low, high) on its numeric scale. On a log scale
    `center` is the geometric mean in the canonical unit and `sd` the SD of the natural logarithm.
    `share` replaces the marker's share of people in the last state where it differs in this stratum.
    """

    where: dict[Id, str | tuple[float, float]] = {}
    center: float
    sd: Annotated[float, Field(gt=0)]
    share: Annotated[float, Field(gt=0, lt=1)] | None = None


class Reference(Record):
    """Distribution of a marker among everyone, or among people whose variable is in its first state."""

    scale: Literal["log", "linear"]
    of: Literal["everyone", "absent"]
    strata: Annotated[tuple[Stratum, ...], Field(min_length=1)]


class Marker(Record):
    """What every biomarker says, whatever its kind."""

    id: Id
    title: Text
    variable: Id
    tissue: Text
    direction: Sign
    aliases: tuple[Text, ...] = ()
    panel: Id | None = None
    claims: tuple[ClaimId, ...] = ()
    voided_by: tuple[Id, ...] = ()
    note: Text


class Quantity(Marker):
    """A marker with a number and a unit.

    `units` are further units that pint converts; `factors` maps others to what multiplies them into
    `unit`, and `offsets` to what is then added.
    """

    unit: Text
    units: tuple[Text, ...] = ()
    factors: dict[str, Figure] = {}
    offsets: dict[str, Figure] = {}
    accepted: tuple[float, float]

    @model_validator(mode="after")
    def _range(self) -> Quantity:
        if self.accepted[0] >= self.accepted[1]:
            raise ValueError("accepted must be [low, high] with low < high")
        return self


class Measured(Quantity):
    """Normal on its scale in each state, with equal SD, so that its likelihood ratio is monotone.

    `shift` is the standardized mean difference (in SD within a state) from the first to the last
    state along `direction`; states between lie evenly. Beyond `informative` a value says no more than
    at its end: the likelihood ratio stays as it is there (a CRP of 80 mg/L is an infection).
    """

    kind: Literal["measured"]
    reference: Reference
    share: Figure | None = None
    shift: Figure
    informative: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _mixture(self) -> Measured:
        if (self.reference.of == "everyone") != (self.share is not None):
            raise ValueError(
                "share (of people in the last state) goes with a reference 'of everyone', and only with it"
            )
        return self


class Threshold(Quantity):
    """The state itself is the person's usual value beyond `cut`; one reading differs by `within` (SD on the scale).

    `error` is the chance that a reading on the far side of the cut is a slip (not fasting, mixed-up
    sample), so that no single reading is certain.
    """

    kind: Literal["threshold"]
    reference: Reference
    cut: Figure
    within: Figure
    error: Figure
    product_of: tuple[Id, ...] = ()
    divisor: Figure | None = None


class Criterion(Quantity):
    """One of several criteria, any of which puts a person into the last state (panel rule `any`).

    Like a threshold, but the state also holds when another criterion is met. `graded` is a log
    likelihood ratio per unit below `cut`, zero at `neutral`: among people who do not meet this
    criterion, those who meet another one against those who meet none.
    """

    kind: Literal["criterion"]
    reference: Reference
    cut: Figure
    within: Figure
    share: Figure
    graded: Figure | None = None
    neutral: Figure | None = None

    @model_validator(mode="after")
    def _graded(self) -> Criterion:
        if (self.graded is None) != (self.neutral is None):
            raise ValueError("graded and neutral go together: the slope and the value at which it says nothing")
        return self


class Declared(Marker):
    """A yes/no statement that, when yes, meets a criterion of a panel with rule `any`."""

    kind: Literal["declared"]
    share: Figure


class Level(Provenance):
    """Probability of one reported level in each state of the variable, in the order of its states."""

    id: Id
    probabilities: tuple[Annotated[float, Field(gt=0, lt=1)], ...]


class Ordinal(Marker):
    """Low / normal / high against the laboratory's own reference, with a stated weak likelihood."""

    kind: Literal["ordinal"]
    levels: Annotated[tuple[Level, ...], Field(min_length=2)]


class Binned(Quantity):
    """A number that names the state of its variable directly, by the edges of the variable's scale."""

    kind: Literal["binned"]


Biomarker = Annotated[Measured | Threshold | Criterion | Declared | Ordinal | Binned, Field(discriminator="kind")]


class Panel(Record):
    """Markers of one variable that are read together.

    `correlated`: they share noise with correlation `rho`; their joint log likelihood ratio is
    divided by 1 + (n - 1) rho. `any`: criteria joined by OR; `error` is the chance that a met
    criterion is a slip of record or assay.
    """

    id: Id
    variable: Id
    rule: Literal["correlated", "any"]
    rho: Figure | None = None
    error: Figure | None = None
    note: Text

    @model_validator(mode="after")
    def _rule(self) -> Panel:
        wanted, other = (self.rho, self.error) if self.rule == "correlated" else (self.error, self.rho)
        if wanted is None or other is not None:
            raise ValueError("rule 'correlated' takes rho, rule 'any' takes error")
        return self


class Act(Record):
    """What an intervention does to one variable: sets a state, or adds a log odds ratio (`shift`)."""

    variable: Id
    set: Id | None = None
    shift: Figure | None = None

    @model_validator(mode="after")
    def _one(self) -> Act:
        if (self.set is None) == (self.shift is None):
            raise ValueError("an act either sets a state or shifts the log odds: give exactly one of set, shift")
        return self


class Intervention(Record):
    """An agent or exposure: what it does to which variables, with the claims behind it."""

    id: Id
    title: Text
    acts: Annotated[tuple[Act, ...], Field(min_length=1)]
    claims: tuple[ClaimId, ...] = ()
    aliases: tuple[Text, ...] = ()
    dominates: dict[Id, tuple[Id, ...]] = {}
    sources: tuple[str, ...] = ()
    note: Text


class Source(Record):
    """A source that was opened: what it is and where it was read."""

    id: Text
    kind: Literal["review", "article", "survey", "page"]
    title: Text | None = None
    authors: Text | None = None
    year: int | None = None
    address: Text
    printed: Text | None = None
    population: Text | None = None
    note: Text | None = None


class Grade(Record):
    """What a direction without a number is worth: a median odds ratio and the spread of its log."""

    id: Id
    title: Text
    odds_ratio: Annotated[float, Field(gt=1)]
    spread: Annotated[float, Field(gt=0)]
    why: Text


class Target(Provenance):
    """A figure that the finished network is held against.

    `event` and `given` are observations as a person would state them; with `versus`, the log odds
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
    spread: Annotated[float, Field(gt=0)]
    note: Text | None = None


class Setting(Record):
    """A structural alternative: the synthesis once more with another center for one prior."""

    id: Id
    title: Text
    parameter: Text
    value: float
    why: Text


class Prevalence(Figure):
    """Share of people in the last state among those that `where` selects."""

    where: dict[Id, str | tuple[float, float]] = {}


class Definition(Record):
    """Another definition of a variable's last state, by its prevalence in strata."""

    id: Id
    variable: Id
    title: Text
    strata: Annotated[tuple[Prevalence, ...], Field(min_length=1)]
    note: Text | None = None


class LaggedArc(Record):
    """An arc onto a later time slice; data only, no part of the static network."""

    parent: Id
    child: Id
    sign: Sign
    claims: tuple[ClaimId, ...]
    note: Text | None = None


class Claim(Record):
    """One claim of the review: a triple, where it stands, and what became of it here."""

    id: ClaimId
    section: Text
    subject: Text
    relation: Text
    object: Text
    refs: tuple[str, ...] = ()
    species: Text
    contrast: Text | None = None
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


class Term(Record):
    """A name in the claims and what it is in the network.

    `refers_to` holds variables, or one biomarker, or one intervention; none where the network has
    nothing for it. `sense` "+": more of the term means more of the variable's last state, or a worse
    marker.
    """

    term: Text
    refers_to: tuple[Id, ...] = ()
    sense: Sign | None = None
    note: Text | None = None


class Contrary(Record):
    """A figure of the wider literature that finds nothing, or the opposite of what the network says.

    `row` is the id of its source. `relation` is what more of the subject does to the object; `given`
    holds fixed what the study did.
    """

    row: Text
    subject: Id
    relation: Literal["no_effect", "increases", "decreases"]
    object: Id
    given: dict[Id, str] = {}
    says: Text


class AgeFigure(Record):
    """A printed change of a marker between two ages, as an interval that the network is held against.

    The change is relative (-0.15 is a loss of 15 %), over the whole span or `per` decade of `decades`.
    """

    claim: ClaimId
    biomarker: Id
    younger: Text
    older: Text
    per: Literal["decade", "span"]
    decades: Annotated[float, Field(gt=0)]
    low: float
    high: float
    note: Text
