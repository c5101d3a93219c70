"""Rules that need numbers computed: what readings say of their variable, and that the posterior fits the knowledge."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator

import numpy as np

from cpds.knowledge import Knowledge, KnowledgeError, nearest
from cpds.measurement import exact, log_likelihood
from cpds.posterior import FOLDER, LISTING, MAIN, changes_since, read_parameters, stored
from cpds.priors import priors
from cpds.records import Graded, Ordinal, Referred
from cpds.strata import references
from cpds.table import Array, Table

POINTS = 200
ROUNDING = 1e-9
LEAST = 0.5
"""Log likelihood ratios of a marker spread over this at least, or it tells nothing."""
WEAK = 3.5
"""Likelihood ratio that a level against the laboratory's own reference does not reach."""


def readings(knowledge: Knowledge) -> Iterator[str]:
    """Over its accepted range a marker's likelihood ratio moves along `direction`, in every stratum, and does move."""
    for marker in knowledge.biomarkers.values():
        if not isinstance(marker, Referred):
            continue
        values = _grid(marker)
        table = log_likelihood(knowledge, marker.id, exact(values))
        ratios = _ratio(table)
        where = f"biomarkers/{marker.id}.toml"
        if not np.isfinite(ratios).all():
            place = np.argwhere(~np.isfinite(ratios))[0]
            yield (
                f"{where}: accepted: at {values[place[-1]]:.4g} no state{_among(knowledge, table, place)} is possible; "
                "correct accepted or reference"
            )
            continue
        steps = np.diff(ratios, axis=-1) * (1 if marker.direction == "+" else -1)
        if steps.min() < -ROUNDING:
            place = np.array(np.unravel_index(steps.argmin(), steps.shape))
            yield (
                f"{where}: direction: found '{marker.direction}', but from {values[place[-1]]:.4g} to "
                f"{values[place[-1] + 1]:.4g}{_among(knowledge, table, place)} the log likelihood ratio goes the other "
                f"way by {-steps.min():.3g}; correct direction, reference or slope"
            )
        spread = ratios.max(axis=-1) - ratios.min(axis=-1)
        if spread.min() <= LEAST:
            place = np.array([*np.unravel_index(spread.argmin(), spread.shape), 0])
            yield (
                f"{where}: log likelihood ratios{_among(knowledge, table, place)} spread over {spread.min():.3g}, "
                f"expected more than {LEAST}; a marker that tells so little is left out"
            )


def centers(knowledge: Knowledge) -> Iterator[str]:
    """From each state to the next the center of a graded marker moves along `direction`, in every stratum.

    Where it does not, no ratio tells: beyond its turn it stays what it is, and that may be everywhere.
    """
    for marker in knowledge.biomarkers.values():
        if not isinstance(marker, Graded):
            continue
        grid = references(knowledge)[marker.id]
        steps = np.diff(grid.center, axis=0) * (1 if marker.direction == "+" else -1)
        if steps.min() <= 0:
            place = np.array(np.unravel_index(steps.argmin(), steps.shape))
            states = knowledge.variables[marker.variable].states
            among = _among(knowledge, Table((marker.variable, *grid.axes), grid.center), place[1:])
            yield (
                f"biomarkers/{marker.id}.toml: direction: found '{marker.direction}', but from {states[place[0]]} to "
                f"{states[place[0] + 1]}{among} the center moves the other way or stays; correct direction or reference"
            )


def levels(knowledge: Knowledge) -> Iterator[str]:
    """A level is weak evidence; the one at the end of `direction` argues for the last state, those between against."""
    for marker in knowledge.biomarkers.values():
        if not isinstance(marker, Ordinal):
            continue
        ratios = _ratio(log_likelihood(knowledge, marker.id, exact(np.arange(len(marker.levels)))))
        last = knowledge.variables[marker.variable].states[-1]
        end = len(ratios) - 1 if marker.direction == "+" else 0
        for place, (level, ratio) in enumerate(zip(marker.levels, ratios, strict=True)):
            said = f"biomarkers/{marker.id}.toml: levels: '{level.id}' has a likelihood ratio of {math.exp(ratio):.3g}"
            if abs(ratio) >= math.log(WEAK):
                yield f"{said}, expected {1 / WEAK:.2g} to {WEAK}, the laboratory's reference being all it stands on"
            if place == end and ratio <= 0:
                yield f"{said}, expected above 1: by direction '{marker.direction}' it argues for '{last}'"
            if 0 < place < len(ratios) - 1 and ratio >= 0:
                yield f"{said}, expected below 1: it lies between the levels that argue for '{last}'"


def _grid(marker: Referred) -> Array:
    low, high = marker.accepted
    return np.geomspace(low, high, POINTS) if marker.reference.scale == "log" else np.linspace(low, high, POINTS)


