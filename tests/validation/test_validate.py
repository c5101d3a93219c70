"""A table is validated as its rows are scored: outcomes, inputs, design, groups; what cannot be asked is one error."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from validation_cohort import a_cohort

import bn
from bn.cohort.files import Options
from bn.cohort.frames.frames import frame_of
from bn.cohort.outcome import read_outcome
from bn.cohort.reading.columns import read_columns
from bn.cohort.reading.read_options import ReadOptions
from bn.cohort.reading.unread import known_headings
from bn.core.evidence import Findings
from bn.core.observe import observe
from bn.questions.definitions import under_definition
from bn.validation.people import LEAST
from bn.validation.plan import Request, plan
from bn.validation.rows import rows_of

OUTCOME = "homa_ir>2.5"


@pytest.fixture(scope="module")
def cohort() -> pd.DataFrame:
    return a_cohort()


def findings_of(model: bn.RiskModel, frame: pd.DataFrame) -> Findings:
    """What the columns of a frame say."""
    table, options = frame_of(frame), ReadOptions()
    headings = known_headings(model.names, table.headers, options)
    cells = {place: table.cells(place, slice(0, table.rows), options.missing_texts) for place in headings.columns}
    return read_columns(headings, cells, table.rows).findings


def probabilities(model: bn.RiskModel, frame: pd.DataFrame, outcome: str) -> np.ndarray:
    """The probability of the outcome in every row of a frame of findings that do not speak of it."""
    return read_outcome(model, outcome).probability(findings_of(model, frame), np.arange(len(frame)))


PEOPLE = pd.DataFrame(
    {
        "age": ["33", "80+", "61", None],
        "sex": ["female", "male", None, "male"],
        "bmi": ["24", "31", "27.5", None],
        "physical_activity": ["active", None, "inactive", "active"],
        "hscrp": ["1.2", None, "<0.3", "8"],
        "fasting_glucose": ["92", "131", None, "104"],
    }
)


def test_probability_of_a_reading_is_that_over_the_states_of_its_variable(small: bn.RiskModel) -> None:
    """P(reading beyond | state, stratum), summed over the states as one person has them; without BMI over its states."""
    limit = observe(small.names, {"homa_ir": ">2.5"}).evidence.soft[0]
    assert limit.axes == ("insulin_resistance", "adiposity")
    beyond = np.exp(limit.values[..., 0])
    found = probabilities(small, PEOPLE, OUTCOME)
    for row, given in enumerate(PEOPLE.to_dict("records")):
        told = {name: value for name, value in given.items() if value is not None}
        joint = small.joint(["insulin_resistance", "adiposity"], told)
        place = {name: small.network.states[name].index for name in ("insulin_resistance", "adiposity")}
        expected = sum(
            one.probability
            * beyond[place["insulin_resistance"](one.insulin_resistance), place["adiposity"](one.adiposity)]
            for one in joint.reset_index().itertuples()
        )
        assert found[row] == pytest.approx(expected, abs=1e-12)


def test_probability_of_states_is_the_posterior(small: bn.RiskModel) -> None:
    told = PEOPLE.drop(columns="fasting_glucose")
    found = probabilities(small, told, "dysglycemia=impaired+")
    for row, given in enumerate(told.to_dict("records")):
        post = small.posterior({name: value for name, value in given.items() if value is not None})
        assert found[row] == pytest.approx(post.probability("dysglycemia", "impaired+"), abs=1e-12)


def test_probability_by_a_definition_takes_the_stratum(small: bn.RiskModel) -> None:
    """It needs age and sex; an age of 80 or over lies in one stratum of the definition."""
    told = PEOPLE.drop(columns="fasting_glucose")
    found = probabilities(small, told, "glucose_or_diagnosed")
    event = probabilities(small, told, "dysglycemia=impaired+")
    states = small.network.states
    at = {
        "age": np.array([states["age"].index("age_30_34"), states["age"].index("age_85_plus")]),
        "sex": np.array([states["sex"].index("female"), states["sex"].index("male")]),
    }
    expected = under_definition(small, "glucose_or_diagnosed", event[:2], at)
    np.testing.assert_allclose(found[:2], expected, atol=1e-12)
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize(
    ("frame", "outcome", "expected"),
    [
        ({"homa_ir": ["2.5", "2.6", "<2.5", ">2.5", "<3", ">2", None]}, "homa_ir>2.5", [0, 1, 0, 1, None, None, None]),
        ({"homa_ir": ["2.5", "2.4", ">2.5", "<2.5"]}, "homa_ir>=2.5", [1, 0, 1, 0]),
        ({"grip_strength": ["26.9", "27", "<20", "<30", ">27"]}, "grip_strength<27", [1, 0, 1, None, 0]),
        ({"fasting_glucose [mmol/L]": ["5.5", "5.6", "7"]}, "fasting_glucose>=5.6 mmol/L", [0, 1, 1]),
        ({"diagnosed_diabetes": ["yes", "no", None]}, "diagnosed_diabetes=yes", [1, 0, None]),
        ({"diagnosed_diabetes": ["yes", "no", None]}, "diagnosed_diabetes=no", [0, 1, None]),
        ({"dysglycemia": ["normal", "impaired+", "diabetes", None]}, "dysglycemia=impaired+", [0, 1, 1, None]),
        ({"dysglycemia": ["normal", "impaired+", "diabetes"]}, "dysglycemia=diabetes", [0, None, 1]),
        (  # insulin 10 uU/mL x glucose 405 / 4 mg/dL / 405 = 2.5; a limit of one is a limit of the product
            {"fasting_insulin": ["10", "10.1", ">20", "<20", "10"], "fasting_glucose": ["101.25"] * 4 + [None]},
            "homa_ir>2.5",
            [0, 1, 1, None, None],
        ),
        (  # under insulin a HOMA-IR says nothing
            {"homa_ir": ["4", "4", "4"], "insulin_treated": ["yes", "no", None]},
            "homa_ir>2.5",
            [None, 1, 1],
        ),
        (  # any criterion, once all are known
            {"fasting_glucose": ["120", "90", "120", "90"], "diagnosed_diabetes": ["no", "no", None, "yes"]},
            "glucose_or_diagnosed",
            [1, 0, None, 1],
        ),
    ],
)
def test_rows_have_the_outcome(small: bn.RiskModel, frame: dict, outcome: str, expected: list) -> None:
    found = read_outcome(small, outcome).observed(findings_of(small, pd.DataFrame(frame, dtype=object)))
    assert [None if np.isnan(one) else int(one) for one in found.event] == expected
    reasons = np.sum(list(found.why_not.values()), axis=0)
    np.testing.assert_array_equal(reasons, np.isnan(found.event))  # one reason a row that tells nothing


def test_what_speaks_of_the_outcome_is_left_out(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    """Other markers of its variable, and a product of which its marker is a factor; not a factor of another variable."""
    frame = cohort.assign(
        fasting_glucose=np.where(cohort.index % 3, 90.0, 130.0), clamp_m=7.0, diagnosed_diabetes="no", hba1c=5.5
    )
    homa = small.validate(frame, OUTCOME)
    assert homa.speaking == ("homa_ir", "clamp_m")
    assert list(homa.inputs) == [
        *("age", "sex", "bmi", "physical_activity", "hscrp", "fasting_glucose", "diagnosed_diabetes", "hba1c")
    ]
    assert any("fasting_glucose" in note.findings for note in homa.notes)  # a factor of the outcome's reading
    glucose = small.validate(frame, "fasting_glucose>=100")
    assert glucose.speaking == ("homa_ir", "fasting_glucose", "diagnosed_diabetes", "hba1c")
    assert small.validate(frame, OUTCOME, leave_out=["hba1c"]).left_out == ("hba1c",)


def test_the_outcomes_own_column_changes_no_probability(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    """Were it among the inputs, the AUC would be 1 or nearly."""
    alone = small.validate(cohort, OUTCOME)
    assert alone.overall.measures["auc"].value < 0.85
    beside = small.validate(cohort.assign(fasting_insulin=5.0 * cohort["homa_ir"]), OUTCOME)
    assert beside.overall.measures["auc"].value == alone.overall.measures["auc"].value


def test_a_file_with_decimal_commas_gives_the_same(small: bn.RiskModel, cohort: pd.DataFrame, tmp_path: Path) -> None:
    """Of findings, weights and cuts of a column alike."""
    asked = {"weights": "wt", "by": ["hscrp:1,3"]}
    found = []
    for name, marks in (("point.csv", {}), ("comma.csv", {"sep": ";", "decimal": ","})):
        cohort.to_csv(tmp_path / name, index=False, **marks)
        found.append(small.validate(tmp_path / name, OUTCOME, **asked).to_dict() | {"source": ""})
    assert found[0] == found[1]


def test_tables_of_other_libraries_give_the_same(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    """Columns of the design and groups as categories, numbers and texts."""
    polars = pytest.importorskip("polars")
    asked = {"weights": "wt", "strata": "layer", "clusters": "site", "by": ["layer", "site"], "references": True}
    table = polars.from_pandas(cohort).with_columns(polars.col("layer").cast(polars.Categorical))
    frames = (cohort, cohort.astype({"layer": "category", "site": "float64"}), table, table.to_arrow())
    found = [small.validate(frame, OUTCOME, **asked).to_dict() for frame in frames]
    assert all(one == found[0] for one in found)


def test_what_follows_from_parts_is_an_input(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    """A body-mass index from height and weight, also for the reference models."""
    parts = cohort.assign(**{"height [cm]": 170.0, "weight [kg]": cohort["bmi"] * 1.7**2}).drop(columns="bmi")
    found, plain = (small.validate(frame, OUTCOME, references=True) for frame in (parts, cohort))
    assert set(found.inputs) == set(plain.inputs)
    assert found.overall.measures["auc"].value == pytest.approx(plain.overall.measures["auc"].value, abs=0.005)
    areas = [one.references[0].performance.measures["auc"].value for one in (found, plain)]
    assert areas[0] == pytest.approx(areas[1], abs=0.02)  # the reference sees the class of the index, not the number


def test_rows_that_do_not_tell_a_definitions_stratum_are_counted(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    frame = cohort.assign(
        fasting_glucose=np.where(cohort.index % 3, 90.0, 130.0),
        diagnosed_diabetes="no",
        sex=cohort["sex"].where(cohort.index > 9),
    )
    flow = small.validate(frame, "glucose_or_diagnosed").flow
    assert flow.unpredicted == {"age or sex not told": 10} or flow.unpredicted == {"sex or age not told": 10}
    assert flow.read == flow.used + 10


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_gives_what_a_frame_gives(small: bn.RiskModel, cohort: pd.DataFrame, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"cohort.{kind}"
    getattr(cohort, f"to_{kind}")(path, index=False)
    asked = {"weights": "wt", "strata": "layer", "clusters": "site", "by": ["sex", "age:50", "site", "hscrp:1,3"]}
    of_file, of_frame = (small.validate(table, OUTCOME, **asked).to_dict() for table in (str(path), cohort))
    assert of_file.pop("source") != of_frame.pop("source")
    assert of_file == of_frame


def test_long_ids_of_clusters_stay_apart(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    """As whole numbers, floats (a column with gaps) and texts: eight clusters each time."""
    ids = 12_345_678 + cohort["site"]
    found = [
        small.validate(cohort.assign(site=kind), OUTCOME, clusters="site") for kind in (ids, ids * 1.0, ids.astype(str))
    ]
    assert {one.intervals for one in found} == {"95% intervals from linearized variance over 8 clusters in 1 stratum"}
    assert len({one.overall.measures["auc"].low for one in found}) == 1


def test_groups_are_counted_once_each(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    found = small.validate(cohort, OUTCOME, by=["sex", "age:40,65", "hscrp:1,3", "layer"]).to_frame()
    told = cohort[cohort["homa_ir"].notna()]
    sizes = {(row.by, row.group): row.n for row in found.itertuples()}
    assert sizes["sex", "female"] == (told["sex"] == "female").sum()
    assert sizes["age", "40 to 65 years"] == ((told["age"] >= 40) & (told["age"] < 65)).sum()
    assert sizes["hscrp", "under 1"] == (told["hscrp"] < 1).sum()
    assert sizes["hscrp", "not told"] == told["hscrp"].isna().sum()
    assert sizes["layer", "b"] == (told["layer"] == "b").sum()
    for _, part in found[found["by"] != "all"].groupby("by"):
        assert part["n"].sum() == len(told)


def test_the_flow_adds_up(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    frame = cohort.astype({"hscrp": object, "wt": float})
    frame.loc[0, "hscrp"] = "abc"
    frame.loc[1:3, "wt"] = 0.0
    flow = small.validate(frame, OUTCOME, weights="wt").flow
    assert flow.read == len(frame)
    assert flow.failed == 1
    assert flow.weightless == int(frame.loc[1:3, "homa_ir"].notna().sum())
    assert flow.read == flow.used + flow.failed + sum(flow.without.values()) + flow.weightless


def test_weights_count_as_so_many_people(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    times = (cohort.index % 3 + 1).to_numpy()
    weighted = small.validate(cohort.assign(wt=times), OUTCOME, weights="wt")
    repeated = small.validate(cohort.loc[np.repeat(cohort.index, times)].reset_index(drop=True), OUTCOME)
    for name, one in weighted.overall.measures.items():
        if name != "ici":  # the knots of its spline lie at quantiles of the rows
            assert one.value == pytest.approx(repeated.overall.measures[name].value, abs=1e-9), name
    np.testing.assert_allclose(weighted.decision.model, repeated.decision.model, atol=1e-12)


def test_resamples_leave_the_point_and_come_from_their_seed(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    linear, resampled, again = (small.validate(cohort, OUTCOME, by=[], bootstrap=number) for number in (0, 50, 50))
    assert resampled.overall.measures["auc"].value == linear.overall.measures["auc"].value
    assert resampled.overall.measures["auc"].low != linear.overall.measures["auc"].low
    assert again.to_dict() == resampled.to_dict()


@pytest.mark.long
def test_resamples_give_about_the_linearized_intervals(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    linear, resampled = (small.validate(cohort, OUTCOME, by=["sex"], bootstrap=number) for number in (0, 200))
    for name in ("auc", "intercept", "brier", "slope"):
        one, other = linear.overall.measures[name], resampled.overall.measures[name]
        assert one.value == other.value
        assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.25)
    index = resampled.overall.measures["ici"]
    assert index.low < index.high
    again = small.validate(cohort, OUTCOME, by=["sex"], bootstrap=200)
    assert again.to_dict() == resampled.to_dict()  # the seed


def test_reference_models_learn_these_people(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    found = small.validate(cohort, OUTCOME, references=True)
    logistic, boosting = found.references
    assert logistic.title == "logistic regression"
    for one in (logistic, boosting):
        assert one.performance.n == found.overall.n
        assert one.performance.measures["auc"].value > 0.6
        difference = found.overall.measures["auc"].value - one.performance.measures["auc"].value
        assert one.auc_difference.value == pytest.approx(difference)
        assert abs(one.performance.measures["intercept"].value) < 0.2  # they know how common the outcome is here


BAD = {
    "no outcome column": (lambda f: f.drop(columns="homa_ir"), {}, "no column gives homa_ir, or fasting_insulin and"),
    "one class": (lambda f: f.assign(homa_ir=1.0), {}, "none of them has it"),
    "ten rows": (lambda f: f.head(10), {}, f"expected at least {LEAST}"),
    "negative weight": (
        lambda f: f.assign(wt=f["wt"].where(f.index != 5, -1)),
        {"weights": "wt"},
        r"\(row 6\): found -1",
    ),
    "missing weight": (lambda f: f.assign(wt=f["wt"].where(f.index > 8)), {"weights": "wt"}, "holds no number in"),
    "no weight column": (lambda f: f, {"weights": "wx"}, "no column 'wx'"),
    "weights that are a finding": (lambda f: f, {"weights": "bmi"}, "column 'bmi' is read as bmi"),
    "missing stratum": (lambda f: f.assign(layer=f["layer"].where(f.index > 3)), {"strata": "layer"}, "is empty in"),
    "outcome among inputs": (lambda f: f, {"inputs": ["age", "homa_ir"]}, "homa_ir speaks of the outcome itself"),
    "input without column": (lambda f: f, {"inputs": ["age", "il6"]}, "no column gives il6"),
    "no input": (lambda f: f[["homa_ir", "wt"]], {}, "no input is left"),
    "unknown group": (lambda f: f, {"by": ["colour"]}, "no column and no variable of that name"),
    "cut within a state": (lambda f: f, {"by": ["age:51"]}, "expected cuts out of 25, 30"),
    "too many groups": (lambda f: f, {"by": ["hscrp"]}, "different values, expected at most"),
    "few resamples": (lambda f: f, {"bootstrap": 5}, "at least 50 resamples"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_cannot_be_asked_is_an_error(small: bn.RiskModel, cohort: pd.DataFrame, bad: str) -> None:
    change, options, message = BAD[bad]
    with pytest.raises(bn.QuestionError, match=message):
        small.validate(change(cohort), OUTCOME, **options)


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        ("homa_ir", "or a definition: glucose_or_diagnosed"),
        ("homa_ir=2.5", "a reading needs"),
        ("bmi>30", "bmi has no density; name states of adiposity"),
        ("homa_ir>", "expected a name, one of"),
        ("homa>abc", "expected a number"),
        ("xyz>3", "unknown observation 'xyz'"),
        ("sarcopenia=maybe", "unknown state of sarcopenia"),
        ("sarcopenia={present=1, absent=1}", "expected a name, one of"),
    ],
)
def test_outcomes_that_cannot_be(small: bn.RiskModel, outcome: str, message: str) -> None:
    with pytest.raises(bn.QuestionError, match=message):
        read_outcome(small, outcome)


def test_units_under_the_headers_count_for_the_numbers_of_references(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    """A frame whose first row holds units is read in them throughout; the row itself is nobody."""
    told = cohort[["age", "sex", "hscrp", "homa_ir"]]
    units = pd.DataFrame([{"age": "months"}])
    in_months = pd.concat([units, told.assign(age=told["age"] * 12).astype(object)], ignore_index=True)
    request = Request(read_outcome(small, OUTCOME), references=True)
    rows, _ = rows_of(small.names, in_months, Options(), lambda found: plan(request, found), lambda _: None, None)
    assert np.isnan(rows.exact["age"][0])
    assert rows.exact["age"][1:] == pytest.approx(told["age"])


def test_a_column_named_as_a_result_is_no_clash(small: bn.RiskModel, cohort: pd.DataFrame) -> None:
    """Nothing is put beside the columns of a validation."""
    assert small.validate(cohort.assign(error=""), OUTCOME).overall == small.validate(cohort, OUTCOME).overall
