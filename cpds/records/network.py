"""Variables and the arcs into them, and interventions on them: the priors of the CPDs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta

from cpds.records.base import ClaimId, Figure, Id, Provenance, Record, Short, Sign, Text

CONTEXT_ROLES = frozenset({"root", "context"})
"""Roles of variables that say who a person is; a prior knows these only."""

SCORED_ROLES = frozenset({"mechanism", "signaling", "outcome"})
"""Roles of variables that an answer is about."""

LATENT = "latent"
"""Role of a variable that stands for causes that nobody measured: never observed, never set, only inferred."""

Link = Literal["cumulative", "sequential"]
Effects = Annotated[tuple[Figure, ...], Meta(min_length=1)]


class Parent(Record, frozen=True, kw_only=True):
    """One arc into a variable: log odds ratios.

    A parent with named states has one effect for each state after the first. A parent on a numeric
    scale has one for each segment between `knots`, per `per` units, flat outside the knots. A latent
    parent has one, its loading, which multiplies the score of its state.
    A child with a sequential link may have effects of its own at each step: `effects` then maps each state of the
    child after the first to its effects. `sign` is what the source asserts; an arc that has one keeps it in every draw.
    """

    id: Id
    effects: Effects | Annotated[dict[Id, Effects], Meta(min_length=1)]
    sign: Sign | None = None
    claims: tuple[ClaimId, ...] = ()
    knots: tuple[float, ...] | None = None
    per: Annotated[float, Meta(gt=0)] | None = None
    note: Text | None = None

    def __post_init__(self) -> None:
        if (self.knots is None) != (self.per is None):
            raise ValueError("knots and per go together: knots cut the scale, per is the unit of an effect")
        if self.knots is not None:
            if list(self.knots) != sorted(set(self.knots)):
                raise ValueError(f"knots must rise, found {list(self.knots)}")
            for effects in self.by_step.values():
                if len(effects) != len(self.knots) - 1:
                    raise ValueError(
                        f"{len(self.knots)} knots need {len(self.knots) - 1} effects, found {len(effects)}"
                    )

    @property
    def by_step(self) -> Mapping[str | None, Effects]:
        """Effects by the state of the child that a step leads to; under None where they are the same at every step."""
        return dict(self.effects.items()) if isinstance(self.effects, dict) else {None: self.effects}

    @property
    def figures(self) -> Effects:
        """Effects of every step, one after another."""
        return tuple(figure for effects in self.by_step.values() for figure in effects)


class Scale(Provenance, frozen=True, kw_only=True):
    """Numeric meaning of ordered states: state k covers [edges[k], edges[k+1]) and stands at midpoints[k].

    `bands` are those of the inner edges at which people are divided where an answer is told by groups.
    """

    unit: Text
    edges: tuple[float, ...]
    midpoints: tuple[float, ...]
    accepted: tuple[float, float]
    bands: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError("edges must rise")
        if list(self.bands) != sorted({*self.bands} & {*self.edges[1:-1]}):
            raise ValueError(f"bands must rise and be inner edges, found {list(self.bands)}")
        if len(self.midpoints) != len(self.edges) - 1:
            raise ValueError(f"{len(self.edges)} edges need {len(self.edges) - 1} midpoints")
        for low, mid, high in zip(self.edges, self.midpoints, self.edges[1:], strict=False):
            if not low <= mid <= high:
                raise ValueError(f"midpoint {mid} lies outside [{low}, {high})")


class Shares(Provenance, frozen=True, kw_only=True):
    """Probabilities of the states of a root variable, in the order of its states."""

    values: tuple[Annotated[float, Meta(ge=0, le=1)], ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if abs(sum(self.values) - 1) > 1e-9:
            raise ValueError(f"shares sum to {sum(self.values)!r}, expected 1; correct them, nothing is rescaled")


class Scores(Provenance, frozen=True, kw_only=True):
    """What a latent variable's states count for, in the order of its states; loadings are log odds ratios a unit."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if any(low >= high for low, high in pairwise(self.values)):
            raise ValueError(f"scores must rise, found {list(self.values)}")


class Contrast(Provenance, frozen=True, kw_only=True):
    """Ranges of a variable that stand against each other, low then high: for claims, and in the synthesis' report."""

    claims: tuple[Text, Text]
    report: tuple[Text, Text]


def states_named(states: Sequence[str], text: str) -> tuple[str, ...]:
    """States that a text names: one of them, or with a plus that one and all higher; none where it names none.

    >>> grades = ("normal", "impaired", "diabetes")
    >>> states_named(grades, "impaired"), states_named(grades, "impaired+"), states_named(grades, "high+")
    (('impaired',), ('impaired', 'diabetes'), ())
    """
    state = text.removesuffix("+")
    if state not in states:
        return ()
    return (state,) if state == text else tuple(states[states.index(state) :])


class People(Record, frozen=True, kw_only=True):
    """How one speaks of people in a state: women, woman, she, her, her."""

    many: Text
    one: Text
    subject: Text
    object: Text
    possessive: Text


