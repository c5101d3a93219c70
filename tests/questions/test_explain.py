"""Explanations against brute force: every subset asked one by one, every order walked, every number taken out by hand."""

import json
import math
from collections.abc import Callable, Mapping
from itertools import permutations, product
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from command_line import Myorisk
from hypothesis import given, settings
from hypothesis import strategies as st

import bn
from bn.questions.explain import explain
from bn.questions.explain.contributions import coalitions
from bn.questions.findings import read_findings
from bn.questions.shapley import EXACT, sampled, shapley
from cpds.records import Measured
from cpds.strata import references
from cpds.table import Array

OBESE = {
    **dict.fromkeys(("bmi_under_19", "bmi_19_21", "bmi_21_23", "bmi_23_25", "bmi_25_27", "bmi_27_30"), 0),
    **{"bmi_30_32": 2, "bmi_32_35": 1, "bmi_35_40": 0, "bmi_40_plus": 0},
}
PERSON = {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": 4.1, "il6": 1.2, "grip_strength": "19.5 kg", "hba1c": 5.9}
MANY = {
    **{"age": 68, "sex": "female", "bmi": 29, "physical_activity": "active", "hscrp": 6, "il6": 4, "grip_strength": 17},
    **{"vo2max": 18, "hba1c": 5.9, "glut4": "low", "p_jnk": "high", "er_stress": "present", "mda": 2, "sod": "low"},
    **{"tnf_alpha": 3, "gait_speed": 0.9, "ptp1b": "high", "autophagy_decline": {"present": 2, "absent": 1}},
}


@pytest.fixture(scope="module")
def point(model: bn.RiskModel) -> bn.RiskModel:
    """The shipped model with two draws, so that many posteriors cost little."""
    return bn.RiskModel(model.knowledge, {name: values[:2] for name, values in model.parameters.items()})


def log_odds(risk: float) -> float:
    return math.log(risk / (1 - risk))


def walked(worth: Callable[[frozenset[int]], float], players: int) -> list[float]:
    """Shapley values as they are defined: what each player adds to those before it, over all orders."""
    gains = [0.0] * players
    orders = list(permutations(range(players)))
    for order in orders:
        for position, player in enumerate(order):
            before = frozenset(order[:position])
            gains[player] += (worth(before | {player}) - worth(before)) / len(orders)
    return gains


games = st.integers(1, 5).flatmap(
    lambda n: st.lists(st.floats(-5, 5), min_size=2**n, max_size=2**n).map(lambda v: np.array(v).reshape((2,) * n))
)


@given(games)
def test_shapley_values_are_means_over_all_orders(worth: Array) -> None:
    def of(players: frozenset[int]) -> float:
        return float(worth[tuple(int(player in players) for player in range(worth.ndim))])

    values = shapley(worth)
    np.testing.assert_allclose(values, walked(of, worth.ndim), atol=1e-12)
    assert values.sum() == pytest.approx(worth.flat[-1] - worth.flat[0], abs=1e-12)


@given(games, st.data())
def test_a_player_that_adds_nothing_has_no_share_and_equals_have_equal_ones(worth: Array, data: st.DataObject) -> None:
    with_dummy = np.stack([worth, worth], axis=data.draw(st.integers(0, worth.ndim)))
    dummy = next(axis for axis in range(with_dummy.ndim) if not np.diff(with_dummy, axis=axis).any())
    assert shapley(with_dummy)[dummy] == pytest.approx(0, abs=1e-12)
    if worth.ndim > 1:
        alike = (worth + worth.swapaxes(0, 1)) / 2
        assert shapley(alike)[0] == pytest.approx(shapley(alike)[1], abs=1e-12)


def table_game(worth: Array) -> Callable[[list[int], list[int]], Array]:
    """The worth of subsets of some players beside others, read off the table of all subsets."""

    def of(players: list[int], before: list[int]) -> Array:
        values = np.empty((2,) * len(players))
        for chosen in product((0, 1), repeat=len(players)):
            state = [int(player in before) for player in range(worth.ndim)]
            for player, there in zip(players, chosen, strict=True):
                state[player] = there
            values[chosen] = worth[tuple(state)]
        return values

    return of


def test_sampled_values_add_up_are_unbiased_and_know_their_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bn.questions.shapley._BLOCK", 3)
    worth = np.random.default_rng(5).normal(size=(2,) * 11)
    runs = [sampled(table_game(worth), 11, np.random.default_rng(seed)) for seed in range(40)]
    values, errors = (np.array(part) for part in zip(*runs, strict=True))
    np.testing.assert_allclose(values.sum(axis=1), worth.flat[-1] - worth.flat[0], atol=1e-12)
    scatter = values.std(axis=0, ddof=1)
    assert (abs(values.mean(axis=0) - shapley(worth)) < 4 * scatter / math.sqrt(40)).all()
    assert math.sqrt((errors**2).mean() / (scatter**2).mean()) == pytest.approx(1, abs=0.15)


def test_players_that_do_not_interact_are_sampled_without_error() -> None:
    gains = np.arange(1.0, 11.0)
    worth = np.indices((2,) * 10).T @ gains
    values, errors = sampled(table_game(worth.T), 10, np.random.default_rng(0))
    np.testing.assert_allclose(values, gains)
    np.testing.assert_allclose(errors, 0, atol=1e-12)


@pytest.mark.parametrize(
    "findings",
    [
        {"age": 68, "sex": "female", "hscrp": 4.1, "il6": 1.2, "grip_strength": 19.5},
        {"bmi": 31, "fasting_insulin": 14, "fasting_glucose": 108, "insulin_treated": "yes", "homa_ir": 3},
        {"homa_ir": 3, "insulin_treated": "yes", "bmi": 31},
        {"age": "[60, 75)", "adiposity": OBESE, "bmi": ">30", "er_stress": "present"},
        {"hba1c": 6.6, "diagnosed_diabetes": "no", "vo2max": "<20", "sarcopenia": "absent", "gait_speed": 0.8},
    ],
    ids=["panel and strata", "product and void", "void alone", "twice said and open", "joined by or"],
)
def test_every_subset_has_the_log_odds_that_asking_for_it_gives(point: bn.RiskModel, findings: dict[str, Any]) -> None:
    worth = coalitions(point, read_findings(point.names, findings))
    for chosen in product((False, True), repeat=len(findings)):
        subset = {name: value for (name, value), there in zip(findings.items(), chosen, strict=True) if there}
        expected = log_odds(point.posterior(subset).risk)
        assert worth[tuple(map(int, chosen))] == pytest.approx(expected, abs=1e-9), subset


def test_findings_that_are_in_for_good_stay_in(point: bn.RiskModel) -> None:
    findings = read_findings(point.names, PERSON)
    worth = coalitions(point, findings[2:4], [findings[0], findings[4]])
    for chosen, rest in (((0, 0), {}), ((1, 0), {"bmi": 31.2}), ((1, 1), {"bmi": 31.2, "hscrp": 4.1})):
        expected = log_odds(point.posterior({"age": 68, "il6": 1.2, **rest}).risk)
        assert worth[chosen] == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=8)
