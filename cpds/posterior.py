"""The shipped posterior: one parameter vector, its posterior mean, and the draws that carry intervals."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from zlib import crc32

import numpy as np

from cpds.knowledge import Knowledge, KnowledgeError
from cpds.priors import Prior, priors
from cpds.table import Array

FOLDER = "posterior"
LISTING = "parameters.tsv"


def read_parameters(knowledge: Knowledge, setting: str = "main") -> Mapping[str, Array]:
    """Every parameter of the knowledge, shape (1 + draws,): the point first, then the draws.

    A parameter that the synthesis has not seen yet (a new arc, say) takes its prior: the prior mean
    as its point, and draws from the prior that depend on nothing but its name; the intercepts of one
    variable move together, so that they stay in order.
    """
    names, table = stored(knowledge, setting)
    entries = priors(knowledge)
    columns = {name: table[:, column] for column, name in enumerate(names)}
    return {
        name: columns[name] if name in columns else _prior_draws(prior, len(table)) for name, prior in entries.items()
    }


def read_mode(knowledge: Knowledge) -> Mapping[str, Array]:
    """Every parameter where the posterior of the main setting peaks, shape (1,).

    A parameter that the synthesis has not seen yet takes its prior's median.
    """
    with _listing(knowledge.root / FOLDER).open(encoding="utf-8", newline="") as file:
        modes = {row["parameter"]: float(row["mode"]) for row in csv.DictReader(file, delimiter="\t")}
    return {name: np.array([modes.get(name, prior.value)]) for name, prior in priors(knowledge).items()}


def stored(knowledge: Knowledge, setting: str) -> tuple[list[str], Array]:
    """Names of the parameters that the synthesis has seen, and an array with axes (point and draws, parameter)."""
    folder = knowledge.root / FOLDER
    array = _present(folder / f"{setting}.npy")
    with _listing(folder).open(encoding="utf-8", newline="") as file:
        names = [row["parameter"] for row in csv.DictReader(file, delimiter="\t")]
    table = np.load(array, allow_pickle=False)
    if table.ndim != 2 or table.shape[1] != len(names):
        raise KnowledgeError(
            [
                f"{folder.name}/{array.name}: {table.shape} does not fit {len(names)} parameters; "
                "rerun `python -m bn.synthesis`"
            ]
        )
    return names, table


def _listing(folder: Path) -> Path:
    return _present(folder / LISTING)


def _present(path: Path) -> Path:
    if not path.exists():
        raise KnowledgeError([f"{path.parent.name}/{path.name}: missing; run `python -m bn.synthesis` to make it"])
    return path


def _prior_draws(prior: Prior, length: int) -> Array:
    seed = prior.name if prior.parent else prior.child
    deviates = np.random.default_rng(crc32(seed.encode())).standard_normal(length)
    values = prior.at(deviates)
    values[0] = prior.mean
    return values
