"""What a study measured in the end, as an event: a variable in a state, or a marker beyond its median."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bn.core.conditioned import Conditioned
from bn.core.errors import UnknownNameError
from bn.core.names import Names, range_of
from bn.core.reading_text import amount
from bn.engine import condition
from cpds.measurement import exact, log_likelihood
from cpds.records import Biomarker, Declared, Ordinal, Study, Variable
from cpds.table import Array, Readings, Table

CUTS, ROUNDS = 33, 3
"""Cuts that are tried over the range of a marker, and how often, each time between the two about the median."""

DIGITS = 3
"""To which a cut is rounded, so that its words say all of it."""

WORSE = "worse"
"""Axis of an event: not the worse, the worse."""


@dataclass(frozen=True)
class Event:
    """P(the worse or not | states), axes (WORSE, variable, *strata), and in words what the worse is."""

    table: Table
    text: str
    of_marker: bool


def event_of(names: Names, study: Study, people: Conditioned) -> Event:
    """The worse outcome of a study in `people`, the network at the point given what was held.

    A variable is in the study's `state`, or else in its last one. A marker reads beyond the median that these people
    have, on its worse side; one with levels is cut where the shares on both sides are most alike. Raises
    UnknownNameError for what the network lacks.
    """
    knowledge, outcome = names.knowledge, str(study.outcome)
    if outcome in knowledge.variables:
        return _of_variable(knowledge.variables[outcome], study.state)
    if outcome not in knowledge.biomarkers:
        raise names.unknown(outcome, "outcome")
    marker = knowledge.biomarkers[outcome]
    if isinstance(marker, Ordinal | Declared):
        sides = _of_levels(names, marker)
        best = _nearest_median(people, sides)
        return Event(Table(sides.axes, sides.values[..., [best]]), _levels_in_words(marker, best), True)
    low, high = marker.accepted
    for _ in range(ROUNDS):
        cuts = (np.geomspace if low > 0 else np.linspace)(low, high, CUTS)
        best = _nearest_median(people, _of_cuts(names, marker, cuts))
        low, high = cuts[max(best - 1, 0)], cuts[min(best + 1, CUTS - 1)]
    cut = float(f"{cuts[best]:.{DIGITS}g}")
    side = "above" if marker.direction == "+" else "below"
    return Event(_of_cuts(names, marker, np.array([cut])), f"{marker.id} {side} {amount(marker, cut)}", True)


def _of_variable(variable: Variable, state: str | None) -> Event:
    wanted = state or variable.states[-1]
    if wanted not in variable.states:
        raise UnknownNameError(f"state of {variable.id}", wanted, variable.states)
    here = np.array([[float(name == wanted)] for name in variable.states])
    shown = wanted if variable.scale is None else range_of(variable.scale, variable.states.index(wanted))
    return Event(Table((WORSE, variable.id), np.stack([1 - here, here])), f"{variable.id} {shown}", False)


def _of_levels(names: Names, marker: Ordinal | Declared) -> Table:
    """P(level on the worse side or not | states), a batch entry for each place between two levels."""
    count = len(marker.levels) if isinstance(marker, Ordinal) else 2
    levels = log_likelihood(names.knowledge, marker.id, exact(np.arange(count)))
    shares = np.exp(levels.values)
    below = np.cumsum(shares / shares.sum(axis=-1, keepdims=True), axis=-1)[..., :-1]
    return _worse(marker, levels.axes, below, 1 - below)


def _of_cuts(names: Names, marker: Biomarker, cuts: Array) -> Table:
    """P(reading on the worse side or not | states), a batch entry a cut."""
    limits = [Readings(cuts, np.full(len(cuts), side, dtype=np.int8)) for side in (-1, 1)]
    below, above = (log_likelihood(names.knowledge, marker.id, limit) for limit in limits)
    low, high = np.broadcast_arrays(np.exp(below.values), np.exp(above.values))
    return _worse(marker, below.axes, low / (low + high), high / (low + high))


def _worse(marker: Biomarker, axes: tuple[str, ...], below: Array, above: Array) -> Table:
    return Table((WORSE, *axes), np.stack([below, above] if marker.direction == "+" else [above, below]))


def _nearest_median(people: Conditioned, sides: Table) -> int:
    """The batch entry with shares on both sides that are most alike among the people."""
    (given,) = condition([sides], people.known)
    axes = given.axes[1:]
    states = people.joint(axes).values if axes else np.ones(1)
    shares = (states * given.values).sum(axis=tuple(range(1, len(axes) + 1)))[1]
    return int(np.argmin(abs(shares - 0.5)))


def _levels_in_words(marker: Ordinal | Declared, best: int) -> str:
    above = marker.direction == "+"
    if isinstance(marker, Declared):
        return f"{marker.id} {'yes' if above else 'no'}"
    worse = marker.levels[best + 1 :] if above else marker.levels[: best + 1]
    return f"{marker.id} {' or '.join(level.id for level in worse)}"
