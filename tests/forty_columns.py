"""Exports of forty columns as surveys and forms write them, made up, each row with the findings it truly holds."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

ROWS = 300
Row = dict[str, str]


@dataclass(frozen=True)
class Export:
    """Cells by header, the row of units under the headers (empty for none), and what each row says."""

    rows: list[Row]
    units: Row
    truth: list[dict[str, Any]]

    @property
    def headers(self) -> list[str]:
        """The columns in order."""
        return list(self.rows[0])

    def write(self, path: Path) -> None:
        """As a CSV file."""
        with path.open("w", newline="") as file:
            table = csv.DictWriter(file, self.headers)
            table.writeheader()
            if self.units:
                table.writerow({header: self.units.get(header, "") for header in self.headers})
            table.writerows(self.rows)


@dataclass
class Person:
    """Somebody made up; `none` leaves a finding out now and then."""

    chance: np.random.Generator

    def __post_init__(self) -> None:
        draw = self.chance
        self.sex = str(draw.choice(["male", "female"]))
        self.age = int(draw.integers(20, 92))
        self.height = round(float(draw.normal(176 if self.sex == "male" else 163, 7)), 1)
        self.weight = round(float(draw.lognormal(4.4, 0.2)), 1)
        self.grips = [round(float(draw.normal(42 if self.sex == "male" else 26, 6)), 1) for _ in range(2)]
        self.crp = round(float(draw.lognormal(0.5, 1.0)) + 0.12, 2)
        self.glucose = int(draw.lognormal(4.6, 0.13))
        self.insulin = round(float(draw.lognormal(2.2, 0.6)) * 6, 1)
        self.hba1c = round(float(draw.lognormal(1.7, 0.08)), 1)

    def few(self, *cells: str) -> str:
        """One of some cells by chance."""
        return str(self.chance.choice(cells))

    def number(self, center: float, spread: float, digits: int = 0) -> str:
        """A number about a center."""
        return f"{self.chance.normal(center, spread):.{digits}f}"


def export(row: Callable[[Person, int], tuple[Row, dict[str, Any]]], units: Row | None = None) -> Export:
    """Rows of people made up."""
    chance = np.random.default_rng(40)
    made = [row(Person(chance), number) for number in range(ROWS)]
    return Export([one for one, _ in made], units or {}, [truth for _, truth in made])


SURVEY_UNITS = {
    "RIDAGEYR": "years", "BMXHT": "cm", "BMXWT": "kg", "BMXWAIST": "cm", "BPXSY1": "mmHg", "BPXDI1": "mmHg",
    "LBXTC": "mg/dL", "LBDHDD": "mg/dL", "LBXTR": "mg/dL", "LBXSCR": "mg/dL", "LBXGLU": "mg/dL", "LBXIN": "pmol/L",
    "LBXHSCRP": "mg/L", "LBXGH": "%", "MGDCGSZ": "kg", "MGXH1T1": "kg", "MGXH2T1": "kg",
}  # fmt: skip


def survey(person: Person, number: int) -> tuple[Row, dict[str, Any]]:
    """A survey's codes: age ends at 80, 7 and 9 are no answers, insulin in the unit that the second row says."""
    p = person
    diabetes = p.few("1", "2", "2", "2", "2", "2", "3", "9", "7")
    treated = p.few("1", "2", "9") if diabetes == "1" else "2"
    below = number % 50 == 7
    row = {
        "SEQN": str(93703 + number), "SDDSRVYR": "9", "RIDSTATR": "2", "RIAGENDR": {"male": "1", "female": "2"}[p.sex],
        "RIDAGEYR": str(min(p.age, 80)), "RIDRETH3": p.few("1", "2", "3", "4", "6", "7"),
        "DMDEDUC2": p.few("1", "2", "3", "4", "5", "7", "9"), "DMDMARTL": p.few("1", "2", "3", "77", "99"),
        "INDFMPIR": p.number(2.5, 0.6, 2), "SDMVPSU": p.few("1", "2"), "SDMVSTRA": p.few("119", "120"),
        "WTMEC2YR": p.number(30000, 5000, 3), "BMXWT": str(p.weight), "BMXHT": str(p.height),
        "BMXWAIST": p.number(98, 12, 1), "BPXSY1": p.number(124, 12), "BPXDI1": p.number(72, 8), "LBXTC": p.number(190, 30),
        "LBDHDD": p.number(53, 8), "LBXTR": p.number(110, 20), "LBXSCR": p.number(0.9, 0.1, 2), "LBXGLU": str(p.glucose),
        "LBXIN": str(p.insulin), "LBXHSCRP": "<LOD" if below else str(p.crp), "LBDHRPLC": "1" if below else "0",
        "LBXGH": str(p.hba1c), "DIQ010": diabetes, "DIQ050": treated, "SMQ020": p.few("1", "2", "7", "9"),
        "SMQ040": p.few("1", "2", "3", "."), "ALQ130": p.few("1", "2", "777", "999"), "BPQ020": p.few("1", "2", "9"),
        "MCQ160C": p.few("1", "2", "9"), "HUQ010": p.few("1", "2", "3", "4", "5"), "MGDEXSTS": "1",
        "MGXH1T1": str(p.grips[0]), "MGXH2T1": str(p.grips[1]), "MGDCGSZ": str(round(sum(p.grips), 1)),
        "PAD680": p.few("60", "300", "7777", "9999"), "DR1TKCAL": p.number(2000, 300),
    }  # fmt: skip
    truth = {
        "sex": p.sex, "age": p.age if p.age < 80 else "80+", "bmi": p.weight / (p.height / 100) ** 2,
        "fasting_glucose": p.glucose, "fasting_insulin": f"{p.insulin} pmol/L",
        "hscrp": "<0.11" if below else p.crp, "hba1c": p.hba1c,
        "diagnosed_diabetes": {"1": "yes", "2": "no"}.get(diabetes), "insulin_treated": {"1": "yes", "2": "no"}.get(treated),
    }  # fmt: skip
    return row, truth