@given(st.lists(st.sampled_from(sorted(MANY)), unique=True, min_size=1, max_size=4))
def test_contributions_equal_walking_all_orders(point: bn.RiskModel, names: list[str]) -> None:
    known: dict[frozenset[int], float] = {}

    def worth(players: frozenset[int]) -> float:
        if players not in known:
            known[players] = log_odds(point.posterior({names[player]: MANY[names[player]] for player in players}).risk)
        return known[players]

    found = point.explain({name: MANY[name] for name in names})
    assert [row.finding for row in found.contributions] == names
    assert [row.log_odds for row in found.contributions] == pytest.approx(walked(worth, len(names)), abs=1e-9)


def test_contributions_add_up_to_the_change_from_anybody_and_from_context(point: bn.RiskModel) -> None:
    found = point.explain(PERSON)
    context = {name: PERSON[name] for name in ("age", "sex", "bmi")}
    for odds, asked in ((found.before, {}), (found.context, context), (found.after, PERSON)):
        assert odds == pytest.approx(log_odds(point.posterior(asked).risk), abs=1e-9)
    assert sum(row.log_odds for row in found.contributions) == pytest.approx(found.after - found.before, abs=1e-9)
    shares = {row.finding: row.in_context for row in found.contributions if row.in_context is not None}
    assert shares.keys() == PERSON.keys() - context.keys()
    assert sum(shares.values()) == pytest.approx(found.after - found.context, abs=1e-9)
    only_one = point.explain(**context, il6=1.2).contributions[-1]
    assert only_one.in_context == pytest.approx(
        log_odds(point.posterior(**context, il6=1.2).risk) - log_odds(point.posterior(context).risk), abs=1e-9
    )


