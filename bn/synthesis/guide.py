"""What steers trajectories past studies, which are dear to ask and have no gradient: fits of what they said so far.

Studies are asked in the twin network, which costs many times what all targets do. A trajectory of Hamiltonian Monte
Carlo may follow any field of forces, as long as Metropolis's rule at its end weighs the posterior itself. So studies
are asked once a trajectory, and on the way a polynomial stands in for each, fitted to what it said in the warm-up. A
poor fit costs acceptance, never correctness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bn.core.evidence import Indices
from cpds.table import Array

TOGETHER = 10
"""Coordinates of which a study's polynomial has all products: those on which it leans most."""
RIDGE = 3.0


class Apart(Protocol):
    """Targets that are asked apart from the others."""

    def misfit(self, coordinates: Array) -> Array:
        """What the network says less what is wanted, in spreads; axes (target, draw)."""

    def log_density(self, misfit: Array) -> Array:
        """Log density of the misfits up to a constant; axes (draw)."""

    def slope(self, misfit: Array) -> Array:
        """Derivative of the log density by each misfit; axes as theirs."""


@dataclass(frozen=True)
class Guide:
    """Polynomials for the misfits: constant + linear z + z' bent z, z being coordinates from `center` in `scale`s.

    Axes: constant (target,), linear (target, parameter), `leading` (target, TOGETHER) the parameters that `bent`
    (target, TOGETHER, TOGETHER) multiplies.
    """

    apart: Apart
    center: Array
    scale: Array
    constant: Array
    linear: Array
    leading: Indices
    bent: Array

    @classmethod
    def fitted(cls, apart: Apart, places: Array, misfit: Array) -> Guide:
        """Ridge regression of misfits on places, axes (parameter, place), in units of the places' SDs."""
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
        return cls(apart, center, scale, constant, linear, leading, bent)

    def density(self, coordinates: Array) -> tuple[Array, Array]:
        """Log density for which the polynomials stand, axes (draw), and its gradient, axes (parameter, draw)."""
        at = (coordinates - self.center[:, None]) / self.scale[:, None]
        chosen = at[self.leading]
        turned = np.einsum("tij,tjd->tid", self.bent, chosen)
        misfit = self.constant[:, None] + self.linear @ at + np.einsum("tid,tid->td", chosen, turned)
        slope = self.apart.slope(misfit)
        gradient = self.linear.T @ slope
        np.add.at(gradient, self.leading, 2 * turned * slope[:, None, :])
        return self.apart.log_density(misfit), gradient / self.scale[:, None]


def _ridge(terms: Array, values: Array) -> Array:
    """Coefficients, axes (value, term), the first term's without penalty; terms and values by place last."""
    penalty = np.full(len(terms), RIDGE)
    penalty[0] = 0.0
    return np.asarray(np.linalg.solve(terms @ terms.T + np.diag(penalty), terms @ values.T).T)
