"""How well chains mixed: rank-normalized split R-hat, bulk and tail effective sizes, by ArviZ; and their file.

Vehtari, Gelman, Simpson, Carpenter and Buerkner 2021 say what these are, and ask for an R-hat below 1.01 and for
effective sizes above 400.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from cpds.table import Array

NAME = "diagnostics.json"
MOST_RHAT = 1.01
LEAST_SIZE = 400.0


class Worst(msgspec.Struct, frozen=True):
    """The figure of the parameter that is worst off."""

    value: float
    parameter: str


class Weighted(msgspec.Struct, frozen=True, kw_only=True):
    """How much draws of the main setting are worth in another: effective number, and Pareto shape of the weights."""

    effective: float
    shape: float


class Diagnostics(msgspec.Struct, frozen=True, kw_only=True):
    """How a setting was sampled. `seconds` are those of one core; `leapfrogs` are gradients for one draw.

    `accepted` is the mean probability of a trajectory, `taken` that of all those of a draw when studies were asked.

    Where the draws of the main setting were `weighted`, all else is the main setting's.
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
        sizes = [self.bulk.value, self.tail.value, *([self.weighted.effective] if self.weighted else [])]
        return self.rhat.value < MOST_RHAT and min(sizes) > LEAST_SIZE


def worst(parameters: Mapping[str, Array]) -> dict[str, Worst]:
    """Largest R-hat, smallest bulk and tail effective size; of parameters with axes (chain, draw)."""
    import arviz

    def of(figure: str, least: bool, **options: str) -> Worst:
        found = {name: float(getattr(arviz, figure)(values, **options)) for name, values in parameters.items()}
        name = (min if least else max)(found, key=lambda each: found[each])
        return Worst(found[name], name)

    return {
        "rhat": of("rhat", False, method="rank"),
        "bulk": of("ess", True, method="bulk"),
        "tail": of("ess", True, method="tail"),
    }


def write_diagnostics(folder: Path, found: Mapping[str, Diagnostics]) -> None:
    """The file beside a posterior, a setting an entry."""
    text = json.dumps(msgspec.to_builtins(dict(found)), indent=2)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read_diagnostics(folder: Path) -> dict[str, Diagnostics]:
    """The same from the file."""
    return msgspec.json.decode((folder / NAME).read_bytes(), type=dict[str, Diagnostics])
