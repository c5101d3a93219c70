"""A bare number that hardly anybody has, and that another unit would make a likelier one: readings, limits, parts."""

from typing import Any

import pytest

import bn


def told(model: bn.RiskModel, **findings: Any) -> list[str]:
    """Cautions about units."""
    return [note.text for note in model.notes(findings) if note.kind == "caution" and "type the unit" in note.text]


def test_insulin_in_pmol(model: bn.RiskModel) -> None:
    (text,) = told(model, age=68, insulin=66)
    assert text.startswith("fasting_insulin 66 is read as uU/mL, in which it is rare; 66 pmol/L would be 11 (")
    assert "1 uU/mL = 6 pmol/L; pmol/L@6.945 is in use too" in text


@pytest.mark.parametrize(
    "findings",
    [
        {"insulin": "66 uU/mL"},
        {"insulin [uU/mL]": 66},
        {"insulin": "66 pmol/L"},
        {"insulin": 11},
        {"insulin": 66, "bmi": 42},  # not rare among people of that class
        {"insulin": 45},
        {"insulin": 45, "glucose": "99 mg/dL"},
        {"insulin": 66, "insulin_treated": "yes"},  # void
        {"insulin": "<66"},
        {"glucose": 300},  # rare, and no other unit puts it right
        {"glucose": 50},  # 50 mmol/L is further out
        {"glucose": "25 mg/dL"},
        {"hba1c": 19, "age": 68},  # 3.9 % is rarer at that age
        {"hba1c": 12},  # 12 mmol/mol is as rare
        {"crp": 0.08, "sex": "male"},  # a detection limit
        {"crp": "<0.2"},
        {"age": 66},
        {"height": 170, "weight": 110},
        {"height": 170, "weight": "198 kg"},
        {"height": 170, "weight [kg]": 198},
        {"grip_left": "55 kg", "grip_right": "57 kg", "sex": "female", "age": 60},
    ],
)
def test_no_note_without_need(model: bn.RiskModel, findings: dict[str, Any]) -> None:
    assert told(model, **findings) == []


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ({"grip": 55, "sex": "female", "age": 70}, "55 lb would be 25 ("),
        ({"crp": 0.02, "sex": "female", "age": 70}, "0.02 mg/dL would be 0.2 ("),
        ({"insulin": 400}, "400 pmol/L would be 67 ("),  # rare in both, but less so
        ({"insulin": 66, "bmi": 36}, "66 pmol/L would be 11 ("),
        ({"insulin": ">66", "bmi": 36}, "read as uU/mL, in which it is rare; >66 pmol/L would be >11 ("),
        ({"insulin": ">45"}, ">45 pmol/L would be >7.5 ("),
        ({"insulin": 45, "glucose": "5.6 mmol/L"}, "45 pmol/L would be 7.5 ("),
        ({"insulin": 45, "glucose [mmol/L]": 5.6}, "45 pmol/L would be 7.5 ("),
        ({"insulin": 45, "hba1c": "38 mmol/mol"}, "45 pmol/L would be 7.5 ("),
        ({"hba1c": 19, "age": 25}, "19 mmol/mol would be 3.9."),
        *(({"insulin": 20, "glucose": typed}, f"{typed} mmol/L would be ") for typed in (20, 22, 25, 30, 33, 40)),
        ({"glucose_2h": 25}, "25 mmol/L would be 450 ("),
        (
            {"height": 170, "weight": 198},
            "bmi 69 is rare, from height and weight without a unit; weight of 198 lb would",
        ),
        ({"height": "67 in", "weight": 198}, "weight of 198 lb would give 31."),
        ({"grip_left": 90, "grip_right": 95, "sex": "female", "age": 60}, "grip_left and grip_right of 90 and 95 lb"),
    ],
)
def test_what_another_unit_would_make_likelier_is_told(
    model: bn.RiskModel, findings: dict[str, Any], said: str
) -> None:
    (text,) = told(model, **findings)
    assert said in text
