"""Reference distributions by stratum: which people each is about, laid along the variables that cut them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpds.knowledge import Knowledge
from cpds.records import CONTEXT_ROLES, Graded, Measured, Prevalence, Quantity, Referred, Stratum, Threshold
from cpds.table import Array

States = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Strata:
    """Center and SD of the first state (of everyone, for a threshold): axes (*axes, row or 1).

    A graded marker has them for each state of its variable: axes (state, *axes, row or 1).
    """

    axes: tuple[str, ...]
    center: Array
    sd: Array

    def __repr__(self) -> str:
        return f"<Strata: by {', '.join(self.axes) or 'nothing'}, rows: {self.center.shape[-1]}>"

    @classmethod
    def of(cls, knowledge: Knowledge, marker: Referred, at: States) -> Strata:
        """Those of each row: `at` gives its state of some variables, the others stay axes."""
        grid = references(knowledge)[marker.id]
        free = tuple(name for name in grid.axes if name not in at)
        return cls(free, *(picked(knowledge, marker, array[..., 0], at) for array in (grid.center, grid.sd)))

    def rows(self, rows: NDArray[np.int64]) -> Strata:
        """Those of some rows; the same object where one row serves all."""
        if self.center.shape[-1] == 1:
            return self
        return Strata(self.axes, self.center[..., rows], self.sd[..., rows])


REACH = 4.0
"""Assumed: a reference says nothing of readings this many SDs beyond every stratum and state, where none of the ten
thousand people of the largest survey behind one is found."""
FALL = 80.0
"""Tails end where they have fallen by e^-(FALL / 2)."""
PIECE = 4.0
"""Integrals go by pieces of at most so many SDs of the narrowest stratum."""


@dataclass(frozen=True)
class Reach:
    """The range in which a marker tells anything, on its scale, and average center and SD of its reference.

    `edges` rise from its lower to its upper end, so that densities are smooth and not too steep between them.
    """

    edges: tuple[float, ...]
    center: float
    sd: float

    @property
    def low(self) -> float:
        """Lower end."""
        return self.edges[0]

    @property
    def high(self) -> float:
        """Upper end."""
        return self.edges[-1]

    def far_end(self, x: Array, side: int) -> Array:
        """Where, on that side (-1 below, 1 above) of the range and of `x`, next to nothing of the tail is left."""
        nearer = self.high if side > 0 else self.low
        further = np.maximum(side * np.where(np.isfinite(x), x, nearer), side * nearer)
        z = np.maximum(further - side * self.center, 0.0) / self.sd
        return np.asarray(self.center + side * self.sd * np.sqrt(z**2 + FALL))


def reaches(knowledge: Knowledge) -> Mapping[str, Reach]:
    """Every referred marker's informative range: the one its file states, or `REACH` SDs around its reference."""

    def make() -> dict[str, Reach]:
        grids = references(knowledge)
        return {
            name: _reach(marker, grids[name])
            for name, marker in knowledge.biomarkers.items()
            if isinstance(marker, Referred)
        }

    return knowledge.once("reaches", make)


def _reach(marker: Referred, grid: Strata) -> Reach:
    shift = marker.shift.number * (1 if marker.direction == "+" else -1) if isinstance(marker, Measured) else 0.0
    lowest, highest = (0, -1) if marker.direction == "+" else (-1, 0)
    ends = (lowest, highest) if isinstance(marker, Graded) else (slice(None), slice(None))  # one state reaches each end
    low = float((grid.center + (min(shift, 0.0) - REACH) * grid.sd)[ends[0]].min())
    high = float((grid.center + (max(shift, 0.0) + REACH) * grid.sd)[ends[1]].max())
    if isinstance(marker, Measured) and marker.informative:
        low, high = (_on_scale(marker, end) for end in marker.informative)
    bends = [low, high]
    if isinstance(marker, Threshold) and low < (cut := _on_scale(marker, marker.cut.number)) < high:
        bends.append(cut)
    if isinstance(marker, Graded):
        bends += [turn for turn in turns(grid.center, grid.sd).ravel().tolist() if low < turn < high]
    pieces = math.ceil((high - low) / (PIECE * float(grid.sd.min())))
    edges = np.unique([*np.linspace(low, high, pieces + 1), *bends])
    return Reach(tuple(edges.tolist()), float(grid.center.mean()), float(grid.sd.mean()))


def turns(center: Array, sd: Array) -> Array:
    """Where the log ratio of each state's normal density to that of the state below turns back; axes (step, ...).

    No finite number where the SDs are equal, since it then never does.

    >>> turns(np.array([0.0, 3.0]), np.array([1.0, 2.0]))
    array([-1.])
    """
    weight = 1 / sd**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.diff(center * weight, axis=0) / np.diff(weight, axis=0))


def _on_scale(marker: Referred, value: float) -> float:
    return math.log(value) if marker.reference.scale == "log" else value


def informative_range(knowledge: Knowledge, marker: Referred) -> tuple[float, float]:
    """The readings, in the canonical unit, beyond which the marker says what it says at the nearer end."""
    reach = reaches(knowledge)[marker.id]
    ends = (reach.low, reach.high)
    return (math.exp(ends[0]), math.exp(ends[1])) if marker.reference.scale == "log" else ends


def references(knowledge: Knowledge) -> Mapping[str, Strata]:
    """Every referred marker's center and SD along the states of the variables that cut them, one row for all."""

    def make() -> dict[str, Strata]:
        return {
            name: Strata(strata_variables(marker), *(values[..., None] for values in _grid(knowledge, marker)))
            for name, marker in knowledge.biomarkers.items()
            if isinstance(marker, Referred)
        }

    return knowledge.once("references", make)


