"""Text of a reading -> value in the canonical unit, on the shipped markers."""

import re
import subprocess
import sys

import pytest

import bn
import cpds
from cpds.records import Quantity
from cpds.unit_grammar import parts, ratio
from cpds.units import (
    NotANumberError,
    RangeError,
    ReadingError,
    UnitError,
    accepted_units,
    conversion,
    factor,
    parse_reading,
)

KNOWLEDGE = cpds.load()
MARKERS = KNOWLEDGE.biomarkers
QUANTITIES = [marker for marker in MARKERS.values() if isinstance(marker, Quantity)]


@pytest.mark.parametrize(
    ("marker", "text", "value", "censored"),
    [
        ("hscrp", "4.1", 4.1, 0),
        ("hscrp", 4.1, 4.1, 0),
        ("hscrp", " 4.1 mg/L ", 4.1, 0),
        ("hscrp", "4.1mg/l", 4.1, 0),
        ("hscrp", "0.41 mg/dL", 4.1, 0),
        ("hscrp", "4.1 µg/mL", 4.1, 0),
        ("hscrp", "<0.3", 0.3, -1),
        ("hscrp", "<= 0.03 mg/dL", 0.3, -1),
        ("hscrp", "≤0.3", 0.3, -1),
        ("hscrp", ">=10", 10.0, 1),
        ("hscrp", "4.1e0", 4.1, 0),
        ("grip_strength", "19.5kg", 19.5, 0),
        ("grip_strength", "43 lb", 43 * 0.45359237, 0),
        ("grip_strength", "200 N", 200 / 9.80665, 0),
        ("fasting_glucose", ">160 mg/dL", 160.0, 1),
        ("fasting_glucose", "5.6 mmol/L", 100.8, 0),
        ("fasting_insulin", "60 pmol/L", 10.0, 0),
        ("fasting_insulin", "10 µIU/mL", 10.0, 0),
        ("fasting_insulin", "10 mIU/L", 10.0, 0),
        ("hba1c", "6.6 %", 6.6, 0),
        ("hba1c", "6.6%", 6.6, 0),
        ("hba1c", "48 mmol/mol", 48 * 0.0915 + 2.15, 0),
        ("homa_ir", "3.0", 3.0, 0),
        ("bmi", "31.2 kg/m²", 31.2, 0),
        ("bmi", "40+", 40.0, 1),
        ("bmi", "40 kg/m2+", 40.0, 1),
        ("bmi", "31.2 kg/m^2", 31.2, 0),
        ("vo2max", "30 mL kg-1 min-1", 30.0, 0),
        ("vo2max", "30 ml/kg/min", 30.0, 0),
        ("gait_speed", "3.6 km/h", 1.0, 0),
        ("p62", "High", 2.0, 0),
        ("diagnosed_diabetes", "yes", 1.0, 0),
        ("diagnosed_diabetes", "0", 0.0, 0),
        ("diagnosed_diabetes", 1.0, 1.0, 0),
    ],
)
def test_reading(marker: str, text: str | float, value: float, censored: int) -> None:
    found = parse_reading(text, MARKERS[marker])
    assert found == (pytest.approx(value, rel=1e-5), censored)


@pytest.mark.parametrize(
    ("marker", "text", "error", "words"),
    [
        ("hscrp", "4,1", NotANumberError, ["hscrp", "4,1", "number"]),
        ("hscrp", "high", NotANumberError, ["hscrp", "high"]),
        ("hscrp", "", NotANumberError, ["hscrp"]),
        ("hscrp", "nan", NotANumberError, ["hscrp", "nan"]),
        ("hscrp", "inf", NotANumberError, ["hscrp", "inf"]),
        ("hscrp", "1e999", NotANumberError, ["hscrp"]),
        ("hscrp", float("nan"), NotANumberError, ["hscrp"]),
        ("hscrp", "4 kg", UnitError, ["hscrp", "kg", "mg/L", "mg/dL"]),
        ("hscrp", "4 mg/dl/q", UnitError, ["hscrp", "mg/dl/q", "mg/L"]),
        ("fasting_glucose", "5.6 mmol", UnitError, ["fasting_glucose", "mmol", "mg/dL"]),
        ("hscrp", "-1", RangeError, ["hscrp", "-1", "negative"]),
        ("hscrp", "4100 mg/L", RangeError, ["hscrp", "0.01 to 500"]),
        ("bmi", "312", RangeError, ["bmi", "10 to 100"]),
        ("p62", "raised", NotANumberError, ["p62", "low, normal, high"]),
        ("diagnosed_diabetes", "maybe", NotANumberError, ["diagnosed_diabetes", "yes or no"]),
    ],
)
def test_refused(marker: str, text: str, error: type[ReadingError], words: list[str]) -> None:
    with pytest.raises(error) as raised:
        parse_reading(text, MARKERS[marker])
    assert isinstance(raised.value, ValueError)
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize(
    ("marker", "text", "said"),
    [
        ("homa_ir", "x", "homa_ir: found 'x', expected a number such as '3' or '<3'"),
        ("mcp1", "x", "mcp1: found 'x', expected a number such as '1000', '<1000' or '1000 pg/mL'"),
        ("il6", "1e6", "il6: found '1e6', expected 0.01 to 10000 pg/mL, check the unit"),
        ("bmi", "300+", "bmi: found '300+', expected 10 to 100 kg/m2, check the unit"),
        ("hba1c", 48, "found '48', expected 3 to 20 %; 48 mmol/mol would be 6.54 %, so type the unit if that is meant"),
        ("hba1c", "5.4 mmol/mol", "found '5.4 mmol/mol', expected 3 to 20 %; 5.4 mmol/mol is 2.644 %"),
        ("fasting_glucose", 5.5, "expected 20 to 900 mg/dL; 5.5 mmol/L would be 99 mg/dL, so type"),  # not g/L
        ("fasting_glucose", "<5.5", "; 5.5 mmol/L would be 99 mg/dL, so type"),
        ("hscrp", 1200, "; 1200 ng/mL would be 1.2 mg/L, so type"),
        ("homa_ir", 400, "homa_ir: found '400', expected 0.02 to 300"),
        (
            "fasting_glucose",
            "4 MMOL",
            "fasting_glucose: found unit 'MMOL', which is not known; accepted units: mg/dL, g/L, mmol/L",
        ),
        ("hba1c", "41 mmol/L", "hba1c: found unit 'mmol/L', which is no %; accepted units: %, mmol/mol"),
        ("homa_ir", "3 rad", "homa_ir: found unit 'rad', but it has none; write the number alone"),
        ("grip_strength", "19,5 kg", "; write '19.5 kg'"),
        ("fasting_insulin", "1,050", "; write '1050' or '1.050'"),
    ],
)
def test_messages_say_what_to_write(marker: str, text: str | float, said: str) -> None:
    with pytest.raises(ReadingError, match=re.escape(said)):
        parse_reading(text, MARKERS[marker])


