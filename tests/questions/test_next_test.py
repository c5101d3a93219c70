"""What to measure next, against brute force on small networks, fine grids, simulated readings and the posterior itself."""

import json
import math
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Myorisk
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

import bn
from bn.questions import reading
from bn.questions.findings import conditioned, in_effect, read_findings
from bn.questions.next_test.candidates import Candidate
from bn.questions.next_test.evaluate import Evaluator, RiskOutlook
from bn.questions.reading import densities, discounted, grid
from cpds.knowledge import Knowledge
from cpds.measurement import exact, log_likelihood
from cpds.priors import at_prior
from cpds.records import Declared, Figure, Level, Measured, Ordinal, Panel, Parent, Quantity, Shares, Variable
from cpds.strata import references
from cpds.table import Table

GIVEN = {"basis": "assumed", "why": "example"}


@pytest.fixture(scope="module")
def point(model: bn.RiskModel) -> bn.RiskModel:
    """The shipped model with two draws, so that many posteriors cost little."""
    return bn.RiskModel(model.knowledge, {name: values[:2] for name, values in model.parameters.items()})


def figure(value: float) -> Figure:
    return Figure(value=value, spread=1.0, basis="assumed", why="example")


@st.composite
def small_models(draw: st.DrawFn) -> bn.RiskModel:
    """Three to five variables with two or three states, an ordinal marker of each and a second one of some, correlated."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = "abcde"[: draw(st.integers(3, 5))]
    variables: dict[str, Variable] = {}
    markers: dict[str, Ordinal] = {}
    panels: dict[str, Panel] = {}
    for position, name in enumerate(names):
        states = tuple(f"s{k}" for k in range(draw(st.integers(2, 3))))
        common: dict[str, Any] = {"id": name, "title": name, "states": states, "definition": "example"}
        if position == 0:
            shares = tuple(rng.dirichlet(np.ones(len(states))))
            variables[name] = Variable(role="root", shares=Shares(values=shares, **GIVEN), **common)
        else:
            chosen = draw(st.lists(st.sampled_from(names[:position]), unique=True, max_size=2))
            parents = tuple(
                Parent(id=parent, effects=tuple(map(figure, rng.normal(0, 1.5, len(variables[parent].states) - 1))))
                for parent in chosen
            )
            intercepts = tuple(map(figure, sorted(rng.normal(0, 1, len(states) - 1), reverse=True)))
            last = position == len(names) - 1
            variables[name] = Variable(
                role="outcome" if last else "mechanism",
                risk=draw(st.sampled_from(states)) if last else None,
                intercepts=intercepts,
                parents=parents,
                **common,
            )
        panel = draw(st.sampled_from([None, name]))
        if panel:
            rho = figure(draw(st.sampled_from([0.0, 0.3, 0.7])))
            panels[name] = Panel(id=name, variable=name, rho=rho, note="example")
        for copy in range(2 if panel else 1):
            chances = rng.dirichlet(np.ones(draw(st.integers(2, 3))), len(states)).T * 0.98 + 0.005
            levels = tuple(Level(id=f"l{k}", probabilities=tuple(row), **GIVEN) for k, row in enumerate(chances))
            marker = Ordinal(
                id=f"m{name}{copy}", title=name, variable=name, tissue="blood", direction="+",
                panel=panel, note="example", levels=levels,
            )  # fmt: skip
            markers[marker.id] = marker
    knowledge = Knowledge(Path())
    vars(knowledge).update(variables=variables, biomarkers=markers, panels=panels, grades={})
    return bn.RiskModel(knowledge, at_prior(knowledge))


def states_with_weight(model: bn.RiskModel, said: dict[str, str]) -> list[tuple[dict[str, int], float]]:
    """Every joint state of the variables with P(state, findings), one at a time."""
    network, found = model.network, []
    for indices in product(*(range(len(states)) for states in network.states.values())):
        at = dict(zip(network.states, indices, strict=True))
        weight = math.prod(
            float(table.values[(*(at[axis] for axis in table.axes), 0)]) for table in network.tables.values()
        )
        for name, value in said.items():
            marker = model.knowledge.biomarkers.get(name)
            if isinstance(marker, Ordinal):
                weight *= next(level for level in marker.levels if level.id == value).probabilities[at[marker.variable]]
            else:
                weight *= network.states[name][at[name]] == value
        found.append((at, weight))
    return found


def bits_by_hand(model: bn.RiskModel, said: dict[str, str], marker: Ordinal) -> float:
    """Mutual information of the marker and the risk, summed up over joint states and levels."""
    risk, state = model.risk_of
    chances = np.array([level.probabilities for level in marker.levels])
    panel = model.knowledge.panels.get(marker.panel or "")
    if panel and panel.rho and any(name in said for name in model.knowledge.biomarkers if name[1] == marker.id[1]):
        rho = panel.rho.number  # one partner is known
        chances = chances[:, :1] * (chances / chances[:, :1]) ** math.sqrt((1 - rho) / (1 + rho))
        chances = chances / chances.sum(axis=0)
    joint = np.zeros((2, len(chances)))
    for at, weight in states_with_weight(model, said):
        joint[int(model.network.states[risk][at[risk]] == state)] += weight * chances[:, at[marker.variable]]
    joint /= joint.sum()
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    return float((joint * np.log2(joint / independent)).sum())


@settings(deadline=None, max_examples=60)
@given(small_models(), st.data())
def test_mutual_information_equals_adding_up_every_state_and_level(model: bn.RiskModel, data: st.DataObject) -> None:
    risk = model.risk_of[0]
    names = [name for name in model.network.states if name != risk]
    said: dict[str, str] = {}
    for name in data.draw(st.lists(st.sampled_from(names), unique=True, max_size=1)):
        said[name] = data.draw(st.sampled_from(model.network.states[name]))
    first = [marker for marker in model.knowledge.biomarkers.values() if marker.id.endswith("0")]
    for marker in data.draw(st.lists(st.sampled_from(first), unique_by=lambda m: m.id, max_size=2)):
        assert isinstance(marker, Ordinal)
        if marker.variable not in said:
            said[marker.id] = data.draw(st.sampled_from([level.id for level in marker.levels]))
    found = model.next_test(said)
    expected = {
        name: m for name, m in model.knowledge.biomarkers.items() if name not in said and m.variable not in said
    }
    rows = {test.id: test for test in found.tests if test.id in model.knowledge.biomarkers}
    assert rows.keys() == expected.keys()
    for name, marker in expected.items():
        assert isinstance(marker, Ordinal)
        assert rows[name].bits == pytest.approx(bits_by_hand(model, said, marker), abs=1e-9)
        assert rows[name].measures_outcome == (marker.variable == risk)


def outlook(model: bn.RiskModel, asked: dict[str, Any], name: str, threshold: float | None = None) -> RiskOutlook:
    """What the judge says of one marker."""
    findings = read_findings(model.names, asked)
    judge = Evaluator(model, conditioned(model, findings), in_effect(model.knowledge, findings))
    marker = model.knowledge.biomarkers[name]
    candidate = Candidate(name, name, model.knowledge.variables[marker.variable], marker.tissue, marker)
    return judge.outlooks([candidate], threshold)[0]


READ_NEXT = ("hscrp", "vo2max", "fasting_insulin", "glut4", "diagnosed_diabetes")
"""Markers that no partner of a panel discounts beside glucose."""


@pytest.mark.parametrize(
    ("name", "glycemia"),
    [
        *((name, {}) for name in ("homa_ir", "hba1c", "glucose_2h", *READ_NEXT)),
        *((name, {"fasting_glucose": 108}) for name in READ_NEXT),
        ("hba1c", {"diagnosed_diabetes": "no"}),
    ],
)
def test_the_risk_after_a_reading_is_the_posterior_of_that_reading(
    point: bn.RiskModel, name: str, glycemia: dict[str, Any]
) -> None:
    asked: dict[str, Any] = {"age": 68, "sex": "female", "bmi": 31.2, "gait_speed": 1.0, **glycemia}
    marker = point.knowledge.biomarkers[name]
    found = outlook(point, asked, name)
    values = grid(point.knowledge, marker).values
    assert found.now == pytest.approx(point.posterior(asked).risk, abs=1e-9)
    assert found.shares.sum() == pytest.approx(1, abs=1e-9)
    typical = np.flatnonzero(found.shares > found.shares.max() / 100)
    for place in typical[:: max(1, len(typical) // 4)]:
        said: Any = float(values[place])
        if isinstance(marker, Ordinal):
            said = marker.levels[place].id
        elif isinstance(marker, Declared):
            said = ("no", "yes")[place]
        expected = point.posterior({**asked, name: said}).risk
        assert found.after[place] == pytest.approx(expected, abs=1e-9), said


def test_a_number_is_integrated_as_finely_as_a_grid_of_a_hundred_thousand(point: bn.RiskModel) -> None:
    """Sex and age unknown: the prediction of VO2max is a mixture over strata; here it is one by hand.

    Four SDs beyond every stratum and state its readings say what they say there, and share the tail of the average.
    """
    asked = {"bmi": 31}
    marker, reference = point.knowledge.biomarkers["vo2max"], references(point.knowledge)["vo2max"]
    assert isinstance(marker, Measured)
    logs = np.linspace(-0.5, 6.5, 100_001)
    first, sd = reference.center[..., 0], reference.sd[..., 0]
    inner = np.clip(logs, (first - (marker.shift.number + 4) * sd).min(), (first + 4 * sd).max())
    rarity = np.exp(-0.5 * (((logs - first.mean()) / sd.mean()) ** 2 - ((inner - first.mean()) / sd.mean()) ** 2))
    joint = np.zeros((2, len(logs)))
    for sex in point.network.states["sex"]:
        for age in point.network.states["age"]:
            p_stratum = math.exp(point.posterior(**asked, sex=sex, age=age).log_evidence)
            known = point.posterior(**asked, sex=sex, age=age)
            cell = tuple({"sex": sex, "age": age}[axis] for axis in reference.axes)
            place = (*(point.network.state_index(a, s) for a, s in zip(reference.axes, cell, strict=True)), 0)
            for state, step in (("absent", 0.0), ("present", -marker.shift.number)):
                p_state = known["mitochondrial_dysfunction"][state]
                risk = point.posterior(**asked, sex=sex, age=age, mitochondrial_dysfunction=state).risk
                center = reference.center[place] + step * reference.sd[place]
                density = np.exp(-0.5 * ((inner - center) / reference.sd[place]) ** 2) * rarity
                density /= density.sum()
                joint += p_stratum * p_state * np.array([1 - risk, risk])[:, None] * density
    joint /= joint.sum()
    by_hand = RiskOutlook.of(joint, 1)
    threshold = point.posterior(asked).risk - 0.005
    found = outlook(point, asked, "vo2max", threshold)
    assert found.bits == pytest.approx(by_hand.bits, abs=1e-9)
    assert found.expected_change == pytest.approx(by_hand.expected_change, abs=1e-6)
    assert 0.1 < found.crossing(threshold) < 0.9
    assert found.crossing(threshold) == pytest.approx(by_hand.crossing(threshold), abs=5e-5)
    assert found.value(threshold) == pytest.approx(by_hand.value(threshold), abs=1e-7)


@pytest.mark.parametrize("name", ["homa_ir", "hba1c", "hscrp", "grip_strength", "fasting_glucose"])
def test_finer_pieces_change_nothing(point: bn.RiskModel, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"age": 68, "gait_speed": 0.9}
    threshold = point.posterior(asked).risk + 0.02
    coarse = outlook(point, asked, name, threshold)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    monkeypatch.setattr(reading, "_NODES", nodes)
    monkeypatch.setattr(reading, "_WEIGHTS", weights)
    fine = outlook(point, asked, name, threshold)
    assert len(fine.after) > 4 * len(coarse.after)
    assert coarse.bits == pytest.approx(fine.bits, abs=1e-8)
    assert coarse.expected_change == pytest.approx(fine.expected_change, abs=1e-4)
    assert coarse.crossing(threshold) == pytest.approx(fine.crossing(threshold), abs=1e-6)
    assert coarse.value(threshold) == pytest.approx(fine.value(threshold), abs=1e-8)


@pytest.mark.long
def test_the_gain_is_what_simulated_people_gain(point: bn.RiskModel) -> None:
    """Draw a person's state, then the reading, and ask the posterior: the mean fall in entropy, within its error."""
    asked = {"age": 68, "sex": "male", "bmi": 27}
    rng = np.random.default_rng(11)
    marker, reference = point.knowledge.biomarkers["grip_strength"], references(point.knowledge)["grip_strength"]
    assert isinstance(marker, Measured)
    before = point.posterior(asked)
    place = (*({"sex": 1, "age": 9}[axis] for axis in reference.axes), 0)
    present = rng.random(200) < before["sarcopenia"]["present"]
    values = reference.center[place] + reference.sd[place] * (rng.standard_normal(200) - marker.shift.number * present)

    def entropy(risk: float) -> float:
        return -risk * math.log2(risk) - (1 - risk) * math.log2(1 - risk)

    after = [point.posterior(**asked, grip_strength=float(value)).risk for value in values]
    gains = np.array(
        [
            risk * math.log2(risk / before.risk) + (1 - risk) * math.log2((1 - risk) / (1 - before.risk))
            for risk in after
        ]
    )
    found = point.next_test(asked)["grip_strength"]
    assert found.bits == pytest.approx(gains.mean(), abs=4 * gains.std() / math.sqrt(200))
    assert found.share == pytest.approx(found.bits / entropy(before.risk))
    moves = abs(np.array(after) - before.risk)
    assert found.expected_change == pytest.approx(moves.mean(), abs=4 * moves.std() / math.sqrt(200))


