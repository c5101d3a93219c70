"""Estimators for a stratified, clustered, weighted survey; standard errors by Taylor linearization.

Every estimator is a regression weighted by `WTSAF2YR` (a share regresses on a constant). Influence
values are summed by `SDMVPSU` and compared within `SDMVSTRA`.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
People = NDArray[Any]  # one record per person, a field per column of the extract
Fit = tuple[Array, Array, NDArray[np.bool_]]  # coefficients, standard errors, rows used

TRAINING = {2007: "2007-2008", 2009: "2009-2010", 2011: "2011-2012"}


def read(*paths: Path) -> People:
    """Training-cycle adults of the fasting extract; given both extracts, all, weighing 1 each."""
    year: dict[int | str, Callable[[str], Any]] = {"cycle": lambda text: float(text[:4])}
    load = [np.genfromtxt(p, delimiter=",", names=True, converters=year, encoding="utf-8") for p in paths]
    people = np.full(sum(map(len, load)), math.nan, load[0].dtype)
    for table, rows in zip(load, np.split(people, [len(load[0])]), strict=False):
        for name in table.dtype.names or ():
            rows[name] = table[name]
    if len(paths) > 1:
        people["WTSAF2YR"] = 1
    adult = (people["age"] >= 20) & (people["pregnant"] != 1) & (people["WTSAF2YR"] > 0)
    kept: People = people[adult & np.isin(people["cycle"], list(TRAINING))]
    return kept


def regress(people: People, y: Array, terms: Sequence[Array], logistic: bool = False) -> Fit:
    """Linear or logistic regression of `y` on `terms` (no constant is added), by Newton's method."""
    x = np.column_stack(terms)
    rows = np.isfinite(y) & np.isfinite(x).all(1)
    x, y, w, psu = x[rows], y[rows], people["WTSAF2YR"][rows], people["SDMVPSU"]
    beta, step = np.zeros(x.shape[1]), np.ones(1)
    while np.abs(step).max() > 1e-9:
        mean = 1 / (1 + np.exp(-x @ beta)) if logistic else x @ beta
        slope = mean * (1 - mean) if logistic else np.ones(len(y))
        influence = (w * (y - mean))[:, None] * x @ np.linalg.inv((x.T * (w * slope)) @ x)
        step = influence.sum(0)
        beta = beta + step
    whole = np.zeros((len(rows), len(beta)))
    whole[rows] = influence  # nobody else has any, but their PSUs count
    variance = np.zeros(len(beta))
    for stratum in np.unique(people["SDMVSTRA"]):
        inside = people["SDMVSTRA"] == stratum
        sums = [whole[inside & (psu == unit)].sum(0) for unit in np.unique(psu[inside])]
        variance += len(sums) * np.var(sums, axis=0, ddof=1)
    return beta, np.sqrt(variance), rows


def proportional_odds(people: People, y: Array, terms: Sequence[Array]) -> Fit:
    """Cumulative logit: logit P(y > k) = intercept[k] + terms, for classes y = 0, 1, ...

    One logistic regression over (threshold, person) pairs: the independence estimating equations,
    whose errors by PSU allow for one person answering at every threshold.
    """
    cuts = np.arange(np.nanmax(y))
    above = np.concatenate([(y > cut) + 0 * y for cut in cuts])
    intercepts = np.repeat(np.eye(len(cuts)), len(y), axis=1)
    x = [*intercepts, *(np.tile(term, len(cuts)) for term in terms)]
    beta, errors, rows = regress(np.tile(people, len(cuts)), above, x, logistic=True)
    return beta, errors, rows[: len(y)]


def moments(people: People, y: Array) -> tuple[Fit, Fit]:
    """Mean and standard deviation of `y`, leaving out NaN."""
    mean = regress(people, y, [np.ones(len(y))])
    variance, error, rows = regress(people, (y - mean[0]) ** 2, [np.ones(len(y))])
    return mean, (np.sqrt(variance), error / (2 * np.sqrt(variance)), rows)
