"""Which readings may be used together: products of others, what they supersede or misfit, and what is void."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpds.knowledge import Knowledge
from cpds.readings import Readings
from cpds.records import Quantity, Threshold
from cpds.table import Array
from cpds.units import EXACT

_SIGN = {-1: "<", 0: "", 1: ">"}


def products(knowledge: Knowledge) -> list[Threshold]:
    """Every marker that is a product."""
    return [one for one in knowledge.biomarkers.values() if isinstance(one, Threshold) and one.product_of]


def superseding(knowledge: Knowledge, name: str) -> tuple[str, ...]:
    """Products of which a marker is a factor where both tell of one variable: it does not count beside them."""
    variable = knowledge.biomarkers[name].variable
    return tuple(one.id for one in products(knowledge) if name in one.product_of and one.variable == variable)


def settle(knowledge: Knowledge, readings: Mapping[str, Readings]) -> dict[str, Readings]:
    """Readings as they may be used: products computed, what they supersede and what is void left out.

    A product (HOMA-IR from insulin and glucose) is computed where it is missing and its factors are
    exact; a factor that measures the product's own variable is then dropped in those rows. A marker
    is dropped where a declared marker that voids it says yes.
    """
    settled = dict(readings)
    for product in products(knowledge):
        _multiply(knowledge, product, settled)
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
            if name in settled and marker.id in superseding(knowledge, name):
                settled[name] = settled[name].only(~given.measured)


@dataclass(frozen=True)
class Misfit:
    """Rows in which a product that is given lies further from its factors than its tolerance."""

    product: Threshold
    factors: tuple[Quantity, ...]
    given: Readings
    readings: tuple[Readings, ...]
    rows: NDArray[np.bool_]

    def told(self, row: int) -> str:
        """What does not fit in one row, and which unit would explain it."""
        parts = [f"{one.id} {_said(reading, row)}" for one, reading in zip(self.factors, self.readings, strict=True)]
        divisor = self.product.divisor
        equation = " x ".join(parts) + (f" / {divisor.number:g}" if divisor else "")
        low, high = (float(end[row]) for end in _product(self.product, self.readings))
        result = short(high) if low == high else f"<{short(high)}" if low == 0 else f">{short(low)}"
        problem = f"{self.product.id}: {_said(self.given, row)} does not fit {equation} = {result}"
        return f"{problem}; check {'the three' if len(parts) == 2 else 'all of them'}{self._unit(row)}"

    def _unit(self, row: int) -> str:
        """A unit of one factor in which its number would fit, as a hint; empty without one."""
        low, high = (float(end[row]) for end in _product(self.product, self.readings))
        given = float(self.given.values[row])
        for one in self.factors:
            for unit, figure in one.factors.items():
                fits = abs(np.log(low * figure.number / given)) <= np.log1p(_tolerance(self.product))
                if low == high and fits and unit not in one.offsets:
                    return f", or give {one.id} its unit if it is in {unit}"
        return ""


def misfits(knowledge: Knowledge, readings: Mapping[str, Readings]) -> Iterator[Misfit]:
    """Every product that is given beside all its factors and fits them in no way, in some rows."""
    for one in products(knowledge):
        if one.id in readings and all(name in readings for name in one.product_of):
            factors = tuple(readings[name] for name in one.product_of)
            low, high = _product(one, factors)
            least, most = _ends(readings[one.id])
            off = 1 + _tolerance(one)
            rows = (low > most * off) | (least > high * off)
            if rows.any():
                markers = tuple(knowledge.biomarkers[name] for name in one.product_of)
                quantities = tuple(marker for marker in markers if isinstance(marker, Quantity))
                yield Misfit(one, quantities, readings[one.id], factors, rows)


def short(number: float) -> str:
    """A number to two digits, as people write it.

    >>> short(9.8765), short(0.0312), short(1234.5)
    ('9.9', '0.031', '1200')
    """
    return f"{float(f'{number:.2g}'):g}"


def _tolerance(product: Threshold) -> float:
    return product.tolerance.number if product.tolerance else 0.0


def _product(product: Threshold, factors: Sequence[Readings]) -> tuple[Array, Array]:
    """Least and greatest value that the factors allow, axis (row) each; NaN where one is missing."""
    divisor = product.divisor.number if product.divisor else 1.0
    low, high = zip(*map(_ends, factors), strict=True)
    return np.prod(low, axis=0) / divisor, np.prod(high, axis=0) / divisor


def _ends(reading: Readings) -> tuple[Array, Array]:
    """Least and greatest value that readings allow: limits reach to zero or without end."""
    low = np.where(reading.censored < 0, reading.values * 0.0, reading.values)
    high = np.where((reading.censored > 0) & reading.measured, np.inf, reading.values)
    return low, high


def _said(reading: Readings, row: int) -> str:
    return f"{_SIGN[int(reading.censored[row])]}{reading.values[row]:g}"
