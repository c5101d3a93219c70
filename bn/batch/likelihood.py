"""Likelihoods of the measured variables' states for rows written out over their context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from bn.batch.pieces import Batch
from bn.batch.witnesses import Witnesses
from cpds.table import Array


@dataclass(frozen=True)
class Likelihoods:
    """P(findings | state) of each measured variable for the rows of a batch, up to a factor for each row.

    `parts[variable]` has axes (state, row written out); `factor` (row written out) puts the alternatives of one
    row on a common scale, `log_scale` (row) is the natural log of what was divided out.
    """

    parts: Mapping[str, Array]
    factor: Array
    log_scale: Array

    @classmethod
    def of(cls, witnesses: Mapping[str, Witnesses], batch: Batch) -> Likelihoods:
        """From what the readings and statements of each measured variable say."""
        scale = batch.written(batch.log_weight)
        parts = {}
        for name, witness in witnesses.items():
            found = witness.lookup(batch)
            place = found.first[batch.origin]
            if found.step is not None:
                place += batch.written(found.step)
            parts[name] = np.take(found.values, place, axis=1)
            scale += np.take(found.peaks, place)
        top = np.full(len(batch.rows), -np.inf)
        np.maximum.at(top, batch.origin, scale)
        return cls(parts, np.exp(scale - top[batch.origin]), top)

    @property
    def states(self) -> int:
        """Number of joint states of the measured variables."""
        return prod(len(part) for part in self.parts.values())

    def joint(self, here: slice, buffer: Array) -> Array:
        """Product over the measured variables: axes (joint state, row written out), the last variable fastest.

        `buffer` has two rows with room for all entries; the result lives in one of them.
        """
        weights = self.factor[None, here]
        rows = weights.shape[1]
        for turn, part in enumerate(self.parts.values()):
            entries = len(weights) * len(part) * rows
            product = buffer[turn % 2, :entries].reshape(len(weights), len(part), rows)
            np.multiply(weights[:, None, :], part[:, here], out=product)
            weights = product.reshape(-1, rows)
        return weights
