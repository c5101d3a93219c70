"""Readings of markers in people whose states are known, with the noise that members of a panel share.

Each marker has a standard normal noise z, along the marker's direction; members of a panel with correlation rho have
z = sqrt(rho) u + sqrt(1 - rho) e with one u a person. Its normal quantile gives the reading by the inverse of the
marker's distribution in the person's state and stratum; levels and yes / no answers are cut from the same quantile.
A yes / no marker has the noise of the one that it implies, so that no answers contradict each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from bn.core.evidence import Indices
from bn.questions.reading import grid
from cpds.knowledge import Knowledge
from cpds.measurement import Readings, contribution
from cpds.products import products, superseding
from cpds.records import Binned, Biomarker, Declared, Ordinal, Referred, Threshold
from cpds.table import Array

POINTS = 4001
"""Readings at which a marker's distribution is tabulated."""
DIGITS = 4


def noise(knowledge: Knowledge, markers: Collection[str], count: int, rng: np.random.Generator) -> dict[str, Array]:
    """Quantile of each marker's reading in its own state, axis (person), high where the noise speaks for higher states.

    Uniform; members of a panel are correlated by its rho on the normal scale.
    """
    from scipy.special import ndtr

    panels = {knowledge.biomarkers[name].panel for name in markers} - {None}
    shared = {panel: rng.standard_normal(count) for panel in sorted(map(str, panels))}
    drawn: dict[str, Array] = {}
    for name in markers:
        marker = knowledge.biomarkers[name]
        own = rng.standard_normal(count)
        if marker.panel is not None:
            rho = knowledge.panels[marker.panel].rho.number
            own = np.sqrt(rho) * shared[marker.panel] + np.sqrt(1 - rho) * own
        drawn[name] = np.asarray(ndtr(own))
    for name in markers:
        marker = knowledge.biomarkers[name]
        for implied in marker.implies if isinstance(marker, Declared) else ():
            if implied in drawn:
                drawn[name] = drawn[implied]
    return drawn


def readings(
    knowledge: Knowledge, markers: Collection[str], states: Mapping[str, Indices], count: int, rng: np.random.Generator
) -> dict[str, Array]:
    """A reading of each marker in each person (canonical unit, index of a level, 1 for yes): axis (person).

    NaN where a declared marker that is drawn voids it. Where all factors of a product are wanted, the one that tells
    of the product's own variable follows from the product, so that the three fit.
    """
    wanted = list(markers)
    followed = [one for one in products(knowledge) if {*one.product_of} <= {*wanted}]
    hidden = [one.id for one in followed if one.id not in wanted]
    quantiles = noise(knowledge, [*wanted, *hidden], count, rng)
    drawn = {name: _drawn(knowledge, knowledge.biomarkers[name], states, quantiles[name]) for name in quantiles}
    for one in followed:
        for name in one.product_of:
            if one.id in superseding(knowledge, name):
                _follow(knowledge, one, name, drawn)
    for name in wanted:
        for cause in knowledge.biomarkers[name].voided_by:
            if cause in drawn:
                drawn[name] = np.where(drawn[cause] == 1, np.nan, drawn[name])
    return {name: drawn[name] for name in wanted}


def _follow(knowledge: Knowledge, product: Threshold, name: str, drawn: dict[str, Array]) -> None:
    """The factor that makes the product what was drawn."""
    divisor = product.divisor.number if product.divisor else 1.0
    others = np.prod([drawn[other] for other in product.product_of if other != name], axis=0)
    factor = knowledge.biomarkers[name]
    assert isinstance(factor, Referred)
    drawn[name] = rounded(np.clip(drawn[product.id] * divisor / others, *factor.accepted))


def _drawn(knowledge: Knowledge, marker: Biomarker, states: Mapping[str, Indices], quantile: Array) -> Array:
    own = states[marker.variable]
    along = quantile if marker.direction == "+" else 1 - quantile
    if isinstance(marker, Declared):
        return (along > 1 - np.array(marker.yes.probabilities)[own]).astype(float)
    if isinstance(marker, Ordinal):
        shares = np.array([level.probabilities for level in marker.levels])[:, own]
        return np.asarray((np.cumsum(shares, axis=0)[:-1] <= along * shares.sum(axis=0)).sum(axis=0), dtype=float)
    assert not isinstance(marker, Binned)  # a number on the variable's own scale, which is drawn with its state
    return _referred(knowledge, marker, states, along)


def _referred(knowledge: Knowledge, marker: Referred, states: Mapping[str, Indices], quantile: Array) -> Array:
    """By the inverse of the distribution within the accepted range, of each state and stratum that occurs."""
    every = grid(knowledge, marker).values
    low, high = max(every[0], marker.accepted[0]), min(every[-1], marker.accepted[1])
    log = marker.reference.scale == "log"
    x = np.geomspace(low, high, POINTS) if log else np.linspace(low, high, POINTS)
    table = contribution(knowledge, marker.id, Readings(x, np.zeros(POINTS, dtype=np.int8)))
    density = np.exp(table.values)
    pieces = (density[..., 1:] + density[..., :-1]) / 2 * np.diff(x)
    rising = np.concatenate([np.zeros((*pieces.shape[:-1], 1)), np.cumsum(pieces, axis=-1)], axis=-1)
    axes = (marker.variable, *table.axes[1:])
    where = np.ravel_multi_index(tuple(states[axis] for axis in axes), rising.shape[:-1])
    found = np.empty(len(quantile))
    for cell in np.unique(where):
        inside = where == cell
        distribution = rising.reshape(-1, POINTS)[cell]
        found[inside] = np.interp(quantile[inside] * distribution[-1], distribution, x)
    return rounded(found)


def rounded(values: Array) -> Array:
    """To `DIGITS` significant digits, as laboratories print them or better.

    >>> rounded(np.array([123.456, 0.0123456, np.nan])).tolist()
    [123.5, 0.01235, nan]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        places = DIGITS - 1 - np.floor(np.log10(np.abs(values)))
    factor = 10.0 ** np.where(np.isfinite(places), places, 0)
    return np.asarray(np.round(values * factor) / factor)
