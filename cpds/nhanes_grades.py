"""Glucose and HbA1c in each grade of glycemia, from the survey's single readings.

A grade is about a person's usual glucose, of which one reading tells with error. The distribution of usual glucose
among people without a diagnosis and with HbA1c below 6.5 % is found by the Richardson-Lucy iteration (the EM algorithm
of a distribution on a grid, stopped early, which keeps it smooth); each of them is then normal, impaired or diabetic
with the probability of the usual glucose given the reading. The diagnosed, and those at 6.5 % and over, are diabetic.
"""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from cpds.nhanes_columns import Column, vocabulary
from cpds.survey import Array, Fit, People, moments

WITHIN = 0.05596
"""Within-person SD of the log of fasting glucose; see `biomarkers/fasting_glucose.toml`."""
CUTS = (100.0, 126.0)
GRADES = ("normal", "impaired", "diabetes")
STEPS, GRID = 60, np.linspace(math.log(50), math.log(400), 400)


def chances(people: People) -> Array:
    """Probability of each grade, axes (grade, person); NaN where glucose or HbA1c is missing."""
    logs = np.log(people["glucose_mgdl"])
    diabetic = (people["dx_diabetes"] == 1) | (people["hba1c_pct"] >= 6.5)
    known = np.isfinite(logs) & np.isfinite(people["hba1c_pct"])
    open_ones = known & ~diabetic
    weights = people["WTSAF2YR"][open_ones] / people["WTSAF2YR"][open_ones].sum()
    likelihood = np.exp(-0.5 * ((logs[open_ones, None] - GRID) / WITHIN) ** 2)
    usual = np.full(len(GRID), 1 / len(GRID))
    for _ in range(STEPS):
        given = likelihood * usual
        given /= given.sum(axis=1, keepdims=True)
        usual = weights @ given
    grade = np.digitize(GRID, np.log(CUTS))
    found = np.full((len(GRADES), len(people)), math.nan)
    found[:, known & diabetic] = np.array([[0.0], [0.0], [1.0]])
    found[:, open_ones] = [given[:, grade == each].sum(axis=1) for each in range(len(GRADES))]
    return found


def by_grade(people: People) -> Iterator[tuple[str, str, str, Fit]]:
    """Id, meaning, unit and estimate of centers, SDs and shares in each grade; errors without those of the grades."""
    words = vocabulary(people)
    found = chances(people)
    everyone, nobody = {"": Column("everyone", np.ones(len(people)))}, np.isnan(found[0])
    cells: Mapping[str, dict[str, Column]] = {
        "ln_glucose": words["sex"],
        "ln_hba1c": words["band"] | words["old"],
    }
    columns = {"ln_glucose": words["ln_glucose"]["ln_glucose"], "ln_hba1c": words["ln_hba1c"]["ln_hba1c"]}
    for place, grade in enumerate(GRADES):
        counted = people.copy()
        counted["WTSAF2YR"] = people["WTSAF2YR"] * np.where(nobody, 0, found[place])
        for name, column in columns.items():
            for key, cell in (cells[name] | everyone).items():
                among = f"in the usual grade {grade}; among: {cell.what}"
                mean, sd = moments(counted, np.where(nobody | (cell.values != 1), math.nan, column.values))
                stem = ".".join(part for part in (name, f"usual_{grade}", key) if part)
                yield f"{stem}.mean", f"Mean of {column.what} {among}", column.unit, mean
                yield f"{stem}.sd", f"Standard deviation of {column.what} {among}", column.unit, sd
    for name in ("diagnosed", "insulin_treated"):  # `counted` holds the diabetic ones
        column = words[name][name]
        share, _ = moments(counted, np.where(nobody, math.nan, column.values))
        yield f"{name}.usual_diabetes", f"Share with {column.what} in the usual grade diabetes", "share", share
    for place, grade in enumerate(GRADES):
        for key, cell in (words["band"] | everyone).items():
            values = np.where(nobody | (cell.values != 1), math.nan, found[place])
            stem = ".".join(part for part in (f"usual_{grade}", key) if part)
            share, _ = moments(people, values)
            yield stem, f"Share in the usual grade {grade}; among: {cell.what}", "share", share
