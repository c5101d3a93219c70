"""One unit in its many spellings, on the shipped markers; no spelling that only looks alike is taken."""

import pytest

import bn
import cpds
from bn.core.heading import Heading
from bn.core.names import Names
from cpds.records import Figure, Quantity
from cpds.unit_grammar import declared, parts
from cpds.units import RangeError, ReadingError, UnitError, conversion, parse_reading

MARKERS = cpds.load().biomarkers
QUANTITIES = [marker for marker in MARKERS.values() if isinstance(marker, Quantity)]
RATIOS = [
    "",
    "mmol/mol",
    "mmol mol-1",
    "mmol.mol-1",
    "mmol⋅mol⁻¹",
    "mmol·mol^-1",
    "MMOL/MOL",
    "mmol/mol{Hb}",
    "mmol per mol",
]
NONSENSE = ["rad", "sr", "ppm", "ppb", "count", "dB", "Np", "mol/mol", "kg/kg", "degC", "delta_degC", "mg%", "permille"]


@pytest.mark.parametrize("unit", RATIOS[1:])
def test_every_spelling_of_a_ratio_takes_its_offset(unit: str) -> None:
    wanted = 53 * 0.0915 + 2.15
    assert parse_reading(f"53 {unit}", MARKERS["hba1c"]) == (pytest.approx(wanted, rel=1e-12), 0)
    heading = Heading.of(Names(cpds.load()), f"HbA1c [{unit}]")
    assert heading is not None
    assert heading.reading(53) == (pytest.approx(wanted, rel=1e-12), 0)
    assert (heading.factor, heading.offset) == (0.0915, 2.15)


@pytest.mark.parametrize(
    "unit", ["g/kg", "mg/g", "mol/mol", "umol/mmol", "ratio", "ppm", "mmol/g", "mmol/mol/mol", "mmol"]
)
def test_no_other_ratio_reaches_a_marker_with_an_offset(unit: str) -> None:
    with pytest.raises(UnitError, match=r"hba1c: .*accepted units: %, mmol/mol"):
        parse_reading(f"53 {unit}", MARKERS["hba1c"])
    with pytest.raises(bn.QuestionError, match="hba1c"):
        Heading.of(Names(cpds.load()), f"HbA1c [{unit}]")


def test_a_share_is_no_percentage() -> None:
    with pytest.raises(RangeError, match="expected 3 to 20 %"):
        parse_reading("0.053", MARKERS["hba1c"])
    with pytest.raises(bn.QuestionError, match="found unit '1'"):
        Heading.of(Names(cpds.load()), "HbA1c [1]")


@pytest.mark.parametrize("marker", QUANTITIES, ids=lambda marker: marker.id)
def test_what_has_no_dimension_is_never_converted(marker: Quantity) -> None:
    for unit in NONSENSE:
        for typed in (unit, f"{marker.unit}*{unit}", f"{marker.unit}/{unit}"):
            with pytest.raises(UnitError):
                conversion(marker, typed)


def test_an_enzyme_unit_is_no_insulin() -> None:
    for unit in ("pmol/min/mL", "nkat/L", "umol/s/L", "mol"):
        with pytest.raises(UnitError):
            conversion(MARKERS["fasting_insulin"], unit)


