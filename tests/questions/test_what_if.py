"""What if: interventions read and joined, both worlds of one person, comparisons, and what the sources say."""

import importlib
import json
import math
import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import Myorisk
from one_strategy import prefer

import bn
from bn.claims.scene import Scene
from bn.claims.trials import Trial
from bn.cohort.frames import questions
from bn.cohort.kernel import blocks, plan, strategies
from bn.core.answer import LEVEL, interval_of
from bn.core.model import Network
from bn.counterfactual.person import POINT, Person, end_error, some_draws
from bn.counterfactual.treatments import combine, read_treatments
from bn.counterfactual.worlds import Worlds
from bn.engine import infer
from bn.questions.what_if.bounds import bounds
from cpds.check import problems
from cpds.pointers import parse_pointers
from cpds.table import Array, Table

pytestmark = pytest.mark.filterwarnings("ignore:builtin type (Swig|swig):DeprecationWarning")

PATIENT: dict[str, Any] = {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": 4.1, "grip_strength": 19.5}
EVERYTHING = PATIENT | {"hba1c": 6.1, "homa_ir": 3.0, "physical_activity": "inactive"}


@pytest.fixture
def cause_and_effect() -> Network:
    """P(x = 1) = 1/2; P(y = 1 | x) = 1/2 without x, 9/10 with it."""
    return Network(
        {"x": ("0", "1"), "y": ("0", "1")},
        {
            "x": Table(("x",), np.array([[0.5], [0.5]])),
            "y": Table(("y", "x"), np.array([[0.5, 0.1], [0.5, 0.9]])[..., None]),
        },
    )


def seen(variable: str, state: int, of: int = 2) -> Table:
    return Table((variable,), np.eye(of)[state][:, None])


def test_earlier_findings_are_not_conditioned_on_in_the_changed_network(cause_and_effect: Network) -> None:
    """y was seen; had x been absent, y would have been there when noise < 1/2, and it was < 7/10 on average.

    P(y after, y before) = P(noise < 1/2) = 1/2 with and without x; P(y before) = 7/10; so 5/7. The changed
    network conditioned on y = 1 says 1.
    """
    after = cause_and_effect.do("x", "0")
    worlds = Worlds(cause_and_effect.tables, after.tables, (seen("y", 1),), frozenset("x"))
    assert worlds.marginals(["y"])["y"][1, 0] == pytest.approx(5 / 7, abs=1e-12)
    wrong = infer([*after.tables.values(), seen("y", 1)], ["y"])
    assert wrong.joints["y"].values[1, 0] / wrong.total.values[0] == pytest.approx(1)


def test_bounds_of_a_hand_computed_case_are_sharp(cause_and_effect: Network) -> None:
    """x and y were seen. Of people with x and y (9/10 of those with x) half would have y without x: between

    (1/2 - 1/10) / (9/10) = 4/9, when all without y are among the half, and (1/2) / (9/10) = 5/9.
    """
    after = cause_and_effect.do("x", "0")
    findings = (seen("x", 1), seen("y", 1))
    worlds = Worlds(cause_and_effect.tables, after.tables, findings, frozenset("x"))
    assert bounds(worlds, "y", 1) == pytest.approx((4 / 9, 5 / 9), abs=1e-12)
    assert worlds.marginals(["y"])["y"][1, 0] == pytest.approx(5 / 9, abs=1e-12)


def test_who_was_so_already_does_not_change(cause_and_effect: Network) -> None:
    """Only y was seen, so x was there in 9 of 14. The other 5 of 14 stay as they are, with y:

    4/9 to 5/9 of 9/14, and 5/14, make 9/14 to 10/14.
    """
    after = cause_and_effect.do("x", "0")
    worlds = Worlds(cause_and_effect.tables, after.tables, (seen("y", 1),), frozenset("x"))
    assert bounds(worlds, "y", 1) == pytest.approx((9 / 14, 10 / 14), abs=1e-12)


def test_a_finding_out_of_reach_is_kept_when_acting() -> None:
    """The sprinkler: wet grass under do(sprinkler), given rain, is the table's 0.99, whatever the season."""
    states = dict.fromkeys("csrw", ("no", "yes"))
    tables = {
        "c": Table(("c",), np.array([[0.5], [0.5]])),
        "s": Table(("s", "c"), np.array([[0.5, 0.9], [0.5, 0.1]])[..., None]),
        "r": Table(("r", "c"), np.array([[0.8, 0.2], [0.2, 0.8]])[..., None]),
        "w": Table(("w", "s", "r"), np.array([[[1.0, 0.1], [0.1, 0.01]], [[0.0, 0.9], [0.9, 0.99]]])[..., None]),
    }
    network = Network(states, tables)
    worlds = Worlds(tables, network.do("s", "yes").tables, (seen("r", 1),), frozenset("s"))
    assert worlds.identified
    assert worlds.marginals(["w"])["w"][1, 0] == pytest.approx(0.99, abs=1e-12)


def causal_impact(model: bn.RiskModel, on: str, do: dict[str, str], given: dict[str, str]) -> Array:
    import pyagrum

    tools: Any = pyagrum if hasattr(pyagrum, "causalImpact") else importlib.import_module("pyagrum.causal")
    _, answer, _ = tools.causalImpact(
        tools.CausalModel(model.to_pyagrum()), on=on, doing=set(do), knowing=set(given), values={**do, **given}
    )
    labels = answer.variable(0).labels()
    return np.array([answer[{on: label}] for label in labels])


@pytest.mark.parametrize(
    ("on", "do", "given"),
    [
        ("insulin_resistance", {"physical_activity": "active"}, {"age": "age_65_69"}),
        pytest.param(
            "insulin_resistance",
            {"ras_overactivity": "absent"},
            {"adiposity": "bmi_30_32", "sex": "female"},
            marks=pytest.mark.long,
        ),
        pytest.param(
            "dysglycemia",
            {"inflammation": "absent", "ptp1b_excess": "present"},
            {"adiposity": "bmi_27_30"},
            marks=pytest.mark.long,
        ),
        ("adiposity", {"physical_activity": "inactive"}, {"age": "age_40_44"}),
    ],
)
def test_do_equals_the_causal_tools_of_pyagrum(
    small: bn.RiskModel, on: str, do: dict[str, str], given: dict[str, str]
) -> None:
    answer = small.what_if(given, do=[f"{name}={state}" for name, state in do.items()])
    assert answer.population
    assert answer.bounds[0] == answer.bounds[1]
    expected = causal_impact(small, on, do, given)
    np.testing.assert_allclose([after for _, after in answer[on].values()], expected, atol=1e-9)


def test_without_findings_within_reach_it_is_graph_surgery(small: bn.RiskModel) -> None:
    answer = small.what_if(age="age_65_69", sex="male", do=["at1_blockade", "weight_loss:0.5"])
    network = small.network.shift("ras_overactivity", -1.1).shift("adiposity", -0.4)
    given = [seen("age", 9, 14), seen("sex", network.states["sex"].index("male"))]
    joint = infer([*network.tables.values(), *given], ["insulin_resistance"])
    assert answer.risk_after == pytest.approx(
        float(joint.joints["insulin_resistance"].values[1, 0] / joint.total.values[0]), abs=1e-12
    )


@pytest.mark.parametrize("findings", [{"age": 68}, PATIENT, EVERYTHING])
def test_parts_of_an_answer_fit_together(small: bn.RiskModel, findings: dict[str, Any]) -> None:
    answer = small.what_if(findings, do=["exercise_training", "at1_blockade"])
    assert answer.risk_before == pytest.approx(small.posterior(findings).risk, abs=1e-12)
    assert answer.difference == pytest.approx(answer.risk_after - answer.risk_before, abs=1e-15)
    low, high = answer.interval()
    assert low <= answer.difference <= high < 0
    assert answer.bounds[0] - 1e-12 <= answer.risk_after <= answer.bounds[1] + 1e-12
    assert sum(answer.pathways.arrives.values()) == pytest.approx(answer.difference, abs=1e-12)
    assert answer.changed == {"physical_activity", "ras_overactivity"} | small.network.descendants(
        "physical_activity"
    ) | small.network.descendants("ras_overactivity")
    for name in answer.states.keys() - answer.changed:
        np.testing.assert_array_equal(answer.before[name], answer.after[name])
    for name in answer.states:
        np.testing.assert_allclose(answer.after[name].sum(axis=0), 1, atol=1e-12)
    assert answer["physical_activity"]["active"][1] == pytest.approx(1, abs=1e-12)
    assert answer.claims["at1_blockade"] == ("C246", "C247", "C248")
    frame = answer.to_frame().set_index(["variable", "state"])
    assert frame.loc[("insulin_resistance", "present"), "difference"] == pytest.approx(answer.difference)
    assert json.loads(json.dumps(answer.to_dict(), allow_nan=False))["difference"] == answer.difference


def test_draws_do_not_mix(model: bn.RiskModel) -> None:
    person = Person.of(model, PATIENT)
    change = combine(model.knowledge, read_treatments(model.names, ["exercise_training", "at1_blockade"]))
    together = person.after(change, ["insulin_resistance", "inflammation"], np.arange(60))
    for draw in (0, 7, 59):
        alone = person.after(change, ["insulin_resistance", "inflammation"], np.array([draw]))
        for name, values in alone.items():
            np.testing.assert_allclose(together[name][:, draw], values[:, 0], atol=1e-12)


def test_a_finding_moves_the_person_and_not_the_effect(small: bn.RiskModel) -> None:
    """A marker seen before treatment raises the risk before and after; conditioning would call treatment useless."""
    context = {"age": 68, "sex": "female", "bmi": 31.2}
    low, high = (small.what_if(context | {"hscrp": hscrp}, do="tnf_receptor_knockout") for hscrp in (0.3, 12.0))
    assert high.risk_before > low.risk_before
    assert high.risk_after > low.risk_after
    assert high.difference < low.difference < 0


DONE = ("exercise_training", "ace_inhibition", "weight_loss", "jnk_inhibition")
LEAN = {"age": 50, "bmi": 24, "sex": "male"}


@pytest.mark.parametrize(
    ("findings", "do"),
    [
        *((LEAN, do) for do in DONE),
        *(pytest.param(PATIENT, do, marks=[pytest.mark.long] * (do != "ace_inhibition")) for do in DONE),
    ],
)
def test_interval_from_some_draws_is_as_near_as_it_says(
    model: bn.RiskModel, findings: dict[str, Any], do: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model.what_if(findings, do=do, exact_interval=True)
    assert whole.drawn == whole.draws == 400
    assert whole.interval_error() == 0
    monkeypatch.setattr("bn.counterfactual.person.EFFORT", 0)
    monkeypatch.setattr("bn.counterfactual.person.FEWEST", 50)
    some = model.what_if(findings, do=do)
    assert some.drawn == 50
    assert some.difference == pytest.approx(whole.difference, abs=1e-12)
    assert some.interval_error() > 0
    differences = whole._differences()[1:]
    first = differences[some_draws(401, 50)[1:] - 1]
    assert some.interval() == pytest.approx(interval_of(first, LEVEL), abs=1e-12)
    assert some.interval_error() == pytest.approx(end_error(first, 400, LEVEL), abs=1e-12)
    off = []
    for seed in range(
        200
    ):  # tails of fifty draws are two or three of them: where they are skewed, one in eight is far off
        fifty = np.random.default_rng(seed).choice(differences, 50, replace=False)
        ends = np.array([interval_of(each, LEVEL) for each in (fifty, differences)])
        off.append(np.abs(np.diff(ends, axis=0)).max() / end_error(fifty, 400, LEVEL))
    assert 0.5 < np.median(off) < 1.25
    assert np.mean(np.array(off) > 3) < 0.15


def claimed(model: bn.RiskModel) -> list[Trial]:
    """Claims that an intervention encodes, but for those that wait for a later time slice."""
    scene = Scene(model.knowledge, model.network)
    trials = []
    for claim in model.knowledge.claims.values():
        pointers = parse_pointers(claim.encoded_as)
        acts = [pointer for pointer in pointers if pointer.kind == "intervention"]
        if acts and not any(pointer.kind == "lagged" for pointer in pointers):
            trials += [Trial(scene, claim, pointer) for pointer in acts]
    return trials


LAGGED = {
    "C204": "peroxide reaches mitochondria only one time slice later",
    "C205": "peroxide reaches mitochondria only one time slice later",
    "C217": "catalase reaches mitochondria only one time slice later",
    "C218": "catalase reaches mitochondria only one time slice later",
}


@pytest.mark.parametrize("draws", ["small", pytest.param("model", marks=pytest.mark.long)])
def test_every_claim_of_an_intervention_keeps_its_sign_in_every_draw(
    draws: str, request: pytest.FixtureRequest
) -> None:
    model = request.getfixturevalue(draws)
    trials = claimed(model)
    encoded = {c.id for c in model.knowledge.claims.values() if "intervention " in (c.encoded_as or "")}
    assert {trial.claim.id for trial in trials} == encoded - set(LAGGED)
    for findings in ({"age": 30, "sex": "male", "bmi": 22}, {"age": 72, "sex": "female", "bmi": 33}):
        person = Person.of(model, findings)
        every = np.arange(person.length)
        before = person.before(every)
        for name in sorted({trial.pointer.name for trial in trials}):
            change = combine(model.knowledge, read_treatments(model.names, name))
            after = before | person.after(change, person.states, every)
            for trial in (one for one in trials if one.pointer.name == name):
                targets = trial.variables(trial.claim.object)
                moved = np.mean([after[target][-1] - before[target][-1] for target in targets], axis=0)
                assert (trial.expected * moved > 0).all(), (trial.claim.id, name)


def test_gain_from_ace_inhibition_shrinks_under_mas_blockade(model: bn.RiskModel) -> None:
    """Glucose infusion under a clamp in E169: 31 with captopril, 16 without, 23 with Mas blocked as well."""
    figures = re.findall(r"(\d+)±(\d+)", model.knowledge.sources["E169"].printed)
    treated, plain, blocked = (float(mean) for mean, _ in figures)
    errors = [float(error) for _, error in figures]
    left_in_mice = (blocked - plain) / (treated - plain)
    gained, kept = (
        math.hypot(errors[0], errors[1]) / (treated - plain),
        math.hypot(errors[1], errors[2]) / (blocked - plain),
    )
    standard_error = left_in_mice * math.hypot(gained, kept)
    gain = model.what_if(PATIENT, do="ace_inhibition", exact_interval=True)
    both = model.what_if(PATIENT, do=["ace_inhibition", "mas_blockade"], exact_interval=True)
    outcome = model.risk_of[0]
    left = (both.before[outcome][1] - both.after[outcome][1]) / (gain.before[outcome][1] - gain.after[outcome][1])
    assert left[0] > 0, "some is left, where the review (C473) says none"
    assert np.mean(left < 1) > 0.99
    assert abs(left[0] - left_in_mice) < standard_error
    assert both.risk_after <= both.risk_before, "no worse than nothing"
    assert "mas_blockade takes away what ace_inhibition does to ras_protection_loss" in [
        note.text for note in both.notes
    ]


def change_of(model: bn.RiskModel, *do: str) -> tuple[dict[str, str], dict[str, float]]:
    change = combine(model.knowledge, read_treatments(model.names, do))
    return dict(change.sets), {name: float(change.log_odds(name)[0]) for name in change.shifts}


def test_interventions_join_by_their_rules(small: bn.RiskModel) -> None:
    assert change_of(small, "losartan", "acei") == (
        {},
        {"ras_overactivity": pytest.approx(-1.1 - 1.1), "ras_protection_loss": pytest.approx(-0.7)},
    )
    assert change_of(small, "ace_inhibition", "mas_blockade") == (
        {},
        {"ras_overactivity": pytest.approx(-1.1), "ras_protection_loss": pytest.approx(0.3)},
    )
    assert change_of(small, "nonclassic_axis_activation", "mas_blockade")[1] == {
        "ras_protection_loss": pytest.approx(0.3)
    }
    sets, shifts = change_of(small, "exercise_training", "sarcopenia=present")
    assert sets == {"physical_activity": "active", "sarcopenia": "present"}
    assert set(shifts) == {"mitochondrial_dysfunction", "insulin_signaling_impairment", "inflammation"}
    assert change_of(small, "at1_blockade:0.5")[1] == {"ras_overactivity": pytest.approx(-0.55)}
    assert change_of(small, "adiposity=24")[0] == {"adiposity": "bmi_23_25"}


def test_order_of_what_is_done_does_not_matter(small: bn.RiskModel) -> None:
    names = ["mas_blockade", "exercise_training", "ace_inhibition"]
    assert change_of(small, *names) == change_of(small, *reversed(names))


def test_draws_of_a_shift_keep_its_sign_and_scale_with_the_dose(model: bn.RiskModel) -> None:
    whole, half = (
        combine(model.knowledge, read_treatments(model.names, do)).shifts["ras_overactivity"][0].log_odds(401)
        for do in ("at1_blockade", "at1_blockade:0.5")
    )
    assert whole[0] == -1.1
    assert (whole < 0).all()
    assert np.std(whole[1:]) > 0.3
    np.testing.assert_allclose(half, whole / 2)


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ("exercise_trainin", "did you mean 'exercise_training'"),
        ("sarcopeni=absent", "did you mean 'sarcopenia'"),
        ("sarcopenia=absnt", "did you mean 'absent'"),
        ("sarcopenia", "no intervention; to set a variable"),
        ("hscrp=1", "set inflammation"),
        ("at1_blockade:2", "out of range; expected above 0 and at most 1"),
        ("at1_blockade:0", "out of range"),
        ("at1_blockade:nan", "expected a number"),
        ("at1_blockade:much", "expected a number"),
        ("exercise_training:0.5", "sets physical_activity to active, and a state that is set has no dose"),
        ("adiposity=30+", "leaves several states"),
        ([], "nothing to do"),
        (["losartan", "at1_blockade"], "is given twice"),
        (["ptp1b_knockout", "ptp1b_overexpression"], "ptp1b_excess to absent, ptp1b_overexpression to present"),
        (["ptp1b_knockout", "ptp1b_excess=present"], "keep one"),
        (["autophagy_activation", "autophagy_block"], "contradict each other"),
        (["autophagy_block", "autophagy_activation"], "contradict each other"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(small: bn.RiskModel, do: str | list[str], said: str) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        small.what_if(age=68, do=do)


def test_what_is_so_already_is_refused_alone_and_noted_among_others(small: bn.RiskModel) -> None:
    findings = {"age": 68, "physical_activity": "active"}
    with pytest.raises(bn.QuestionError, match="physical_activity is active already"):
        small.what_if(findings, do="physical_activity=active")
    answer = small.what_if(findings, do="exercise_training")
    assert any("active already" in note.text for note in answer.notes)
    assert "adiposity" not in answer.changed
    assert answer.difference < 0
    assert small.rank(findings, do=["physical_activity=active"]).rows[0].difference == 0


def test_findings_that_cannot_be_are_refused(small: bn.RiskModel) -> None:
    with pytest.raises(bn.QuestionError, match="contradicts"):
        small.what_if({"bmi": 31, "adiposity": "bmi_under_19"}, do="exercise_training")


def test_what_nobody_can_set_may_be_asked_about(small: bn.RiskModel) -> None:
    """Of somebody whose age alone is known, it is the risk at the other age; of others, what was found remains."""
    found = small.what_if(age=68, do="age=30")
    assert found.risk_before == pytest.approx(small.posterior(age=68).risk, abs=1e-12)
    assert found.risk_after == pytest.approx(small.posterior(age=30).risk, abs=1e-12)
    assert small.what_if(age=68, hscrp=4.1, do="age=30").risk_after > found.risk_after


def test_ranking_holds_each_intervention_by_itself(small: bn.RiskModel) -> None:
    comparison = small.rank(PATIENT)
    assert {row.label for row in comparison.rows} == set(small.knowledge.interventions)
    differences = [row.difference for row in comparison.rows]
    assert differences == sorted(differences)
    frame = comparison.to_frame().set_index("intervention")
    for name in ("exercise_training", "mas_blockade"):
        alone = small.what_if(PATIENT, do=name)
        assert frame.loc[name, "difference"] == pytest.approx(alone.difference, abs=1e-12)
    only = small.rank(PATIENT, do=["weight_loss", "at1_blockade:0.5"], exact_interval=True)
    assert [row.label for row in only.rows] == ["weight_loss", "at1_blockade:0.5"]
    assert only.rows[0].interval() == pytest.approx(
        small.what_if(PATIENT, do="weight_loss", exact_interval=True).interval()
    )


def test_sweep_asks_the_same_at_each_state(small: bn.RiskModel) -> None:
    comparison = small.sweep(hscrp=4.1, do="exercise_training", over="age", between=(40, 60))
    assert [row.label for row in comparison.rows] == ["age_40_44", "age_45_49", "age_50_54", "age_55_59"]
    alone = small.what_if(hscrp=4.1, age="age_50_54", do="exercise_training")
    assert comparison.rows[2].difference == pytest.approx(alone.difference, abs=1e-12)
    both = small.sweep(age=50, do="weight_loss", over="sex")
    assert [row.label for row in both.rows] == ["female", "male"]


def test_states_that_end_with_what_is_accepted_are_open(small: bn.RiskModel) -> None:
    by_age = small.sweep(do="weight_loss", over="age", between=(75, 120))
    assert [row.title for row in by_age.rows] == ["75 to 80 years", "80 to 85 years", "85 years and over"]
    by_fat = small.sweep(do="exercise_training", over="adiposity")
    titles = [row.title for row in by_fat.rows]
    assert (titles[0], titles[1], titles[-1]) == ("10 to 19 kg/m^2", "19 to 21 kg/m^2", "40 kg/m^2 and over")


@pytest.mark.parametrize(
    ("over", "between", "findings", "said"),
    [
        ("hscrp", None, {}, "sweep over the variable that it measures, inflammation"),
        ("age", (5, 15), {}, "its scale is 20 to 120"),
        ("sex", (0, 1), {}, "no numeric scale"),
        ("age", None, {"age": 68}, "leave out of the findings"),
        ("adiposity", None, {"bmi": 30}, "leave out of the findings"),
        ("agge", None, {}, "did you mean 'age'"),
    ],
)
def test_sweeps_that_cannot_be_are_refused(
    small: bn.RiskModel, over: str, between: tuple[float, float] | None, findings: dict[str, Any], said: str
) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        small.sweep(findings, do="weight_loss", over=over, between=between)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("autophagy_block", '"autophagy_activation"', '"weight_loss"', "'weight_loss' acts on none of its variables"),
        ("autophagy_block", '"autophagy_activation"', '"autophagy"', "unknown intervention 'autophagy'"),
        ("at1_blockade", "spread = 0.5\n", "", "needs a value other than 0, and a spread or an interval"),
        ("at1_blockade", "value = -1.1", "value = 0.0", "needs a value other than 0"),
    ],
)
def test_intervention_files_obey(data: Path, name: str, old: str, new: str, said: str) -> None:
    path = data / f"interventions/{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert any(said in problem for problem in problems(data))


ROWS = pd.DataFrame(
    [
        {"age": 68, "sex": "f", "bmi": 31.2, "hscrp": 4.1, "grip_strength": 19.5},
        {"age": 68, "sex": "f", "bmi": 31.2, "hscrp": 0.4, "er_stress": "present", "physical_activity": "active"},
        {"age": "80+", "sex": "m", "bmi": 24.0, "hba1c": 6.3, "homa_ir": 3.1, "physical_activity": "inactive"},
        {"bmi": 35.0, "grip_strength": 30.0, "vo2max": 22.0},
        {"age": 45, "sex": "m", "hscrp": "<0.3", "inflammation": "absent", "insulin_resistance": "present"},
        {"age": 45},
        {"sex": "f", "autophagy_decline": "present", "oxidative_stress": "present", "p62": "high"},
        {"age": 300, "sex": "f"},
    ]
)


@pytest.mark.parametrize(
    ("strategy", "most_states", "inner_cells"),
    [
        *((strategies.ByContraction, most, cells) for most, cells in ((1 << 12, 0), (1 << 12, 256), (40, 256))),
        (strategies.ByElimination, 1, 256),
        (blocks.ByBlocks, 1, 256),
    ],
    ids=["cell by cell", "in tiles", "by pattern", "row by row", "in blocks"],
)
@pytest.mark.parametrize(
    "do",
    [["exercise_training"], ["ace_inhibition", "weight_loss:0.5"], ["sex=male"], ["dysglycemia=absent"]],
    ids=["set", "shift", "context", "out of reach"],
)
def test_rows_are_answered_as_one_person_is(
    small: bn.RiskModel,
    do: list[str],
    strategy: type,
    most_states: int,
    inner_cells: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Contracted however few they are, context by context or in tiles, but for those with too many joint states."""
    monkeypatch.setattr(questions, "Kernel", partial(questions.Kernel, max_states=most_states))
    prefer(monkeypatch, strategy)
    monkeypatch.setattr(plan, "INNER_CELLS", inner_cells)
    result = small.what_if_frame(ROWS, do)
    assert list(result.columns) == [*ROWS.columns, "risk_before", "risk_after", "difference", "error"]
    change = combine(small.knowledge, read_treatments(small.names, do))
    for (_, row), (_, found) in zip(ROWS.iterrows(), result.iterrows(), strict=True):
        findings = {name: value for name, value in row.items() if not pd.isna(value)}
        try:
            person = Person.of(small, findings)
        except bn.QuestionError:
            assert found["error"]
            assert np.isnan([found["risk_before"], found["risk_after"], found["difference"]]).all()
            continue
        assert not found["error"]
        outcome, state = small.risk_of
        place = small.knowledge.variables[outcome].states.index(state)
        before = float(person.before(POINT)[outcome][place, 0])
        reached = outcome in person.worlds(change.without_noops(person.certain)).reached
        after = float(person.after(change, {outcome}, POINT)[outcome][place, 0]) if reached else before
        assert found["risk_before"] == pytest.approx(before, abs=1e-12)
        assert found["risk_after"] == pytest.approx(after, abs=1e-12)
        assert found["difference"] == pytest.approx(after - before, abs=1e-12)


def test_a_row_that_is_so_already_keeps_its_risk(small: bn.RiskModel) -> None:
    rows = pd.DataFrame({"age": [60, 60], "physical_activity": ["active", "inactive"]})
    same, other = small.what_if_frame(rows, "physical_activity=active")["difference"]
    assert same == pytest.approx(0, abs=1e-12)
    assert other < -0.05


def test_a_column_named_like_a_result_is_refused(small: bn.RiskModel) -> None:
    with pytest.raises(bn.QuestionError, match="difference clash with result columns"):
        small.what_if_frame(pd.DataFrame({"age": [50], "difference": [1]}), "weight_loss")


def test_command_says_what_the_model_says(myorisk: Myorisk, small: bn.RiskModel) -> None:
    asked = ("age=68", "hscrp=4.1", "--do", "exercise_training", "--do", "at1_blockade")
    answer = small.what_if(age=68, hscrp=4.1, do=["exercise_training", "at1_blockade"])
    record = json.loads(myorisk("what-if", *asked, "--json").stdout)
    assert record["before"] == pytest.approx(answer.risk_before)
    assert record["after"] == pytest.approx(answer.risk_after)
    assert record["difference"] == pytest.approx(answer.difference)
    text = myorisk("what-if", *asked).stdout
    for said in (
        f"difference {answer.difference:+.3f}",
        f"within {answer.bounds[0]:.3f} to {answer.bounds[1]:.3f}",
        "Inflammation",
        "C528",
        "C246",
        "not a diagnostic device",
    ):
        assert said in text


def test_command_ranks_and_sweeps(myorisk: Myorisk) -> None:
    ranked = json.loads(
        myorisk("what-if", "age=68", "--rank", "--do", "weight_loss", "--do", "jnk_inhibition", "--json").stdout
    )
    assert [row["intervention"] for row in ranked["rows"]] == ["weight_loss", "jnk_inhibition"]
    swept = myorisk("what-if", "hscrp=4", "--do", "weight_loss", "--sweep", "age=60:70").stdout
    assert "60 to 65 years" in swept
    assert "70 to 75" not in swept


def test_command_answers_a_file(myorisk: Myorisk, small: bn.RiskModel, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("age;hscrp;name\n68;4.1;a\n300;1;b\n", encoding="utf-8")
    done = myorisk("what-if", str(source), "--do", "weight_loss", "-o", str(target))
    assert done.returncode == 3
    assert "1 of 2 rows" in done.stderr
    head, first, second = target.read_text(encoding="utf-8").splitlines()
    assert head == "age;hscrp;name;risk_before;risk_after;difference;error"
    answer = small.what_if(age=68, hscrp=4.1, do="weight_loss")
    assert first == f"68;4.1;a;{answer.risk_before:.6f};{answer.risk_after:.6f};{answer.difference:.6f};"
    assert second.startswith("300;1;b;;;;")
    assert "exists" in myorisk("what-if", str(source), "--do", "weight_loss", "-o", str(target)).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["age=68"], "nothing to do"),
        (["age=68", "--do", "losartn"], "did you mean 'losartan'"),
        (["age=68", "--do", "weight_loss:3"], "out of range"),
        (["age=68", "--do", "weight_loss", "--sweep", "age=a:b"], "expected a range such as age=20:85"),
        (["age=68", "--do", "weight_loss", "--rank", "--sweep", "sex"], "ask one of them"),
        (["cohort.csv", "--do", "weight_loss"], "name the file to write with -o"),
        (["cohort.csv", "--do", "weight_loss", "-o", "out.docx"], "unknown kind of file"),
        (["age=68", "hscrp=4.1", "--do", "weight_loss", "-o", "out.csv"], "age=68: unknown kind of file"),
        (["age=68", "--do", "weight_loss", "--strict"], "options of files, such as --strict or --force"),
        (["age=68", "physical_activity=active", "--do", "physical_activity=active"], "is active already"),
    ],
)
def test_bad_questions_get_one_clear_line(myorisk: Myorisk, arguments: list[str], said: str) -> None:
    done = myorisk("what-if", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