def test_densities_integrate_to_one_and_keep_the_models_likelihood_ratio(point: bn.RiskModel) -> None:
    """In each joint state of what cuts the marker's reference and is not known."""
    glycemic = ("insulin_resistance", "age")
    for name, sex, cut in (("hscrp", 0, ()), ("hscrp", 1, ()), ("hba1c", 0, glycemic), ("homa_ir", 0, ())):
        marker = point.knowledge.biomarkers[name]
        at = grid(point.knowledge, marker)
        known = {"sex": sex, "adiposity": 4}
        table = densities(point.knowledge, marker, at, {}, known)
        assert table is not None
        assert table.axes == (marker.variable, *cut)
        np.testing.assert_allclose(table.values @ at.lengths, 1, atol=1e-9)
        rows = {axis: np.full(len(at.values), state) for axis, state in known.items()}
        logs = log_likelihood(point.knowledge, name, exact(at.values), rows).over(table.axes)
        inside = (table.values > 1e-200).all(axis=tuple(range(len(table.axes))))
        ratios = np.log(table.values[..., inside])
        np.testing.assert_allclose(ratios[1:] - ratios[:1], (logs[1:] - logs[:1])[..., inside], atol=1e-6)


def test_beside_glucose_hba1c_tells_grades_apart_by_less_in_every_stratum(point: bn.RiskModel) -> None:
    """By the root of (1 - rho) / (1 + rho); of insulin resistance at normal glycemia it tells what it tells alone."""
    marker, rho = point.knowledge.biomarkers["hba1c"], point.knowledge.panels["glycemia"].rho.number
    at = grid(point.knowledge, marker)
    alone, beside = (densities(point.knowledge, marker, at, {}, {"age": 9}, partners) for partners in (0, 1))
    assert alone is not None
    assert beside is not None
    assert alone.axes == beside.axes == ("dysglycemia", "insulin_resistance")
    np.testing.assert_allclose(beside.values @ at.lengths, 1, atol=1e-9)
    np.testing.assert_allclose(beside.values[0], alone.values[0], rtol=1e-9)
    inside = ((alone.values > 1e-200) & (beside.values > 1e-200)).all(axis=(0, 1))
    steps = [np.diff(np.log(table.values[1:] / table.values[:1])[..., inside]) for table in (alone, beside)]
    np.testing.assert_allclose(steps[1], math.sqrt((1 - rho) / (1 + rho)) * steps[0], atol=1e-9)
    found = outlook(point, {"age": 68, "bmi": 31.2, "fasting_glucose": 108}, "hba1c")
    assert found.shares.sum() == pytest.approx(1, abs=1e-9)
    assert found.shares @ found.after == pytest.approx(found.now, abs=1e-9)


