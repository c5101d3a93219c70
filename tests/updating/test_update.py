"""The network moves as far as rows demand, no further, and what cannot be asked of them is one error."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from validation_cohort import a_cohort

import bn
from bn.cohort.files.places import Options
from bn.cohort.outcome import read_outcome
from bn.core.model import Model
from bn.questions.definitions import offsets
from bn.updating.ask import _read
from bn.updating.cohort import Cohort
from bn.updating.fitting import Fit
from bn.updating.ladder import _tests, place_of
from bn.validation.plan import Request
from cpds.populations import Move, Population, moved

OUTCOME = "homa_ir>2.5"
MEASURED = ["hscrp", "homa_ir", "fasting_glucose", "diagnosed_diabetes"]


def elsewhere(model: bn.RiskModel, level: float, variable: str = "insulin_resistance") -> bn.RiskModel:
    """The model where a variable is more common by so many log odds."""
    to = model.knowledge.variables[variable].states[1:]
    return replace(model, parameters=moved(model.knowledge, variable, to, model.parameters, np.array([[level]])))


def cohort_of(model: Model, frame: pd.DataFrame, outcome: str, most: int = 10_000) -> Cohort:
    return _read(Request(read_outcome(model, outcome), by=()), frame, Options(), lambda _: None, None, 0, most)[0]


@pytest.fixture(scope="module")
def people(model: bn.RiskModel) -> pd.DataFrame:
    return model.sample(600, measure=MEASURED, seed=11)


def test_people_of_the_network_move_nothing(small: bn.RiskModel, people: pd.DataFrame) -> None:
    found = small.update(people, OUTCOME)
    assert found.population.step == "leave it"
    assert not found.population.moves
    assert found.model.posterior(age=60).risk == small.posterior(age=60).risk
    assert found.to_frame().empty


def test_a_level_that_is_known_is_recovered(small: bn.RiskModel) -> None:
    """Within its interval, by the closed test, and in every question after."""
    there = elsewhere(small, 0.9)
    found = small.update(there.sample(800, measure=["hscrp", "homa_ir"], seed=2), OUTCOME, name="there")
    (ladder,) = found.ladders
    (level,) = (one for one in ladder.moved if one.what == "level")
    assert ladder.step in ("level", "level and slope")
    assert level.low < 0.9 < level.high
    assert ladder.log_score["update"] < ladder.log_score["network"]
    for given in ({"age": 60}, {"bmi": 34, "hscrp": 5}):
        assert found.model.posterior(given).risk == pytest.approx(there.posterior(given).risk, abs=0.05)
    assert "'there'" in repr(found.model)
    before = there.what_if({"bmi": 34}, do="weight_loss").difference
    assert found.model.what_if({"bmi": 34}, do="weight_loss").difference == pytest.approx(before, abs=0.02)


@pytest.mark.long
def test_selection_by_who_people_are_moves_nothing(small: bn.RiskModel) -> None:
    """Heavy people almost only; the level that is estimated stays at 0 within its error."""
    people = small.sample(2000, measure=["homa_ir"], seed=3)
    kept = people[(people["bmi"] > 31) | (np.arange(len(people)) % 20 == 0)].reset_index(drop=True)
    (ladder,) = small.update(kept, OUTCOME, step="level").ladders
    assert ladder.moved[0].low < 0 < ladder.moved[0].high


@pytest.mark.long
def test_an_outcome_by_definition_moves_its_variable_and_not_the_definition(small: bn.RiskModel) -> None:
    """If offsets of the definition followed the network, they would take back whatever moves."""
    people = elsewhere(small, 0.8, "dysglycemia").sample(700, measure=["fasting_glucose", "diagnosed_diabetes"], seed=5)
    found = small.update(people, "glucose_or_diagnosed", step="level")
    assert found.population.moves[0].to == ("impaired",)
    np.testing.assert_array_equal(
        offsets(found.model, "glucose_or_diagnosed")[0], offsets(small, "glucose_or_diagnosed")[0]
    )
    before, after = (
        one.validate(people, "glucose_or_diagnosed", by="sex").overall.measures["intercept"].value
        for one in (small, found.model)
    )
    assert abs(after) < 0.05 < abs(before)


@pytest.mark.long
def test_two_outcomes_move_causes_first(small: bn.RiskModel, people: pd.DataFrame) -> None:
    found = small.update(people, ["glucose_or_diagnosed", OUTCOME], step="level")
    assert [one.variable for one in found.population.moves] == ["insulin_resistance", "dysglycemia"]


def test_an_update_goes_on_from_an_earlier_one(small: bn.RiskModel, people: pd.DataFrame) -> None:
    first = small.update(people, OUTCOME, step="level")
    second = first.model.update(people, "glucose_or_diagnosed", step="level")
    assert len(second.population.moves) == 2
    assert second.model.base is not None
    assert second.model.base.population is None


def test_both_ways_to_log_odds_agree(small: bn.RiskModel, people: pd.DataFrame) -> None:
    """Rows at one parameter vector, and one row at several; a definition adds a constant of each row to the first."""
    for outcome in (OUTCOME, "glucose_or_diagnosed"):
        cohort = cohort_of(small, people, outcome)
        other = elsewhere(small, 0.4, place_of(cohort.outcome).variable).point
        both = {name: np.concatenate([values, other[name]]) for name, values in small.point.items()}
        rows = np.array([0, 7, 311])
        change = np.diff(cohort.log_odds_at(both, rows), axis=1)[:, 0]
        expected = (cohort.log_odds(other) - cohort.log_odds(small.point))[rows]
        np.testing.assert_allclose(change, expected, atol=1e-6)


def test_a_level_is_told_beside_the_parameters_that_it_follows(small: bn.RiskModel, people: pd.DataFrame) -> None:
    """One more in the intercept is one less in the level: the uncertainty of both is not added up."""
    (move,) = small.update(people, OUTCOME, step="level").population.moves
    value, slope = move.follows["insulin_resistance|intercept"]
    assert value == small.point["insulin_resistance|intercept"][0]
    assert slope == pytest.approx(-1, abs=0.05)


def test_the_closed_test_stops_where_the_rows_do_not_speak_against_it() -> None:
    """2 (l2 - l0) on two degrees of freedom: 8.40 rejects at 1.5 %; on one: 1.07 at 30 %. Divided by the design effect."""

    def fits(level: float, whole: float, effect: float = 1.0) -> dict[str, Fit]:
        nothing = np.empty(0)
        one = [Fit(*[nothing] * 3, np.ones(2), nothing, nothing, x, effect) for x in (0.0, level, whole)]
        return dict(zip(("leave it", "level", "level and slope"), one, strict=True))

    def told(*args: float, rows: int = 200) -> list[bool]:
        return [one.taken for one in _tests(fits(*args), rows)]

    assert told(0.5, 4.19) == [False]
    assert told(3.69, 4.21) == [True, False]
    assert told(3.6, 4.21) == [True, True]
    assert told(3.6, 4.21, 1.1) == [False]
    assert told(1.0, 2.82, rows=400) == [True, True], "twice the rows, four times the chance: 5.63 rejects at 6 %"
    assert told(1.0, 2.81, rows=400) == [False]
    assert told(0.46, 0.7, rows=100_000) == [True, True], "never more readily than at 50 %: 1.39, and 0.45 alone"
    assert told(0.48, 0.7, rows=100_000) == [True, False]
    assert told(0.5, 0.69, rows=100_000) == [False]
    first, second = _tests(fits(1.0, 4.3), 200)
    assert (first.statistic, first.freedom) == (8.6, 2)
    assert first.p == pytest.approx(np.exp(-4.3))
    assert (second.statistic, second.freedom, second.before) == (6.6, 1, "level")


@pytest.mark.long
def test_a_design_of_copies_leaves_the_uncertainty_of_its_clusters(small: bn.RiskModel, people: pd.DataFrame) -> None:
    """Each person three times, as a cluster: the interval is about that of the people themselves."""
    people = people.head(200)
    alone = small.update(people, OUTCOME, step="level").ladders[0].moved[0]
    copied = pd.concat([people.assign(unit=range(len(people)))] * 3, ignore_index=True)
    found = small.update(copied, OUTCOME, step="level", clusters="unit").ladders[0].moved[0]
    assert found.high - found.low == pytest.approx(alone.high - alone.low, rel=0.1)
    assert found.value == pytest.approx(alone.value, abs=0.01)


@pytest.mark.long
def test_weights_of_case_control_sampling_give_the_level_back(small: bn.RiskModel) -> None:
    """All with the outcome and a third of those without it, weighted by what was left out."""
    people = small.sample(500, measure=["homa_ir"], seed=8)
    case = people["homa_ir"] > 2.5
    kept = people[case | (np.arange(len(people)) % 3 == 0)]
    kept = kept.assign(fraction=np.where(kept["homa_ir"] > 2.5, 1.0, 3.0)).reset_index(drop=True)
    plain = small.update(kept, OUTCOME, step="level", leave_out=()).ladders[0].moved[0]
    weighed = small.update(kept, OUTCOME, step="level", weights="fraction", selected_on_outcome=True)
    found = weighed.ladders[0].moved[0]
    assert plain.low > 0.3
    error = (found.high - found.low) / (2 * 1.645)
    assert abs(found.estimated) < 3 * error
    assert abs(plain.estimated) > 3 * error


def test_of_a_very_large_table_some_rows_are_drawn(small: bn.RiskModel, people: pd.DataFrame) -> None:
    whole, some = cohort_of(small, people, OUTCOME), cohort_of(small, people, OUTCOME, 100)
    assert (len(some.event), some.read) == (100, len(whole.event))
    odds = set(whole.log_odds(small.point).round(9))
    assert set(some.log_odds(small.point).round(9)) <= odds


def test_saved_and_loaded_it_answers_the_same(small: bn.RiskModel, people: pd.DataFrame, tmp_path: Path) -> None:
    found = small.update(people, OUTCOME, step="level and slope", name="here", title="People here")
    path = found.save(tmp_path / "here.population")
    text = path.read_text(encoding="utf-8")
    again = bn.load(population=path)
    assert again.posterior(age=50).risk == pytest.approx(found.model.posterior(age=50).risk, abs=1e-9)
    assert len(text) < 30_000
    assert not set(text.splitlines()) & set(people.to_csv().splitlines())
    with pytest.raises(bn.QuestionError, match="exists"):
        found.save(path)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda t: t.drop(columns="homa_ir"), {}, "no column gives homa_ir"),
        (lambda t: t[t["homa_ir"] > 2.5], {}, "all of them have it; both kinds are needed"),
        (lambda t: t[t["homa_ir"] <= 2.5], {}, "none of them has it; both kinds are needed"),
        (lambda t: t.head(10), {}, "expected at least 50"),
        (lambda t: t.assign(wt=-t["wt"]), {"weights": "wt"}, "'wt' is negative in"),
        (lambda t: t.assign(wt=t["wt"].where(t["age"] > 30)), {"weights": "wt"}, "'wt' holds no number in"),
        (lambda t: t, {"weights": "weight"}, "weights: no column 'weight'"),
        (lambda t: t, {"inputs": ["homa_ir", "age"]}, "homa_ir speaks of the outcome itself"),
        (lambda t: t, {"outcome": "age=80+"}, "age has no level of its own to move"),
        (lambda t: t, {"outcome": [OUTCOME, "homa_ir>3"]}, "two outcomes are about the same variable"),
        (lambda t: t, {"outcome": []}, "no outcome; name at least one"),
        (lambda t: t, {"step": "slope"}, "step: found 'slope', expected one of: leave it, level"),
        (lambda t: t, {"name": "a\nb"}, "name: found"),
        (lambda t: t, {"selected_on_outcome": True}, "selected on the outcome .* give sampling fractions"),
        (lambda t: t, {"outcome": [OUTCOME, "glucose_or_diagnosed"], "step": "full revision"}, "takes one outcome"),
        (lambda t: t.assign(homa_ir=t["homa_ir"].where(t.index < 30, 9)), {}, "if people were selected on it"),
    ],
)
def test_what_cannot_be_asked_is_one_error(
    small: bn.RiskModel, change: object, options: dict[str, object], said: str
) -> None:
    table = change(a_cohort(600, seed=3)).reset_index(drop=True)
    outcome = options.pop("outcome", OUTCOME)
    with pytest.raises(bn.QuestionError, match=said):
        small.update(table, outcome, **options)


def test_a_population_moves_the_other_structural_settings_as_well(small: bn.RiskModel) -> None:
    """Else they would seem to differ by what the people differ."""
    move = Move("insulin_resistance", ("present",), 1.0, ((1e-6,),), "homa_ir > 2.5")
    there = small.moved_to(Population(1, "there", "People there", "level", moves=(move,)))
    risks = {one.id: one.risk for one in there.sensitivity(age=60).settings}
    assert all(risk == pytest.approx(there.posterior(age=60).risk, abs=0.1) for risk in risks.values())
    assert min(risks.values()) > small.posterior(age=60).risk + 0.05
