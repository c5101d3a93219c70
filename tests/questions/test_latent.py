"""Every question about a network with a latent variable and a graded one, against sums over all that can be."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from latent_data import SHARES, SHIFTS, add_grades, add_latent, chance, everybody, small_latent, thresholds

import bn
from bn.claims.scene import Scene
from bn.core.arcs import arcs_of
from bn.core.errors import QuestionError, UnreadColumnsWarning
from cpds.knowledge import load

MARKERS = {"lipid_marker": (0.2, 0.7), "stress_marker": (0.2, 0.7), "grade_marker": (0.3, 0.6, 0.8)}
"""P(high) of each marker by the state of its variable."""
FOUND = {"age": "old", "stress_marker": "high", "grade_marker": "low"}


@pytest.fixture(scope="module")
def small() -> bn.RiskModel:
    return small_latent()


def weight(at: dict[str, int], found: dict[str, str]) -> float:
    """P(state of everything, findings)."""
    total = float(np.prod([chance(name, at) for name in at]))
    for name, said in found.items():
        if name in MARKERS:
            high = MARKERS[name][at[name.removesuffix("_marker")]]
            total *= high if said == "high" else 1 - high
        else:
            total *= at[name] == ("young", "old").index(said)
    return total


@pytest.mark.parametrize("found", [{}, {"stress_marker": "high"}, FOUND])
def test_posteriors_and_evidence_are_sums_over_everybody(small: bn.RiskModel, found: dict[str, str]) -> None:
    post = small.posterior(found)
    everyone = [(at, weight(at, found)) for at in everybody()]
    whole = sum(each for _, each in everyone)
    assert post.log_evidence == pytest.approx(np.log(whole), abs=1e-9)
    for name, states in small.network.states.items():
        for index, state in enumerate(states):
            wanted = sum(each for at, each in everyone if at[name] == index) / whole
            assert post[name][state] == pytest.approx(wanted, abs=1e-9), (name, state)


def of_noises(found: dict[str, str], drug: str) -> dict[str, np.ndarray]:
    """P(state after the drug | findings before it), by going through all that every noise can do, one luck for both."""
    acted, shift = SHIFTS[drug]
    names = ("lipid", "stress", "grade", "resistance")
    parents = {"lipid": ("age", "luck"), "stress": ("age", "luck"), "grade": ("lipid", "luck", "age")}
    parents["resistance"] = ("stress", "lipid", "luck")
    sizes = {"age": 2, "luck": 3, "lipid": 2, "stress": 2, "grade": 3, "resistance": 2}
    tables = {}
    for name in names:
        for after in (False, True):
            shape = tuple(sizes[parent] for parent in parents[name])
            table = np.empty((*shape, sizes[name] - 1))
            for states in np.ndindex(shape):
                at = dict(zip(parents[name], states, strict=True))
                table[states] = thresholds(name, at, shift if after and name == acted else 0.0)
            tables[name, after] = table
    after_of = {name: np.zeros(sizes[name]) for name in sizes}
    cuts = {name: np.unique(np.concatenate([tables[name, side].ravel() for side in (False, True)])) for name in names}
    for age, luck in product(range(2), range(3)):
        root = SHARES["age"][age] * SHARES["luck"][luck]
        edges = [np.concatenate([[0.0], cuts[name], [1.0]]) for name in names]
        grids = np.meshgrid(*((one[1:] + one[:-1]) / 2 for one in edges), indexing="ij")
        noise = {name: grid.ravel() for name, grid in zip(names, grids, strict=True)}
        mass = root * np.prod(np.meshgrid(*(np.diff(one) for one in edges), indexing="ij"), axis=0).ravel()
        worlds = []
        for side in (False, True):
            at: dict[str, Any] = {"age": np.full(len(mass), age), "luck": np.full(len(mass), luck)}
            for name in names:
                ends = tables[name, side][tuple(at[parent] for parent in parents[name])]
                at[name] = (noise[name][:, None] < ends).sum(axis=1)
            worlds.append(at)
        before, later = worlds
        for name, said in found.items():
            if name in MARKERS:
                high = np.array(MARKERS[name])[before[name.removesuffix("_marker")]]
                mass = mass * (high if said == "high" else 1 - high)
            else:
                mass = mass * (before[name] == ("young", "old").index(said))
        for name, size in sizes.items():
            after_of[name] += np.bincount(later[name], mass, size)
    return {name: values / values.sum() for name, values in after_of.items()}


@pytest.mark.parametrize("drug", list(SHIFTS))
def test_after_an_act_everything_is_as_noise_by_noise(small: bn.RiskModel, drug: str) -> None:
    answer = small.what_if(FOUND, do=drug)
    for name, wanted in of_noises(FOUND, drug).items():
        np.testing.assert_allclose(np.asarray(answer.after[name])[:, 0], wanted, atol=1e-9, err_msg=name)


def test_what_shares_only_the_latent_is_not_moved_by_an_act(small: bn.RiskModel) -> None:
    """Stress tells of luck before the drug; luck, and what hangs on it alone, is what it was after it."""
    answer = small.what_if(stress_marker="high", do="lipid=absent")
    for name in ("luck", "stress"):
        np.testing.assert_array_equal(answer.after[name], answer.before[name])
    alone = small.posterior(stress_marker="high")["luck"]
    assert [float(share) for share in np.asarray(answer.after["luck"])[:, 0]] == pytest.approx(list(alone.values()))
    assert alone["high"] > SHARES["luck"][2]


def reached(see: dict[str, int], luck: int, forced: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Marginals given luck when each variable sees its own age, and some have a given distribution."""
    found = {name: np.zeros(3 if name == "grade" else 2) for name in ("lipid", "stress", "grade", "resistance")}
    for at in everybody():
        if at["age"] or at["luck"] != luck:
            continue
        mass = 1.0
        for name in found:
            mass *= forced[name][at[name]] if name in forced else chance(name, {**at, "age": see[name]})
        for name in found:
            found[name][at[name]] += mass
    return found


