"""What steers trajectories past studies, which are dear to ask and have no gradient: fits of what they said so far.

Studies are asked in the twin network, which costs many times what all targets do. A trajectory of Hamiltonian Monte
Carlo may follow any field of forces, as long as Metropolis's rule at its end weighs the posterior itself. So studies
are asked once a trajectory, and on the way a polynomial stands in for each, fitted to what it said in the warm-up. A
poor fit costs acceptance, never correctness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bn.core.evidence import Indices
from bn.synthesis.fit import BATCH
from bn.synthesis.studies import log_density, slope
from cpds.table import Array

Misfit = Callable[[Array], Array]
"""From coordinates to what the network says of each study less what is wanted, in spreads; axes (study, draw)."""
MOST_ASKED = 1000
"""Places of a part of the warm-up at which studies are asked for a better guide."""
LATEST = 2 * MOST_ASKED
"""Places that a guide is fitted to: those of the first part of the warm-up lie far out."""
TOGETHER = 16
"""Coordinates of which a study's polynomial has all products: those on which it leans most."""
RIDGE = 3.0


@dataclass(frozen=True)
class Guide:
    """Polynomials for the misfits: constant + linear z + z' bent z, z being coordinates from `center` in `scale`s.

    Axes: constant (target,), linear (target, parameter), `leading` (target, TOGETHER) the parameters that `bent`
    (target, TOGETHER, TOGETHER) multiplies.
    """

    center: Array
    scale: Array
    constant: Array
    linear: Array
    leading: Indices
    bent: Array

    @classmethod
    def fitted(cls, places: Array, misfit: Array) -> Guide:
        """Ridge regression of the studies' misfits on places, axes (parameter, place), in units of the places' SDs."""
        center, scale = places.mean(axis=1), places.std(axis=1)
        at = (places - center[:, None]) / scale[:, None]
        size, count = at.shape
        first = _ridge(np.concatenate([np.ones((1, count)), at]), misfit)
        together = min(TOGETHER, size)
        leading = np.argsort(-abs(first[:, 1:]), axis=1)[:, :together]
        rows, columns = np.triu_indices(together)
        constant, linear = np.zeros(len(misfit)), np.zeros((len(misfit), size))
        bent = np.zeros((len(misfit), together, together))
        for row, chosen in enumerate(leading):
            products = at[chosen[rows]] * at[chosen[columns]]
            found = _ridge(np.concatenate([np.ones((1, count)), at, products]), misfit[[row]])[0]
            constant[row], linear[row] = found[0], found[1 : size + 1]
            bent[row, rows, columns] += found[size + 1 :] / 2
            bent[row, columns, rows] += found[size + 1 :] / 2
        return cls(center, scale, constant, linear, leading, bent)

    def density(self, coordinates: Array) -> tuple[Array, Array]:
        """Log density for which the polynomials stand, axes (draw), and its gradient, axes (parameter, draw)."""
        at = (coordinates - self.center[:, None]) / self.scale[:, None]
        chosen = at[self.leading]
        turned = np.einsum("tij,tjd->tid", self.bent, chosen)
        misfit = self.constant[:, None] + self.linear @ at + np.einsum("tid,tid->td", chosen, turned)
        steep = slope(misfit)
        gradient = self.linear.T @ steep
        np.add.at(gradient, self.leading, 2 * turned * steep[:, None, :])
        return log_density(misfit).sum(axis=0), gradient / self.scale[:, None]


@dataclass
class Asked:
    """Studies, and what they said lately; axes of `places` (parameter, place), of `said` (study, place)."""

    misfit: Misfit
    rng: np.random.Generator
    places: Array | None = None
    said: Array | None = None

    def some(self, count: int) -> Indices:
        """Which of so many places are asked at."""
        return self.rng.permutation(count)[:MOST_ASKED]

    def guide(self, places: Array) -> Guide:
        """A guide to what was said lately, and is said at these places."""
        said = np.concatenate([self.misfit(part) for part in in_parts(places)], axis=1)
        if self.places is not None and self.said is not None:
            places, said = np.hstack([self.places, places]), np.hstack([self.said, said])
        fine = np.isfinite(said).all(axis=0)
        self.places, self.said = places[:, fine][:, -LATEST:], said[:, fine][:, -LATEST:]
        return Guide.fitted(self.places, self.said)

    def log_density(self, coordinates: Array) -> Array:
        """Log density of the studies, axes (draw); none where the network cannot say anything of one."""
        found = log_density(self.misfit(coordinates)).sum(axis=0)
        return np.where(np.isfinite(found), found, -np.inf)


def in_parts(places: Array) -> list[Array]:
    """Places, axes (parameter, place), a batch at a time."""
    return np.array_split(places, max(1, places.shape[1] // BATCH), axis=1)


def _ridge(terms: Array, values: Array) -> Array:
    """Coefficients, axes (value, term), the first term's without penalty; terms and values by place last."""
    penalty = np.full(len(terms), RIDGE)
    penalty[0] = 0.0
    return np.asarray(np.linalg.solve(terms @ terms.T + np.diag(penalty), terms @ values.T).T)
