"""How sure: every number against asking the model itself, and the synthesis without a study against a refit."""

import json
from dataclasses import replace

import numpy as np
import pytest
from command_line import Myorisk
from hypothesis import given, settings
from hypothesis import strategies as st

import bn
from bn.questions.sensitivity import Sensitivity
from bn.questions.sensitivity.variance import at_average, shares
from bn.questions.sensitivity.without_study import Linearized, Study, studies, weakest, without_study
from bn.synthesis.fit import ENOUGH, Problem, minimize
from cpds.logistic import logit
from cpds.posterior import read_mode
from cpds.priors import priors

PERSON = {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": 4.1, "vo2max": 19.0}
LEAN = {"age": 70, "adiposity": "bmi_23_25", "ptp1b_excess": "present"}


@pytest.fixture(scope="module")
def found(model: bn.RiskModel) -> Sensitivity:
    return model.sensitivity(PERSON)


def at(model: bn.RiskModel, **changed: float) -> bn.RiskModel:
    """The model at its point, some parameters replaced."""
    return bn.RiskModel(model.knowledge, {**model.point, **{name: np.array([v]) for name, v in changed.items()}})


def test_risk_and_interval_are_the_posteriors(model: bn.RiskModel, found: Sensitivity) -> None:
    post = model.posterior(PERSON)
    assert found.risk == pytest.approx(post.risk, rel=1e-12)
    assert (found.low, found.high) == pytest.approx(post.interval(), rel=1e-12)


@pytest.mark.parametrize(
    "person",
    [PERSON, LEAN, pytest.param({}, marks=pytest.mark.long)],
    ids=["measured", "states", "nobody in particular"],
)
def test_tornado_ends_are_the_risk_with_the_parameter_replaced(model: bn.RiskModel, person: dict[str, object]) -> None:
    parameters = model.sensitivity(person).parameters
    assert {each.name for each in parameters} == set(model.parameters)
    assert [each.swing for each in parameters] == sorted((each.swing for each in parameters), reverse=True)
    for each in [*parameters[:6], *parameters[-2:], *parameters[40:44]]:
        draws = model.parameters[each.name][1:]
        assert (each.low, each.high) == pytest.approx(tuple(np.quantile(draws, [0.05, 0.95])), rel=1e-12)
        for value, risk in ((each.low, each.risk_low), (each.high, each.risk_high)):
            assert risk == pytest.approx(at(model, **{each.name: value}).posterior(person).risk, rel=1e-9)


def test_findings_left_out_are_the_risk_without_them(model: bn.RiskModel, found: Sensitivity) -> None:
    assert {each.name for each in found.findings} == set(PERSON)
    for each in found.findings:
        rest = {name: value for name, value in PERSON.items() if name != each.name}
        assert each.risk == pytest.approx(model.posterior(rest).risk, rel=1e-9)
    changes = [abs(each.risk - found.risk) for each in found.findings]
    assert changes == sorted(changes, reverse=True)


def test_settings_are_the_models_of_those_settings(found: Sensitivity) -> None:
    assert [each.id for each in found.settings] == ["main", "weaker_signaling", "stronger_signaling"]
    for each in found.settings:
        post = bn.load(setting=each.id).posterior(PERSON)
        assert each.risk == pytest.approx(post.risk, rel=1e-9)
        assert (each.low, each.high) == pytest.approx(post.interval(), rel=1e-9)


def test_shares_and_remainder_make_one(model: bn.RiskModel, found: Sensitivity) -> None:
    assert sum(each.share for each in found.parameters) + found.remainder == pytest.approx(1)
    assert sum(found.bases.values()) + found.remainder == pytest.approx(1)
    figures = {name: prior.figure.basis for name, prior in priors(model.knowledge).items()}
    for basis, share in found.bases.items():
        own = [each.share for each in found.parameters if figures[each.name] == basis]
        assert share == pytest.approx(sum(own))
    assert abs(found.remainder) < 0.2


def test_if_known_is_the_spread_that_a_regression_on_the_parameter_removes(
    model: bn.RiskModel, found: Sensitivity
) -> None:
    log_odds = logit(model.posterior(PERSON).posteriors["insulin_resistance"][1, 1:])
    for each in found.parameters:
        if "intercept" not in each.name:
            correlation = np.corrcoef(model.parameters[each.name][1:], log_odds)[0, 1]
            assert each.if_known == pytest.approx(correlation**2, abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_shares_of_a_linear_risk_leave_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((5, 5)) @ rng.standard_normal((5, 60))
    gradient = rng.standard_normal(5)
    share, known, remainder = shares(gradient, values, 3.0 + gradient @ values)
    assert remainder == pytest.approx(0, abs=1e-9)
    covariance = np.cov(values)
    wanted = gradient * (covariance @ gradient) / (gradient @ covariance @ gradient)
    np.testing.assert_allclose(share, wanted, atol=1e-9)
    assert ((known >= 0) & (known <= 1 + 1e-12)).all()


def test_intercepts_at_the_average_leave_the_linear_risk_as_it_is(model: bn.RiskModel) -> None:
    entries, averages = priors(model.knowledge), Problem.of(model.knowledge).averages
    rng = np.random.default_rng(3)
    gradient, values = rng.standard_normal(len(entries)), rng.standard_normal((len(entries), 7))
    moved_gradient, moved = at_average(entries, averages, gradient, values)
    np.testing.assert_allclose(moved_gradient @ moved, gradient @ values, atol=1e-9)
    names = list(entries)
    effects = [name for name, prior in entries.items() if prior.child == "sarcopenia" and prior.parent]
    level = sum(averages["sarcopenia|intercept"][name] * values[names.index(name)] for name in effects)
    intercept = names.index("sarcopenia|intercept")
    np.testing.assert_allclose(moved[intercept], values[intercept] + level)


def test_studies_hold_all_that_cites_them(model: bn.RiskModel) -> None:
    by_id = {study.id: study for study in studies(model.knowledge, ["vo2max", "hscrp"])}
    nhanes = by_id["nhanes"]
    reported = {n for n, p in priors(model.knowledge).items() if p.figure.source == "nhanes" and p.parent}
    assert set(nhanes.parameters) == reported
    assert not any("intercept" in name for name in nhanes.parameters)
    assert len(nhanes.targets) == sum(t.source == "nhanes" and t.use == "fit" for t in model.knowledge.targets.values())
    assert by_id["D004"].targets == ("D004_combined_resistance", "D004_aerobic_resistance")
    assert "hscrp" in nhanes.markers
    assert by_id["B001"] == Study("B001", (), (), ("vo2max",))
    assert by_id["review"].targets == tuple(f"dysglycemia_{age}" for age in ("20_39", "40_59", "60_74", "75_plus"))
    assert by_id["review [26]"].parameters == ("jnk_activation|inflammation",)


def test_an_effect_whose_study_is_wrong_goes_back_to_the_weakest_grade(model: bn.RiskModel) -> None:
    entries, grade = priors(model.knowledge), weakest(model.knowledge)
    assert grade.odds_ratio == min(each.odds_ratio for each in model.knowledge.grades.values())
    signed = without_study(model.knowledge, entries["sarcopenia|physical_activity"])
    assert (signed.value, signed.sign) == (pytest.approx(-np.log(grade.odds_ratio)), "-")
    unsigned = without_study(model.knowledge, entries["insulin_resistance|sex"])
    assert (unsigned.value, unsigned.spread) == (0.0, pytest.approx(np.log(grade.odds_ratio)))


def test_a_study_that_only_a_marker_leans_on_leaves_the_marker_out(model: bn.RiskModel, found: Sensitivity) -> None:
    source = next(each for each in found.sources if each.id == "B001")
    rest = {name: value for name, value in PERSON.items() if name != "vo2max"}
    assert source.risk == pytest.approx(model.posterior(rest).risk, rel=1e-6)


def test_a_derived_marker_is_left_out_with_what_it_came_from(model: bn.RiskModel) -> None:
    found = model.sensitivity(age=50, fasting_insulin=15, fasting_glucose=95)
    source = next(each for each in found.sources if each.markers == ("homa_ir",) and not each.parameters)
    assert source.risk == pytest.approx(model.posterior(age=50, fasting_glucose=95).risk, rel=1e-6)


def test_a_study_on_which_nothing_leans_changes_nothing(model: bn.RiskModel) -> None:
    change = Linearized.of(Problem.of(model.knowledge)).without([Study("none", (), (), ())])[:, 0]
    np.testing.assert_allclose(change, 0, atol=1e-12)


@pytest.mark.long
def test_two_steps_are_nearly_the_synthesis_without_the_study(model: bn.RiskModel) -> None:
    """The largest study of all, with its targets and effects: the step against a refit, at the mode."""
    study = replace(next(s for s in studies(model.knowledge, []) if s.id == "nhanes"), markers=())
    around = Linearized.of(Problem.of(model.knowledge))
    problem = Problem.of(model.knowledge)
    names = list(problem.priors)
    others = {name: without_study(model.knowledge, problem.priors[name]) for name in study.parameters}
    dropped = [row for row, t in enumerate(problem.targets.targets, len(names)) if t.id in study.targets]

    def residuals(coordinates: np.ndarray) -> np.ndarray:
        rows, values = problem.residuals(coordinates), problem.parameters(coordinates)
        for name, prior in others.items():
            rows[names.index(name)] = prior.standard(values[name])
        rows[dropped] = 0.0
        return rows

    mode = problem.coordinates(read_mode(model.knowledge))[:, 0]
    stepped = mode + around.without([study])[:, 0]
    refitted = minimize(residuals, stepped, ENOUGH).deviates
    for person in (PERSON, LEAN):
        before, step, refit = (
            bn.RiskModel(model.knowledge, problem.parameters(coordinates[:, None])).posterior(person).risk
            for coordinates in (mode, stepped, refitted)
        )
        assert step - before == pytest.approx(refit - before, rel=0.1, abs=0.005)


def test_an_outcome_that_is_known_is_refused(model: bn.RiskModel) -> None:
    with pytest.raises(bn.QuestionError, match="insulin_resistance itself is known"):
        model.sensitivity(age=68, insulin_resistance="present")


def test_frames_and_dicts_say_the_same(found: Sensitivity) -> None:
    record = json.loads(json.dumps(found.to_dict()))
    for part in ("parameters", "findings", "sources", "settings"):
        frame = found.to_frame(part)  # type: ignore[arg-type]
        assert len(frame) == len(record[part]) > 0
    assert found.to_frame()["share"].tolist() == [each["share"] for each in record["parameters"]]
    assert found.parameters[0].name in repr(found)
    assert found.parameters[0].name in found._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sensitivity", "age=68", "hscrp=4.1"], "one were wrong"),
        (["most-probable", "age=68", "hscrp=4.1", "--best", "2"], "Most probable joint states"),
        (["mediation"], "Impaired insulin signaling"),
    ],
)
def test_commands_print_tables_and_json(myorisk: Myorisk, arguments: list[str], said: str) -> None:
    shown = myorisk(*arguments).stdout
    assert said in shown
    assert "not a diagnostic device" in shown
    assert json.loads(myorisk(*arguments, "--json").stdout)