@pytest.mark.parametrize("partners", [1, 2])
def test_a_partner_is_discounted_as_correlated_normal_markers_are(partners: int) -> None:
    """I(state; next marker | those read) of normal markers with shift d and correlation rho, by their own densities."""
    d, rho, prior = 1.4, 0.45, 0.35
    x = np.linspace(-12, 14, 4001)
    lengths = np.full(len(x), x[1] - x[0])
    alone = np.array([np.exp(-0.5 * (x - shift) ** 2) / math.sqrt(2 * math.pi) for shift in (0.0, d)])
    table = discounted(Table(("s",), alone), lengths, partners, rho)
    np.testing.assert_allclose(table.values @ lengths, 1, atol=1e-9)
    found = RiskOutlook.of(np.array([1 - prior, prior])[:, None] * table.values * lengths, 1)
    covariance = np.full((partners + 1, partners + 1), rho) + (1 - rho) * np.eye(partners + 1)
    read = np.array([0.8, -0.3])[:partners]
    pull = covariance[-1, :-1] @ np.linalg.inv(covariance[:-1, :-1])
    sd = math.sqrt(1 - pull @ covariance[:-1, -1])
    given_read = np.array(
        [
            np.exp(-0.5 * ((x - shift - pull @ (read - shift)) / sd) ** 2) / sd / math.sqrt(2 * math.pi)
            for shift in (0.0, d)
        ]
    )
    expected = RiskOutlook.of(np.array([1 - prior, prior])[:, None] * given_read * lengths, 1)
    assert found.bits == pytest.approx(expected.bits, abs=1e-9)
    assert found.crossing(0.5) == pytest.approx(expected.crossing(0.5), abs=2e-3)


