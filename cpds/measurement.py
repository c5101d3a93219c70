r"""Marker and readings -> log likelihood of each state of the variable, for many rows at once.

Every table is log P(reading | state): a log density per canonical unit for a number (on a log scale
the Jacobian is included), a log probability for a limit such as `<0.3`, a level or a yes / no, and 0
where nothing was measured. Axes are the marker's variable and the variables that cut its strata
(sex, age); the batch axis holds the rows.

*Measured.* On the marker's scale the states share one SD and lie `shift` SDs apart in all, so the
log likelihood ratio is linear and never turns back.

*Threshold.* The state is a usual value U beyond a cut. With readings X ~ N(m, s^2) and within-person
SD w, U given X is N(m + rho (X - m), rho w^2), rho = 1 - w^2 / s^2. With q = P(U beyond cut | X) and
pi = P(U beyond cut), P(X | present) = p(X) q / pi and P(X | absent) = p(X) (1 - q) / (1 - pi). A share
`error` of the people on the far side is recorded on the near one and as many the other way round, so
the ratio of the two, R = [q / (1 - q)] / [pi / (1 - pi)], becomes `slipped(R)` and stays finite.

*Any.* Criterion i is met by a share a_i of adults, the criteria are treated as independent, and the
state is present when any is met. With r_i = P(reading i | met) / P(reading i | no criterion met) and
g_i = P(reading i | not met, another is) / P(reading i | none met), both 1 where nothing was measured,

    LR(present : absent) = [prod(a_i r_i + (1 - a_i) g_i) - prod((1 - a_i) g_i)] / [1 - prod(1 - a_i)].

g_i is 1 but for a graded criterion, where g = exp(graded * (min(x, cut) - neutral)): below its cut
HbA1c still tells people who meet another criterion from those who meet none. The reading of people
who do not meet criterion i is a mixture of the two, so with Q_i = prod over the others of (1 - a_j)
r_i = R_i (Q_i + (1 - Q_i) g_i), where R_i is the slipped ratio against all who do not meet it. The
densities of a graded criterion integrate to 1 only as nearly as `neutral` suits the reference
distribution; `neutral` is kept true to people, whose ratios it sets.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpds.knowledge import Knowledge
from cpds.records import (
    Binned,
    Biomarker,
    Criterion,
    Declared,
    Measured,
    Ordinal,
    Panel,
    Prevalence,
    Stratum,
    Threshold,
)
from cpds.table import Array, Table
from cpds.units import EXACT

Codes = NDArray[np.int8]
States = Mapping[str, NDArray[np.int64]]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(256)
_LOG_TINY = -700.0
_TINY = 1e-300


@dataclass(frozen=True)
class Readings:
    """Readings of one marker, a row each: `values` in the canonical unit, NaN where missing.

    Ordinal markers hold the index of the level, declared ones 1 / 0. `censored` is -1 for a limit
    below which the value lies, +1 for one above, 0 for an exact value.
    """

    values: Array
    censored: Codes

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.shape != self.censored.shape:
            raise ValueError(f"values {self.values.shape} and censored {self.censored.shape} need one row each")

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Rows that hold a reading."""
        return ~np.isnan(self.values)

    def only(self, rows: NDArray[np.bool_]) -> Readings:
        """The same readings, missing outside `rows`."""
        return Readings(np.where(rows, self.values, np.nan), self.censored)


def exact(values: object) -> Readings:
    """Readings without limits.

    >>> exact([4.1, float("nan")]).measured
    array([ True, False])
    """
    array = np.atleast_1d(np.asarray(values, dtype=float))
    return Readings(array, np.zeros(array.shape, dtype=np.int8))


def log_likelihood(knowledge: Knowledge, marker_id: str, readings: Readings, at: States | None = None) -> Table:
    """Log likelihood of one marker's readings: axes (variable, *strata variables not in `at`).

    `at` gives the state index of a strata variable for every row; its axis is then absent and each
    row uses its own stratum. A member of an `any` panel is read as that panel's only measured one.
    """
    marker = knowledge.biomarkers[marker_id]
    if isinstance(marker, Criterion | Declared):
        return panel_log_likelihood(knowledge, str(marker.panel), {marker_id: readings}, at)
    axes, values = _marker(knowledge, marker, readings, at or {})
    return Table((marker.variable, *axes), np.where(readings.measured, values, 0.0))


