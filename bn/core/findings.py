"""What the rows of a block say: of states directly, and as readings of biomarkers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Indices, Observed
from cpds.knowledge import Knowledge
from cpds.measurement import Readings, settle
from cpds.table import Array


@dataclass(frozen=True)
class Said:
    """What rows say of one variable's states, each distinct statement once.

    `weights` holds P(statement | state), axes (state, statement), its last column ones: nothing said.
    `codes` gives each row's statement.
    """

    weights: Array
    codes: Indices

    def take(self, rows: Indices) -> Said:
        """The same for some rows."""
        return Said(self.weights, self.codes[rows])

    def also(self, other: Said) -> Said:
        """Both statements of each row together: their weights multiply."""
        width = other.weights.shape[1]
        pairs, codes = np.unique(self.codes * width + other.codes, return_inverse=True)
        joined = self.weights[:, pairs // width] * other.weights[:, pairs % width]
        codes = np.where((joined == 1).all(axis=0)[codes], len(pairs), codes)
        return Said(np.column_stack([joined, np.ones(len(joined))]), codes)

    @property
    def log_weights(self) -> Array:
        """Natural log of the weights, minus infinity where a statement excludes a state."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.weights))

    @property
    def single(self) -> Indices:
        """The only possible state of each row, -1 where several are."""
        possible = self.weights > 0
        return np.asarray(np.where(possible.sum(axis=0) == 1, possible.argmax(axis=0), -1)[self.codes])

    @property
    def silent(self) -> NDArray[np.bool_]:
        """Rows in which nothing is said, in so many words or in effect."""
        return np.asarray((self.weights == 1).all(axis=0)[self.codes])


@dataclass(frozen=True)
class Distinct:
    """The different readings of a marker, the last one missing, and which of them each row holds."""

    readings: Readings
    codes: Indices


@dataclass(frozen=True)
class Findings:
    """`said[variable]` and `readings[biomarker]` of each of `rows` rows.

    `distinct[biomarker]` is there for markers of which many rows hold the same reading.
    """

    rows: int
    said: Mapping[str, Said]
    readings: Mapping[str, Readings]
    distinct: Mapping[str, Distinct] = field(default_factory=dict)

    def take(self, rows: Indices) -> Findings:
        """Some rows, in the order of `rows`, which may repeat."""
        return Findings(
            len(rows),
            {name: said.take(rows) for name, said in self.said.items()},
            {name: reading.take(rows) for name, reading in self.readings.items()},
            {name: Distinct(one.readings, one.codes[rows]) for name, one in self.distinct.items()},
        )

    def settled(self, knowledge: Knowledge) -> Findings:
        """Products computed; what is superseded or void left out. See `cpds.products.settle`."""
        readings = settle(knowledge, self.readings)
        distinct = {}
        for name, one in self.distinct.items():
            if not _others(readings[name], self.readings[name]).any():
                missing = len(one.readings.values) - 1
                distinct[name] = Distinct(one.readings, np.where(readings[name].measured, one.codes, missing))
        return replace(self, readings=readings, distinct=distinct)

    def observed(self) -> Observed:
        """The same with the weights of every row written out."""
        return Observed(self.rows, {name: s.weights[:, s.codes] for name, s in self.said.items()}, self.readings)


def _others(settled: Readings, before: Readings) -> NDArray[np.bool_]:
    """Rows in which settling put another reading."""
    return np.asarray(settled.measured & ((settled.values != before.values) | (settled.censored != before.censored)))
