"""The shipped posterior: one parameter vector, its posterior mean, and the draws that carry intervals.

Where nothing but numbers of priors changed since it was fitted, its draws are weighted by the ratio of the priors (see
`cpds.reweighting`), if so weighted they are still enough.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from cpds.fitted import changed_priors, changes
from cpds.knowledge import Knowledge, KnowledgeError
from cpds.priors import Prior, priors
from cpds.reweighting import Reweighting
from cpds.table import Array
from cpds.text import quotable

FOLDER = "posterior"
LISTING = "parameters.tsv"
STUDIES = "studies.tsv"
MAIN = "main"
RERUN = "restore the file, or rerun `python -m bn.synthesis`"


def read_parameters(knowledge: Knowledge, setting: str = MAIN) -> Mapping[str, Array]:
    """Every parameter of the knowledge, shape (1 + draws,): the point first, the mean of the draws, then the draws.

    Where `reweighting` can be trusted, the point is the weighted mean and the draws are drawn anew by their weights.
    """
    found = reweighting(knowledge, setting)
    return found.applied() if found and found.trusted else _as_stored(knowledge, setting)


def reweighting(knowledge: Knowledge, setting: str = MAIN) -> Reweighting | None:
    """Weights of the stored draws for today's priors; None where no prior changed, or not priors alone.

    Raises KnowledgeError as `stored` does.
    """

    def weighed() -> Reweighting | None:
        changed = changed_priors(knowledge, knowledge.root / FOLDER, setting)
        if not changed or not {new.name for _, new in changed} <= set(stored(knowledge, setting)[0]):
            return None
        return Reweighting.between(changed, _as_stored(knowledge, setting))

    return knowledge.once(f"reweighting of {setting}", weighed)


def _as_stored(knowledge: Knowledge, setting: str) -> Mapping[str, Array]:
    """Every parameter as the files hold it.

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
    modes = {row["parameter"]: row["mode"] for row in _rows(knowledge.root / FOLDER)}
    return {name: np.array([modes.get(name, prior.value)]) for name, prior in priors(knowledge).items()}


def read_studies(knowledge: Knowledge, coordinates: Sequence[str]) -> tuple[tuple[str, ...], Array, Array] | None:
    """Fitted studies, their residuals at the mode (study,), and slopes along the coordinates (study, coordinate).

    They are asked in the twin network, which is dear; so the synthesis files what they said. None where it did not, or
    for other coordinates.
    """
    path = knowledge.root / FOLDER / STUDIES
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        ids = tuple(row["study"] for row in rows)
        numbers = [[float(row[name]) for name in ("residual", *coordinates)] for row in rows]
    except (FileNotFoundError, KeyError):
        return None
    except (OSError, csv.Error, TypeError, ValueError) as error:
        raise _damaged(path, f"no table of studies: {error!r}") from None
    table = np.array(numbers).reshape(len(ids), 1 + len(coordinates))
    return ids, table[:, 0], table[:, 1:]


def changes_since(knowledge: Knowledge) -> list[str]:
    """How the knowledge differs from what its posterior was fitted to; see `cpds.fitted.changes`."""
    return changes(knowledge, knowledge.root / FOLDER)


def stored(knowledge: Knowledge, setting: str) -> tuple[list[str], Array]:
    """Names of the parameters and an array with axes (point and draws, parameter).

    Raises KnowledgeError for what is missing, damaged, or does not fit together.
    """
    folder = knowledge.root / FOLDER
    path = _present(folder / f"{setting}.npy")
    names = [str(row["parameter"]) for row in _rows(folder)]
    try:
        with path.open("rb") as file:
            table = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError, OverflowError, MemoryError) as error:
        raise _damaged(path, f"no array of numbers: {error}") from None
    if table.ndim != 2 or table.shape[1] != len(names):
        raise _damaged(path, f"an array of shape {table.shape} does not fit {len(names)} parameters")
    if table.dtype.kind != "f":
        raise _damaged(path, f"found numbers of kind {table.dtype}, expected floating-point ones")
    if len(table) < 2:
        raise _damaged(path, "no draws; expected a row for the point and one for each draw")
    lost = np.argwhere(~np.isfinite(table))
    if len(lost):
        row, column = lost[0]
        raise _damaged(path, f"{names[column]} in row {row} is {table[row, column]}, no finite number")
    return names, np.asarray(table, dtype=float)


def _rows(folder: Path) -> list[dict[str, str | float]]:
    """Name and mode of each parameter, as the file lists them."""
    path = _present(folder / LISTING)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        found: list[dict[str, str | float]] = [
            {"parameter": row["parameter"] or "", "mode": float(row["mode"])} for row in rows
        ]
    except (UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise _damaged(path, f"no table of parameters with their modes: {error!r}") from None
    if not found or len({row["parameter"] for row in found}) < len(found):
        raise _damaged(path, "expected a row for each parameter, each named once")
    return found


def _damaged(path: Path, what: str) -> KnowledgeError:
    return KnowledgeError([f"{path.parent.name}/{path.name}: damaged: {quotable(what, 160)}; {RERUN}"])


def _present(path: Path) -> Path:
    if not path.is_file():
        raise KnowledgeError([f"{path.parent.name}/{path.name}: missing; run `python -m bn.synthesis` to make it"])
    return path


def _prior_draws(prior: Prior, length: int) -> Array:
    seed = prior.name if prior.parent else prior.child
    deviates = np.random.default_rng(crc32(seed.encode())).standard_normal(length)
    values = prior.at(deviates)
    values[0] = prior.mean
    return values
