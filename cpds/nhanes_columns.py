"""What the names of the survey's figures stand for: columns of the NHANES extract, cut, graded and grouped."""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cpds.survey import Array, People, moments

COMPARE = {">": operator.gt, ">=": operator.ge, "<": operator.lt}
CUTS = (  # yes-or-no columns; 9.16 uU/mL is the weighted median of insulin
    "crp_high: crp > 3, homa_ir_high: homa_ir > 2.5, insulin_high: insulin > 9.16, young: age < 40, old: age >= 60, "
    "glucose_100: glucose >= 100, glucose_126: glucose >= 126, hba1c_57: hba1c >= 5.7, hba1c_65: hba1c >= 6.5, "
    "glucose_110: glucose >= 110, hba1c_60: hba1c >= 6.0, "
    "homa_ir_205: homa_ir >= 2.05, homa_ir_260: homa_ir >= 2.6, "
    "homa_ir_300: homa_ir >= 3.0, homa_ir_346: homa_ir >= 3.46"
)
DYSGLYCEMIA = {
    "a": ["glucose_100"],
    "b": ["hba1c_57"],
    "c": ["glucose_100", "hba1c_57"],
    "who": ["glucose_110", "hba1c_65"],
    "hba1c_60": ["hba1c_60"],
    "hba1c_65": ["hba1c_65"],
}
DIABETES = {"a": ["glucose_126"], "c": ["glucose_126", "hba1c_65"]}  # impaired is the rest of dysglycemia


@dataclass(frozen=True, slots=True)
class Column:
    """One number per person in `unit`, NaN where it does not apply; yes is 1 and no is 0."""

    what: str
    values: Array
    unit: str = "share"


Columns = dict[str, Column]


def classes(name: str, x: Array, edges: Sequence[int], last: int = 0) -> Columns:
    """Membership of half-open classes of `x`; `last` = 1 names a class by its last whole value."""
    found = {}
    for lo, hi in pairwise([*edges, 999]):
        label = f"{lo} plus" if hi == 999 else f"{lo} {hi - last}"
        what = f"{name} {label.replace(' ', ' to ' if last else ' to under ').replace('to plus', 'or more')}"
        found[f"{name}_{label.replace(' ', '_')}"] = Column(what, ((x >= lo) & (x < hi)) + 0 * x)
    return found


def slopes(name: str, x: Array, knots: Sequence[float], per: int) -> Columns:
    """Piecewise-linear terms: each coefficient is the slope between two knots, per `per` units."""
    what = name.replace("_", " ")
    return {
        f"{name}_{lo}_{hi}": Column(f"{per} more of {what} from {lo} to {hi}", (x.clip(lo, hi) - lo) / per)
        for lo, hi in pairwise(knots)
    }


def vocabulary(people: People) -> dict[str, Columns]:
    """Return what each name above stands for: one column, or those of several classes or terms.

    `+ 0 * x` turns a yes-or-no into NaN where x is missing. HOMA-IR and insulin: off insulin only. `age_band` is the
    middle of the five-year band, where the network places people: those coded 80 are the band above 75 to 79, since a
    slope on the code itself would begin to fall among people of 75 to 79.
    """
    age, bmi, grip, female = (people[name] for name in ("age", "bmi", "grip_dom_kg", "female"))
    age_band = 5 * np.floor(age / 5) + 2.5
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
        for name in ("crp", "homa_ir", "insulin", "glucose", "hba1c")
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
    for letter, criteria in DIABETES.items():
        columns, any_grade = [found[name] for name in (*criteria, "diagnosed")], found[f"dysglycemia_{letter}"]
        what, met = " or ".join(c.what for c in columns), np.max([c.values for c in columns], axis=0)
        found[f"normal_{letter}"] = Column(f"not ({any_grade.what})", 1 - any_grade.values)
        found[f"impaired_{letter}"] = Column(f"{any_grade.what}, but not ({what})", any_grade.values - met)
        found[f"diabetes_{letter}"] = Column(what, met)
        within = np.where(any_grade.values == 1, met, math.nan)
        found[f"diabetes_within_{letter}"] = Column(f"{what} (among those with {any_grade.what})", within)
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
        "age_band_65": slopes("age_band", age_band, [20, 65, 77.5, 82.5], 10),
        "age_band_35": slopes("age_band", age_band, [20, 35, 77.5, 82.5], 10),
        "bmi_bent": slopes("bmi", bmi, [10, 30, 90], 5),
        "bmi_class": bmi_class,
        "bmi_group": classes("bmi", bmi, [0, 25, 30]),
        "bmi_corner": classes("bmi", bmi, [0, 25, 30, 35]),
        "glucose_class": classes("glucose", people["glucose_mgdl"], [0, 90, 100, 110, 126, 180]),
        "grade_a": {name: found[name] for name in ("normal_a", "impaired_a", "diabetes_a")},
        "grade_c": {name: found[name] for name in ("normal_c", "impaired_c", "diabetes_c")},
        "bmi_contrast": {k: c for k, c in bmi_class.items() if k != "bmi_23_25"},
        "bmi_rank": {"bmi_class": Column("a higher BMI class", rank)},
    }
