"""The claims of the review, their words, and what speaks against them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cpds.records.base import ClaimId, Id, Record, Sign, Text


class LaggedArc(Record, frozen=True, kw_only=True):
    """An arc onto a later time slice; data only, no part of the static network."""

    parent: Id
    child: Id
    sign: Sign
    claims: tuple[ClaimId, ...]
    note: Text | None = None


class Claim(Record, frozen=True, kw_only=True):
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


class Term(Record, frozen=True, kw_only=True):
    """A name in the claims and what it is in the network.

    `refers_to` holds variables, or one biomarker, or one intervention; none where the network has
    nothing for it. `sense` "+": more of the term means more of the variable's last state, or a worse
    marker.
    """

    term: Text
    refers_to: tuple[Id, ...] = ()
    sense: Sign | None = None
    note: Text | None = None


class Contrary(Record, frozen=True, kw_only=True):
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