def _ratio(table: Table) -> Array:
    """Log likelihood ratio of the last state against the first, axes (*strata, reading)."""
    return np.asarray(table.values[-1] - table.values[0])


def _among(knowledge: Knowledge, table: Table, place: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    """The stratum of an entry, as it stands in a message."""
    strata = zip(table.axes[1:], place, strict=False)
    told = ", ".join(f"{name} {knowledge.variables[name].states[state]}" for name, state in strata)
    return f" among {told}" if told else ""


RERUN = "rerun `python -m bn.synthesis`"
ROUNDED = 1e-8
"""Relative difference that the digits of the listing leave."""
SUMMED = 1e-12
"""Difference that the order of a sum may make."""


def settings(knowledge: Knowledge) -> Iterator[str]:
    """A setting moves a parameter that exists."""
    parameters = list(priors(knowledge))
    for setting in knowledge.settings.values():
        if setting.parameter not in parameters:
            hint = nearest(setting.parameter, parameters)
            yield f"settings.toml: setting {setting.id}: parameter: unknown '{setting.parameter}'{hint}; correct it"


def readable(knowledge: Knowledge) -> Iterator[str]:
    """Each setting has its draws, of parameters that exist (one that is not among them takes its prior)."""
    parameters = list(priors(knowledge))
    seen: set[str] = set()
    for setting in (MAIN, *knowledge.settings):
        try:
            names, _ = stored(knowledge, setting)
        except KnowledgeError as error:
            yield from (problem for problem in error.problems if problem not in seen)
            seen |= set(error.problems)
            continue
        for name in sorted(set(names) - set(parameters) - seen):
            hint = nearest(name, parameters)
            yield f"{FOLDER}/{LISTING}: {name}: no variable file holds this parameter{hint}; {RERUN}"
            seen.add(name)


def signs(knowledge: Knowledge) -> Iterator[str]:
    """An arc that the sources assert keeps its sign in every draw."""
    signed = {name: prior.sign for name, prior in priors(knowledge).items()}
    for setting in _readable(knowledge):
        for name, values in read_parameters(knowledge, setting).items():
            where = f"{FOLDER}/{setting}.npy: {name}"
            if signed[name]:
                against = int((np.sign(values) != (1 if signed[name] == "+" else -1)).sum())
                if against:
                    child = name.partition("|")[0]
                    yield (
                        f"{where}: {against} of {len(values)} entries run against the sign '{signed[name]}' of "
                        f"variables/{child}.toml; {RERUN}, or correct sign"
                    )


def means(knowledge: Knowledge) -> Iterator[str]:
    """The first entry of each parameter is the mean of its draws, and what the listing says."""
    for setting in _readable(knowledge):
        names, table = stored(knowledge, setting)
        for name, found, mean in zip(names, table[0], table[1:].mean(axis=0), strict=True):
            if abs(found - mean) > SUMMED * max(1.0, abs(mean)):
                yield (
                    f"{FOLDER}/{setting}.npy: {name}: the point is {found:.9g}, expected {mean:.9g}, the mean of the "
                    f"draws; {RERUN}"
                )
    if MAIN in _readable(knowledge):
        yield from _listed(knowledge)


def _listed(knowledge: Knowledge) -> Iterator[str]:
    """Means in the listing that are not those of the main setting."""
    _, table = stored(knowledge, MAIN)
    with (knowledge.root / FOLDER / LISTING).open(encoding="utf-8", newline="") as file:
        for row, point in zip(csv.DictReader(file, delimiter="\t"), table[0], strict=True):
            if not abs(_number(row.get("mean")) - point) <= ROUNDED * abs(point):
                yield (
                    f"{FOLDER}/{LISTING}: {row['parameter']}: mean: found {row.get('mean')}, expected {point:.9g} as "
                    f"in {MAIN}.npy; {RERUN}"
                )


def _number(text: str | None) -> float:
    """The number that a cell holds; NaN where it holds none."""
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def _readable(knowledge: Knowledge) -> list[str]:
    """Settings whose draws can be read; `readable` tells of the others."""
    found = []
    for setting in (MAIN, *knowledge.settings):
        try:
            stored(knowledge, setting)
        except KnowledgeError:
            continue
        found.append(setting)
    return found


def fitted(knowledge: Knowledge) -> Iterator[str]:
    """Nothing that entered the synthesis has changed since."""
    try:
        for change in changes_since(knowledge):
            yield f"{FOLDER}: {change}; rerun `python -m bn.synthesis`"
    except KnowledgeError as error:
        yield from error.problems


RULES: tuple[Callable[[Knowledge], Iterator[str]], ...] = (
    settings,
    readable,
    signs,
    means,
    readings,
    centers,
    levels,
    fitted,
)