def test_a_panel_partner_gains_less_than_it_would_alone(point: bn.RiskModel) -> None:
    rho_zero = structs.replace(point.knowledge.panels["inflammation"], rho=figure(0.0))
    free = Knowledge(point.knowledge.root)
    vars(free).update(panels={**point.knowledge.panels, "inflammation": rho_zero})
    asked = {"age": 68, "sex": "female", "bmi": 31, "hscrp": 3.0}
    undiscounted = bn.RiskModel(free, point.parameters).next_test(asked)["il6"].bits
    assert 0.3 * undiscounted < point.next_test(asked)["il6"].bits < 0.8 * undiscounted


def test_context_can_be_asked_for_and_outcomes_stand_apart(point: bn.RiskModel) -> None:
    found = point.next_test(age=68, sex="female")
    ids = {test.id for test in found.tests}
    assert {"bmi", "physical_activity"} <= ids
    assert not {"age", "sex", "adiposity"} & ids, "known, or read by a marker of its own"
    shares = point.posterior(age=68, sex="female")["adiposity"]
    after = {name: point.posterior(age=68, sex="female", adiposity=name).risk for name in shares}
    by_hand = RiskOutlook(np.array(list(after.values())), np.array(list(shares.values())))
    assert found["bmi"].bits == pytest.approx(by_hand.bits, abs=1e-9)
    assert {test.variable for test in found.of_outcomes} == {"insulin_resistance", "dysglycemia"}
    assert found["homa_ir"] in found.of_outcomes
    assert found["bmi"] in found.of_mechanisms
    assert len(found.of_outcomes) + len(found.of_mechanisms) == len(found.tests)
    bits = [round(test.bits, 12) for test in found.tests]
    assert bits == sorted(bits, reverse=True)
    assert "biopsy" in found["glut4"].tissue