def panel_log_likelihood(
    knowledge: Knowledge, panel_id: str, readings: Mapping[str, Readings], at: States | None = None
) -> Table:
    """Joint log likelihood of a panel's members, by its rule; axes as in `log_likelihood`.

    Correlated: the log likelihood ratios against the first state add up and are divided by
    1 + (n - 1) rho, n being the number of members measured in the row; the first state's log
    densities add up as they are.
    """
    panel = knowledge.panels[panel_id]
    if panel.rule == "any":
        return _any(knowledge, panel, readings, at or {})
    tables = [log_likelihood(knowledge, name, given, at) for name, given in readings.items()]
    count = np.sum([given.measured for given in readings.values()], axis=0)
    axes = _union(panel.variable, [table.axes[1:] for table in tables])
    total = _sum([table.over(axes) for table in tables])
    first = total[:1]
    return Table(axes, np.asarray(first + (total - first) * temper(count, _rho(panel))))


def temper(count: NDArray[np.int64], rho: float) -> Array:
    """What multiplies the summed log likelihood ratios of `count` markers that correlate by `rho`.

    This is exact for multivariate normal markers with one common correlation and shift:
    five markers at rho 0.5 are worth 5 / 3 of one, not 5.

    >>> temper(np.array([0, 1, 2, 5]), 0.5)
    array([1.        , 1.        , 0.66666667, 0.33333333])
    """
    return np.asarray(1.0 / (1.0 + np.maximum(count - 1, 0) * rho))


def settle(knowledge: Knowledge, readings: Mapping[str, Readings]) -> dict[str, Readings]:
    """Readings as they may be used: products computed, what they supersede and what is void left out.

    A product (HOMA-IR from insulin and glucose) is computed where it is missing and its factors are
    exact; a factor that measures the product's own variable is then dropped in those rows. A marker
    is dropped where a declared marker that voids it says yes.
    """
    settled = dict(readings)
    for marker in knowledge.biomarkers.values():
        if isinstance(marker, Threshold) and marker.product_of:
            _multiply(knowledge, marker, settled)
    for name in list(settled):
        for cause in knowledge.biomarkers[name].voided_by:
            if cause in settled:
                settled[name] = settled[name].only(settled[cause].values != 1)
    return settled


def _multiply(knowledge: Knowledge, marker: Threshold, settled: dict[str, Readings]) -> None:
    """Fill in a product from its factors, and drop the factors that it supersedes."""
    factors = [settled[name] for name in marker.product_of if name in settled]
    given = settled.get(marker.id)
    if len(factors) == len(marker.product_of):
        divisor = marker.divisor.number if marker.divisor else 1.0
        product = np.prod([factor.values for factor in factors], axis=0) / divisor
        limits = np.any([factor.censored != EXACT for factor in factors], axis=0)
        product[limits] = np.nan
        missing = np.isnan(given.values) if given else np.ones(product.shape, dtype=bool)
        values = np.where(missing, product, given.values if given else np.nan)
        censored = np.where(missing, 0, given.censored if given else 0).astype(np.int8)
        given = settled[marker.id] = Readings(values, censored)
    if given is not None:
        for name in marker.product_of:
            if name in settled and knowledge.biomarkers[name].variable == marker.variable:
                settled[name] = settled[name].only(~given.measured)


def slipped(ratio: Array, share: float, error: float) -> Array:
    """Likelihood ratio of a reading when a share `error` of the people who meet the cut are misfiled.

    As many who do not meet it are misfiled the other way, so the share stays the same and a certain
    reading leaves P(met) = 1 - error:

    >>> slipped(np.array([0.0, 1.0, np.inf]), share=0.2, error=0.01)  # odds of 99 from odds of 1/4: 396
    array([1.00250627e-02, 1.00000000e+00, 3.96000000e+02])
    """
    back = error * share / (1 - share)
    with np.errstate(invalid="ignore"):
        mixed = ((1 - error) * ratio + error) / (back * ratio + 1 - back)
    return np.asarray(np.where(np.isinf(ratio), (1 - error) / back if back else np.inf, mixed))


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


def beyond(x: Array, m: Array, s: Array, w: Array, cut: float) -> tuple[Array, Array]:
    """Log odds that the usual value exceeds `cut`, given a reading `x` and before it.

    Readings N(0, 2), within-person SD 1 (rho 0.75), cut 0: a reading of 1 puts U at 0.75 with SD
    0.866, so P = Phi(0.866) = 0.8068 and the log odds are 1.429; before it they are 0.

    >>> after, before = beyond(np.array([1.0]), np.array([0.0]), np.array([2.0]), np.array([1.0]), 0.0)
    >>> print(after.round(3), before.round(3))
    [1.429] [0.]
    """
    rho = 1 - (w / s) ** 2
    after = (m + rho * (x - m) - cut) / (w * np.sqrt(rho))
    before = (m - cut) / np.sqrt(s**2 - w**2)
    return _log_odds(after), _log_odds(before)


