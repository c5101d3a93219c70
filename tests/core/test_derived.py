"""Findings that follow from parts: one person and every kind of table alike, told, and refused where they disagree."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from cohort_files import added_to, scored_with_summary
from command_line import Myorisk
from data_edits import edit

import bn
from bn.core.observe import observe
from cpds.check import problems
from cpds.deriving import completed_years, day_number

PEOPLE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"height": 165, "weight": 70}, {"bmi": 70 / 1.65**2}),
    ({"height": "1.65 m", "weight": "154.3235835 lb"}, {"bmi": 70 / 1.65**2}),
    ({"Body Height [in]": 65, "body_mass (kg)": 70}, {"bmi": 70 / 1.651**2}),
    ({"height": 165, "weight": 70, "bmi": None}, {"bmi": 70 / 1.65**2}),
    ({"height": 165, "weight": 70, "bmi": 26}, {"bmi": 26}),
    ({"height": None, "weight": 70, "bmi": 26}, {"bmi": 26}),
    ({"height": None, "weight": 70, "age": 60}, {"age": 60}),
    ({"height": 165, "weight": 70, "bmi [kg/m2]": ">20"}, {"bmi": 70 / 1.65**2}),
    ({"height": 165, "weight": 70, "bmi": "[26, 28)"}, {"bmi": 70 / 1.65**2}),
    ({"dob": "1950-03-04", "visit_date": "2018-03-04", "age": "60+"}, {"age": 68}),
    ({"dob": "1950-03-04", "visit_date": "2018-03-04", "age": "age_65_69"}, {"age": 68}),
    ({"grip_left": 20, "grip_right": 22, "grip": "<25"}, {"grip_strength": 22}),
    ({"grip_left": 20, "grip_right": "22 kg", "sex": "f"}, {"grip_strength": 22, "sex": "f"}),
    ({"grip_left [lb]": 60, "grip_right": 20}, {"grip_strength": 60 * 0.45359237}),
    ({"dob": "1950-03-04", "visit_date": date(2018, 3, 3)}, {"age": 67}),
    ({"birth_date": datetime(1950, 3, 4, 23), "visit_date": pd.Timestamp("2018-03-04 10:00", tz="Asia/Tokyo")}, {"age": 68}),
    ({"birth_date": np.datetime64("1950-03-04"), "visit_date": 20180304}, {"age": 68}),
    ({"birth_date": "1948-02-29", "visit_date": "2018-02-28T08:00:00Z", "age": 70}, {"age": 70}),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "findings"), PEOPLE, ids=[str(number) for number in range(len(PEOPLE))])
def test_one_person_and_a_table_get_what_follows_from_the_parts(
    small: bn.RiskModel, parts: dict[str, Any], findings: dict[str, Any]
) -> None:
    expected = small.posterior(findings)
    found = small.posterior(parts)
    assert (found.risk, found.log_evidence) == pytest.approx((expected.risk, expected.log_evidence), abs=1e-12)
    scored = small.score(pd.DataFrame({name: [value] for name, value in parts.items()}, dtype=object))
    assert scored["error"][0] == ""
    assert scored["risk"][0] == pytest.approx(expected.risk, abs=1e-12)


NOTED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"height": 165, "weight": 70, "age": 60}, [("derived", "bmi 25.71 from height and weight")]),
    ({"height": 165, "weight": 70, "bmi": 26}, [("unused", "bmi 25.71 from height and weight, since bmi is given")]),
    (
        {"height": 165, "weight": 70, "bmi": ">20"},
        [("derived", "bmi 25.71 from height and weight, more exact than '>20'")],
    ),
    ({"height": None, "weight": 70}, [("unused", "height and weight, since bmi needs both and one is missing")]),
    ({"height": 165, "bmi": 26}, [("unused", "height, since bmi is given")]),
    ({"age": 60}, []),
]


@pytest.mark.parametrize(("person", "noted"), NOTED)
def test_what_was_derived_is_noted(small: bn.RiskModel, person: dict[str, Any], noted: list[tuple[str, str]]) -> None:
    assert [(note.kind, note.text) for note in observe(small.names, person).notes] == noted
    assert set(noted) <= {(note.kind, note.text) for note in small.posterior(person).notes}


@pytest.mark.parametrize("question", ["explain", "sensitivity", "most_probable", "next_test"])
def test_every_question_takes_parts(small: bn.RiskModel, question: str) -> None:
    ask: Callable[..., Any] = getattr(small, question)
    plain, parts = ask(age=60, bmi=70 / 1.65**2), ask(age=60, height=165, weight=70)
    assert str(replace(parts, notes=()).to_dict()) == str(replace(plain, notes=()).to_dict())
    assert "derived" in {note.kind for note in parts.notes}


def test_acts_and_commands_take_parts(small: bn.RiskModel, myorisk: Myorisk) -> None:
    one, other = (
        replace(small.what_if(person, do="exercise_training"), notes=()).to_dict()
        for person in ({"height": 165, "weight": 70}, {"bmi": 70 / 1.65**2})
    )
    assert one == other
    assert "Derived: bmi 25.71 from height and weight." in myorisk("risk", "height=165cm", "weight=70 kg").stdout


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"height": 1.65, "weight": 70}, "height: found '1.65', expected 100 to 250 cm; 1.65 m would be 165 cm, so type"),
    ({"height": 230, "weight": 25}, "bmi: found '4.726 from height and weight', expected 10 to 100 kg/m2"),
    ({"height": 165, "weight": 70, "bmi": 31}, "bmi: found 31, but 25.71 from height and weight; they may differ by 1 kg"),
    ({"height": 165, "weight": ">150"}, "weight: found '>150', expected a number, since a bound gives none"),
    ({"height": 165, "weight": "heavy"}, "weight: found 'heavy', expected a number"),
    ({"height": "165 kg", "weight": 70}, "height: found unit 'kg'"),
    ({"dob": "03/04/1950", "visit_date": "2018-01-01"}, "birth_date: found '03/04/1950', which may be 1950-04-03 or 1950-03-04"),
    ({"dob": "1950-02-30", "visit_date": "2018-01-01"}, "birth_date: found '1950-02-30', expected a date such as"),
    ({"dob": "1950-02-03", "visit_date": "soon"}, "visit_date: found 'soon', expected a date such as"),
    ({"dob": "2018-01-01", "visit_date": "1950-01-01"}, "age: visit_date lies before birth_date; check both"),
    ({"dob": "2010-01-01", "visit_date": "2018-01-01"}, "age: found '8 from birth_date and visit_date', expected 20 to 120"),
    ({"dob": "1950-01-01", "visit_date": "2018-01-01", "age": 50}, "age: found 50, but 68 from birth_date and visit_date"),
    ({"height": 170, "weight": 90, "bmi": ">35"}, "bmi: found '>35', but 31.14 from height and weight"),
    ({"height": 170, "weight": 90, "bmi": "[20, 22)"}, "bmi: found '[20, 22)', but 31.14 from height and weight"),
    ({"height": 170, "weight": 90, "adiposity": "bmi_40_plus"}, "adiposity"),
    ({"dob": "1950-01-01", "visit_date": "2020-01-01", "age": "80+"}, "age: found '80+', but 70 from birth_date"),
    ({"dob": "1950-01-01", "visit_date": "2020-01-01", "age": "age_30_34"}, "age: found 'age_30_34', but 70 from"),
    ({"grip_left": 20, "grip_right": 22, "grip": ">40"}, "grip_strength: found '>40', but 22 from grip_left and grip_right"),
    ({"grip_left": 20, "grip_right": 22, "grip": 40}, "grip_strength: found 40, but 22 from grip_left and grip_right"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "said"), WRONG, ids=[said for _, said in WRONG])
def test_parts_that_cannot_be_are_refused_alike(small: bn.RiskModel, parts: dict[str, Any], said: str) -> None:
    with pytest.raises(bn.QuestionError) as found:
        small.posterior(parts)
    assert said in str(found.value)
    scored = small.score(pd.DataFrame({name: [value] for name, value in parts.items()}, dtype=object))
    assert said in scored["error"][0]
    assert np.isnan(scored["risk"][0])


def test_a_part_alone_or_twice_is_no_finding(small: bn.RiskModel) -> None:
    with pytest.raises(
        bn.QuestionError, match="'Height' is of no use alone: bmi also needs weight; or give bmi itself"
    ):
        small.posterior({"Height": 165})
    with pytest.raises(bn.QuestionError, match="'body_height' and 'height' both give height; keep one"):
        small.posterior({"height": 165, "body_height": 165, "weight": 70})
    with pytest.raises(bn.QuestionError, match=r"'height .kg.': height: found unit 'kg'"):
        small.posterior({"height [kg]": 165, "weight": 70})
    _, summary = scored_with_summary(small, pd.DataFrame({"age": [60], "height": [165]}))
    assert "nothing follows from height: bmi also needs weight" in str(summary)


DAYS = ["1950-03-04", None, "1950-03-04"]
TYPES: dict[str, Callable[[list[str | None]], Any]] = {
    "pandas times": lambda days: pd.DataFrame({"dob": pd.to_datetime(pd.Series(days)), "visit_date": pd.Timestamp("2018-03-04")}),
    "pandas zones": lambda days: pd.DataFrame({"dob": pd.to_datetime(pd.Series(days)).dt.tz_localize("Asia/Tokyo"), "visit_date": [20180304] * 3}),
    "pandas texts": lambda days: pd.DataFrame({"dob": days, "visit_date": [20180304.0] * 3}),
    "polars dates": lambda days: pl.DataFrame({"dob": pl.Series(days).str.to_date(), "visit_date": [datetime(2018, 3, 4, 12)] * 3}),
    "arrow dates": lambda days: pa.table({"dob": pa.array(days).cast(pa.date32()), "visit_date": pa.array(["2018-03-04"] * 3).cast(pa.timestamp("ns"))}),
}  # fmt: skip


@pytest.mark.parametrize("kind", TYPES)
def test_dates_are_read_in_every_kind_of_column(small: bn.RiskModel, kind: str) -> None:
    scored, summary = scored_with_summary(small, TYPES[kind](DAYS))
    expected = [small.posterior(age=age).risk for age in (68, None, 68)]
    assert list(pd.Series(scored["risk"])) == pytest.approx(expected, abs=1e-12), summary
    assert "age from birth_date and visit_date (1 row without one of them)" in str(summary)


def test_files_derive_under_plain_and_under_declared_names(small: bn.RiskModel, tmp_path: Path) -> None:
    text = b"id,Groesse,weight [lb],bmi,grip_left,grip_right\n1,1.65,154.3235835,,20,22\n2,1.70,,31,20,\n"
    meaning = {"Groesse": {"is": "height", "unit": "m"}}
    out, summary = added_to(small, text, tmp_path, meaning=meaning)
    people = [{"bmi": 70 / 1.65**2, "grip_strength": 22}, {"bmi": 31}]
    risks = [float(line.split(",")[6]) for line in out.decode().splitlines()[1:]]
    assert risks == pytest.approx([small.posterior(one).risk for one in people], abs=6e-7)
    assert "bmi from height [m] and weight [lb]\n" in summary
    assert "grip_strength from grip_left [kg] and grip_right [kg] (1 row without one of them)" in summary
    out, _ = added_to(small, text.replace(b",bmi,", b",BMI,"), tmp_path, meaning=meaning, require=("bmi",))
    assert b"required" not in out


def test_completed_years_are_those_of_a_calendar() -> None:
    """Against a count of birthdays, day by day."""
    born = date(1948, 2, 29)
    for visit in (date(year, month, day) for year in (1948, 1949, 1952, 2018) for month in (2, 3) for day in (1, 28)):
        years = visit.year - born.year - ((visit.month, visit.day) < (born.month, born.day))
        found = completed_years(np.array([day_number(born)]), np.array([day_number(visit)]))
        assert found[0] == years
    assert completed_years(np.array([day_number(born)]), np.array([day_number("1952-02-29")]))[0] == 4


BROKEN = [
    ("an alias of two things", "parts.toml", r'"body_height"', '"bmi"', "parts.toml: part height: 'bmi' already stands for bmi"),
    ("no factor", "parts.toml", r"value = 0\.001", "value = -0.001", "parts.toml: part weight: factors: 'g' has factor -0.001"),
    ("of no use", "derivations.toml", r'one = "grip_left"', 'one = "grip_right"', "parts.toml: part grip_left: nothing is derived from it"),
    ("a part twice", "derivations.toml", r'square = "height"', 'square = "grip_left"', "of: 'grip_left' already serves bmi"),
    ("unknown finding", "derivations.toml", r'id = "grip_strength"', 'id = "grip_strenght"', "id: unknown finding (did you mean 'grip_strength'?)"),
    ("no number", "derivations.toml", r'id = "grip_strength"', 'id = "sarcopenia"', "derivations.toml: sarcopenia: id: takes no numbers"),
    ("other arguments", "derivations.toml", r"square = ", "under = ", "of: over_square takes over, square, found under, over"),
    ("unknown part", "derivations.toml", r'"height"', '"hight"', "of: unknown part 'hight' (did you mean 'height'?)"),
    ("dates for numbers", "derivations.toml", r'"birth_date"', '"height"', "of: completed_years takes dates, and 'height' is none"),
    ("no tolerance", "derivations.toml", r"value = 1\.0, why = \"rounding", 'value = -1.0, why = "rounding', "tolerance: found -1, expected above 0"),
    ("unknown rule", "derivations.toml", r'rule = "greater"', 'rule = "greatest"', "derivations.toml: derivation grip_strength: rule:"),
    ("half a number", "parts.toml", r'unit = "cm"\n', "", "unit and accepted go together"),
    ("no reason", "parts.toml", r'why = "any date.*"\n', "", "basis 'assumed' also needs why"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_each_rule_names_what_breaks_it(data: Path, file: str, old: str, new: str, said: str) -> None:
    edit(data / file, old, new)
    found = problems(data)
    assert any(said in problem for problem in found), found


def test_new_files_alone_add_what_is_derived(data: Path) -> None:
    with (data / "parts.toml").open("a", encoding="utf-8") as file:
        for hour in ("insulin_first", "insulin_second"):
            file.write(
                f'\n[[part]]\nid = "{hour}"\ntitle = "-"\nunit = "uU/mL"\naccepted = [0.5, 300.0]\nbasis = "assumed"\nwhy = "-"\n'
            )
    with (data / "derivations.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[derivation]]\nid = "fasting_insulin"\nrule = "greater"\nof = { one = "insulin_first", other = "insulin_second" }\nnote = "-"\n'
        )
    assert problems(data) == []
    model = bn.load(data)
    assert model.posterior(insulin_first=7, insulin_second=9).risk == model.posterior(fasting_insulin=9).risk