@pytest.mark.parametrize("asked", [{"bmi": 31, "il6": 1, "age": 68}, {"bmi": 22, "hscrp": 6, "age": 30}])
def test_findings_against_are_those_that_pull_away_from_the_change(point: bn.RiskModel, asked: dict[str, Any]) -> None:
    found = point.explain(asked)
    raised = found.after > found.before
    against = {row.finding for row in found.contributions if (row.log_odds > 0) != raised}
    assert {row.finding for row in found.against} == against
    assert 0 < len(against) < len(asked)


def test_more_findings_than_have_exact_shares_are_sampled_and_seeded(point: bn.RiskModel) -> None:
    assert len(MANY) > EXACT
    found, again, other = explain(point, MANY, 3), explain(point, MANY, 3), explain(point, MANY, 4)
    assert found.contributions == again.contributions
    assert found.contributions != other.contributions
    values = np.array([row.log_odds for row in found.contributions])
    errors = np.array([row.error for row in found.contributions], dtype=float)
    assert values.sum() == pytest.approx(found.after - found.before, abs=1e-9)
    assert 0 < errors.max() < 0.02


@pytest.mark.long
def test_sampled_shares_are_the_exact_ones_but_for_their_error(point: bn.RiskModel) -> None:
    exact = shapley(coalitions(point, read_findings(point.names, MANY)))
    sampled = [[row.log_odds for row in explain(point, MANY, seed).contributions] for seed in range(3, 9)]
    assert abs(np.mean(sampled, axis=0) - exact).max() < 0.015


def test_what_a_mechanism_carried_is_lost_when_its_belief_is_put_back(point: bn.RiskModel) -> None:
    asked = {"age": 68, "bmi": 31, "hscrp": 4.1, "er_stress": "present"}
    found, now, before = point.explain(asked), point.posterior(asked), point.posterior()
    rows = {row.mechanism: row for row in found.mechanisms}
    assert "insulin_resistance" not in rows
    assert "dysglycemia" not in rows
    assert "age" not in rows
    for name in ("inflammation", "er_stress", "insulin_signaling_impairment"):
        rest = {key: value for key, value in asked.items() if key != name}
        held = sum(p * point.posterior({**rest, name: state}).risk for state, p in before[name].items())
        assert rows[name].log_odds == pytest.approx(log_odds(now.risk) - log_odds(held), abs=1e-9)
        assert rows[name].before == pytest.approx(before[name]["present"], abs=1e-9)
        assert rows[name].after == pytest.approx(now[name]["present"], abs=1e-9)
    strongest = [abs(row.log_odds) for row in found.mechanisms]
    assert strongest == sorted(strongest, reverse=True)


def test_conflict_is_the_log_ratio_of_probabilities_alone_and_together(point: bn.RiskModel) -> None:
    def log_p(asked: Mapping[str, Any]) -> float:
        return point.posterior(asked).log_evidence

    asked = {"age": 68, "vo2max": 18, "gait_speed": 0.9}
    found = point.explain(asked)
    alone = sum(log_p({name: value}) for name, value in asked.items())
    assert found.conflict_overall == pytest.approx(alone - log_p(asked), abs=1e-9)
    given_age = [log_p({"age": 68, name: asked[name]}) - log_p({"age": 68}) for name in ("vo2max", "gait_speed")]
    assert found.conflict == pytest.approx(sum(given_age) - log_p(asked) + log_p({"age": 68}), abs=1e-9)


