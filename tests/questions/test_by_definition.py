"""A person and rows by another definition: settled by readings, by the markers that are left, or carried over."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from data_edits import edit

import bn
from bn.cohort.outcome.by_definition import Conversion
from bn.core.answer import ByDefinition, Posterior
from bn.core.errors import QuestionError, UnknownNameError
from bn.core.observe import observe
from bn.questions.definitions import offsets, shifts
from cpds.check import problems
from cpds.logistic import expit, logit

WOMAN = {"age": 68, "sex": "female", "bmi": 31}
CUTS = ("homa_ir_2_05", "homa_ir_2_6", "homa_ir_3", "homa_ir_3_46")


def by(model: bn.RiskModel, definition: str, **findings: object) -> ByDefinition:
    (found,) = model.posterior({**WOMAN, **findings}, definition=definition).definitions
    return found


def shift_of(model: bn.RiskModel, definition: str) -> float:
    """Log odds added to women of 65 to 69."""
    by_stratum, axes = offsets(model, definition)
    place = {"age": "age_65_69", "sex": "female"}
    return float(by_stratum[tuple(model.network.state_index(axis, place[axis]) for axis in axes)])


@pytest.mark.parametrize(("definition", "state"), [("who", "impaired+"), ("diabetes_ada", "diabetes")])
def test_without_a_reading_of_it_the_event_moves_by_the_stratum(
    small: bn.RiskModel, definition: str, state: str
) -> None:
    post = small.posterior(WOMAN, hscrp=4.0)
    found, shift = by(small, definition, hscrp=4.0), shift_of(small, definition)
    assert found.own == pytest.approx(post.probability("dysglycemia", state))
    ends = (post.probability("dysglycemia", state), *post.interval("dysglycemia", state))
    assert found.interval is not None
    assert [found.probability, *found.interval] == pytest.approx([expit(logit(end) + shift) for end in ends])


def test_a_definition_as_common_as_the_networks_event_is_its_event(small: bn.RiskModel) -> None:
    definition = small.knowledge.definitions["who"]
    own = np.array([small.posterior({}).probability("dysglycemia")])
    total = np.ones(())
    share = replace_strata(definition, float(own[0]))
    assert shifts(small, share, total * own[0], total) == pytest.approx(0, abs=1e-12)


def replace_strata(definition: object, share: float) -> object:
    from msgspec import structs

    stratum = structs.replace(definition.strata[0], where={}, value=share)  # type: ignore[attr-defined]
    return structs.replace(definition, strata=(stratum,))  # type: ignore[type-var]


def test_the_average_of_a_stratum_is_the_surveys_share(small: bn.RiskModel) -> None:
    """Somebody of whom only the stratum is known: 0.33380 of women of 60 to 74 reach 3.46 (nhanes.toml)."""
    found = small.posterior(age="[60, 75)", sex="female", definition="homa_ir_3_46").definitions[0]
    assert found.probability == pytest.approx(0.3338, abs=1e-9)


def test_a_higher_cut_is_reached_less_often_in_every_stratum(small: bn.RiskModel) -> None:
    """Also than the network's own 2.5, which lies between the first and the second cut."""
    moved = np.stack([offsets(small, name)[0] for name in CUTS])
    assert (np.diff(moved, axis=0) < 0).all()
    assert (moved[0] > 0).all()
    assert (moved[2:] < 0).all()


@pytest.mark.parametrize(
    "findings",
    [{}, {"hscrp": 6}, {"fasting_insulin": 14}, {"clamp_m": 4}, {"homa_ir": 2.8}, {"insulin_resistance": "present"}],
)
def test_a_higher_cut_is_less_probable_in_every_person(small: bn.RiskModel, findings: dict[str, object]) -> None:
    found = [one.probability for one in small.posterior({**WOMAN, **findings}, definition=CUTS).definitions]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1]


@pytest.mark.parametrize(
    ("definition", "findings", "probability"),
    [
        ("ada", {"fasting_glucose": 100}, 1.0),
        ("ada", {"glucose": "5.6 mmol/L"}, 1.0),
        ("ada", {"fasting_glucose": 92, "hba1c": 5.7}, 1.0),
        ("ada", {"fasting_glucose": ">110"}, 1.0),
        ("ada", {"insulin_treated": "yes"}, 1.0),
        ("ada", {"dysglycemia": "normal", "fasting_glucose": 130}, 1.0),
        ("ada", {"fasting_glucose": 99.9, "hba1c": 5.6, "diagnosed_diabetes": "no"}, 0.0),
        ("who", {"fasting_glucose": 105, "hba1c": 6.4, "diagnosed_diabetes": "no"}, 0.0),
        ("homa_ir_3", {"homa_ir": 3.0}, 1.0),
        ("homa_ir_3", {"homa_ir": 2.9}, 0.0),
        ("homa_ir_3", {"fasting_insulin": 13.5, "fasting_glucose": 90}, 1.0),  # 13.5 x 90 / 405 = 3
        ("homa_ir_3", {"homa_ir": "<2"}, 0.0),
    ],
)
def test_readings_settle_it_with_certainty(
    small: bn.RiskModel, definition: str, findings: dict[str, object], probability: float
) -> None:
    found = by(small, definition, **findings)
    assert (found.probability, found.interval) == (probability, (probability, probability))
    assert found.way.startswith("settled by what was read: ")


