"""What people are divided by: states or bands of what the network knows of them, or any column of their table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bn.cohort.reading.headings import Headings
from bn.core.errors import QuestionError
from bn.core.evidence import Findings
from bn.core.names import Names
from cpds.knowledge import nearest
from cpds.records import CONTEXT_ROLES, Variable
from cpds.table import Array
from cpds.text import finite, quotable
from cpds.units import in_words

MOST = 12
"""Groups that a division may have."""
_CUTS = re.compile(r"(.+):\s*([^:]+)")


@dataclass(frozen=True)
class Bands:
    """States of a variable, or bands of its scale, which goes by `title`: `sets` are the states of each, by label."""

    variable: str
    title: str
    sets: Mapping[str, frozenset[int]]

    @property
    def labels(self) -> tuple[str, ...]:
        """One a band, in order."""
        return tuple(self.sets)

    def of(self, findings: Findings) -> Array:
        """The number of each row's band, axis (row), NaN where its states are not known or lie in several."""
        said = findings.statements.get(self.variable)
        if said is None:
            return np.full(findings.rows, np.nan)
        band = np.full(said.weights.shape[1], np.nan)
        for place, weights in enumerate(said.weights.T):
            possible = frozenset(np.flatnonzero(weights).tolist())
            inside = [number for number, states in enumerate(self.sets.values()) if possible <= states]
            band[place] = inside[0] if inside else np.nan
        return band[said.codes]


@dataclass(frozen=True)
class ByColumn:
    """The values of a column, or, with `cuts`, classes of its numbers: from a cut to below the next."""

    header: str
    cuts: tuple[float, ...] = ()


Division = Bands | ByColumn


def divisions(
    names: Names, headings: Headings, by: Iterable[str] | None, outcome: Collection[str]
) -> tuple[Division, ...]:
    """What `by` names, or by default the context variables that the table gives, of few states or with bands.

    Variables of the `outcome` are left out by default, since they divide those who have it from the others.
    Each is the name of a variable or of a column, which may carry cuts: `age:50,65`. Raises QuestionError for what is
    neither, and for cuts that are no numbers, do not rise, or cut a state of the network.
    """
    if by is None:
        variables = names.knowledge.variables.values()
        missed = {*headings.missed, *outcome}
        return tuple(
            bands
            for variable in variables
            if variable.role in CONTEXT_ROLES and variable.id not in missed and (bands := _bands(names, variable))
        )
    return tuple(_division(names, headings, text) for text in by)


def _division(names: Names, headings: Headings, text: str) -> Division:
    match = None if text in headings.headers else _CUTS.fullmatch(text)
    name, cuts = (match[1].strip(), _numbers(text, match[2])) if match else (text, ())
    position = headings.headers.index(name) if name in headings.headers else None
    heading = headings.findings.get(position) if position is not None else None
    found = heading.id if heading else names.find(name) or ""
    marker = names.knowledge.biomarkers.get(found)
    variable = names.knowledge.variables.get(marker.variable if marker else found)
    if variable is not None and variable.role in CONTEXT_ROLES:
        return _known(names, variable, text, cuts)
    if position is None:
        hint = nearest(name, [*headings.headers, *names.variables])
        raise QuestionError(f"by '{quotable(text)}': no column and no variable of that name{hint}")
    return ByColumn(name, cuts)


def _known(names: Names, variable: Variable, text: str, cuts: tuple[float, ...]) -> Bands:
    bands = _bands(names, variable, cuts)
    if bands is None:
        edges = ", ".join(f"{edge:g}" for edge in variable.scale.edges[1:-1]) if variable.scale else ""
        raise QuestionError(f"by '{quotable(text)}': expected cuts out of {edges}, such as {variable.id}:{edges[:2]}")
    return bands


def _bands(names: Names, variable: Variable, cuts: Sequence[float] = ()) -> Bands | None:
    """By state, or by the cuts; None for a scale without bands, and for cuts that are none of its inner edges."""
    title = names.known_as(variable.id)
    if variable.scale is None:
        if cuts:
            return None
        return Bands(variable.id, title, {state: frozenset({at}) for at, state in enumerate(variable.states)})
    edges = variable.scale.edges
    chosen = [*(cuts or variable.scale.bands)]
    if not chosen or not {*chosen} <= {*edges[1:-1]}:
        return None
    places = [0, *(edges.index(cut) for cut in chosen), len(edges) - 1]
    ranges = pairwise(places)
    unit = in_words(variable.scale.unit).replace("^2", "\N{SUPERSCRIPT TWO}")
    sets = (frozenset(range(*ends)) for ends in ranges)
    return Bands(variable.id, title, dict(zip(labels(chosen, unit), sets, strict=True)))


def labels(cuts: Sequence[float], unit: str = "") -> tuple[str, ...]:
    """Of the classes below, between and from the last of the cuts on.

    >>> labels([40, 60])
    ('under 40', '40 to 60', '60 and over')
    """
    ends, behind = [f"{cut:g}" for cut in cuts], f" {unit}" if unit else ""
    inner = [f"{low} to {high}{behind}" for low, high in pairwise(ends)]
    return (f"under {ends[0]}{behind}", *inner, f"{ends[-1]}{behind} and over")


def _numbers(text: str, cuts: str) -> tuple[float, ...]:
    found = tuple(finite(part) for part in cuts.split(","))
    if np.isnan(found).any() or list(found) != sorted(set(found)):
        raise QuestionError(f"by '{quotable(text)}': expected numbers that rise after the colon, such as 'age:50,65'")
    return found
