"""Rules for the posterior files: they hold what today's parameters need, and what they say they hold."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import numpy as np

from cpds.knowledge import Knowledge, KnowledgeError, nearest
from cpds.posterior import FOLDER, LISTING, MAIN, read_parameters, stored
from cpds.priors import priors

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


RULES = (settings, readable, signs, means)
