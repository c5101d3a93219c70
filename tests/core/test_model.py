"""Questions about one person: what goes in, what comes out, and what is refused."""

import math

import pytest

import bn


def test_the_example_of_the_readme_moves_as_it_should(model: bn.RiskModel) -> None:
    plain = model.posterior(age=68, sex="female", bmi=31.2)
    found = model.posterior(
        age=68,
        sex="female",
        bmi=31.2,
        hscrp=4.1,
        grip_strength="19.5 kg",
        ptp1b_excess="present",
        er_stress={"present": 3, "absent": 1},
    )
    assert found.risk > plain.risk
    assert found["ptp1b_excess"] == {"absent": 0.0, "present": 1.0}
    odds = {
        post: p["present"] / p["absent"] for post, p in (("plain", plain["er_stress"]), ("found", found["er_stress"]))
    }
    assert odds["found"] > 2.9 * odds["plain"]
    low, high = found.interval()
    assert low < found.risk < high


def test_a_mapping_serves_as_well_as_names(model: bn.RiskModel) -> None:
    one = model.posterior({"age": 68, "inflammation": "present"})
    other = model.posterior(age="68 year", inflammation={"present": 2.0, "absent": 0})
    assert one.risk == pytest.approx(other.risk, abs=1e-12)


def test_nothing_known_gives_the_prior(model: bn.RiskModel) -> None:
    post = model.posterior()
    assert post.log_evidence == pytest.approx(0, abs=1e-12)
    frame = post.to_frame()
    assert (frame["prior"] - frame["posterior"]).abs().max() < 1e-12


def test_log_evidence_is_the_probability_of_the_findings(model: bn.RiskModel) -> None:
    joint = model.posterior(sex="female", inflammation="present").log_evidence
    alone, conditional = (
        model.posterior(sex="female").log_evidence,
        model.posterior(sex="female")["inflammation"]["present"],
    )
    assert joint == pytest.approx(alone + math.log(conditional), abs=1e-12)


def test_glucose_of_70_does_not_speak_for_dysglycemia(model: bn.RiskModel) -> None:
    before, after = model.posterior(age=50), model.posterior(age=50, fasting_glucose=70)
    assert after.probability("dysglycemia") < before.probability("dysglycemia")


def test_homa_ir_of_3_speaks_for_resistance_but_does_not_settle_it(model: bn.RiskModel) -> None:
    before, after = model.posterior(age=50, bmi=28), model.posterior(age=50, bmi=28, homa_ir=3.0)
    assert before.risk + 0.1 < after.risk < 0.9
    assert after.outcomes_measured == ("insulin_resistance",)


def test_hba1c_of_6_6_all_but_settles_dysglycemia(model: bn.RiskModel) -> None:
    assert 0.95 < model.posterior(age=50, hba1c=6.6).probability("dysglycemia") < 1


def test_five_markers_of_inflammation_count_less_than_five_times_one(model: bn.RiskModel) -> None:
    def log_odds(post: bn.Posterior) -> float:
        return math.log(post["inflammation"]["present"] / post["inflammation"]["absent"])

    markers = {"hscrp": 5.0, "il6": 4.0, "tnf_alpha": 4.0, "il1_beta": "high", "mcp1": 400.0}
    base = log_odds(model.posterior(age=60, sex="male"))
    single = [
        log_odds(model.posterior({"age": 60, "sex": "male", name: value})) - base for name, value in markers.items()
    ]
    joint = log_odds(model.posterior({"age": 60, "sex": "male", **markers})) - base
    assert 0 < joint < 0.7 * sum(single)


def test_grip_strength_without_sex_lies_between_the_sexes(model: bn.RiskModel) -> None:
    weak = {
        sex: model.posterior(age=70, sex=sex, grip_strength=24)["sarcopenia"]["present"] for sex in ("female", "male")
    }
    unknown = model.posterior(age=70, grip_strength=24)["sarcopenia"]["present"]
    assert weak["female"] < unknown < weak["male"]


def test_homa_ir_is_computed_and_insulin_not_counted_twice(model: bn.RiskModel) -> None:
    both = model.posterior(age=50, bmi=28, fasting_insulin=12, fasting_glucose=101.25)
    given = model.posterior(age=50, bmi=28, homa_ir=3.0, fasting_glucose=101.25)
    assert both.risk == pytest.approx(given.risk, abs=1e-12)


def test_under_insulin_treatment_homa_ir_says_nothing(model: bn.RiskModel) -> None:
    treated = model.posterior(age=60, insulin_treated="yes")
    assert model.posterior(age=60, insulin_treated="yes", homa_ir=12).risk == pytest.approx(treated.risk, abs=1e-12)


def test_units_agree(model: bn.RiskModel) -> None:
    pairs = [
        ({"hscrp": 4.1}, {"hscrp": "0.41 mg/dL"}),
        ({"hscrp": 4.1}, {"hscrp [mg/dL]": 0.41}),
        ({"fasting_glucose": 126.0}, {"fasting_glucose": "7.0 mmol/L"}),
    ]
    for one, other in pairs:
        assert model.posterior(one)["dysglycemia"] == pytest.approx(model.posterior(other)["dysglycemia"], abs=2e-3)


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ({"hscrpp": 3}, "did you mean 'hscrp'"),
        ({"inflammation": "presnt"}, "did you mean 'present'"),
        ({"hscrp": "3 kg"}, "hscrp.*kg"),
        ({"hscrp": -1}, "negative"),
        ({"hscrp": float("inf")}, "expected"),
        ({"hscrp": "high-ish"}, "expected a number"),
        ({"age": 300}, "expected 20 to 120 years"),
        ({"age": 12}, "expected 20 to 120 years"),
        ({"inflammation": {"present": float("nan")}}, "finite number"),
        ({"inflammation": {"present": 0, "absent": 0}}, "all weights are 0"),
        ({"p62": "enormous"}, "unknown level of p62"),
        ({"diagnosed_diabetes": "maybe"}, "yes"),
        ({"hscrp": 3, "CRP": 4}, "keep one"),
        ({"bmi": 31, "adiposity": "bmi_under_19"}, "contradicts"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(model: bn.RiskModel, findings: dict[str, object], said: str) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        model.posterior(findings)


def test_an_answer_refuses_unknown_names(model: bn.RiskModel) -> None:
    post = model.posterior(age=50)
    with pytest.raises(bn.UnknownNameError, match="did you mean 'inflammation'"):
        post["inflamation"]
    with pytest.raises(bn.UnknownNameError):
        post.interval("inflammation", "presnt")
    with pytest.raises(ValueError, match="between 0 and 1"):
        post.interval(level=95)


@pytest.mark.parametrize("interval", ["[<60, 70)", "[60, >70)", "[<60, <70)", "[60+, 70)"])
def test_the_ends_of_an_interval_are_plain_numbers(model: bn.RiskModel, interval: str) -> None:
    with pytest.raises(bn.QuestionError, match=r"expected plain numbers as ends, such as \[60, 70\)"):
        model.posterior(age=interval)