def test_mediation_holds_the_latent_and_averages_over_it(small: bn.RiskModel) -> None:
    split = small.mediation()["resistance"]
    young, old = (dict.fromkeys(("lipid", "stress", "grade", "resistance"), age) for age in (0, 1))

    def risk(see: dict[str, int], forced: Callable[[int], dict[str, np.ndarray]] = lambda luck: {}) -> float:
        return sum(
            share * reached(see, luck, forced(luck))["resistance"][1] for luck, share in enumerate(SHARES["luck"])
        )

    def redrawn(name: str, see: dict[str, int]) -> float:
        """Risk of the young when one variable is drawn as in people of that age with the same luck."""
        return risk(young, lambda luck: {name: reached(see, luck, {})[name]})

    assert split.before.value == pytest.approx(risk(young), abs=1e-9)
    assert split.after.value == pytest.approx(risk(old), abs=1e-9)
    for route in split.variables:
        if route.alone is None or route.last is None:
            continue
        assert route.alone.value == pytest.approx(risk({**young, route.name: 1}) - risk(young), abs=1e-9)
        assert route.last.value == pytest.approx(risk(old) - risk({**old, route.name: 0}), abs=1e-9)
    passing = {route.name: route.passing.value for route in split.variables if route.passing}
    for name in ("lipid", "stress"):
        assert passing[name] == pytest.approx(redrawn(name, old) - redrawn(name, young), abs=1e-9)
    assert "luck" not in {route.name for route in split.variables}


def test_most_probable_sums_the_latent_out(small: bn.RiskModel) -> None:
    first = small.most_probable(FOUND).best[0]
    whole = sum(weight(at, FOUND) for at in everybody())
    wanted = {
        pair: sum(weight(at, FOUND) for at in everybody() if (at["lipid"], at["stress"]) == pair) / whole
        for pair in product(range(2), range(2))
    }
    best = max(wanted, key=lambda pair: wanted[pair])
    assert first.states == dict(zip(("lipid", "stress"), (("absent", "present")[k] for k in best), strict=True))
    assert first.probability == pytest.approx(wanted[best], abs=1e-9)


def test_nothing_is_attributed_to_the_latent(small: bn.RiskModel) -> None:
    found = small.explain(FOUND)
    assert {row.finding for row in found.contributions} == set(FOUND)
    assert {row.mechanism for row in found.mechanisms} == {"lipid", "stress"}
    kinds = {row.name: row.kind for row in found.supports}
    assert kinds["lipid|luck"] == kinds["grade|luck@diabetes"] == "loading"
    assert kinds["grade|age@impaired"] == "arc"
    arcs = [row for row in found.supports if row.kind == "arc"]
    assert arcs
    assert sum(found.bases.values()) == pytest.approx(1)
    now = small.next_test(FOUND)
    assert not any("luck" in str(row) for row in now.to_frame().iloc[:, 0])


def test_an_effect_of_one_step_is_cut_at_that_step_alone(small: bn.RiskModel) -> None:
    """With the mean over people in its place: the intercept of the step, and of no other, takes it up."""
    found = {"grade_marker": "high", "age": "old"}
    (row,) = (row for row in small.explain(found).supports if row.name == "grade|lipid@diabetes")
    mean = small.posterior()["lipid"]["present"]
    changed = {name: values[:1].copy() for name, values in small.parameters.items()}
    effect = changed["grade|lipid@diabetes"]
    changed["grade|intercept:diabetes"] += effect * mean
    changed["grade|lipid@diabetes"] = 0 * effect
    cut = bn.RiskModel(small.knowledge, {name: values.repeat(2) for name, values in changed.items()})
    odds = [np.log(risk / (1 - risk)) for risk in (small.posterior(found).risk, cut.posterior(found).risk)]
    assert row.weight == pytest.approx(odds[0] - odds[1], abs=1e-9)


