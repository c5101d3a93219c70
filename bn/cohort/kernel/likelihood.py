"""Likelihoods of the measured variables' states for rows written out over their context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from bn.cohort.kernel.pieces import Batch, Span
from bn.cohort.kernel.witnesses import Witnesses
from cpds.table import Array


@dataclass(frozen=True)
class Likelihoods:
    """P(findings | state) of each measured variable for the rows of a batch, up to a factor for each row.

    Variables whose likelihoods depend on the context come first: `own[variable]` has axes (state, row written out),
    `shared[variable]` of the others (state, row). `factor` (row written out) puts the alternatives of one row on a
    common scale, `log_scale` (row) is the natural log of what was divided out.
    """

    own: Mapping[str, Array]
    shared: Mapping[str, Array]
    factor: Array
    log_scale: Array

    @classmethod
    def of(cls, witnesses: Mapping[str, Witnesses], batch: Batch) -> Likelihoods:
        """From what the readings and statements of each measured variable say."""
        scale = batch.written(batch.log_weight)
        common = np.zeros(len(batch.rows))
        own, shared = {}, {}
        for name, witness in witnesses.items():
            found = witness.lookup(batch)
            if found.step is None:
                shared[name] = np.take(found.values, found.first, axis=1)
                common += np.take(found.peaks, found.first)
            else:
                place = found.first[batch.origin] + batch.written(found.step)
                own[name] = np.take(found.values, place, axis=1)
                scale += np.take(found.peaks, place)
        top = np.full(len(batch.rows), -np.inf)
        np.maximum.at(top, batch.origin, scale)
        return cls(own, shared, np.exp(scale - top[batch.origin]), top + common)

    @property
    def states(self) -> int:
        """Number of joint states of the measured variables."""
        return prod(len(part) for parts in (self.own, self.shared) for part in parts.values())

    def joint(self, run: Sequence[Span], buffer: Array) -> Array:
        """Product over the measured variables: axes (joint state, row written out), the last variable fastest.

        `run` is one of the batch. `buffer` has room for all entries; the result lives in it. What alternatives share
        is multiplied once for all of them.
        """
        rows, written = slice(run[0].rows.start, run[-1].rows.stop), slice(run[0].written.start, run[-1].written.stop)
        own = _product([self.factor[None, written], *(part[:, written] for part in self.own.values())])
        shared = _product([np.ones((1, 1)), *(part[:, rows] for part in self.shared.values())])
        length = rows.stop - rows.start
        each = own.reshape(len(own), 1, -1, length)
        product = buffer[: each.size * len(shared)].reshape(len(own), len(shared), -1, length)
        np.multiply(each, shared[None, :, None, :], out=product)
        return product.reshape(len(own) * len(shared), -1)


def _product(parts: Sequence[Array]) -> Array:
    """Axes (joint state, row) from tables with axes (state, row), the last table's states fastest."""
    first, *others = parts
    for part in others:
        first = (first[:, None, :] * part).reshape(-1, part.shape[1])
    return first
