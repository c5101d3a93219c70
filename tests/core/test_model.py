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


def test_a_mapping_serves_as_well_as_names(small: bn.RiskModel) -> None:
    one = small.posterior({"age": 68, "inflammation": "present"})
    other = small.posterior(age="68 year", inflammation={"present": 2.0, "absent": 0})
    assert one.risk == pytest.approx(other.risk, abs=1e-12)


def test_nothing_known_gives_the_prior(small: bn.RiskModel) -> None:
    post = small.posterior()
    assert post.log_evidence == pytest.approx(0, abs=1e-12)
    frame = post.to_frame()
    assert (frame["prior"] - frame["posterior"]).abs().max() < 1e-12


def test_log_evidence_is_the_probability_of_the_findings(small: bn.RiskModel) -> None:
    joint = small.posterior(sex="female", inflammation="present").log_evidence
    alone, conditional = (
        small.posterior(sex="female").log_evidence,
        small.posterior(sex="female")["inflammation"]["present"],
    )
    assert joint == pytest.approx(alone + math.log(conditional), abs=1e-12)


def test_glucose_of_70_does_not_speak_for_dysglycemia(small: bn.RiskModel) -> None:
    before, after = small.posterior(age=50), small.posterior(age=50, fasting_glucose=70)
    assert after.probability("dysglycemia") < before.probability("dysglycemia")


def test_homa_ir_of_3_speaks_for_resistance_but_does_not_settle_it(small: bn.RiskModel) -> None:
    before, after = small.posterior(age=50, bmi=28), small.posterior(age=50, bmi=28, homa_ir=3.0)
    assert before.risk + 0.1 < after.risk < 0.9
    assert after.outcomes_measured == ("insulin_resistance",)


def test_hba1c_of_6_6_all_but_settles_dysglycemia(small: bn.RiskModel) -> None:
    assert 0.95 < small.posterior(age=50, hba1c=6.6).probability("dysglycemia") < 1


def test_five_markers_of_inflammation_count_less_than_five_times_one(small: bn.RiskModel) -> None:
    def log_odds(post: bn.Posterior) -> float:
        return math.log(post["inflammation"]["present"] / post["inflammation"]["absent"])

    markers = {"hscrp": 5.0, "il6": 4.0, "tnf_alpha": 4.0, "il1_beta": "high", "mcp1": 400.0}
    base = log_odds(small.posterior(age=60, sex="male"))
    single = [
        log_odds(small.posterior({"age": 60, "sex": "male", name: value})) - base for name, value in markers.items()
    ]
    joint = log_odds(small.posterior({"age": 60, "sex": "male", **markers})) - base
    assert 0 < joint < 0.7 * sum(single)


def test_grip_strength_without_sex_lies_between_the_sexes(small: bn.RiskModel) -> None:
    weak = {
        sex: small.posterior(age=70, sex=sex, grip_strength=24)["sarcopenia"]["present"] for sex in ("female", "male")
    }
    unknown = small.posterior(age=70, grip_strength=24)["sarcopenia"]["present"]
    assert weak["female"] < unknown < weak["male"]


def test_homa_ir_is_computed_and_insulin_not_counted_twice(small: bn.RiskModel) -> None:
    both = small.posterior(age=50, bmi=28, fasting_insulin=12, fasting_glucose=101.25)
    given = small.posterior(age=50, bmi=28, homa_ir=3.0, fasting_glucose=101.25)
    assert both.risk == pytest.approx(given.risk, abs=1e-12)


def test_under_insulin_treatment_homa_ir_says_nothing(small: bn.RiskModel) -> None:
    treated = small.posterior(age=60, insulin_treated="yes")
    assert small.posterior(age=60, insulin_treated="yes", homa_ir=12).risk == pytest.approx(treated.risk, abs=1e-12)


def test_units_agree(small: bn.RiskModel) -> None:
    pairs = [
        ({"hscrp": 4.1}, {"hscrp": "0.41 mg/dL"}),
        ({"hscrp": 4.1}, {"hscrp [mg/dL]": 0.41}),
        ({"fasting_glucose": 126.0}, {"fasting_glucose": "7.0 mmol/L"}),
    ]
    for one, other in pairs:
        assert small.posterior(one)["dysglycemia"] == pytest.approx(small.posterior(other)["dysglycemia"], abs=2e-3)


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
def test_what_cannot_be_is_refused_with_the_reason(small: bn.RiskModel, findings: dict[str, object], said: str) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        small.posterior(findings)


def test_an_answer_refuses_unknown_names(small: bn.RiskModel) -> None:
    post = small.posterior(age=50)
    with pytest.raises(bn.UnknownNameError, match="did you mean 'inflammation'"):
        post["inflamation"]
    with pytest.raises(bn.UnknownNameError):
        post.interval("inflammation", "presnt")
    with pytest.raises(ValueError, match="between 0 and 1"):
        post.interval(level=95)


@pytest.mark.parametrize("interval", ["[<60, 70)", "[60, >70)", "[<60, <70)", "[60+, 70)"])
def test_the_ends_of_an_interval_are_plain_numbers(small: bn.RiskModel, interval: str) -> None:
    with pytest.raises(bn.QuestionError, match=r"expected plain numbers as ends, such as \[60, 70\)"):
        small.posterior(age=interval)