def test_conflict_shows_where_findings_disagree_and_does_not_depend_on_units(point: bn.RiskModel) -> None:
    agree = point.explain(sarcopenia="present", grip_strength=12, sex="female", age=70)
    disagree = point.explain(sarcopenia="absent", grip_strength=12, sex="female", age=70)
    assert agree.conflict is not None
    assert disagree.conflict is not None
    assert agree.conflict < 0 < disagree.conflict
    other_unit = point.explain({"sarcopenia": "absent", "grip_strength": "26.4555 lb", "sex": "female", "age": 70})
    assert other_unit.conflict == pytest.approx(disagree.conflict, abs=1e-4)
    assert point.explain(age=70, sex="female").conflict is None
    assert point.explain(age=70).conflict_overall is None
    panel = point.explain(hscrp=4, il6=3)
    assert panel.conflict_overall is None, "members of one panel are one finding"


def test_surprise_compares_a_finding_alone_with_the_same_given_the_others(point: bn.RiskModel) -> None:
    asked: dict[str, Any] = {"age": 68, "sex": "female", "vo2max": 18, "er_stress": "present", "p_jnk": "high"}
    rows = {row.finding: row for row in point.explain(asked).surprises}
    assert rows.keys() == asked.keys()
    for name, value in asked.items():
        rest = {key: said for key, said in asked.items() if key != name}
        together, others = point.posterior(asked).log_evidence, point.posterior(rest).log_evidence
        alone = point.posterior({name: value}).log_evidence
        assert rows[name].log_ratio == pytest.approx(alone - (together - others), abs=1e-8), name
    rest = {key: said for key, said in asked.items() if key != "er_stress"}
    assert rows["er_stress"].probability == pytest.approx(point.posterior(rest)["er_stress"]["present"], abs=1e-9)


def test_the_tail_of_a_number_is_that_of_its_prediction(point: bn.RiskModel) -> None:
    rest = {"age": 68, "sex": "female", "bmi": 31}
    marker = point.knowledge.biomarkers["grip_strength"]
    assert isinstance(marker, Measured)
    reference = references(point.knowledge)["grip_strength"]
    cell = tuple({"sex": 0, "age": 9}[axis] for axis in reference.axes)
    center, sd = reference.center[(*cell, 0)], reference.sd[(*cell, 0)]
    p = point.posterior(rest)["sarcopenia"]["present"]
    shift = -marker.shift.number * sd

    def below(value: float) -> float:
        return (1 - p) * NormalDist(center, sd).cdf(value) + p * NormalDist(center + shift, sd).cdf(value)

    for value, expected in ((19.5, below(19.5)), (31.0, 1 - below(31.0)), ("<21", below(21))):
        row = next(r for r in point.explain(**rest, grip_strength=value).surprises if r.finding == "grip_strength")
        assert row.probability == pytest.approx(expected, abs=1e-9), value