@pytest.mark.parametrize(
    ("asked", "left_out"),
    [
        ({"homa_ir": 3}, {"fasting_insulin": "homa_ir already says it", "insulin_treated": "a yes would void homa_ir"}),
        (
            {"fasting_insulin": 12},
            {
                "homa_ir": "follows from fasting_insulin once fasting_glucose is measured",
                "insulin_treated": "a yes would void fasting_insulin",
            },
        ),
        (
            {"fasting_insulin": 12, "fasting_glucose": 99, "insulin_treated": "no"},
            {"homa_ir": "follows from fasting_insulin and fasting_glucose"},
        ),
        (
            {"insulin_treated": "yes"},
            {
                "homa_ir": "void, as insulin_treated says yes",
                "fasting_insulin": "void, as insulin_treated says yes",
            },
        ),
        ({"ptp1b_excess": "present"}, {"ptp1b": "ptp1b_excess is known"}),
    ],
)
def test_what_would_tell_nothing_is_left_out_with_the_reason(
    point: bn.RiskModel, asked: dict[str, Any], left_out: dict[str, str]
) -> None:
    found = point.next_test(asked)
    assert found.left_out == left_out
    assert not {test.id for test in found.tests} & (left_out.keys() | asked.keys())


def test_a_threshold_adds_crossing_and_value_and_costs_set_the_order(point: bn.RiskModel) -> None:
    asked = {"age": 68, "sex": "female", "bmi": 31.2}
    plain = point.next_test(asked)
    assert plain["homa_ir"].crossing is None
    assert plain["homa_ir"].bits_per_cost is None
    found = point.next_test(asked, threshold=0.5, costs={"HOMA-IR": "25", "il6": 1, "vo2max": 150})
    test = found["homa_ir"]
    assert test.bits == pytest.approx(plain["homa_ir"].bits, abs=1e-9)
    assert test.crossing is not None
    assert test.value is not None
    assert test.low < 0.5 < test.high
    assert 0.2 < test.crossing < 0.6
    assert test.bits_per_cost == pytest.approx(test.bits / 25)
    assert test.value_per_cost == pytest.approx(test.value / 25)
    assert [one.id for one in found.tests[:3]] == ["homa_ir", "il6", "vo2max"]
    assert found["il6"].value == 0, "no reading of it takes the risk below a half"
    rest = [round(one.bits, 12) for one in found.tests[3:]]
    assert rest == sorted(rest, reverse=True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"threshold": 1.0}, "threshold: found 1, expected a risk between 0 and 1"),
        ({"threshold": 0.0}, "threshold: found 0"),
        ({"threshold": math.nan}, "threshold: found nan"),
        ({"costs": {"hscrp": -3}}, "cost of hscrp: found -3, expected a number above 0"),
        ({"costs": {"hscrp": "dear"}}, "cost of hscrp: found 'dear'"),
        ({"costs": {"hscrpp": 3}}, "did you mean 'hscrp'"),
        ({"costs": {"crp": 3, "hscrp": 3}}, "given twice"),
        ({"insulin_resistance": "absent"}, "stated among the findings"),
        ({"grip": "x"}, "grip_strength"),
    ],
)
def test_questions_that_cannot_be_answered_say_so(point: bn.RiskModel, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        point.next_test(**{"age": 68, **arguments})


def test_nobody_in_particular_can_be_asked_about(point: bn.RiskModel) -> None:
    found = point.next_test()
    assert found.risk == pytest.approx(point.posterior().risk, abs=1e-9)
    assert {"sex", "age", "bmi"} <= {test.id for test in found.tests}


def test_every_test_is_a_number_whatever_was_measured(point: bn.RiskModel) -> None:
    asked: dict[str, Any] = {}
    for count, marker in enumerate(point.knowledge.biomarkers.values()):
        if isinstance(marker, Ordinal):
            asked[marker.id] = marker.levels[-1].id
        elif isinstance(marker, Quantity) and marker.id not in ("bmi", "fasting_insulin"):
            low, high = marker.accepted
            asked[marker.id] = math.sqrt(low * high)
        if count % 6:
            continue
        found = point.next_test(asked, threshold=0.3)
        values = [
            (test.bits, test.expected_change, test.low, test.high, test.crossing, test.value) for test in found.tests
        ]
        assert np.isfinite(np.array(values, dtype=float)).all(), asked


def test_the_answer_reads_as_frame_json_html_and_a_line(point: bn.RiskModel) -> None:
    found = point.next_test(age=68, costs={"il6": 10}, threshold=0.4)
    assert list(found.to_frame()["id"]) == [test.id for test in found.tests]
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert record["tests"][0]["id"] == "il6"
    assert record["tests"][0]["bits_per_cost"] == pytest.approx(found["il6"].bits / 10)
    assert "bits" in repr(found)
    assert "<table" in found._repr_html_()


def test_the_command_takes_costs_by_name_and_by_file(myorisk: Myorisk, tmp_path: Path) -> None:
    run = partial(myorisk, "next-test", "age=68", "sex=female", "bmi=31.2")
    prices = tmp_path / "prices.toml"
    prices.write_text("hscrp = 12\nhoma_ir = 30\n", encoding="utf-8")
    done = run("--threshold", "0.5", "--cost", str(prices), "--cost", "hscrp=6", "--json")
    assert done.returncode == 0, done.stderr
    costs = {test["id"]: test["cost"] for test in json.loads(done.stdout)["tests"]}
    assert (costs["hscrp"], costs["homa_ir"], costs["il6"]) == (6, 30, None)
    shown = run("--threshold", "0.5", "--cost", "hscrp=6").stdout
    for text in (
        "Risk now 0.",
        "Measurements of an outcome itself",
        "crosses",
        "bits / cost",
        "not a diagnostic device",
    ):
        assert text in shown
    prices.write_text("hscrp is 12", encoding="utf-8")
    for wrong in (("--cost", str(prices)), ("--cost", "hscrp"), ("--threshold", "2"), ("--cost", "nowhere.toml")):
        done = run(*wrong)
        assert done.returncode in (1, 2)
        assert done.stderr.startswith("myorisk: ")
