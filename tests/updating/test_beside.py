"""Levels of what the findings tell of themselves move beside the outcome; exposures and assays only on request."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

import bn
from bn.cohort.files.places import Options
from bn.cohort.outcome import read_outcome
from bn.updating.ask import _read
from bn.updating.result import Ladder, Moved
from bn.updating.single import fit
from bn.validation.plan import Request
from cpds.populations import moved

OUTCOME = "homa_ir>2.5"
SHIFT = 0.3
"""Of an assay, as a natural logarithm."""


def elsewhere(model: bn.RiskModel, **levels: float) -> bn.RiskModel:
    """The model where variables are more common by so many log odds."""
    found = model.parameters
    for name, by in levels.items():
        states = model.knowledge.variables[name].states
        found = moved(model.knowledge, name, states[1:], found, np.array([[by]]))
    return replace(model, parameters=found)


def only(ladders: tuple[Ladder, ...], name: str) -> Ladder:
    (found,) = (one for one in ladders if one.outcome == name)
    return found


def holds(one: Moved, value: float) -> bool:
    return one.low < value < one.high


@pytest.fixture(scope="module")
def assayed(small: bn.RiskModel) -> pd.DataFrame:
    """People more often resistant, whose HOMA-IR is read too high, with a clamp beside it.

    So many that the level is found beside the offset: of 700, where it is not, the offset takes part of it.
    """
    there = elsewhere(small, insulin_resistance=0.8)
    people = there.sample(2000, measure=["homa_ir", "clamp_m"], seed=5)
    return people.assign(homa_ir=people["homa_ir"] * np.exp(SHIFT))


def test_what_a_marker_tells_of_moves_beside_the_outcome(small: bn.RiskModel) -> None:
    there = elsewhere(small, inflammation=1.0, insulin_resistance=0.9)
    found = small.update(there.sample(900, measure=["hscrp", "homa_ir"], seed=2), OUTCOME, comparable="crp")
    beside, (ladder,) = only(found.beside, "inflammation"), found.ladders
    assert (beside.told_by, beside.step) == (("hscrp",), "level")
    assert holds(beside.moved[0], 1.0)
    assert holds(ladder.moved[0], 0.9)
    assert beside.log_score["update"] < beside.log_score["network"]
    assert [move.variable for move in found.population.moves] == ["inflammation", "insulin_resistance"]
    for given in ({"age": 60}, {"bmi": 34, "hscrp": 5}):
        after, truth = found.model.posterior(given), there.posterior(given)
        assert after.risk == pytest.approx(truth.risk, abs=0.05)
        assert after["inflammation"]["present"] == pytest.approx(truth["inflammation"]["present"], abs=0.06)


def test_a_level_leaves_the_share_that_its_marker_determines(small: bn.RiskModel) -> None:
    """Whatever the intercept is among the draws: the move follows it, and the draws of the sum lie close."""
    people = elsewhere(small, inflammation=1.0).sample(600, measure=["hscrp", "homa_ir"], seed=4)
    found = small.update(people, OUTCOME, step="leave it", comparable="hscrp")
    name = "inflammation|intercept"
    (move,) = found.population.moves
    assert move.follows[name][1] == pytest.approx(-1, abs=0.15)
    spread = found.model.parameters[name][1:].std()
    assert spread < 0.75 * small.parameters[name][1:].std() + move.covariance[0][0] ** 0.5


def test_people_of_the_network_move_nothing_beside(small: bn.RiskModel) -> None:
    people = small.sample(500, measure=["hscrp", "grip_strength", "fasting_glucose", "homa_ir"], seed=11)
    found = small.update(people, OUTCOME, comparable=["hscrp", "grip_strength", "fasting_glucose"])
    assert {one.outcome for one in found.beside} == {"inflammation", "sarcopenia", "dysglycemia"}
    assert {one.step for one in found.beside} == {"leave it"}


def test_one_instrument_alone_moves_no_level_unless_it_is_comparable(small: bn.RiskModel) -> None:
    """A grip that reads a fifth of a standard deviation lower would pass for twice the sarcopenia."""
    people = small.sample(300, measure=["grip_strength", "hba1c", "diagnosed_diabetes", "homa_ir"], seed=12)
    found = small.update(people.assign(grip_strength=people["grip_strength"] - 4), OUTCOME)
    assert [one.outcome for one in found.beside] == ["dysglycemia"], "an answer beside a reading tells of that"
    (note,) = (one for one in found.notes if "cannot be told apart" in one.text)
    assert note.findings == ("grip_strength",)
    assert note.text.startswith("sarcopenia: its level and an offset of the assay")


@pytest.mark.long
def test_what_lies_after_the_outcome_is_judged_by_where_that_went(small: bn.RiskModel) -> None:
    """Glucose is higher where resistance is more common: that is no level of dysglycemia's own."""
    people = elsewhere(small, insulin_resistance=1.5).sample(900, measure=["fasting_glucose", "homa_ir"], seed=8)
    found = small.update(people, OUTCOME, comparable="fasting_glucose")
    assert found.ladders[0].step != "leave it"
    assert only(found.beside, "dysglycemia").step == "leave it"


