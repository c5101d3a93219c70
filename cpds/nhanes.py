"""Aggregate figures computed from an NHANES 2007-2016 extract.

    python -m cpds.nhanes FASTING.csv [NONFASTING.csv.gz] -o cpds/data/nhanes.toml

The extract stays outside the project. People: non-pregnant adults of 20 and over in the training
cycles (2013-2016 are held back for validation); age 80 stands for 80 and over. Adults outside the
fasting sample have no weights: with them, grip and CRP are described once more, unweighted.
"""

import argparse
import json
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise, product
from pathlib import Path

import numpy as np

from cpds.survey import TRAINING, Array, Fit, People, moments, proportional_odds, read, regress

COMPARE = {">": operator.gt, ">=": operator.ge, "<": operator.lt}
CUTS = (  # yes-or-no columns; 9.16 uU/mL is the weighted median of insulin
    "crp_high: crp > 3, homa_ir_high: homa_ir > 2.5, insulin_high: insulin > 9.16, young: age < 40, old: age >= 60, "
    "glucose_100: glucose >= 100, glucose_126: glucose >= 126, hba1c_57: hba1c >= 5.7, hba1c_65: hba1c >= 6.5"
)
DYSGLYCEMIA = {"a": ["glucose_100"], "b": ["hba1c_57"], "c": ["glucose_100", "hba1c_57"]}
MEANS = {  # outcomes: cells to average them in, each a product of groupings; "" is everyone
    "band5 female": "",
    "active": ", band, sex",
    "bmi_class": ", band, active",
    "homa_ir_high": ", band, sex, bmi_class, crp_high, crp_high bmi_group, active, active bmi_group, "
    "active bmi_group young, active crp_high bmi_corner old",
    "crp_high": ", band, sex, sex band, bmi_class, active",
    "dysglycemia_a dysglycemia_b dysglycemia_c diagnosed": ", band, band5, sex band",
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
    "active": "age_65",
    "bmi_rank": "age_35_75 active",
    "dysglycemia_a dysglycemia_b dysglycemia_c": "homa_ir_high bmi5 ages male, insulin_high bmi5 ages male",
    "homa_ir_high": "active bmi_bent ages male, crp_high bmi_bent ages male, "
    "grip_weaker ages male, grip_weaker bmi_bent ages male",
    "crp_high": "bmi5 ages male, active bmi5 ages male",
    "grip_z": "bmi_contrast active ages",
    "grip_low": "bmi5 active ages male",
    "a_below_65": "hba1c",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One number per person in `unit`, NaN where it does not apply; yes is 1 and no is 0."""

    what: str
    values: Array
    unit: str = "share"


Columns = dict[str, Column]


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


def classes(name: str, x: Array, edges: Sequence[int], last: int = 0) -> Columns:
    """Membership of half-open classes of `x`; `last` = 1 names a class by its last whole value."""
    found = {}
    for lo, hi in pairwise([*edges, 999]):
        label = f"{lo} plus" if hi == 999 else f"{lo} {hi - last}"
        what = f"{name} {label.replace(' ', ' to ' if last else ' to under ').replace('to plus', 'or more')}"
        found[f"{name}_{label.replace(' ', '_')}"] = Column(what, ((x >= lo) & (x < hi)) + 0 * x)
    return found


def slopes(name: str, x: Array, knots: Sequence[int], per: int) -> Columns:
    """Piecewise-linear terms: each coefficient is the slope between two knots, per `per` units."""
    return {
        f"{name}_{lo}_{hi}": Column(f"{per} more of {name} from {lo} to {hi}", (x.clip(lo, hi) - lo) / per)
        for lo, hi in pairwise(knots)
    }


def vocabulary(people: People) -> dict[str, Columns]:
    """Return what each name above stands for: one column, or those of several classes or terms.

    `+ 0 * x` turns a yes-or-no into NaN where x is missing. HOMA-IR and insulin: off insulin only.
    """
    age, bmi, grip, female = (people[name] for name in ("age", "bmi", "grip_dom_kg", "female"))
    treated = people["takes_insulin"]
    off = np.where(treated == 1, math.nan, 1)
    found = {
        "age": Column("age", age, "years"),
        "bmi": Column("body mass index", bmi, "kg/m2"),
        "crp": Column("CRP", people["crp_mgl"], "mg/L"),
        "glucose": Column("fasting glucose", people["glucose_mgdl"], "mg/dL"),
        "hba1c": Column("HbA1c", people["hba1c_pct"], "%"),
        "homa_ir": Column("HOMA-IR (not on insulin)", people["homa_ir_roche_eq"] * off, "ratio"),
        "insulin": Column("insulin (not on insulin)", people["insulin_roche_eq"] * off, "uU/mL"),
        "grip": Column("grip strength, dominant hand", grip, "kg"),
        "intercept": Column("all else at zero", np.ones(len(age))),
        "female": Column("women", female),
        "male": Column("men", 1 - female),
        "active": Column("vigorous activity", people["vigorous_activity"]),
        "diagnosed": Column("diagnosed diabetes", people["dx_diabetes"]),
        "insulin_treated": Column("treated with insulin", treated),
        "age10": Column("10 years of age", age / 10),
        "bmi5": Column("5 kg/m2 of BMI", bmi / 5),
        "grip_low": Column("grip below 27 kg (men), 16 kg (women)", (grip < 27 - 11 * female) + 0 * grip),
    }
    found |= {
        f"ln_{name}": Column(f"ln {found[name].what}", np.log(found[name].values), f"ln {found[name].unit}")
        for name in ("crp", "homa_ir", "insulin", "glucose")
    }
    for rule in CUTS.split(", "):
        name, of, sign, cut = rule.replace(":", "").split()
        x = found[of]
        met = COMPARE[sign](x.values, float(cut)) + 0 * x.values
        found[name] = Column(f"{x.what} {sign} {cut} {x.unit}", met)
    for letter, criteria in DYSGLYCEMIA.items():
        columns = [found[name] for name in (*criteria, "diagnosed")]
        met = np.max([c.values for c in columns], axis=0)
        found[f"dysglycemia_{letter}"] = Column(" or ".join(c.what for c in columns), met)
    drugs = (treated == 1) | (people["oral_diab_med"] == 1)
    without = np.where(drugs, math.nan, found["dysglycemia_a"].values)
    found["a_off_drugs"] = Column(f"{found['dysglycemia_a'].what} (on no diabetes drug)", without)
    below = np.where(found["hba1c_65"].values == 0, found["dysglycemia_a"].values, math.nan)
    found["a_below_65"] = Column(f"{found['dysglycemia_a'].what} (HbA1c under 6.5 %)", below)
    z = np.full(len(age), math.nan)
    for sex in (0, 1):
        (mean, _, rows), (sd, _, _) = moments(people, np.where(female == sex, grip, math.nan))
        z[rows] = (grip[rows] - mean) / sd
    found["grip_z"] = Column("grip strength standardized by sex", z, "SD")
    found["grip_weaker"] = Column("1 SD weaker grip (by sex)", -z)
    bmi_class = classes("bmi", bmi, [0, 19, 21, 23, 25, 27, 30, 32, 35, 40])
    rank = np.sum([k * c.values for k, c in enumerate(bmi_class.values())], axis=0)
    return {name: {name: column} for name, column in found.items()} | {
        "sex": {"female": found["female"], "male": found["male"]},
        "band": classes("age", age, [20, 40, 60, 75], last=1),
        "band5": classes("age", age, range(20, 81, 5), last=1),
        "decade": classes("age", age, range(20, 81, 10), last=1),
        "ages": slopes("age", age, [20, 45, 65, 80], 10),
        "age_65": slopes("age", age, [20, 65, 80], 10),
        "age_35_75": slopes("age", age, [20, 35, 75, 80], 10),
        "bmi_bent": slopes("bmi", bmi, [10, 30, 90], 5),
        "bmi_class": bmi_class,
        "bmi_group": classes("bmi", bmi, [0, 25, 30]),
        "bmi_corner": classes("bmi", bmi, [0, 25, 30, 35]),
        "bmi_contrast": {k: c for k, c in bmi_class.items() if k != "bmi_23_25"},
        "bmi_rank": {"bmi_class": Column("a higher BMI class", rank)},
    }


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
    if options.nonfasting:
        everyone = averages(read(options.fasting, options.nonfasting), UNWEIGHTED)
        records += [asdict(each) | {"id": f"{each.id}.unweighted"} for each in everyone]
    text = "# Written by `python -m cpds.nhanes`; do not edit. Age 80 stands for 80 and over.\n"
    for record in records:
        text += "\n[[figure]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in record.items())
    options.output.write_text(text)


if __name__ == "__main__":
    main()