def log_phi(z: Array) -> Array:
    """Logarithm of the standard normal CDF.

    >>> log_phi(np.array([0.0, -10.0])).round(4)  # ln 0.5; ln of 7.62e-24
    array([ -0.6931, -53.2313])
    """
    tail = np.asarray(_erfc(-np.clip(z, -37.0, 37.0) / math.sqrt(2)), dtype=float) / 2
    return np.asarray(np.log(tail))


_erfc = np.frompyfunc(math.erfc, 1, 1)


def _log_odds(z: Array) -> Array:
    return log_phi(z) - log_phi(-z)


def _log_normal(x: Array, m: Array, s: Array) -> Array:
    return np.asarray(-0.5 * ((x - m) / s) ** 2 - np.log(s * math.sqrt(2 * math.pi)))


def _marker(knowledge: Knowledge, marker: Biomarker, readings: Readings, at: States) -> tuple[tuple[str, ...], Array]:
    """Strata axes and values (state, *strata, row) of a marker that stands for itself."""
    if isinstance(marker, Ordinal):
        return (), _ordinal(marker, readings)
    if isinstance(marker, Binned):
        return (), _binned(knowledge, marker, readings)
    assert isinstance(marker, Measured | Threshold)
    strata = _Strata.of(knowledge, marker, at, len(readings.values))
    x, jacobian = _scaled(marker, readings)
    if isinstance(marker, Measured):
        states = len(knowledge.variables[marker.variable].states)
        values = _measured(marker, states, strata, x, readings.censored)
    else:

        def density(at_x: Array, among: _Strata) -> Array:
            return np.exp(_two_states(*_threshold(marker, among, at_x, None), marker.error.number))

        values = np.log(np.maximum(_over_limits(density, x, readings.censored, strata), _TINY))
    return strata.axes, np.asarray(values - jacobian)


def _ordinal(marker: Ordinal, readings: Readings) -> Array:
    table = np.log([level.probabilities for level in marker.levels])
    index = np.where(readings.measured, readings.values, 0).astype(int)
    return np.asarray(table[index].T)


def _binned(knowledge: Knowledge, marker: Binned, readings: Readings) -> Array:
    """Certainty of the state whose interval holds the value; of all those a limit leaves open."""
    scale = knowledge.variables[marker.variable].scale
    assert scale is not None
    last = len(scale.midpoints) - 1
    index = np.clip(np.searchsorted(scale.edges, readings.values, side="right") - 1, 0, last)
    states = np.arange(last + 1)[:, None]
    low = np.where(readings.censored < 0, 0, index)
    high = np.where(readings.censored > 0, last, index)
    return np.where((low <= states) & (states <= high), 0.0, -np.inf)


def _scaled(marker: Measured | Threshold | Criterion, readings: Readings) -> tuple[Array, Array]:
    """Readings on the marker's scale, and the log Jacobian that makes densities per canonical unit."""
    values = np.where(readings.measured, readings.values, marker.accepted[1])
    if marker.reference.scale == "linear":
        return values, np.zeros(len(values))
    logs = np.log(np.maximum(values, 1e-300))
    return logs, np.where(readings.censored == EXACT, logs, 0.0)


def _measured(marker: Measured, states: int, strata: _Strata, x: Array, censored: Codes) -> Array:
    """Axes (state, *strata, row): one SD for all states, centers evenly spaced."""
    sign = 1 if marker.direction == "+" else -1
    capped = x
    if marker.informative:
        ends = np.log(marker.informative) if marker.reference.scale == "log" else marker.informative
        capped = np.clip(x, *ends)
    first = _log_reading(x, strata, censored, 0.0)
    base = _log_reading(capped, strata, censored, 0.0)
    steps = np.linspace(0, sign * marker.shift.number, states)
    return np.stack([first + _log_reading(capped, strata, censored, step) - base for step in steps])


def _log_reading(x: Array, strata: _Strata, censored: Codes, step: float) -> Array:
    """Log density of an exact reading, log probability of a limit, `step` SDs from the first state."""
    z = (x - strata.center) / strata.sd - step
    density = -0.5 * z**2 - np.log(strata.sd * math.sqrt(2 * math.pi))
    limits = np.flatnonzero(censored)
    if limits.size:
        density[..., limits] = log_phi(-censored[limits] * z[..., limits])
    return np.asarray(density)