class Variable(Record, frozen=True, kw_only=True):
    """A variable of the network with the prior of its CPD: shares for a root, else a logit by its `link`.

    Cumulative: `logit P(state k or higher) = intercept_k + effects`, the same effects for all k. Sequential:
    `logit P(state k or higher | state k - 1 or higher) = intercept_k + effects at step k`. A latent variable is a
    root with fixed `shares` and `scores`.

    `short` is a title for where there is little room; `people` says, by state, how one speaks of people in it.
    `risk` names the state whose probability is called the risk; one variable of the network has it. `event` names the
    states that the variable's title stands for, as "impaired or diabetes" for dysglycemia: the last one and those next
    to it; without it the risk's state, else the last. Where nothing is said in `contrast`, the first state and the
    event stand against each other.
    """

    id: Id
    title: Text
    short: Short | None = None
    role: Literal["root", "context", "mechanism", "signaling", "outcome", "latent"]
    states: Annotated[tuple[Id, ...], Meta(min_length=2)]
    definition: Text
    section: Text | None = None
    claims: tuple[ClaimId, ...] = ()
    aliases: tuple[Text, ...] = ()
    state_aliases: dict[str, Id] = {}
    people: dict[Id, People] = {}
    scale: Scale | None = None
    shares: Shares | None = None
    scores: Scores | None = None
    link: Link = "cumulative"
    contrast: Contrast | None = None
    intercepts: tuple[Figure, ...] = ()
    parents: tuple[Parent, ...] = ()
    risk: Id | None = None
    event: tuple[Id, ...] = ()
    note: Text | None = None

    def __post_init__(self) -> None:
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
        self._check_link()
        self._check_latent()

    def _check_link(self) -> None:
        if self.shares and self.link != "cumulative":
            raise ValueError("link: a root has shares and no link; remove it")
        for parent in self.parents:
            if isinstance(parent.effects, dict):
                if self.link != "sequential":
                    raise ValueError(
                        f"parents {parent.id}: effects by step need link 'sequential', found '{self.link}'"
                    )
                if tuple(parent.effects) != self.states[1:]:
                    wanted, found = ", ".join(self.states[1:]), ", ".join(parent.effects)
                    raise ValueError(f"parents {parent.id}: effects by step: expected {wanted} in order, found {found}")

    def _check_latent(self) -> None:
        if (self.role == LATENT) != (self.scores is not None):
            raise ValueError(f"role '{self.role}': a latent variable has scores, and no other variable has")
        if self.scores:
            if not self.shares:
                raise ValueError(
                    "a latent variable is a root with fixed shares; give shares, no intercepts and parents"
                )
            if len(self.scores.values) != len(self.states):
                raise ValueError(f"{len(self.states)} states need as many scores, found {len(self.scores.values)}")

    @property
    def event_states(self) -> tuple[str, ...]:
        """States of the event, in their order."""
        return tuple(state for state in self.states if state in self.event) or (self.risk or self.states[-1],)

    def indices(self, states: Sequence[str] = ()) -> tuple[int, ...]:
        """Places of some states, of those of the event where none are named."""
        return tuple(self.states.index(state) for state in states or self.event_states)

    def named(self, text: str) -> tuple[str, ...]:
        """States that a text names (`impaired`, or `impaired+` for it and all higher), none where it names none."""
        return states_named(self.states, text)

    @property
    def event_text(self) -> str:
        """The event as it may be stated: `present`, or `impaired+`."""
        lowest, *higher = self.event_states
        return f"{lowest}+" if higher else lowest


class Act(Record, frozen=True, kw_only=True):
    """What an intervention does to one variable: sets a state, or adds a log odds ratio (`shift`)."""

    variable: Id
    set: Id | None = None
    shift: Figure | None = None

    def __post_init__(self) -> None:
        if (self.set is None) == (self.shift is None):
            raise ValueError("an act either sets a state or shifts the log odds: give exactly one of set, shift")


class Intervention(Record, frozen=True, kw_only=True):
    """An agent or exposure: what it does to which variables, with the claims behind it.

    `done_by` says who can bring it about: a person, somebody with a prescription, or only a laboratory (which holds
    what was done to cells and animals, and drugs that nobody can prescribe for it). `had` completes "had she ...".
    `dominates` maps a variable to the interventions whose acts on it are lost beside this one. `excludes` are
    interventions that cannot be combined with this one, in whichever file of the two it stands.
    """

    id: Id
    title: Text
    done_by: Literal["person", "prescription", "laboratory"]
    had: Text | None = None
    acts: Annotated[tuple[Act, ...], Meta(min_length=1)]
    claims: tuple[ClaimId, ...] = ()
    aliases: tuple[Text, ...] = ()
    dominates: dict[Id, tuple[Id, ...]] = {}
    excludes: tuple[Id, ...] = ()
    sources: tuple[str, ...] = ()
    note: Text
