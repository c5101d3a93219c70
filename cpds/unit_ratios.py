"""How many of one unit make another, by pint, which is asked about single names only.

pint is imported when first asked, because the import costs 0.3 s. International units are a dimension of their own
here: pint's `U` is an enzyme's, so many moles a minute, and no insulin is measured in those.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from cpds.unit_grammar import KNOWN, Parts


@lru_cache(maxsize=1024)
def ratio(unit: Parts, into: Parts, bare: bool = False) -> float | None:
    """What multiplies numbers in `unit` into those in `into`; None unless both have one dimension.

    A ratio of two alike, such as a mass by a mass, has a dimension only where `bare` says that both are of one kind.

    >>> ratio((("dL", -1), ("mg", 1)), (("L", -1), ("mg", 1)))
    10.0
    >>> ratio((("g", -1), ("ug", 1)), (("mg", -1), ("ng", 1)), bare=True)
    1.0
    >>> ratio((("mol", -1), ("umol", 1)), (("mg", -1), ("ng", 1))) is None
    True
    """
    if not (_measurable(unit) and _measurable(into)):
        return None
    one, other = _unit(unit), _unit(into)
    if one.dimensionality != other.dimensionality or (one.dimensionless and not bare):
        return None
    return float(_registry().Quantity(Fraction(1), one).to(other).magnitude)


def _measurable(unit: Parts) -> bool:
    """Whether all of its names are known ones that have a dimension."""
    return bool(unit) and all(name in KNOWN and name != "percent" for name, _ in unit)


def _unit(unit: Parts) -> Any:
    """The product of the names, each looked up by itself."""
    whole = _registry().Unit("")
    for name, power in unit:
        whole = whole * _registry().Unit(name) ** power
    return whole


@cache
def _registry() -> Any:
    """The pint registry, built once; with fractions, because a last bit may decide at the end of a range."""
    import pint

    registry: Any = pint.UnitRegistry(non_int_type=Fraction)
    registry.define("international_unit = [international_unit] = IU")
    return registry