def clinic(person: Person, number: int) -> tuple[Row, dict[str, Any]]:
    """An export with labels of a database of forms: check boxes, dates, two hands, insulin in a unit nobody states."""
    p = person
    refused = number % 40 == 3
    sex = "Prefer not to say" if refused else p.sex.capitalize()
    diabetes = p.few("0", "0", "0", "1", "9")
    treated = p.few("0", "1", "9") if diabetes == "1" else "0"
    born = date(2023 - p.age, 3, 14)
    glucose = "" if number % 9 == 4 else f"{p.glucose / 18:.1f}"
    row = {
        "record_id": f"{1 + number // 3}-{number}", "redcap_event_name": "Baseline", "redcap_data_access_group": p.few("north", "south"),
        "visit_date": "2023-06-01", "dob": born.isoformat(), "birth_sex": sex,
        **{f"race___{code}": p.few("Checked", "Unchecked") for code in range(1, 6)},
        "ethnicity": p.few("Hispanic", "Not Hispanic", "Unknown"), "education": p.few("1", "2", "3", "9"),
        "smoking_status": p.few("Never", "Former", "Current", "Refused"), "alcohol_week": p.few("0", "3", "7", "99"),
        "ht_cm": str(p.height), "wt_kg": str(p.weight), "waist_cm": p.number(98, 12), "sbp": p.number(124, 12),
        "dbp": p.number(72, 8), "pulse": p.number(70, 8), "grip_r_kg": str(p.grips[0]), "grip_l_kg": str(p.grips[1]),
        "crp_serum": "<LOD" if number % 60 == 9 else str(p.crp), "glucose_fasting": glucose, "insulin": str(p.insulin),
        "hba1c_pct": str(p.hba1c), "chol_total": p.number(190, 30), "hdl": p.number(53, 8), "ldl": p.number(110, 20),
        "trig": p.number(120, 30), "creatinine": p.number(0.9, 0.1, 2), "egfr": p.number(80, 9), "diabetes": diabetes,
        "insulin_rx": treated, "metformin_rx": p.few("0", "1"), "statin_rx": p.few("0", "1"), "notes": p.few("", "late, fasting 8 h"),
        "labs_complete": "Complete", "physical_exam_complete": "Complete",
    }  # fmt: skip
    truth = {
        "age": p.age, "sex": None if refused else p.sex, "bmi": p.weight / (p.height / 100) ** 2,
        "grip_strength": max(p.grips), "hscrp": "<0.11" if row["crp_serum"] == "<LOD" else p.crp,
        "fasting_glucose": f"{glucose} mmol/L" if glucose else None, "fasting_insulin": f"{p.insulin} pmol/L",
        "hba1c": p.hba1c, "diagnosed_diabetes": {"1": "yes", "0": "no"}.get(diabetes),
        "insulin_treated": {"1": "yes", "0": "no"}.get(treated),
    }  # fmt: skip
    return row, truth


WARD_NAMES = {
    "visit_date": "Exam date", "dob": "DOB", "birth_sex": "Sex", "ht_cm": "Height", "wt_kg": "Wt", "grip_r_kg": "Grip R",
    "grip_l_kg": "Grip L", "crp_serum": "CRP", "glucose_fasting": "Plasma glucose", "insulin": "Insulin (fasting)",
    "hba1c_pct": "Hb A1c", "diabetes": "Diabetes", "insulin_rx": "On insulin",
}  # fmt: skip
WARD_UNITS = {
    "Height": "m", "Wt": "lb", "Grip R": "N", "Grip L": "N", "CRP": "mg/dL", "Plasma glucose": "mmol/L", "Hb A1c": "mmol/mol",
    "Insulin (fasting)": "pmol/L", "waist_cm": "cm", "hdl": "mmol/L", "creatinine": "umol/L",
}  # fmt: skip


def ward(person: Person, number: int) -> tuple[Row, dict[str, Any]]:
    """The same people under names as doctors write them, every number in the unit of the second row."""
    p = person
    row, truth = clinic(p, number)
    low = row["crp_serum"] == "<LOD"
    new = {
        "ht_cm": f"{p.height / 100:.3f}", "wt_kg": f"{p.weight * 2.2:.1f}", "crp_serum": "ND" if low else f"{p.crp / 10:.3f}",
        "grip_r_kg": f"{p.grips[0] * 9.8:.0f}", "grip_l_kg": f"{p.grips[1] * 9.8:.0f}", "hba1c_pct": f"{p.hba1c * 10.93 - 23.5:.0f}",
    }  # fmt: skip
    cells = {WARD_NAMES.get(header, header): new.get(header, cell) for header, cell in row.items()}
    kilograms, meters = float(cells["Wt"]) * 0.45359237, float(cells["Height"])
    grip = max(float(cells["Grip R"]), float(cells["Grip L"]))
    crp = "<0.011 mg/dL" if low else f"{cells['CRP']} mg/dL"
    said = {"hscrp": crp, "hba1c": f"{cells['Hb A1c']} mmol/mol", "grip_strength": f"{grip} N"}
    return cells, {**truth, **said, "bmi": kilograms / meters**2}
