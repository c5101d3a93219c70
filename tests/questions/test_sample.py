"""People drawn from the network have its posteriors and its markers' distributions, and are read back without a word."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

import bn
from bn.core.conditioned import probability
from bn.questions.sample.readings import readings
from cpds.measurement import Readings, contribution
from cpds.records import Binned, Declared, Ordinal, Referred

N = 20_000
APART = 4.5
"""Standard errors: so far off is about one figure in 150,000."""


def apart(found: float, expected: float, n: int) -> float:
    """Distance of a share from its probability in standard errors."""
    return abs(found - expected) / np.sqrt(max(expected * (1 - expected), 1e-12) / n)


@pytest.mark.parametrize(
    "given",
    [{}, {"age": "[60, 70)", "sex": "f", "bmi": 31, "hscrp": 4.0}, {"dysglycemia": "impaired+", "homa_ir": "<3"}],
)
def test_states_come_as_often_as_their_posteriors_say(small: bn.RiskModel, given: dict) -> None:
    people = small.sample(N, given, measure=[], states=True, seed=1)
    post = small.posterior(given)
    for name, states in small.network.states.items():
        shares = people[f"state of {name}"].value_counts(normalize=True)
        for state in states:
            assert apart(shares.get(state, 0.0), post[name][state], N) < APART, (name, state)


def test_states_go_together_as_in_the_network(small: bn.RiskModel) -> None:
    people = small.sample(N, {"sex": "male"}, measure=[], states=True, seed=2)
    for pair in (["insulin_resistance", "dysglycemia"], ["physical_activity", "inflammation"], ["age", "sarcopenia"]):
        joint = small.joint(pair, {"sex": "male"})["probability"]
        shares = people[[f"state of {name}" for name in pair]].value_counts(normalize=True)
        for states, expected in joint.items():
            assert apart(shares.get(states, 0.0), expected, N) < APART, (pair, states)


def test_each_reading_has_its_distribution_in_its_state_and_stratum(small: bn.RiskModel) -> None:
    """Shares beyond three readings against the limits of the measurement rule; levels and answers against the data."""
    knowledge = small.knowledge
    rng = np.random.default_rng(3)
    for name, marker in knowledge.biomarkers.items():
        if isinstance(marker, Binned):
            continue
        last = len(knowledge.variables[marker.variable].states) - 1
        for own in (0, last):
            states = {v: np.full(N, len(one.states) // 2) for v, one in knowledge.variables.items()}
            states[marker.variable] = np.full(N, own)
            found = readings(knowledge, [name], states, N, rng)[name]
            if isinstance(marker, Declared):
                assert apart(found.mean(), marker.yes.probabilities[own], N) < APART, name
            elif isinstance(marker, Ordinal):
                for at, level in enumerate(marker.levels):
                    assert apart((found == at).mean(), level.probabilities[own], N) < APART, name
            else:
                cuts = np.quantile(found, [0.1, 0.5, 0.9])
                table = contribution(knowledge, name, Readings(cuts, np.ones(3, dtype=np.int8)))
                at = (own, *(states[axis][0] for axis in table.axes[1:]))
                for cut, expected in zip(cuts, np.exp(table.values[at]), strict=True):
                    assert apart((found > cut).mean(), expected, N) < APART, (name, own, cut)


def test_readings_come_as_often_as_the_network_says(small: bn.RiskModel) -> None:
    """Over all states and strata together."""
    people = small.sample(N, {"age": 50}, measure=["homa_ir", "hba1c", "grip_strength", "hscrp", "p62"], seed=4)
    for event in ("homa_ir>2.5", "hba1c>5.7", "grip_strength<30", "hscrp>3"):
        name, beyond = event.split(">")[0].split("<")[0], ">" in event
        cut = float(event[len(name) + 1 :])
        share = (people[name] > cut).mean() if beyond else (people[name] < cut).mean()
        expected = probability(small.network, small.names, {name: event[len(name) :]}, {"age": 50})[0]
        assert apart(share, expected, N) < APART, event
    expected = probability(small.network, small.names, {"p62": "high"}, {"age": 50})[0]
    assert apart((people["p62"] == "high").mean(), expected, N) < APART


def test_members_of_a_panel_share_noise(small: bn.RiskModel) -> None:
    """Ranks within one state, as normal scores, correlate by the panel's rho along the markers' directions."""
    knowledge = small.knowledge
    states = {name: np.zeros(N, dtype=np.int64) for name in knowledge.variables}
    panels = {}
    for name, marker in knowledge.biomarkers.items():
        if isinstance(marker, Referred) and marker.panel:
            panels.setdefault(marker.panel, []).append(name)
    members = {panel: names[:2] for panel, names in panels.items() if len(names) > 1 and panel != "insulin_resistance"}
    assert members
    for panel, (one, other) in members.items():
        found = readings(knowledge, [one, other], states, N, np.random.default_rng(5))
        ranks = [pd.Series(found[name]).rank(pct=True).clip(upper=1 - 1 / N) for name in (one, other)]
        sign = 1 if knowledge.biomarkers[one].direction == knowledge.biomarkers[other].direction else -1
        correlation = sign * np.corrcoef(*map(ndtri, ranks))[0, 1]
        assert correlation == pytest.approx(knowledge.panels[panel].rho.number, abs=0.04), panel


def test_sampled_people_are_read_back_without_an_error(small: bn.RiskModel, tmp_path) -> None:
    """Every marker at once: products fit their factors, what is implied is said, nothing is void or out of range."""
    people = small.sample(3000, seed=6, states=True)
    scored = small.score(people, interval=False)
    assert (scored["error"] == "").all()
    treated = people[people["insulin_treated"] == "yes"]
    assert (treated["diagnosed_diabetes"] == "yes").all()
    assert treated["homa_ir"].isna().all()
    fit = people["fasting_insulin"] * people["fasting_glucose"] / 405 / people["homa_ir"]
    assert fit.dropna().between(0.99, 1.01).mean() > 0.999
    path = tmp_path / "people.csv"
    people.to_csv(path, index=False)
    assert small.validate(str(path), "homa_ir>2.5", inputs=["age", "sex", "bmi"]).overall.n > 2900


def test_sampled_people_are_calibrated(small: bn.RiskModel) -> None:
    """The network's probabilities of what it drew itself: intercept 0, slope 1, within their intervals at 99.99 %."""
    people = small.sample(N, measure=["homa_ir", "hscrp", "il6", "grip_strength", "fasting_glucose"], seed=7)
    measures = small.validate(people, "homa_ir>2.5").overall.measures
    for name, expected in (("intercept", 0.0), ("slope", 1.0), ("ratio", 1.0)):
        one = measures[name]
        error = (one.high - one.low) / 2 / 1.96
        assert abs(one.value - expected) < 4 * error, (name, one)