def test_readings_settle_it_without_age_and_sex(small: bn.RiskModel) -> None:
    (found,) = small.posterior(hba1c=7.1, definition="ada").definitions
    assert found.probability == 1.0


def marker_shift(model: bn.RiskModel, definition: str) -> float:
    """Log odds that a met criterion lacks in women of 60 to 74, summed by hand over the states of who is 60 to 74."""
    chosen = model.knowledge.definitions[definition]
    share = next(one.number for one in chosen.strata if one.where == {"sex": "female", "age": (60.0, 75.0)})
    network = model.posterior({"age": "[60, 75)", "sex": "female"})
    unmet = np.exp(
        model.posterior({"age": "[60, 75)", "sex": "female", "homa_ir": "<3"}).log_evidence - network.log_evidence
    )
    return float(logit(np.array(share)) - logit(np.array(1 - unmet)))


def test_a_stated_variable_leaves_the_chance_of_its_marker(small: bn.RiskModel) -> None:
    """Who is known to be resistant may still have a reading below 3; no interval is told, since none is known."""
    found = by(small, "homa_ir_3", insulin_resistance="present")
    before = small.posterior(WOMAN, insulin_resistance="present").log_evidence
    unmet = np.exp(small.posterior(WOMAN, insulin_resistance="present", homa_ir="<3").log_evidence - before)
    expected = expit(logit(np.array(1 - unmet)) + marker_shift(small, "homa_ir_3"))
    assert found.probability == pytest.approx(float(expected), abs=1e-9)
    assert found.own == 1.0
    assert found.interval is None


def test_a_reading_below_its_cut_leaves_the_other_criteria(small: bn.RiskModel) -> None:
    """All of the probability of a glucose of 92 is that of HbA1c and a diagnosis, apart from any panel; then settled."""
    low, lower = by(small, "ada", fasting_glucose=92), by(small, "who", fasting_glucose=92)
    assert low.way.endswith(
        "the chance of hba1c >= 5.7 % or diagnosed_diabetes = yes, beside fasting_glucose < 100 mg/dL"
    )
    assert 0.005 < lower.probability < 0.1 < low.probability < by(small, "ada").probability
    assert by(small, "ada", fasting_glucose=92, hba1c=5.2).probability < 0.05
    conversion = Conversion.several(small, "hba1c_or_diagnosed")[0]
    evidence = observe(small.names, WOMAN).observed.findings
    rows = np.arange(1)
    logs = conversion.outcome.log_evidence(evidence, rows)
    chance = conversion._any_met(evidence, conversion.outcome.criteria, logs)
    joint = small.posterior(WOMAN)  # no reading yet: nothing but the two bounds, which share no panel here
    unmet = np.exp(small.posterior(WOMAN, hba1c="<5.7", diagnosed_diabetes="no").log_evidence - joint.log_evidence)
    assert chance == pytest.approx([1 - unmet], abs=1e-9)


def test_another_marker_of_the_variable_is_no_finding_like_others(small: bn.RiskModel) -> None:
    """Glucose of 92 speaks against high glucose, and less against a high HbA1c: odds of the event do not carry over."""
    plain = expit(
        logit(np.array(by(small, "hba1c_57", fasting_glucose=92).own)) + shift_of(small, "hba1c_or_diagnosed")
    )
    assert by(small, "hba1c_57", fasting_glucose=92).probability > float(plain) + 0.1


@pytest.mark.parametrize(
    ("definition", "findings", "said"),
    [
        ("homa_ir_3", {"homa_ir": "<4"}, "definition 'homa_ir_3': homa_ir: a limit that leaves it open"),
        ("homa_ir_3", {"insulin_treated": "yes"}, "definition 'homa_ir_3': homa_ir: void by insulin_treated"),
        (
            "homa_ir_3",
            {"insulin_resistance": "present", "fasting_insulin": 12},
            "fasting_insulin beside insulin_resistance, which was stated; leave one out",
        ),
        (
            "whoo",
            {},
            r"unknown definition 'whoo' \(did you mean 'who'\?\); known: glucose_or_diagnosed, .*homa_ir_3_46",
        ),
        (("ada", "glucose_hba1c_or_diagnosed"), {}, "definition 'glucose_hba1c_or_diagnosed' is given twice; keep one"),
    ],
)
def test_what_cannot_be_answered_is_told(
    small: bn.RiskModel, definition: str, findings: dict[str, object], said: str
) -> None:
    with pytest.raises(QuestionError, match=said):
        small.posterior({**WOMAN, **findings}, definition=definition)


def test_strata_are_asked_for(small: bn.RiskModel) -> None:
    with pytest.raises(QuestionError, match="definition 'who' differs by sex and age; give them"):
        small.posterior(age=68, definition="who")
    with pytest.raises(QuestionError, match="give them"):
        small.posterior(age="[55, 70)", sex="male", definition="who")