ASKED: list[Callable[[bn.RiskModel], Any]] = [
    lambda model: model.posterior(luck="high"),
    lambda model: model.posterior({"Luck [score]": 1}),
    lambda model: model.what_if(luck="high", do="lowering"),
    lambda model: model.what_if(do="luck=high"),
    lambda model: model.what_if(do="luck"),
    lambda model: model.sweep(do="lowering", over="luck"),
    lambda model: model.joint(["lipid", "luck"]),
    lambda model: model.most_probable({}, over=["luck"]),
    lambda model: model.next_test(luck="low"),
    lambda model: model.explain(luck="low"),
    lambda model: model.score(pd.DataFrame({"age": ["old"]}), require="luck"),
]


@pytest.mark.parametrize("ask", ASKED)
def test_what_cannot_be_observed_is_refused_by_name(small: bn.RiskModel, ask: Callable[[bn.RiskModel], Any]) -> None:
    with pytest.raises(QuestionError, match=r"'[Ll]uck.*' is a latent variable: .*; leave it out"):
        ask(small)


def test_a_latent_variable_is_offered_nowhere(small: bn.RiskModel) -> None:
    with pytest.raises(QuestionError) as raised:
        small.joint(["lick"])
    assert "luck" not in str(raised.value)


def test_a_column_of_its_name_is_told_of_and_not_read(data: Path) -> None:
    add_latent(data, ["er_stress", "inflammation", "insulin_resistance"])
    with pytest.warns(bn.StalePosteriorWarning):
        model = bn.load(data)
    people = pd.DataFrame({"age": [50, 60], "sex": ["male", "female"]})
    with pytest.warns(UnreadColumnsWarning, match="susceptibility is a latent variable"):
        scored = model.score(people.assign(susceptibility=["low", "high"]))
    pd.testing.assert_series_equal(scored["risk"], model.score(people)["risk"])
    one = model.posterior(age=60, sex="female")
    assert scored["risk"][1] == pytest.approx(one.risk, abs=1e-12)
    assert not any("susceptibility" in name for name in model.score(people, posteriors=True).columns)
    after = model.what_if_frame(people, do="exercise_training")
    assert after["risk_after"][0] == pytest.approx(model.what_if(age=50, sex="male", do="exercise_training").risk_after)


def test_rows_after_a_shift_of_steps_are_as_one_person(data: Path) -> None:
    add_grades(data)
    with pytest.warns(bn.StalePosteriorWarning):
        model = bn.load(data)
    people = pd.DataFrame({"age": [50.0, 60.0], "sex": ["male", "female"], "hscrp": [4.0, np.nan]})
    rows = model.what_if_frame(people, do="lowering_glucose")
    for place, findings in enumerate([{"age": 50, "sex": "male", "hscrp": 4}, {"age": 60, "sex": "female"}]):
        one = model.what_if(findings, do="lowering_glucose")
        assert rows["risk_after"][place] == pytest.approx(one.risk_after, abs=1e-12)
        assert one.risk_after < one.risk_before


def test_a_direct_effect_averages_over_parents_that_depend_on_the_latent(small: bn.RiskModel) -> None:
    """By hand: over luck, and given luck over stress, as P(stress | luck) at the ages of people."""
    wanted = 0.0
    for luck, share in enumerate(SHARES["luck"]):
        for stress in range(2):
            at = {"luck": luck, "stress": stress}
            mass = sum(SHARES["age"][age] * chance("stress", {**at, "age": age}) for age in range(2))
            ends = [thresholds("resistance", {**at, "lipid": lipid})[0] for lipid in range(2)]
            wanted += share * mass * (ends[1] - ends[0])
    assert Scene(small.knowledge, small.network).direct("lipid", "resistance") == pytest.approx(wanted, abs=1e-12)


def test_pictures_draw_it_as_an_oval_and_weigh_arcs_by_their_largest_step(small: bn.RiskModel) -> None:
    sizes = {(arc.parent, arc.child): arc.size for arc in arcs_of(small)}
    assert not any(arc.asserted for arc in arcs_of(small))  # no claim speaks of a loading, though it keeps its sign
    assert sizes["luck", "grade"] == pytest.approx(2 * 1.3)  # scores from -1 to 1, the step to diabetes
    assert sizes["age", "grade"] == pytest.approx(0.9)
    picture = small.plot()
    boxes = {patch.get_gid(): patch for patch in picture.axes[0].patches}
    corners = {name: boxes[f"node {name}"].get_boxstyle().rounding_size for name in ("luck", "lipid")}
    assert corners["luck"] > 4 * corners["lipid"]
    assert "nobody measured" in "".join(text.get_text() for text in picture.axes[0].texts)


def test_a_latent_variable_costs_three_times_the_work_at_most(data: Path) -> None:
    """Summed too early it joins all that it loads on; its name must not decide that, as ties of costs go by name."""
    from bn.core.model import Network
    from bn.engine.contract import cells
    from cpds.priors import at_prior

    context = {"age": 8, "sex": 1, "physical_activity": 0, "adiposity": 3}
    plain = load(data)
    network = Network.build(plain, at_prior(plain))
    add_latent(data, name="a_first")
    loaded = load(data)
    for known in ({}, {"age": 8}, {"age": 8, "sex": 0}, context):
        before = cells(network.given(known))
        assert cells(Network.build(loaded, at_prior(loaded), known).given({})) < 3.5 * before, known