def test_what_is_done_comes_before_what_is_measured(small: bn.RiskModel) -> None:
    people = small.sample(N, {"age": 60, "sex": "female"}, do="exercise_training", measure=[], states=True, seed=8)
    after = small.what_if({"age": 60, "sex": "female"}, do="exercise_training")
    share = (people["state of insulin_resistance"] == "present").mean()
    assert apart(share, after.risk_after, N) < APART
    set_ = small.sample(50, do=["sarcopenia=absent"], measure=["sarcopenia"], seed=9)
    assert (set_["sarcopenia"] == "absent").all()


def test_what_is_given_stands_in_its_column(small: bn.RiskModel) -> None:
    given = {"age": "[60, 62)", "sex": "male", "bmi": 31.4, "hscrp": "<3"}
    people = small.sample(200, given, measure=["il6"], seed=1)
    assert list(people) == ["age", "sex", "physical_activity", "bmi", "il6", "hscrp"]
    assert people["age"].between(60, 62, inclusive="left").all()
    assert (people["bmi"] == 31.4).all()
    assert (people["hscrp"] == "<3").all()
    pd.testing.assert_frame_equal(people, small.sample(200, given, measure=["il6"], seed=1))


def test_readings_below_a_detection_limit_are_limits(small: bn.RiskModel) -> None:
    """As often as without one, and read back as such; in the unit that is said."""
    whole, cut = (
        small.sample(2000, measure=["hscrp"], detection_limits=limits, seed=2) for limits in ({}, {"crp": "0.05 mg/dL"})
    )
    below = whole["hscrp"] < 0.5
    assert below.any()
    assert (cut["hscrp"][below] == "<0.5").all()
    assert (cut["hscrp"][~below] == whole["hscrp"][~below]).all()
    assert (small.score(cut, interval=False)["error"] == "").all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "expected a number of people from 1"),
        ({"n": 2.5}, "expected a number of people from 1"),
        ({"n": 5, "measure": ["nix"]}, "unknown marker or variable 'nix'"),
        ({"n": 5, "given": {"hscrp": 3}, "do": "exercise_training"}, "what is done changes inflammation"),
        ({"n": 5, "do": "nothing_known"}, "unknown intervention"),
        ({"n": 5, "do": {"at1_blockade": 0.5}}, "expected a text, or several in a list"),
        (
            {"n": 5, "measure": ["il6"], "detection_limits": {"hscrp": 1}},
            "expected a measured marker with numbers",
        ),
        ({"n": 5, "detection_limits": {"p62": 1}}, "expected a measured marker with numbers"),
        ({"n": 5, "detection_limits": {"hscrp": "<1"}}, "expected a plain number"),
        ({"n": 5, "given": {"inflammation": "absent", "age": 300}}, "out of range|expected"),
    ],
)
def test_what_cannot_be_sampled_is_an_error(small: bn.RiskModel, arguments: dict, message: str) -> None:
    with pytest.raises(bn.QuestionError, match=message):
        small.sample(**arguments)
