"""Interventions: what an agent or exposure does to which variables."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cpds.records.base import ClaimId, Figure, Id, Record, Text


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

    `dominates` maps a variable to the interventions whose acts on it are lost beside this one. `excludes` are
    interventions that cannot be combined with this one, in whichever file of the two it stands.
    """

    id: Id
    title: Text
    acts: Annotated[tuple[Act, ...], Meta(min_length=1)]
    claims: tuple[ClaimId, ...] = ()
    aliases: tuple[Text, ...] = ()
    dominates: dict[Id, tuple[Id, ...]] = {}
    excludes: tuple[Id, ...] = ()
    sources: tuple[str, ...] = ()
    note: Text