def _grid(knowledge: Knowledge, marker: Referred) -> tuple[Array, Array]:
    names = strata_variables(marker)
    if isinstance(marker, Graded):
        names = (marker.variable, *names)
    shape = tuple(len(knowledge.variables[name].states) for name in names)
    center, sd = np.full(shape, np.nan), np.full(shape, np.nan)
    for stratum in marker.reference.strata:
        place = np.ix_(*(covered(knowledge, name, stratum) for name in names))
        center[place], sd[place] = _first_state(marker, stratum)
    return center, sd


def strata_variables(marker: Referred) -> tuple[str, ...]:
    """Variables that cut the strata of a marker, in the order in which its file names them; its own is none of them."""
    named = (name for stratum in marker.reference.strata for name in stratum.where)
    return tuple(dict.fromkeys(name for name in named if name != marker.variable))


def cutting(knowledge: Knowledge, marker_id: str) -> tuple[str, ...]:
    """Variables that cut a marker's reference; none for a marker without one."""
    marker = knowledge.biomarkers[marker_id]
    return strata_variables(marker) if isinstance(marker, Referred) else ()


def measured_by(knowledge: Knowledge, marker_id: str) -> tuple[str, ...]:
    """Variables that a marker's readings tell of jointly: its own, and what cuts its reference and is not context."""
    others = (name for name in cutting(knowledge, marker_id) if knowledge.variables[name].role not in CONTEXT_ROLES)
    return (knowledge.biomarkers[marker_id].variable, *others)


def strata_classes(
    knowledge: Knowledge, name: str, markers: Iterable[str]
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Sets of states of a variable that no reference of the markers tells apart, and the markers that it cuts.

    Axes (class, state), each state in one class; no class where no marker is cut.
    """
    cutting = []
    columns: list[NDArray[np.bool_]] = []
    for marker_id in markers:
        marker = knowledge.biomarkers[marker_id]
        if isinstance(marker, Referred) and name in strata_variables(marker):
            cutting.append(marker_id)
            columns += [covered(knowledge, name, stratum) for stratum in marker.reference.strata]
    size = len(knowledge.variables[name].states)
    if not columns:
        return np.zeros((0, size), dtype=bool), ()
    _, which = np.unique(np.array(columns).T, axis=0, return_inverse=True)
    return which == np.arange(which.max() + 1)[:, None], tuple(cutting)


def covered(knowledge: Knowledge, name: str, stratum: Stratum | Prevalence) -> NDArray[np.bool_]:
    """Which states of variable `name` belong to a stratum: the named one, or those with midpoints in its range."""
    variable = knowledge.variables[name]
    where = stratum.where.get(name)
    if where is None:
        return np.ones(len(variable.states), dtype=bool)
    if isinstance(where, str):
        return np.array([state == where for state in variable.states])
    points = np.array(variable.scale.midpoints if variable.scale else np.full(len(variable.states), np.nan))
    return np.asarray((where[0] <= points) & (points < where[1]))


def _first_state(marker: Referred, stratum: Stratum) -> tuple[float, float]:
    """Center and SD on the marker's scale; for a measured marker those of the first state."""
    center = math.log(stratum.center) if marker.reference.scale == "log" else stratum.center
    if not isinstance(marker, Measured) or marker.share is None:
        return center, stratum.sd
    share = stratum.share if stratum.share is not None else marker.share.number
    sign = 1 if marker.direction == "+" else -1
    return within_states(center, stratum.sd, share, sign * marker.shift.number)


def within_states(center: float, sd: float, share: float, shift: float) -> tuple[float, float]:
    """Mean of the first state and SD within a state, from mean and SD of everyone.

    `share` of people are in the last state, `shift` SDs away: 100 and 15 in all, a fifth of people
    shifted by 1.5 SD, so variance within is 225 / (1 + 0.2 * 0.8 * 2.25) = 165.44 and the first
    state lies 0.2 * 1.5 * 12.862 = 3.859 lower.

    >>> [round(x, 3) for x in within_states(100, 15, 0.2, 1.5)]
    [96.141, 12.862]
    """
    inside = sd / math.sqrt(1 + share * (1 - share) * shift**2)
    return center - share * shift * inside, inside


def picked(knowledge: Knowledge, marker: Referred, values: Array, at: States) -> Array:
    """Values with axes (..., *strata) -> (..., *strata not in `at`, row): each row takes those of its own states.

    One row serves all where `at` holds no variable that cuts the marker.
    """
    axes = references(knowledge)[marker.id].axes
    known = [name for name in axes if name in at]
    if not known:
        return values[..., None]
    free = [name for name in axes if name not in at]
    before = values.ndim - len(axes)
    order = [before + axes.index(name) for name in known]
    rest = [*range(before), *(before + axes.index(name) for name in free)]
    return np.moveaxis(values.transpose(*order, *rest)[tuple(at[name] for name in known)], 0, -1)


def usual(marker: Quantity) -> tuple[float, float] | None:
    """Center of a marker's reference, averaged over its strata, and SD of the logarithm; None where it has none.

    Strata count alike: what matters here is a factor of several, not who the people are.
    """
    if not isinstance(marker, Referred):
        return None
    strata = marker.reference.strata
    centers = np.array([stratum.center for stratum in strata])
    if not (centers > 0).all():
        return None
    within = np.array([one.sd if marker.reference.scale == "log" else one.sd / one.center for one in strata])
    logs = np.log(centers)
    return float(np.exp(logs.mean())), float(np.sqrt(logs.var() + (within**2).mean()))