def _threshold(
    marker: Threshold | Criterion, strata: _Strata, x: Array, share: float | None
) -> tuple[Array, Array, Array]:
    """Log density of people on the near side of the cut, log ratio far : near, share on the far side."""
    sign = 1.0 if marker.direction == "+" else -1.0
    m, s = sign * strata.center, strata.sd
    cut = sign * (math.log(marker.cut.number) if marker.reference.scale == "log" else marker.cut.number)
    after, before = beyond(sign * x, m, s, np.full_like(s, marker.within.number), cut)
    near = _log_normal(sign * x, m, s) - np.logaddexp(0, after) + np.logaddexp(0, before)
    met = np.asarray(1 / (1 + np.exp(-before))) if share is None else np.full_like(before, share)
    return near, after - before, met


def _over_limits(density: Callable[[Array, _Strata], Array], x: Array, censored: Codes, strata: _Strata) -> Array:
    """Densities at `x`; where it is a limit, their integral beyond it (Gauss-Legendre, to eight SDs out)."""
    values = density(x, strata)
    limits = np.flatnonzero(censored)
    if not limits.size:
        return values
    ends = strata.center.min() - 8 * strata.sd.max(), strata.center.max() + 8 * strata.sd.max()
    start, below = x[limits], censored[limits] < 0
    half = np.where(below, np.minimum(ends[0] - start, 0), np.maximum(ends[1] - start, 0)) / 2
    nodes = start[:, None] + half[:, None] * (_NODES + 1)
    heights = density(nodes.ravel(), strata.rows(np.repeat(limits, len(_NODES))))
    values = values.copy()
    values[..., limits] = np.abs(half) * (heights.reshape(*heights.shape[:-1], *nodes.shape) @ _WEIGHTS)
    return values


def _two_states(near: Array, log_ratio: Array, share: Array, error: float) -> Array:
    """Log likelihood of (absent, present) after slips: the near side's density, then times the ratio."""
    ratio = np.exp(np.clip(log_ratio, _LOG_TINY, -_LOG_TINY))
    back = error * share / (1 - share)
    absent = near + np.log(1 - back + back * ratio)
    present = near + np.log(error + (1 - error) * ratio)
    return np.stack(np.broadcast_arrays(absent, present))


def _any(knowledge: Knowledge, panel: Panel, readings: Mapping[str, Readings], at: States) -> Table:
    """Log likelihood of (absent, present) for criteria joined by OR; see the top of this file."""
    members = {name: marker for name, marker in knowledge.biomarkers.items() if marker.panel == panel.id}
    shares = {name: marker.share.number for name, marker in members.items() if isinstance(marker, Criterion | Declared)}
    none = math.prod(1 - share for share in shares.values())
    rows = len(next(iter(readings.values())).values)
    base, joint, unmet = Table((), np.zeros(rows)), Table((), np.ones(rows)), Table((), np.ones(rows))
    for name, share in shares.items():
        axes: tuple[str, ...] = ()
        absent, met, graded = np.zeros(rows), np.ones(rows), np.ones(rows)
        if name in readings:
            others = none / (1 - share)
            axes, absent, met, graded = _criterion(knowledge, members[name], readings[name], at, panel, others)
        base = _combine(base, Table(axes, absent), np.add)
        joint = _combine(joint, Table(axes, share * met + (1 - share) * graded), np.multiply)
        unmet = _combine(unmet, Table(axes, (1 - share) * graded), np.multiply)
    ratio = (joint.over(base.axes) - unmet.over(base.axes)) / (1 - none)
    return Table((panel.variable, *base.axes), np.stack([base.values, base.values + np.log(ratio)]))


def _criterion(
    knowledge: Knowledge, marker: Biomarker, readings: Readings, at: States, panel: Panel, others: float
) -> tuple[tuple[str, ...], Array, Array, Array]:
    """Strata axes, then log density when no criterion is met, r and g; 0, 1, 1 in rows without a reading."""
    error = panel.error.number if panel.error else 0.0
    axes: tuple[str, ...] = ()
    if isinstance(marker, Declared):
        yes, back = readings.values == 1, error * marker.share.number / (1 - marker.share.number)
        absent = np.log(np.where(yes, back, 1 - back))
        met = np.where(yes, (1 - error) / back, error / (1 - back))
        graded = np.ones(len(readings.values))
    else:
        assert isinstance(marker, Criterion)
        strata = _Strata.of(knowledge, marker, at, len(readings.values))
        x, jacobian = _scaled(marker, readings)

        def density(at_x: Array, among: _Strata) -> Array:
            return _criterion_densities(marker, among, at_x, error, others)

        none, only, other = np.maximum(_over_limits(density, x, readings.censored, strata), _TINY)
        axes, absent, met, graded = strata.axes, np.log(none) - jacobian, only / none, other / none
    known = readings.measured
    return axes, np.where(known, absent, 0.0), np.where(known, met, 1.0), np.where(known, graded, 1.0)


