"""Glucose and HbA1c in each grade of glycemia, of people with and without insulin resistance, from single readings.

A grade is about a person's usual glucose, of which one reading tells with error. The distribution of usual glucose
among people without a diagnosis and with HbA1c below 6.5 % is found by the Richardson-Lucy iteration (the EM algorithm
of a distribution on a grid, stopped early, which keeps it smooth); each of them is then normal, impaired or diabetic
with the probability of the usual glucose given the reading. The diagnosed, and those at 6.5 % and over, are diabetic.
Likewise a person is resistant with the probability of a usual HOMA-IR above the cut given the reading, which is log-
normal in each class of body-mass index.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
from scipy.special import ndtr

from cpds.nhanes_columns import Column, vocabulary
from cpds.survey import Array, Fit, People, moments

WITHIN_GLUCOSE, WITHIN_HOMA_IR = 0.05596, 0.2973
"""Within-person SD of the logs: `within` of HOMA-IR in its biomarker file, and the same source's for glucose."""
HOMA_IR_CUT = 2.5
CUTS = (100.0, 126.0)
GRADES = ("normal", "impaired", "diabetes")
STEPS, GRID = 60, np.linspace(math.log(50), math.log(400), 400)


def grades(people: People) -> Array:
    """Probability of each grade, axes (grade, person); NaN where glucose or HbA1c is missing."""
    logs = np.log(people["glucose_mgdl"])
    diabetic = (people["dx_diabetes"] == 1) | (people["hba1c_pct"] >= 6.5)
    known = np.isfinite(logs) & np.isfinite(people["hba1c_pct"])
    open_ones = known & ~diabetic
    weights = people["WTSAF2YR"][open_ones] / people["WTSAF2YR"][open_ones].sum()
    likelihood = np.exp(-0.5 * ((logs[open_ones, None] - GRID) / WITHIN_GLUCOSE) ** 2)
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


def resistance(people: People) -> Array:
    """Probability of a usual HOMA-IR above the cut, axis (person); NaN on insulin and where a reading is missing."""
    words = vocabulary(people)
    logs = words["ln_homa_ir"]["ln_homa_ir"].values
    found = np.full(len(people), math.nan)
    for cell in words["bmi_class"].values():
        (mean, _, rows), (sd, _, _) = moments(people, np.where(cell.values == 1, logs, math.nan))
        kept = 1 - (WITHIN_HOMA_IR / sd[0]) ** 2
        usual = mean[0] + kept * (logs[rows] - mean[0])
        found[rows] = ndtr((usual - math.log(HOMA_IR_CUT)) / (WITHIN_HOMA_IR * math.sqrt(kept)))
    return found


def by_grade(people: People) -> Iterator[tuple[str, str, str, Fit]]:
    """Id, meaning, unit and estimate of centers, SDs and shares in each grade.

    Standard errors leave out those of the probabilities of grade and resistance.
    """
    words, chances, resistant = vocabulary(people), grades(people), resistance(people)
    everyone = {"": Column("everyone", np.ones(len(people)))}
    cells: Mapping[str, dict[str, Column]] = {"ln_glucose": words["sex"], "ln_hba1c": words["band"] | words["old"]}
    of_resistance = {"": np.ones(len(people)), "resistant": resistant, "sensitive": 1 - resistant}
    for place, grade in enumerate(GRADES):
        for kind, chance in of_resistance.items():
            weights = chances[place] * chance
            counted = people.copy()
            counted["WTSAF2YR"] = people["WTSAF2YR"] * np.nan_to_num(weights)
            among = f"in the usual grade {grade}" + (f", {kind} by usual HOMA-IR" if kind else "")
            for name, groups in cells.items():
                column = words[name][name]
                for key, cell in (groups | everyone).items():
                    values = np.where(np.isfinite(weights) & (cell.values == 1), column.values, math.nan)
                    mean, sd = moments(counted, values)
                    stem = ".".join(part for part in (name, f"usual_{grade}", kind, key) if part)
                    what = f"{column.what} {among}; among: {cell.what}"
                    yield f"{stem}.mean", f"Mean of {what}", column.unit, mean
                    yield f"{stem}.sd", f"Standard deviation of {what}", column.unit, sd
        for key, cell in (words["band"] | everyone).items():
            share, _ = moments(people, np.where(cell.values == 1, chances[place], math.nan))
            stem = ".".join(part for part in (f"usual_{grade}", key) if part)
            yield stem, f"Share in the usual grade {grade}; among: {cell.what}", "share", share
    counted["WTSAF2YR"] = people["WTSAF2YR"] * np.nan_to_num(chances[-1])
    for name in ("diagnosed", "insulin_treated"):
        column = words[name][name]
        share, _ = moments(counted, np.where(np.isfinite(chances[-1]), column.values, math.nan))
        yield f"{name}.usual_diabetes", f"Share with {column.what} in the usual grade diabetes", "share", share
    crossed = (("grade_a", "bmi_corner"), ("diagnosed", "bmi_corner"), ("glucose_class", "bmi_group"))
    for glycemic, classes in crossed:
        for (key, group), (place_of_bmi, bmi) in product(words[glycemic].items(), (words[classes] | everyone).items()):
            share, _ = moments(people, np.where((group.values == 1) & (bmi.values == 1), resistant, math.nan))
            stem = ".".join(part for part in ("usual_homa_ir_high", key, place_of_bmi) if part)
            yield stem, f"Share with usual HOMA-IR > 2.5; among: {group.what}, {bmi.what}", "share", share
