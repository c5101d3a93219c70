"""The survey's grades of glycemia, on made-up people."""

import math

import numpy as np

from cpds.nhanes_columns import vocabulary

FIELDS = (
    "age female bmi grip_dom_kg takes_insulin oral_diab_med crp_mgl glucose_mgdl hba1c_pct homa_ir_roche_eq "
    "insulin_roche_eq vigorous_activity dx_diabetes WTSAF2YR SDMVPSU SDMVSTRA cycle"
)


def people(**columns):
    """A few people: what is not said is ordinary."""
    ordinary = {"age": 50.0, "bmi": 27.0, "grip_dom_kg": 35.0, "crp_mgl": 1.0, "WTSAF2YR": 1.0, "hba1c_pct": 5.2}
    ordinary |= {"glucose_mgdl": 90.0, "homa_ir_roche_eq": 2.0, "insulin_roche_eq": 9.0, "cycle": 2007.0}
    length = len(next(iter(columns.values())))
    table = np.zeros(length + 2, [(name, float) for name in FIELDS.split()])  # two more, so that each sex has a spread
    for name in table.dtype.names:
        table[name] = ordinary.get(name, 0.0)
        table[name][:length] = columns.get(name, [ordinary.get(name, 0.0)] * length)
    table["female"] = np.arange(len(table)) % 2
    table["SDMVPSU"] = np.arange(len(table)) % 2
    table["grip_dom_kg"] += np.arange(len(table))
    return table


def test_each_person_has_one_grade_by_the_worst_criterion():
    table = people(
        glucose_mgdl=[99, 100, 125.9, 126, 90, 90, 90, math.nan],
        hba1c_pct=[5.6, 5.0, 5.0, 5.0, 5.7, 6.5, 5.0, 7.0],
        dx_diabetes=[0, 0, 0, 0, 0, 0, 1, 0],
    )
    words = vocabulary(table)
    grades = {letter: [column.values[:8] for column in words[f"grade_{letter}"].values()] for letter in ("a", "c")}
    for letter, expected in {"a": "NIIDNND?", "c": "NIIDIDD?"}.items():
        for person, grade in enumerate(expected):
            found = [float(column[person]) for column in grades[letter]]
            wanted = [math.nan] * 3 if grade == "?" else [float(grade == one) for one in "NID"]
            np.testing.assert_array_equal(found, wanted, f"{letter} {person}")


def test_resistance_is_told_of_people_off_insulin_only():
    words = vocabulary(people(takes_insulin=[0, 1], homa_ir_roche_eq=[3.0, 9.0]))
    found = words["homa_ir_high"]["homa_ir_high"].values
    assert found[0] == 1
    assert math.isnan(found[1])


def test_a_fall_past_80_begins_in_the_band_that_is_coded_80():
    falls = vocabulary(people(age=[75, 79, 80]))["age_band_35"]["age_band_77.5_82.5"].values
    np.testing.assert_allclose(falls[:3], [0.0, 0.0, 0.5])
