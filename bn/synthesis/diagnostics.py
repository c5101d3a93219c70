"""How well chains mixed: rank-normalized split R-hat, bulk and tail effective sizes, by ArviZ; and their file.

Vehtari, Gelman, Simpson, Carpenter and Buerkner 2021 say what these are, and ask for an R-hat below 1.01 and for
effective sizes above 400.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from cpds.table import Array

NAME = "diagnostics.json"
MOST_RHAT = 1.01
LEAST_SIZE = 400.0


class Worst(msgspec.Struct, frozen=True):
    """The figure of the parameter that is worst off."""

    value: float
    parameter: str


class Weighted(msgspec.Struct, frozen=True, kw_only=True):
    """How much a sample's draws are worth in a setting: effective number, and Pareto shape of the weights."""

    effective: float
    shape: float


class Diagnostics(msgspec.Struct, frozen=True, kw_only=True):
    """How a setting was sampled. `seconds` are those of one core; `leapfrogs` are gradients for one draw.

    `accepted` is the mean probability of a trajectory, `taken` that of all those of a draw when studies were asked.

    Where draws are `weighted`, `bulk` and `tail` are what they are worth so, and all else is that of the sample.
    """

    seed: int
    chains: int
    warmup: int
    draws: int
    accepted: float
    taken: float
    divergences: int
    leapfrogs: float
    rhat: Worst
    bulk: Worst
    tail: Worst
    seconds: float
    weighted: Weighted | None = None

    @property
    def converged(self) -> bool:
        """Whether every parameter keeps the usual bounds."""
        return self.rhat.value < MOST_RHAT and min(self.bulk.value, self.tail.value) > LEAST_SIZE


def worst(parameters: Mapping[str, Array]) -> dict[str, Worst]:
    """Largest R-hat, smallest bulk and tail effective size; of parameters with axes (chain, draw)."""
    import arviz

    return {
        "rhat": _worst(max, parameters, lambda values: arviz.rhat(values, method="rank")),
        "bulk": _worst(min, parameters, lambda values: arviz.ess(values, method="bulk")),
        "tail": _worst(min, parameters, lambda values: arviz.ess(values, method="tail")),
    }


def worst_by_weight(parameters: Mapping[str, Array], weights: Array) -> dict[str, Worst]:
    """Smallest bulk and tail effective size of draws with weights, all with axes (chain, draw).

    These count both how unequal weights are and how alike draws in a row are: an effective size is the variance of
    what is averaged (normal scores; shares beyond the outer twentieths) by that of its weighted mean.
    """
    from scipy.special import ndtri

    weights = weights / weights.sum()

    def scores(values: Array) -> Array:
        order = np.argsort(values, axis=None)
        below = np.empty(values.size)
        below[order] = np.cumsum(weights.ravel()[order]) - weights.ravel()[order] / 2
        least = np.finfo(float).eps
        return np.asarray(ndtri(np.clip(below, least, 1 - least).reshape(values.shape)))

    def outer(found: Array) -> float:
        return min(_size(found < ndtri(0.05), weights), _size(found > ndtri(0.95), weights))

    scored = {name: scores(values) for name, values in parameters.items()}
    return {"bulk": _worst(min, scored, lambda found: _size(found, weights)), "tail": _worst(min, scored, outer)}


def _size(averaged: Array | NDArray[np.bool_], weights: Array) -> float:
    """Effective size of what is averaged by weights that add up to 1, axes (chain, draw); 0 where it is one value."""
    import arviz

    if (averaged == averaged.flat[0]).all():
        return 0.0
    apart = averaged - (weights * averaged).sum()
    terms = weights.size * weights * apart
    return float((weights * apart**2).sum() / terms.var() * arviz.ess(terms, method="mean"))


def _worst(most: Callable[..., str], parameters: Mapping[str, Array], figure: Callable[[Array], float]) -> Worst:
    found = {name: float(figure(values)) for name, values in parameters.items()}
    name = most(found, key=lambda each: found[each])
    return Worst(found[name], name)


def write_diagnostics(folder: Path, found: Mapping[str, Diagnostics]) -> None:
    """The file beside a posterior, a setting an entry."""
    text = json.dumps(msgspec.to_builtins(dict(found)), indent=2)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read_diagnostics(folder: Path) -> dict[str, Diagnostics]:
    """The same from the file."""
    return msgspec.json.decode((folder / NAME).read_bytes(), type=dict[str, Diagnostics])
