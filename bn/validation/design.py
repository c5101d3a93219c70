"""The sampling design of rows: weights, strata and clusters, and the variances that follow from them.

A measure is *linearized*: each row has an influence on it, their sum over a sample of the design varies like the
measure. Within stratum h, t_hc being the sum of the influences in cluster c of n_h,

    V = sum over h of n_h / (n_h - 1) sum over c of (t_hc - mean of t_h)^2.

Without a design each row is its own cluster in one stratum, which gives the usual robust variance. A group of people
is a domain: the others keep their place in the design with influence 0. A stratum with a single cluster is centered at
the mean of all clusters. Rows without the outcome are no part of the design.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bn.core.evidence import Indices
from cpds.table import Array


@dataclass(frozen=True)
class Design:
    """`weights`, axis (row), positive; `clusters` are codes from 0 of sampled units, `strata` a code for each of these.

    `stated` names what was given of weights, strata and clusters.
    """

    weights: Array
    clusters: Indices
    strata: Indices
    stated: tuple[str, ...] = ()

    @classmethod
    def of(cls, weights: Array | None, strata: Indices | None, clusters: Indices | None, rows: int) -> Design:
        """From codes, axis (row) each; clusters of the same code in two strata are two."""
        named = {"weights": weights, "strata": strata, "clusters": clusters}
        within = np.zeros(rows, dtype=np.int64) if strata is None else strata
        unit = np.arange(rows) if clusters is None else clusters
        _, first, codes = np.unique(within * (unit.max(initial=0) + 1) + unit, return_index=True, return_inverse=True)
        return cls(
            np.ones(rows) if weights is None else weights,
            codes,
            within[first],
            tuple(name for name, given in named.items() if given is not None),
        )

    def take(self, rows: Indices) -> Design:
        """The design of some of the rows; clusters of which none is left are gone."""
        taken = Design.of(self.weights[rows], self.strata[self.clusters[rows]], self.clusters[rows], len(rows))
        return replace(taken, stated=self.stated)

    @cached_property
    def units(self) -> Indices:
        """Number of clusters of each stratum."""
        return np.bincount(self.strata)

    @property
    def freedom(self) -> int:
        """Degrees of freedom: clusters less strata."""
        return max(1, len(self.strata) - int((self.units > 0).sum()))

    @property
    def lonely(self) -> int:
        """Number of strata with a single cluster."""
        return int((self.units == 1).sum())

    def covariance(self, influences: Array) -> Array:
        """Of several sums of influences, axes (measure, row): axes (measure, measure)."""
        totals = np.stack([np.bincount(self.clusters, row, len(self.strata)) for row in influences])
        means = np.stack([np.bincount(self.strata, row) for row in totals]) / np.maximum(self.units, 1)
        lonely = self.units == 1
        means[:, lonely] = totals.mean(axis=1, keepdims=True)
        scale = np.sqrt(np.where(lonely, 1.0, self.units / np.maximum(self.units - 1, 1)))
        centered = (totals - means[:, self.strata]) * scale[self.strata]
        return np.asarray(centered @ centered.T)

    def error(self, influence: Array) -> float:
        """Standard error of one measure from the influence of each row."""
        return float(np.sqrt(self.covariance(influence[None])[0, 0]))

    def replicates(self, count: int, seed: int) -> Iterator[Array]:
        """Weights of resamples, axis (row): in each stratum n - 1 of its n clusters are drawn with replacement.

        A cluster drawn k times has its weights times k n / (n - 1) (the rescaled bootstrap of Rao, Wu and Yue), so
        that the variance over resamples is the linearized one for a mean. A single cluster stays as it is.
        """
        rng = np.random.default_rng(seed)
        order = np.argsort(self.strata, kind="stable")
        bounds = np.cumsum(self.units)[:-1]
        for _ in range(count):
            times = np.empty(len(self.strata))
            for members in np.split(order, bounds):
                n = len(members)
                drawn = rng.multinomial(n - 1, np.full(n, 1 / n)) * n / (n - 1) if n > 1 else np.ones(n)
                times[members] = drawn
            yield self.weights * times[self.clusters]
