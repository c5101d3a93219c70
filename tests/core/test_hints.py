"""What an unknown name may mean: a slip, a word, or nothing; never another kind of thing, judged with its cells."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bn
from bn.cohort.reading.suspect_units import better_unit
from bn.core.lexicon import parts
from cpds.records import Quantity

PLAIN_THINGS = (
    *("cpr", "waist", "height_x", "training", "education", "stage", "page", "passage", "wage", "homa_b", "crp_flag"),
    *("bmi_z", "sexual_activity", "insurance", "creatinine", "albumin", "triglycerides", "hdl", "grip_date"),
    *(
        "glucose_30",
        "age_group",
        "bmi_mother",
        "glut1",
        "log_crp",
        "insulin_dose",
        "tags",
        "nul",
        "risk_lo",
    ),
    *("homa_s", "homas", "IL6R", "alm", "glucose_p", "grip_pct", "crp_pct", "glucose_pct", "age2", "insulin_s"),
)


def meaning(model: bn.RiskModel, header: str, cells: Sequence[Any]) -> dict[str, Any]:
    """What a frame's summary proposes for one column beside another."""
    other = "bmi" if "age" in header.lower() else "age"
    frame = pd.DataFrame({other: [50] * len(cells), header: list(cells)})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _, summary = model.score(frame, interval=False, posteriors=False, summary=True)
    assert bool(summary.unread.meaning) == bool(caught)
    return dict(summary.unread.meaning)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        *((slip, "hscrp") for slip in ("hscpr", "hscrpp", "hscr", "hscrq")),
        ("inflamation", "inflammation"),
        ("glucoze", "fasting_glucose"),
        ("hbalc", "hba1c"),
        ("adiposty", "adiposity"),
        ("glucose_0", "fasting_glucose"),
        ("glucose120", "glucose_2h"),
        ("insulin_rx", "insulin_treated"),
        ("LBXCRP", "hscrp [mg/dL]"),
        ("grip_dom_lb", "grip_strength [lb]"),
        ("CRPmgdl", "hscrp [mg/dL]"),
        ("gripL", "grip_left"),
        ("GripR", "grip_right"),
        ("gripr", "grip_right"),
        ("age_months", "age [month]"),
        ("height_m", "height [m]"),
        ("insulin_pmol", "fasting_insulin [pmol/L]"),
    ],
)
def test_one_persons_slips_and_words_are_understood(small: bn.RiskModel, typed: str, said: str) -> None:
    with pytest.raises(bn.UnknownNameError) as raised:
        small.posterior({typed: "x"})
    assert f"(did you mean '{said}'?)" in str(raised.value)


def test_a_name_with_its_unit_is_told_how_to_bear_it(small: bn.RiskModel) -> None:
    with pytest.raises(bn.UnknownNameError, match=r'if this is crp in ng/mL, write crp="\d+ ng/mL"'):
        small.posterior(crp_ngml=1200)
    assert meaning(small, "crp_ngml", [1200.0, 900.0, 3100.0]) == {"crp_ngml": "hscrp [ng/mL]"}


@pytest.mark.parametrize("name", PLAIN_THINGS)
def test_other_things_get_no_hint(small: bn.RiskModel, name: str) -> None:
    with pytest.raises(bn.UnknownNameError) as raised:
        small.posterior({name: 1})
    assert str(raised.value) == f"unknown observation '{name}'"
    for cells in ([1.1, 25.0, 60.2], [0, 1, 1]):
        assert meaning(small, name, cells) == {}


@pytest.mark.parametrize(
    ("header", "cells", "said"),
    [
        ("insulin_value", [6.1, 12.0, 8.5], "fasting_insulin"),
        ("insulin_value", [0, 1, 1], None),
        ("insulin_value", ["yes", "no", "no"], None),
        ("insulin_value", ["2020-01-01", "2020-02-01"], None),
        ("insulin_rx", [0, 1, 1], "insulin_treated"),
        ("insulin_rx", [6.1, 12.0, 8.5], None),
        ("glu_baseline", [5.1, 6.0, 7.7], "fasting_glucose [mmol/L]"),
        ("glu_baseline", ["98", "101 mg/dL", "<60"], "fasting_glucose"),
        ("hs.crp.lab", [0.3, 4.1, 12.0], "hscrp"),
        ("AgeInYearsAtScreening", [20, 44, 80], "age"),
        ("AgeInYearsAtScreening", [1, 2, 3], None),
        ("demo_sex", ["F", "m", "F"], "sex"),
        ("demo_sex", [1, 2, 2], {"is": "sex", "values": {1: "male", 2: "female"}}),
        ("demo_sex", [3, 4, 5], None),
        ("female", [0, 1, 1], {"is": "sex", "values": {0: "male", 1: "female"}}),
        ("p62_serum", ["a", "b"], None),
        ("inflamation", ["present", "absent"], "inflammation"),
        ("inflamation", [3.3, 4.4], None),
        ("diabetic", [True, False, True], "diagnosed_diabetes"),
        ("CRP_mg_dl", [0.41, 0.1, 0.03], "hscrp [mg/dL]"),
        *((header, [5.1, 6.0, 7.7], "fasting_glucose [mmol/L]") for header in ("glucose_mmol", "FPG_mmol")),
        *((header, [34, 41, 60], "hba1c [mmol/mol]") for header in ("HbA1c_mmol", "hba1c_ifcc")),
        *((header, [30, 41, 60], "age") for header in ("interview_age", "ageatvisit", "AgeAtExam")),
        ("age_months", [360, 480, 700], "age [month]"),
        ("biological_sex", ["F", "m", "F"], "sex"),
        ("glyc_hb", [5.1, 6.0, 7.7], "hba1c"),
        ("a1c_percent", [5.1, 6.0, 7.7], "hba1c [%]"),
        ("blood_sugar", [90, 100, 130], "fasting_glucose"),
        ("CReactiveProtein", [0.3, 4.1, 12.0], "hscrp"),
    ],
)
def test_name_and_cells_decide_together(small: bn.RiskModel, header: str, cells: list[Any], said: Any) -> None:
    assert meaning(small, header, cells) == ({} if said is None else {header: said})