def test_a_number_out_of_range_in_the_unit_of_its_column_may_be_in_the_usual_one() -> None:
    with pytest.raises(RangeError, match=r"; 99 mmol/L is 1782 mg/dL; 99 mg/dL would fit, so type the unit"):
        parse_reading(99, MARKERS["fasting_glucose"], "mmol/L")


def test_years_have_many_names(model: bn.RiskModel) -> None:
    wanted = model.posterior(age=68).risk
    for unit in ("y", "yr", "yrs", "yo", "year", "years"):
        assert model.posterior(age=f"68 {unit}").risk == wanted
    with pytest.raises(bn.QuestionError, match=r"age: found '300', expected 20 to 120 years$"):
        model.posterior(age=300)


def test_factor_of_a_column() -> None:
    assert factor(MARKERS["hscrp"], "mg/dL") == pytest.approx(10.0)
    assert factor(MARKERS["fasting_glucose"], "mmol/L") == pytest.approx(18.0)
    assert conversion(MARKERS["hba1c"], "mmol/mol") == (0.0915, 2.15)
    with pytest.raises(UnitError, match="offset"):
        factor(MARKERS["hba1c"], "mmol/mol")


@pytest.mark.parametrize("marker", QUANTITIES, ids=lambda marker: marker.id)
def test_accepted_units_convert(marker: Quantity) -> None:
    assert conversion(marker, marker.unit) == (1.0, 0.0)
    for unit in accepted_units(marker):
        multiplier, _ = conversion(marker, unit)
        assert multiplier > 0


def test_pint_stays_out_until_needed() -> None:
    code = (
        "import sys, cpds; from cpds.units import parse_reading as p; m = cpds.load().biomarkers;"
        "p('4.1 mg/L', m['hscrp']); p('5.6 mmol/L', m['fasting_glucose']); p('31.2 kg/m2', m['bmi']);"
        "p('0.41 mg/dL', m['hscrp']); assert 'pint' not in sys.modules; p('43 lb', m['grip_strength']);"
        "assert 'pint' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("text", ["69.45", "69.45 pmol/L", "69.45 pmol/l", "69.45 pmol L-1", "10 uU/mL"])
def test_the_factor_that_a_header_chooses_holds_for_cells_that_state_the_unit(small: bn.RiskModel, text: str) -> None:
    assert parse_reading(text, MARKERS["fasting_insulin"], "pmol/L@6.945")[0] == pytest.approx(10, rel=1e-3)
    risks = [small.posterior({"insulin [pmol/L@6.945]": text}).risk, small.posterior(insulin=10).risk]
    assert risks[0] == pytest.approx(risks[1], abs=1e-4)


def test_a_unit_with_odd_blanks_is_quoted_in_one_printable_line() -> None:
    bmi = KNOWLEDGE.biomarkers["bmi"]
    with pytest.raises(RangeError) as raised:
        parse_reading("22 G/Cm\t^2", bmi)
    assert str(raised.value).isprintable()
    assert "is 220 kg/m2" in str(raised.value)


@pytest.mark.parametrize("marker", QUANTITIES, ids=lambda one: one.id)
def test_metric_units_convert_as_pint_converts_them(marker: Quantity, monkeypatch: pytest.MonkeyPatch) -> None:
    units = [parts(unit.partition("@")[0]) for unit in accepted_units(marker)]
    quick = [ratio.__wrapped__(one, units[0]) for one in units if one and units[0]]
    monkeypatch.setattr("cpds.unit_grammar._metric", lambda unit: (0, frozenset()))
    assert quick == [ratio.__wrapped__(one, units[0]) for one in units if one and units[0]]
