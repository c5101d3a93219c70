"""Products that are given and fit their factors in no way: all of them, or those that are there with any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cpds.knowledge import Knowledge
from cpds.products import ends, product_ends, products, short, without_void
from cpds.records import Quantity, Threshold, Variable
from cpds.table import Readings
from cpds.units import in_words


def usual_on_scale(variable: Variable) -> tuple[float, float]:
    """The same of a variable's own scale, by what stands for its states; they count alike, being cut where people are.

    Raises ValueError for a variable without a scale.
    """
    if variable.scale is None:
        raise ValueError(f"{variable.id} has no numeric scale")
    logs = np.log(variable.scale.midpoints)
    return float(np.exp(logs.mean())), float(logs.std())


_SIGN = {-1: "<", 0: "", 1: ">"}


@dataclass(frozen=True)
class Misfit:
    """Rows in which a product cannot be what is given; `told` says of one row what does not fit, and why perhaps."""

    product: Threshold
    rows: NDArray[np.bool_]
    told: Callable[[int], str]


def misfits(knowledge: Knowledge, readings: Mapping[str, Readings]) -> Iterator[Misfit]:
    """Every product that lies further from its factors than its tolerance, or implies a factor that nobody could have.

    Void readings are not looked at.
    """
    valid = without_void(knowledge, readings)
    for product in products(knowledge):
        if product.id in valid:
            factors = {name: valid[name] for name in product.product_of if name in valid}
            yield from _product_misfits(knowledge, product, valid[product.id], factors)


def _product_misfits(
    knowledge: Knowledge, product: Threshold, given: Readings, factors: Mapping[str, Readings]
) -> Iterator[Misfit]:
    if len(factors) == len(product.product_of):
        low, high = product_ends(product, list(factors.values()))
        least, most = ends(given)
        off = 1 + _tolerance(product)
        rows = (low > most * off) | (least > high * off)
        if rows.any():
            yield Misfit(product, rows, partial(_unequal, knowledge, product, given, factors))
    for name in product.product_of:
        others = {other: reading for other, reading in factors.items() if other != name}
        if len(others) == len(product.product_of) - 1:
            implied = _Implied.of(knowledge, product, given, others, name)
            rows = implied.impossible & given.measured & (~factors[name].measured if name in factors else True)
            if rows.any():
                yield Misfit(product, rows, implied.told)


def _unequal(
    knowledge: Knowledge, product: Threshold, given: Readings, factors: Mapping[str, Readings], row: int
) -> str:
    parts = [f"{name} {_said(reading, row)}" for name, reading in factors.items()]
    equation = " x ".join(parts) + (f" / {product.divisor.number:g}" if product.divisor else "")
    low, high = (float(end[row]) for end in product_ends(product, list(factors.values())))
    problem = f"{product.id}: {_said(given, row)} does not fit {equation} = {_range(low, high)}"
    value = float(given.values[row])
    fits = _fits(value / (1 + _tolerance(product)), value * (1 + _tolerance(product)))
    unit = _unit(knowledge, factors, lambda figure: low == high and fits(low * figure))
    return f"{problem}; check {'the three' if len(parts) == 2 else 'all of them'}{unit}"


@dataclass(frozen=True)
class _Implied:
    """What a product and all factors but one imply of that one: least and greatest value, axis (row) each."""

    knowledge: Knowledge
    product: Threshold
    given: Readings
    others: Mapping[str, Readings]
    factor: Quantity
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def of(
        cls, knowledge: Knowledge, product: Threshold, given: Readings, others: Mapping[str, Readings], name: str
    ) -> _Implied:
        factor = knowledge.biomarkers[name]
        assert isinstance(factor, Quantity)
        least, most = ends(given)
        low, high = product_ends(product, list(others.values()))
        with np.errstate(divide="ignore", invalid="ignore"):  # without end where the others may be next to nothing
            low, high = least / high, most / low
        return cls(knowledge, product, given, others, factor, low, high)

    @property
    def impossible(self) -> NDArray[np.bool_]:
        """Where it lies outside what is accepted, which is wide enough to need no tolerance."""
        low, high = self.factor.accepted
        measured = np.all([reading.measured for reading in self.others.values()], axis=0)
        return np.asarray(measured & ((self.low > high) | (self.high < low)))

    def told(self, row: int) -> str:
        parts = " and ".join(f"{name} {_said(reading, row)}" for name, reading in self.others.items())
        least, most = self.factor.accepted
        low, high = float(self.low[row]), float(self.high[row])
        unit = in_words(self.factor.unit)
        fits = _fits(least, most)
        hint = _unit(self.knowledge, self.others, lambda figure: low == high and fits(low / figure))
        return (
            f"{self.product.id}: {_said(self.given, row)} with {parts} implies {self.factor.id} "
            f"{_range(low, high, '.4g')} {unit}, expected {least:g} to {most:g} {unit}; check both{hint}"
        )


def _unit(knowledge: Knowledge, factors: Mapping[str, Readings], fits: Callable[[float], bool]) -> str:
    """A unit of one factor in which its number would fit, as a hint; empty without one."""
    for name in factors:
        marker = knowledge.biomarkers[name]
        assert isinstance(marker, Quantity)
        for unit, figure in marker.factors.items():
            if unit not in marker.offsets and fits(figure.number):
                return f", or give {name} its unit if it is in {unit}"
    return ""


def _fits(low: float, high: float) -> Callable[[float], bool]:
    return lambda number: low <= number <= high


def _tolerance(product: Threshold) -> float:
    return product.tolerance.number if product.tolerance else 0.0


def _range(low: float, high: float, form: str = "") -> str:
    say = (lambda number: f"{number:{form}}") if form else short
    return say(high) if low == high else f"<{say(high)}" if low == 0 else f">{say(low)}"


def _said(reading: Readings, row: int) -> str:
    return f"{_SIGN[int(reading.censored[row])]}{reading.values[row]:g}"