def test_what_another_column_gives_is_not_proposed_again(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"age": [50], "crp": [3.0], "LBXHSCRP": [3.0], "LBXGLU": [99.0], "LBDGLUSI": [5.5]})
    with pytest.warns(bn.UnreadColumnsWarning):
        _, summary = small.score(frame, interval=False, summary=True)
    assert summary.unread.meaning == {"LBXGLU": "fasting_glucose"}


def test_capitals_and_gaps_part_a_name() -> None:
    assert parts("BodyMassIndexKgm2") == ("body", "mass", "index", "kgm2")
    assert parts("HbA1c") == ("hba1c",)
    assert parts("RIDAGEYR") == ("ridageyr",)


@pytest.mark.parametrize("marker", ["fasting_insulin", "hscrp", "fasting_glucose", "grip_strength", "hba1c"])
def test_a_usual_median_is_never_suspect(small: bn.RiskModel, marker: str) -> None:
    """Patients at half as much again or little more than half of what is usual are no sign of another unit."""
    known = small.knowledge.biomarkers[marker]
    assert isinstance(known, Quantity)
    usual = {"fasting_insulin": 9.1, "hscrp": 1.6, "fasting_glucose": 99.5, "grip_strength": 32, "hba1c": 5.4}[marker]
    for times in (0.6, 0.8, 1.0, 1.3, 1.6):
        assert better_unit(known, None, np.full(20, usual * times)) is None
    assert better_unit(known, None, np.full(3, usual * 100)) is None  # a handful of values shows nothing


@pytest.mark.parametrize(
    ("marker", "median", "unit"),
    [
        ("fasting_insulin", 60.0, "pmol/L"),
        ("hscrp", 0.19, "mg/dL"),
        ("fasting_glucose", 5.5, "mmol/L"),
        ("hba1c", 37.0, "mmol/mol"),
        ("grip_strength", 72.0, "lb"),
        ("gait_speed", 4.6, "km/h"),
        ("hscrp", 900.0, "ng/mL"),
        ("fasting_insulin", 1e4, None),
    ],
)
def test_a_median_in_another_unit_is_told(small: bn.RiskModel, marker: str, median: float, unit: str | None) -> None:
    known = small.knowledge.biomarkers[marker]
    assert isinstance(known, Quantity)
    found = better_unit(known, None, np.full(20, median))
    assert (found.unit if found else None) == unit


@pytest.mark.parametrize(
    ("typed", "value", "said"),
    [
        ("glucose_mmol", 5.4, 'did you mean fasting_glucose="5.4 mmol/L"?'),
        ("insulin_pmol", "60", 'did you mean fasting_insulin="60 pmol/L"?'),
        ("height_m", 1.7, 'did you mean height="1.7 m"?'),
        ("age_months", 500, 'did you mean age="500 month"?'),
        ("CRP_mg_dl", 0.4, 'if this is CRP in mg/dL, write CRP="0.4 mg/dL"'),
        ("glucose_mmol", "high", "did you mean 'fasting_glucose [mmol/L]'?"),
        ("ages", 68, "unknown level of ages '68' (a number; did you mean 'age'?)"),
    ],
)
def test_a_hint_says_how_to_write_the_number(small: bn.RiskModel, typed: str, value: Any, said: str) -> None:
    with pytest.raises(bn.QuestionError) as raised:
        small.posterior({typed: value})
    assert said in str(raised.value)
    for way in said.split('"')[1:2]:
        small.posterior({said.split('="')[0].rsplit(" ", 1)[-1]: way, **({"weight": 70} if "height" in said else {})})