def _criterion_densities(marker: Criterion, strata: _Strata, x: Array, error: float, others: float) -> Array:
    """Densities on the scale among people who meet no criterion, this one, and another one but not this one."""
    unmet, met = np.exp(_two_states(*_threshold(marker, strata, x, marker.share.number), error))
    graded = _graded(marker, x)
    none = unmet / (others + (1 - others) * graded)
    return np.stack([none, met, none * graded])


def _graded(marker: Criterion, x: Array) -> Array:
    """P(reading | not met, another criterion is) / P(reading | none met), for readings on the scale."""
    if marker.graded is None or marker.neutral is None:
        return np.ones(len(x))
    cut, sign = marker.cut.number, 1 if marker.direction == "+" else -1
    capped = np.minimum(sign * (np.exp(x) if marker.reference.scale == "log" else x), sign * cut)
    return np.asarray(np.exp(marker.graded.number * (capped - sign * marker.neutral.number)))


@dataclass(frozen=True)
class _Strata:
    """Center and SD of the first state (or of everyone, for a threshold): axes (*axes, row or 1)."""

    axes: tuple[str, ...]
    center: Array
    sd: Array

    @classmethod
    def of(cls, knowledge: Knowledge, marker: Measured | Threshold | Criterion, at: States, rows: int) -> _Strata:
        """Lay the marker's strata along the states of the variables that cut them, then pick the known ones."""
        names = strata_variables(marker)
        shape = tuple(len(knowledge.variables[name].states) for name in names)
        center, sd = np.full(shape, np.nan), np.full(shape, np.nan)
        for stratum in marker.reference.strata:
            place = np.ix_(*(covered(knowledge, name, stratum) for name in names))
            center[place], sd[place] = _first_state(marker, stratum)
        known = [name for name in names if name in at]
        free = tuple(name for name in names if name not in at)
        order = [names.index(name) for name in (*known, *free)]
        picked = [_pick(array.transpose(order), [at[name] for name in known]) for array in (center, sd)]
        return cls(free, *picked)

    def rows(self, rows: NDArray[np.int64]) -> _Strata:
        """Those of some rows; the same object where one row serves all."""
        if self.center.shape[-1] == 1:
            return self
        return _Strata(self.axes, self.center[..., rows], self.sd[..., rows])


def strata_variables(marker: Measured | Threshold | Criterion) -> tuple[str, ...]:
    """Variables that cut the strata of a marker, in the order in which its file names them."""
    return tuple(dict.fromkeys(name for stratum in marker.reference.strata for name in stratum.where))


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


def _first_state(marker: Measured | Threshold | Criterion, stratum: Stratum) -> tuple[float, float]:
    """Center and SD on the marker's scale; for a measured marker those of the first state."""
    center = math.log(stratum.center) if marker.reference.scale == "log" else stratum.center
    if not isinstance(marker, Measured) or marker.share is None:
        return center, stratum.sd
    share = stratum.share if stratum.share is not None else marker.share.number
    sign = 1 if marker.direction == "+" else -1
    return within_states(center, stratum.sd, share, sign * marker.shift.number)


def _pick(values: Array, indices: list[NDArray[np.int64]]) -> Array:
    """Axes (*known, *free) -> (*free, row): each row takes its own known states; one row serves all without any."""
    if not indices:
        return values[..., None]
    return np.moveaxis(values[tuple(indices)], 0, -1)


def _combine(one: Table, other: Table, operation: np.ufunc) -> Table:
    axes = (*one.axes, *(axis for axis in other.axes if axis not in one.axes))
    return Table(axes, operation(one.over(axes), other.over(axes)))


def _union(variable: str, strata: list[tuple[str, ...]]) -> tuple[str, ...]:
    return (variable, *dict.fromkeys(axis for axes in strata for axis in axes))


def _sum(arrays: list[Array]) -> Array:
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total


def _rho(panel: Panel) -> float:
    return panel.rho.number if panel.rho else 0.0


__all__ = ["Readings", "exact", "log_likelihood", "panel_log_likelihood", "settle", "temper"]