def test_exposures_move_on_request_only(small: bn.RiskModel) -> None:
    people = elsewhere(small, physical_activity=-0.8).sample(500, measure=["homa_ir"], seed=6)
    assert not small.update(people, OUTCOME).population.moves
    found = small.update(people, OUTCOME, exposures=["activity", "bmi"])
    assert holds(only(found.beside, "physical_activity").moved[0], -0.8)
    assert only(found.beside, "adiposity").step == "leave it", "who is less active is heavier: that is no level"
    assert only(found.beside, "adiposity").events == len(people)
    active = found.model.posterior(age=40)["physical_activity"]["active"]
    assert active < small.posterior(age=40)["physical_activity"]["active"] - 0.1


@pytest.mark.long
def test_an_assay_is_told_from_the_level_by_another_marker(
    small: bn.RiskModel, assayed: pd.DataFrame, tmp_path: Path
) -> None:
    found = small.update(assayed, OUTCOME, assays="homa_ir")
    assert holds(only(found.beside, "homa_ir").moved[0], SHIFT)
    assert holds(only(found.beside, "insulin_resistance").moved[0], 0.8)
    assert not found.ladders, "the outcome is such a reading, so it tells neither of the two"
    again = bn.load(population=found.save(tmp_path / "assay.population"))
    offset = found.population.offsets["homa_ir"]
    unread = small.moved_to(msgspec.structs.replace(found.population, offsets={}))
    meant = unread.posterior(age=50, homa_ir=3).risk
    assert found.model.posterior(age=50, homa_ir=3 * np.exp(offset)).risk == pytest.approx(meant, abs=1e-9)
    assert again.posterior(age=50, homa_ir=3 * np.exp(offset)).risk == pytest.approx(meant, abs=1e-9)
    assert found.model.score(pd.DataFrame({"age": [50], "homa_ir": [3 * np.exp(offset)]}))["risk"][0] == pytest.approx(
        meant, abs=1e-9
    )


def test_an_assay_that_cannot_be_told_from_the_level_moves_neither(small: bn.RiskModel, assayed: pd.DataFrame) -> None:
    found = small.update(assayed.head(700).drop(columns="clamp_m"), OUTCOME, assays="homa_ir")
    assert not found.population.moved
    assert any("cannot be told apart" in note.text for note in found.notes)


def test_one_number_is_the_mode_of_a_normal_posterior(small: bn.RiskModel) -> None:
    """Rows with unit variance around x: their mean, drawn to 0 by the prior; twice the gain is that of a z."""
    people = small.sample(200, measure=["homa_ir"], seed=1)
    request = Request(read_outcome(small, OUTCOME), by=())
    cohort = _read(request, people, Options(), lambda _: None, None, 0, 1000)[0]
    rows = np.random.default_rng(0).normal(0.7, 1, 200)
    found = fit(cohort, lambda x: -((rows - x) ** 2) / 2, 0.5)
    share = 200 / (200 + 4)
    assert found.estimate == pytest.approx(share * rows.mean(), abs=0.005)
    assert found.alone == pytest.approx(rows.mean(), abs=0.005)
    assert found.variance == pytest.approx(1 / 204, rel=1e-6)
    assert found.statistic == pytest.approx(200 * (rows.mean() ** 2 - (rows.mean() - found.estimate) ** 2), rel=0.02)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"exposures": "inflammation"}, "exposures: found inflammation, expected one of: adiposity, physical_activity"),
        ({"exposures": "activity", "leave_out": "activity"}, "exposures: no column gives physical_activity"),
        ({"assays": "diagnosed_diabetes"}, "assays: found diagnosed_diabetes, expected a marker with a reference"),
        ({"hashed": True}, "hash: found rows that are no file"),
        ({"assays": "il6"}, "assays: no column gives il6"),
        ({"comparable": "il6"}, "comparable: no column gives il6"),
        ({"assays": "homa_ir", "step": "full revision"}, "no exposures, no assays"),
    ],
)
def test_what_cannot_be_moved_is_one_error(small: bn.RiskModel, options: dict[str, object], said: str) -> None:
    people = small.sample(80, measure=["homa_ir"], seed=9)
    with pytest.raises(bn.QuestionError, match=said):
        small.update(people, OUTCOME, **options)