def test_the_network_keeps_its_own(small: bn.RiskModel) -> None:
    asked, plain = small.posterior(WOMAN, definition=["ada", "homa_ir_3"]), small.posterior(WOMAN)
    record = asked.to_dict()
    assert [one["id"] for one in record.pop("definitions")] == ["glucose_hba1c_or_diagnosed", "homa_ir_3"]
    assert record == plain.to_dict()
    assert isinstance(plain, Posterior)
    assert "By <b>homa_ir_3" not in plain._repr_html_()
    assert "By homa_ir_3: insulin resistance <b>0." in asked._repr_html_()
    assert replace(asked, definitions=()).to_dict() == plain.to_dict()


PEOPLE = pd.DataFrame(
    [
        {**WOMAN},
        {**WOMAN, "fasting_glucose": 130},
        {**WOMAN, "fasting_glucose": 92},
        {**WOMAN, "hba1c": 5.2, "diagnosed_diabetes": "no"},
        {"age": 33, "sex": "male", "bmi": 24, "fasting_insulin": 9.0},
        {"age": 33, "sex": "male", "homa_ir": 3.2},
        {"age": 80, "sex": "male", "bmi": 24, "dysglycemia": "impaired"},
    ]
)


@pytest.mark.parametrize("interval", [True, False])
def test_rows_are_answered_as_persons(small: bn.RiskModel, interval: bool) -> None:
    wanted = ["ada", "hba1c_65", "homa_ir_3"]
    scored = small.score(PEOPLE, interval, definition=wanted)
    ids = ["glucose_hba1c_or_diagnosed", "hba1c_65_or_diagnosed", "homa_ir_3"]
    ends = ("", "_low", "_high") if interval else ("",)
    assert [name for name in scored if name.startswith("by_")] == [f"by_{one}{end}" for one in ids for end in ends]
    assert scored.drop(columns=[name for name in scored if name.startswith("by_")]).equals(
        small.score(PEOPLE, interval)
    )
    for row, given in enumerate(PEOPLE.to_dict("records")):
        for one in small.posterior(given, definition=wanted).definitions:
            assert scored[f"by_{one.id}"][row] == pytest.approx(one.probability, abs=1e-9)
            if interval:
                found = [scored[f"by_{one.id}_low"][row], scored[f"by_{one.id}_high"][row]]
                assert found == pytest.approx(list(one.interval or [np.nan] * 2), abs=2e-6, nan_ok=True)


@pytest.mark.parametrize("interval", [True, False])
def test_arrays_hold_the_columns_of_definitions_apart(small: bn.RiskModel, interval: bool) -> None:
    scored = small.score(PEOPLE, interval, definition=["who", "homa_ir_3"])
    scores = small.posterior_array(PEOPLE, interval, definition=["who", "homa_ir_3"])
    plain = small.posterior_array(PEOPLE, interval)
    np.testing.assert_array_equal(scores.probabilities, plain.probabilities)
    assert list(scores.definitions) == ["who", "homa_ir_3"]
    assert not plain.definitions
    for name, found in scores.definitions.items():
        ends = ["", "_low", "_high"] if interval else [""]
        np.testing.assert_array_equal(found, [scored[f"by_{name}{end}"] for end in ends])


def test_a_row_that_tells_no_stratum_keeps_its_risk_and_is_counted(small: bn.RiskModel) -> None:
    people = pd.DataFrame({"age": [68, 68, 68], "sex": ["female", None, None], "hba1c": [None, None, 6.0]})
    scored, summary = small.score(people, definition="ada", summary=True)
    assert scored["by_glucose_hba1c_or_diagnosed"].notna().tolist() == [True, False, True]
    assert scored["risk"].notna().all()
    name = "caution: by_glucose_hba1c_or_diagnosed is empty: definition 'glucose_hba1c_or_diagnosed' differs by sex and age"
    assert summary.remarks[f"{name}; give them"].first == (2,)
    assert any(note.startswith("note: by_glucose_hba1c_or_diagnosed: by another") for note in summary.notes)
    with pytest.raises(UnknownNameError, match="did you mean 'ada'"):
        small.score(people, definition="adda")


def test_in_another_population_the_difference_of_definitions_stays(small: bn.RiskModel) -> None:
    moved = small.moved_to(bn.load(population="us_2013_2014").population)
    one, other = by(small, "who"), by(moved, "who")
    assert one.own != other.own
    differences = [logit(np.array(found.probability)) - logit(np.array(found.own)) for found in (one, other)]
    assert differences[0] == pytest.approx(differences[1])


def test_names_of_definitions_are_theirs_alone(data: Path) -> None:
    edit(data / "definitions.toml", r'aliases = \["ada"\]', 'aliases = ["who"]')
    assert (
        "definitions.toml: definition who: 'who' already stands for definition glucose_hba1c_or_diagnosed"
        in "\n".join(problems(data))
    )
