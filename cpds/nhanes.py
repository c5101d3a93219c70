"""Aggregate figures computed from an NHANES 2007-2016 extract.

    python -m cpds.nhanes FASTING.csv [NONFASTING.csv.gz] -o cpds/data/nhanes.toml

The extract stays outside the project. People: non-pregnant adults of 20 and over in the training
cycles (2013-2016 are held back for validation); age 80 stands for 80 and over. Adults outside the
fasting sample have no weights: with them, grip and CRP are described once more, unweighted.
"""

import argparse
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np

from cpds.nhanes_columns import Column, Columns, vocabulary
from cpds.nhanes_grades import by_grade
from cpds.survey import TRAINING, Fit, People, moments, proportional_odds, read, regress

MEANS = {  # outcomes: cells to average them in, each a product of groupings; "" is everyone
    "band5 female": "",
    "active": ", band, sex",
    "bmi_class": ", band, active",
    "homa_ir_high": ", band, sex, bmi_class, crp_high, crp_high bmi_group, active, active bmi_group, "
    "active bmi_group young, active crp_high bmi_corner old, grade_a, grade_c, grade_a bmi_corner, grade_c bmi_corner, "
    "grade_c bmi_class, diagnosed, diagnosed bmi_corner, glucose_class, glucose_class bmi_group",
    "crp_high": ", band, sex, sex band, bmi_class, active",
    "dysglycemia_a dysglycemia_b dysglycemia_c diagnosed": ", band, band5, sex band",
    "dysglycemia_who dysglycemia_hba1c_60 dysglycemia_hba1c_65": ", sex band",
    "homa_ir_205 homa_ir_260 homa_ir_300 homa_ir_346": ", sex band",
    "impaired_a diabetes_a impaired_c diabetes_c": ", band, band5, bmi_class, sex band, band bmi_corner",
    "glucose_100 glucose_126 hba1c_57 hba1c_65 insulin_treated": ", band",
    "grip_low": ", sex, sex band, bmi_group, sex bmi_group",
    "ln_crp": ", sex, sex band",
    "ln_homa_ir ln_insulin": ", bmi_class",
    "glucose ln_glucose hba1c": ", band, a_off_drugs",
    "bmi": ", band, bmi_class",
    "a_below_65": "",
    "grip": "sex, sex decade",
}
UNWEIGHTED = {"grip": "sex, sex decade", "ln_crp": "sex, sex band"}
MODELS = {  # outcomes: terms; cumulative logit for bmi_rank, linear for grip_z, logistic otherwise
    "active": "age_band_65",
    "bmi_rank": "age_band_35 active",
    "dysglycemia_a dysglycemia_b dysglycemia_c diabetes_a diabetes_c diabetes_within_a": "homa_ir_high bmi5 ages male, "
    "insulin_high bmi5 ages male",
    "homa_ir_high": "impaired_c diabetes_c bmi_bent ages male, diagnosed bmi_bent ages male, "
    "active bmi_bent ages male, crp_high bmi_bent ages male, "
    "grip_weaker ages male, grip_weaker bmi_bent ages male",
    "crp_high": "bmi5 ages male, active bmi5 ages male",
    "grip_z": "bmi_contrast active ages",
    "grip_low": "bmi5 active ages male",
    "a_below_65": "hba1c",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One aggregate: `value` and its standard error `se` in `unit`, computed from `n` people."""

    id: str
    what: str
    value: float
    se: float
    n: int
    cycles: list[str]
    weighted: bool
    unit: str


def figure(people: People, name: str, what: str, unit: str, fit: Fit, term: int = 0) -> Figure:
    """One coefficient of a fit, rounded for publication."""
    value, error = float(f"{fit[0][term]:.5g}"), float(f"{fit[1][term]:.4g}")
    cycles = [TRAINING[int(year)] for year in np.unique(people["cycle"][fit[2]])]
    weighted = bool(np.ptp(people["WTSAF2YR"]))
    return Figure(name, what, value, error, int(fit[2].sum()), cycles, weighted, unit)


def sides(columns: Columns) -> list[tuple[str, Column]]:
    """Return the classes of a grouping; a single yes-or-no column is joined by its opposite."""
    if len(columns) > 1:
        return list(columns.items())
    ((name, yes),) = columns.items()
    return [(name, yes), (f"not_{name}", Column(f"not {yes.what}", 1 - yes.values))]


def averages(people: People, wanted: Mapping[str, str]) -> Iterator[Figure]:
    """Share, or mean and standard deviation, of each outcome in each cell where people differ."""
    words = vocabulary(people)
    for outcomes, groupings in wanted.items():
        columns = {k: c for name in outcomes.split() for k, c in words[name].items()}
        crossed = [product(*(sides(words[n]) for n in g.split())) for g in groupings.split(",")]
        for cell, (name, column) in product([c for cells in crossed for c in cells], columns.items()):
            y = column.values.copy()
            for _, within in cell:
                y[within.values != 1] = math.nan
            if len(np.unique(y[np.isfinite(y)])) < 2:
                continue
            place = ".".join([name, *(key for key, _ in cell)])
            among = f"{column.what}; among: {', '.join(c.what for _, c in cell) or 'everyone'}"
            mean, sd = moments(people, y)
            if column.unit == "share":
                yield figure(people, place, f"Share with {among}", column.unit, mean)
            else:
                yield figure(people, f"{place}.mean", f"Mean of {among}", column.unit, mean)
                yield figure(people, f"{place}.sd", f"Standard deviation of {among}", column.unit, sd)


def associations(people: People) -> Iterator[Figure]:
    """Every coefficient of `MODELS`."""
    words = vocabulary(people)
    pairs = [(o, m.split()) for os, ms in MODELS.items() for o, m in product(os.split(), ms.split(","))]
    for outcome, model in pairs:
        ((label, y),) = words[outcome].items()
        terms = {k: c for name in model for k, c in words[name].items()}
        if outcome == "bmi_rank":
            fit = proportional_odds(people, y.values, [c.values for c in terms.values()])
            above = list(words["bmi_class"].items())[1:]
            terms = {f"{k}_or_above": Column(f"at least {c.what}, rest 0", c.values) for k, c in above} | terms
        else:
            terms |= words["intercept"]
            x = [c.values for c in terms.values()]
            fit = regress(people, y.values, x, logistic=outcome != "grip_z")
        unit = "SD" if outcome == "grip_z" else "log odds"
        for k, (name, term) in enumerate(terms.items()):
            what = f"Coefficient for {y.what} of {term.what}, in the model with {', '.join(model)}"
            yield figure(people, f"{label}~{'+'.join(model)}:{name}", what, unit, fit, k)


def main() -> None:
    """Write the figures as TOML."""
    parser = argparse.ArgumentParser(prog="python -m cpds.nhanes", description="Compute the figures.")
    parser.add_argument("fasting", type=Path, help="CSV extract of the fasting sample")
    parser.add_argument("nonfasting", type=Path, nargs="?", help="CSV extract of the other adults")
    parser.add_argument("-o", "--output", type=Path, required=True, help="TOML file to write")
    options = parser.parse_args()
    people = read(options.fasting)
    records = [asdict(each) for each in (*averages(people, MEANS), *associations(people))]
    records += [asdict(figure(people, name, what, unit, fit)) for name, what, unit, fit in by_grade(people)]
    if options.nonfasting:
        everyone = averages(read(options.fasting, options.nonfasting), UNWEIGHTED)
        records += [asdict(each) | {"id": f"{each.id}.unweighted"} for each in everyone]
    text = "# Written by `python -m cpds.nhanes`; do not edit. Age 80 stands for 80 and over.\n"
    for record in records:
        text += "\n[[figure]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in record.items())
    options.output.write_text(text)


if __name__ == "__main__":
    main()
