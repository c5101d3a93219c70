"""Products and their factors: what was computed, and which of readings that say the same did not count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from bn.core.note import Remark
from bn.core.notes.said import said
from cpds.knowledge import Knowledge
from cpds.measurement import Readings
from cpds.products import products, superseding, without_void
from cpds.records import Threshold


def computed(
    knowledge: Knowledge, readings: Mapping[str, Readings], settled: Mapping[str, Readings]
) -> Iterator[Remark]:
    """Products that were not given as they count."""
    for product in products(knowledge):
        now = settled.get(product.id)
        if now is not None:
            rows = now.measured & ~_as_given(now, readings.get(product.id))
            if rows.any():
                about = f"{product.id} from {' and '.join(product.product_of)}"
                yield Remark("derived", (product.id, *product.product_of), about, rows, partial(_value, product, now))


def counted_once(
    knowledge: Knowledge, readings: Mapping[str, Readings], settled: Mapping[str, Readings]
) -> Iterator[Remark]:
    """Readings that are not void and did not count, since another one says the same, or more of it."""
    valid = without_void(knowledge, readings)
    for product in products(knowledge):
        given, now = valid.get(product.id), settled.get(product.id)
        if now is None:
            continue
        if given is not None:
            for rows, other in (
                (given.measured & now.measured & ~_as_given(now, given), " x ".join(product.product_of)),
                (given.measured & ~now.measured, " and ".join(_own(knowledge, product))),
            ):
                if rows.any():
                    about = f"{product.id} says less than {other}"
                    yield Remark("unused", (product.id,), about, rows, partial(_less, product, given, other))
            for name in _own(knowledge, product):
                if name in valid:
                    rows = valid[name].measured & _as_given(now, given)
                    at_limit = rows & (now.censored != given.censored)
                    about = f"{name} counts within {product.id}"
                    if (rows & ~at_limit).any():
                        yield Remark.alike("unused", (name,), about, rows & ~at_limit)
                    if at_limit.any():
                        about = f"{about}, which is read as the limit itself, since {name} lies beyond it"
                        yield Remark.alike("unused", (name,), about, at_limit)
        yield from _not_entered(knowledge, product, valid, settled)


def _not_entered(
    knowledge: Knowledge, product: Threshold, valid: Mapping[str, Readings], settled: Mapping[str, Readings]
) -> Iterator[Remark]:
    """Limits of other factors, beside a factor that by itself says more of the product than with them."""
    own = _own(knowledge, product)
    if len(own) == 1 and all(name in valid for name in product.product_of):
        alone = settled[own[0]].measured & np.all([valid[name].measured for name in product.product_of], axis=0)
        for name in product.product_of:
            rows = alone & (valid[name].censored != 0)
            if name not in own and rows.any():
                about = f"{name} does not enter {product.id}, of which {own[0]} by itself says more"
                yield Remark.alike("unused", (name,), about, rows)


def _own(knowledge: Knowledge, product: Threshold) -> tuple[str, ...]:
    """Factors that tell of the product's own variable."""
    return tuple(name for name in product.product_of if product.id in superseding(knowledge, name))


def _as_given(now: Readings, given: Readings | None) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Rows in which the reading that counts is the one that was given, or the number at its limit."""
    if given is None:
        return np.zeros(now.values.shape, dtype=bool)
    return np.asarray((now.values == given.values) & ((now.censored == given.censored) | (now.censored == 0)))


def _value(product: Threshold, now: Readings, row: int) -> str:
    return f"{said(product, now, row)} from {' and '.join(product.product_of)}"


def _less(product: Threshold, given: Readings, other: str, row: int) -> str:
    return f"{said(product, given, row)} says less than {other}"