def test_the_weight_of_an_arc_is_lost_when_it_passes_its_mean_to_everyone(point: bn.RiskModel) -> None:
    asked = {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": 4.1}
    found = point.explain(asked)
    weights = {row.name: row.weight for row in found.supports}
    people = point.posterior()
    now = log_odds(point.posterior(asked).risk)

    def without(effect: str, child: str, mean: float) -> float:
        changed = {**point.parameters, effect: np.zeros(2)}
        changed[f"{child}|intercept"] = changed[f"{child}|intercept"] + point.parameters[effect] * mean
        return now - log_odds(bn.RiskModel(point.knowledge, changed).posterior(asked).risk)

    signaling = "insulin_resistance|insulin_signaling_impairment"
    present = people["insulin_signaling_impairment"]["present"]
    assert weights[signaling] == pytest.approx(without(signaling, "insulin_resistance", present), abs=1e-9)
    steps = np.clip(np.array([17.9, 20.1, 22.1, 24.0, 26.0, 28.4, 31.0, 33.4, 37.2, 45.2]) - 18, 0, 15) / 5
    mean = float(steps @ list(people["adiposity"].values()))
    adiposity = "insulin_resistance|adiposity:18-33"
    assert weights[adiposity] == pytest.approx(without(adiposity, "insulin_resistance", mean), abs=1e-9)
    rest = {name: value for name, value in asked.items() if name != "hscrp"}
    assert weights["hscrp"] == pytest.approx(now - log_odds(point.posterior(rest).risk), abs=1e-9)
    assert not any(name.startswith("dysglycemia|") for name in weights), "nothing downstream was found"


def test_claims_and_sources_weigh_what_their_arcs_and_markers_weigh(point: bn.RiskModel) -> None:
    found = point.explain(PERSON)
    arcs = {row.name: abs(row.weight) for row in found.supports}
    inflammation = point.knowledge.variables["insulin_signaling_impairment"]
    claims = next(parent.claims for parent in inflammation.parents if parent.id == "inflammation")
    for claim in claims:
        assert found.claims[claim] >= arcs["insulin_signaling_impairment|inflammation"] - 1e-12
    assert found.claims["C160"] == pytest.approx(arcs["il6"]), "il6 alone rests on it"
    assert found.sources["colaus_cytokines"] == pytest.approx(arcs["il6"])
    assert list(found.claims.values()) == sorted(found.claims.values(), reverse=True)
    assert sum(found.bases.values()) == pytest.approx(1)
    assert found.bases.keys() <= {"reported", "converted", "graded", "assumed"}
    assert "ifcc_master_equation" not in found.sources, "a unit that was not used is no support"


def test_findings_that_do_not_count_have_no_share_and_say_why(point: bn.RiskModel) -> None:
    both = point.explain(homa_ir=3.0, fasting_insulin=14, bmi=30)
    assert [note.text for note in both.notes] == ["fasting_insulin counts within homa_ir"]
    assert [row.finding for row in both.contributions] == ["homa_ir", "bmi"]
    void = point.explain(homa_ir=3.0, insulin_treated="yes")
    assert [note.text for note in void.notes] == ["homa_ir is void, as insulin_treated says yes"]
    assert [row.finding for row in void.contributions] == ["insulin_treated"]
    computed = point.explain(fasting_insulin=14, fasting_glucose=108)
    assert [note.text for note in computed.notes] == ["homa_ir 3.733 from fasting_insulin and fasting_glucose"]
    assert [row.finding for row in computed.contributions] == ["fasting_insulin", "fasting_glucose"]
    assert {row.finding for row in computed.surprises} == {"fasting_glucose", "homa_ir"}
    assert sum(row.log_odds for row in computed.contributions) == pytest.approx(computed.after - computed.before)
    assert computed.outcomes_measured == ("insulin_resistance", "dysglycemia")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "nothing to explain"),
        ({"insulin_resistance": "present", "age": 50}, "insulin_resistance is stated"),
        ({"hscrpp": 3}, "did you mean 'hscrp'"),
        ({"bmi": 31, "adiposity": "bmi_under_19"}, "contradicts"),
    ],
)
def test_questions_without_an_answer_say_so(point: bn.RiskModel, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        point.explain(asked)


def test_an_explanation_reads_as_frames_json_html_and_a_line(point: bn.RiskModel) -> None:
    found = point.explain(PERSON)
    assert list(found.to_frame()["finding"]) == list(PERSON)
    for part, columns in (
        ("mechanisms", "mechanism"),
        ("surprises", "log_ratio"),
        ("supports", "basis"),
        ("claims", "claim"),
    ):
        assert columns in found.to_frame(part).columns
    with pytest.raises(bn.QuestionError, match="expected contributions"):
        found.to_frame("everything")
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert record["risk"] == pytest.approx(point.posterior(PERSON).risk)
    assert record["against"] == [row.finding for row in found.against]
    assert "bmi +" in repr(found)
    assert "<table" in found._repr_html_()


def test_the_command_prints_the_same_answer(myorisk: Myorisk, model: bn.RiskModel) -> None:
    asked = ("age=68", "sex=female", "bmi=31.2", "hscrp=4.1", "il6=0.5")
    record = json.loads(myorisk("explain", *asked, "--json", model=model).stdout)
    found = model.explain(age=68, sex="female", bmi=31.2, hscrp=4.1, il6=0.5)
    assert [row["log_odds"] for row in record["contributions"]] == pytest.approx(
        [row.log_odds for row in found.contributions]
    )
    shown = myorisk("explain", *asked, model=model).stdout
    for text in ("Shapley", "pulls the other way", "Conflict", "Surprise", "C160", "nhanes", "not a diagnostic device"):
        assert text in shown
