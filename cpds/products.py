"""Which readings may be used together: products of others, what they supersede, and what is void."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cpds.knowledge import Knowledge
from cpds.records import Threshold
from cpds.table import Array, Codes, Readings

Ends = tuple[Array, Array]
_COMPUTED, _ESTIMATED, _NOTHING = 1, 2, 3


def products(knowledge: Knowledge) -> list[Threshold]:
    """Every marker that is a product."""
    return [one for one in knowledge.biomarkers.values() if isinstance(one, Threshold) and one.product_of]


def superseding(knowledge: Knowledge, name: str) -> tuple[str, ...]:
    """Products of which a marker is a factor where both tell of one variable: only one of the two counts."""
    variable = knowledge.biomarkers[name].variable
    return tuple(one.id for one in products(knowledge) if name in one.product_of and one.variable == variable)


def settle(knowledge: Knowledge, readings: Mapping[str, Readings]) -> dict[str, Readings]:
    """Readings as they may be used: void ones left out, products computed, and nothing counted twice.

    A marker is dropped where a declared marker that voids it says yes. A product (HOMA-IR from insulin and glucose)
    is computed from its factors, as a limit where one of them is a limit; of limits on opposite sides nothing
    follows. Of the product as given, as computed, and the factor that measures the product's own variable, the one
    that says most counts and the others are left out; see `_counting`.
    """
    settled = without_void(knowledge, readings)
    for product in products(knowledge):
        _count_once(knowledge, product, settled)
    return settled


def without_void(knowledge: Knowledge, readings: Mapping[str, Readings]) -> dict[str, Readings]:
    """Readings without those that a declared marker voids."""
    return {name: _unless_void(knowledge, name, reading, readings) for name, reading in readings.items()}


def _unless_void(knowledge: Knowledge, name: str, reading: Readings, readings: Mapping[str, Readings]) -> Readings:
    for cause in knowledge.biomarkers[name].voided_by:
        if cause in readings:
            reading = reading.only(readings[cause].values != 1)
    return reading


def _count_once(knowledge: Knowledge, marker: Threshold, settled: dict[str, Readings]) -> None:
    """Fill in a product from its factors; of it and the factor that measures the same keep the one that counts."""
    own = [name for name in marker.product_of if name in settled and marker.id in superseding(knowledge, name)]
    complete = all(name in settled for name in marker.product_of)
    if not complete and not (own and marker.id in settled):
        return
    rows = next(iter(settled.values())).values.shape
    unknown = np.zeros(rows), np.full(rows, np.inf)
    given = ends(settled[marker.id]) if marker.id in settled else unknown
    computed = product_ends(marker, [settled[name] for name in marker.product_of]) if complete else unknown
    estimated = _estimated(knowledge, marker, own[0], settled) if own else unknown
    source, values, censored = _counting(marker.cut.number, given, computed, estimated)
    counts = source <= _COMPUTED
    product = Readings(np.where(counts, values, np.nan), np.where(counts, censored, 0).astype(np.int8))
    settled[marker.id] = _unless_void(knowledge, marker.id, product, settled)
    for name in own:
        settled[name] = settled[name].only(~counts)


def _estimated(knowledge: Knowledge, marker: Threshold, name: str, settled: Mapping[str, Readings]) -> Ends:
    """What a factor says of the product by itself: the ratio to its own cut is taken for that of the product to its.

    Nothing in rows whose other factors are all exact, since there the product is computed from the same reading.
    """
    factor = knowledge.biomarkers[name]
    others = [settled.get(other) for other in marker.product_of if other != name]
    known = np.all([one.measured & (one.censored == 0) if one else np.False_ for one in others], axis=0)
    if not isinstance(factor, Threshold):
        known = np.True_
    scale = marker.cut.number / factor.cut.number if isinstance(factor, Threshold) else 1.0
    low, high = ends(settled[name])
    return np.where(known, 0.0, low * scale), np.where(known, np.inf, high * scale)


def _counting(cut: float, given: Ends, computed: Ends, estimated: Ends) -> tuple[NDArray[np.int64], Array, Codes]:
    """Which of three says most of a product in each row, and what that is as number and censoring.

    An exact product counts, given before computed. An exact estimate counts unless a limit of the product excludes
    it: then that limit does, or, where only the given one does, the number at the limit, the nearest to the estimate.
    Of limits the tightest counts, and of two on opposite sides the lower one if the middle between them (on the log
    scale) lies above the cut, since the other one then says little. So no reading or limit that rises lets the
    product that counts fall.
    """
    exact = [low == high for low, high in (given, computed, estimated)]
    within = np.minimum(given[0], computed[1]), np.maximum(given[1], computed[0])  # else off within the tolerance
    lows, highs = (np.stack(same) for same in zip(within, computed, estimated, strict=True))
    lower, upper = lows.argmax(axis=0), highs.argmin(axis=0)
    low, high = lows.max(axis=0), highs.min(axis=0)
    with np.errstate(invalid="ignore"):  # no limit at all: 0 times infinity
        above = np.where(exact[_ESTIMATED], lower != _ESTIMATED, ~(low * high < cut**2))
    source, values, censored = np.where(above, lower, upper), np.where(above, low, high), np.where(above, 1, -1)
    source = np.where((low == 0) & np.isinf(high), _NOTHING, source)
    excluded = (computed[0] > estimated[1]) | (computed[1] < estimated[0])
    censored = np.where(exact[_ESTIMATED] & ~excluded, 0, censored)
    for place, ends_of in ((_COMPUTED, computed), (0, given)):
        source, values = np.where(exact[place], place, source), np.where(exact[place], ends_of[0], values)
    return source, values, np.where(exact[0] | exact[_COMPUTED], 0, censored).astype(np.int8)


def ends(reading: Readings) -> Ends:
    """Least and greatest value that readings allow, axis (row) each: from 0 without end where nothing is known."""
    low = np.where(reading.measured & (reading.censored >= 0), reading.values, 0.0)
    high = np.where(reading.measured & (reading.censored <= 0), reading.values, np.inf)
    return low, high


def product_ends(product: Threshold, factors: Sequence[Readings]) -> Ends:
    """Least and greatest value that the factors allow, axis (row) each."""
    divisor = product.divisor.number if product.divisor else 1.0
    low, high = zip(*map(ends, factors), strict=True)
    return np.prod(low, axis=0) / divisor, np.prod(high, axis=0) / divisor


def short(number: float) -> str:
    """A number to two digits, as people write it.

    >>> short(9.8765), short(0.0312), short(1234.5)
    ('9.9', '0.031', '1200')
    """
    return f"{float(f'{number:.2g}'):g}"