@pytest.mark.parametrize(
    ("marker", "factor", "units"),
    [
        (
            "fasting_insulin",
            1.0,
            "m[IU]/L u[IU]/mL mIU/L mU/l uU/ml µU/mL μIU/mL mcIU/mL UIU/ML MIU/L uU·mL⁻¹ IU/m3 u[iU]/mL",
        ),
        ("fasting_glucose", 1.0, "mg/dL MG/DL mg/dl mg.dL-1 mg·dL⁻¹ mg*dL**-1 Mg/dL milligram/deciliter"),
        ("fasting_glucose", 18.0, "mmol/L MMOL/L mmol/l mmol.L-1 mmol·L⁻¹ Mmol/L mM mol/m3"),
        ("hscrp", 1.0, "mg/L MG/L ug/mL ug/ml mcg/mL µg/mL μg/ml"),
        ("bmi", 1.0, "kg/m2 KG/M2 kg/m^2 kg/m**2 kg/m² kg.m-2 kg·m⁻² kg*m^-2"),
        ("bmi", 10.0, "g/cm2 g/cm²"),
        ("vo2max", 1.0, "mL/kg/min ml/(kg·min) ml/(min*kg) mL.kg-1.min-1 ml·kg⁻¹·min⁻¹ ML/KG/MIN mL/min/kg"),
        ("grip_strength", 0.45359237, "lb lbs LB [lb_av] pounds"),
        ("ohdg8", 1.0, "ng/mg ug/g µg/g NG/MG"),
        ("mda", 1.0, "umol/L µmol/L uM nmol/mL"),
    ],
)
def test_clinical_and_ucum_spellings(marker: str, factor: float, units: str) -> None:
    for unit in units.split():
        assert conversion(MARKERS[marker], unit) == (pytest.approx(factor, rel=1e-15), 0.0), unit


def test_blanks_join_as_well() -> None:
    for unit in ("mmol L-1", "mmol / L", "mmol per L", "mmol L⁻¹"):
        assert conversion(MARKERS["fasting_glucose"], unit) == (18.0, 0.0)
    assert conversion(MARKERS["vo2max"], "mL kg-1 min-1") == (1.0, 0.0)


def test_capitals_are_passed_over_only_where_one_unit_is_meant() -> None:
    assert declared(["ug/mL", "mg/L"], "MG/L") == "mg/L"
    assert declared(["mmol/L", "Mmol/L"], "MMOL/L") is None
    assert declared(["mmol/L", "Mmol/L"], "Mmol/L") == "Mmol/L"
    with pytest.raises(UnitError):
        parse_reading("4 PG/ML", MARKERS["hscrp"])


def test_what_a_file_declares_wins_letter_by_letter() -> None:
    insulin = MARKERS["fasting_insulin"]
    assert isinstance(insulin, Quantity)
    other = Figure(basis="assumed", value=1 / 6.945, why="another preparation")
    values = {name: getattr(insulin, name) for name in insulin.__struct_fields__}
    both = type(insulin)(**{**values, "factors": {**insulin.factors, "pmol/L@6.945": other}})
    assert conversion(both, "pmol/L@6.945") == (1 / 6.945, 0.0)
    assert conversion(both, "pmol/L") == conversion(insulin, "pmol L-1") == conversion(both, "PMOL/L")


@pytest.mark.parametrize(
    "unit",
    ["mg**9**9**9", "mg**9**9", "mg^2^2", "mg+mg", "mg-mg", "2*mg", "mg*2", "mg/100mL", "m100", "m0", "mg//L", "/", "*mg", "mg*",
     "kg/kg", "(mg)/L", "mg/(L", "mg/(L/(m))", "mg[", "__import__", "mg,L", "mg" * 21, "mg(2)", "m**-", "mg;L", "m\n2"],
)  # fmt: skip
def test_what_the_grammar_refuses(unit: str) -> None:
    assert parts(unit) is None
    with pytest.raises(ReadingError) as raised:
        parse_reading(f"4.1 {unit}", MARKERS["hscrp"])
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("header", ["crp [mg**9**9**9]", "crp (mg**9**9**9)", "crp [9**9**9**9]"])
def test_a_header_is_not_evaluated_either(header: str) -> None:
    with pytest.raises(bn.QuestionError, match=r"hscrp: found unit '.*', which is not known; accepted units: mg/L"):
        Heading.of(Names(cpds.load()), header)


def test_units_in_brackets_within_brackets() -> None:
    for header in ("insulin [m[IU]/L]", "insulin (m[IU]/L)", "VO2max [mL/(kg*min)]", "vo2max (mL/(kg·min))"):
        heading = Heading.of(Names(cpds.load()), header)
        assert heading is not None, header
        assert (heading.factor, heading.offset) == (1.0, 0.0)
