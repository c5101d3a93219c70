"""Population files: they come back as they were written, move what they name, and are refused where they cannot be."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

import bn
from cpds.check_populations import populations_fit_the_network
from cpds.knowledge import Knowledge, KnowledgeError
from cpds.populations import FORMAT, Draws, Move, Population, every, find, moved, moving, read

INTERCEPT = "insulin_resistance|intercept"
AGES = "dysglycemia|age:20-45@impaired"


def a_move(**changes: object) -> Move:
    entries = {"variable": "insulin_resistance", "to": ("present",), "level": 0.5, "covariance": ((0.04,),)}
    return Move(**(entries | {"outcome": "homa_ir > 2.5"} | changes))


def a_population(*moves: Move, **changes: object) -> Population:
    entries = {"name": "town", "title": 'People of "a town"', "step": "level", "moves": moves}
    return Population(**({"format": FORMAT} | entries | {"rows": 900, "made": date(2026, 1, 2)} | changes))


def test_a_file_comes_back_as_it_was(model: bn.RiskModel, tmp_path: Path) -> None:
    two = a_move(
        variable="dysglycemia", to=("impaired",), factor=0.9, center=1.25, covariance=((0.04, 0.0), (0.0, 0.01)),
        follows={AGES: (0.4, -1.0, 0.25)},
    )  # fmt: skip
    told = a_population(a_move(), two, columns=("age", "bmi"), notes=("a note\x7f\twith \\ marks",))
    path = tmp_path / "town.population"
    path.write_text(told.text(), encoding="utf-8")
    assert read(model.knowledge, path) == told


def test_draws_come_back_to_seven_digits(model: bn.RiskModel, tmp_path: Path) -> None:
    told = a_population(step="full revision", draws=Draws.of(model.parameters))
    path = tmp_path / "whole.population"
    path.write_text(told.text(), encoding="utf-8")
    found = read(model.knowledge, path).applied(model.knowledge, {})
    for name, values in model.parameters.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-6, atol=1e-6)


def test_a_move_acts_on_what_it_names_alone(model: bn.RiskModel) -> None:
    """The point exactly: level added, effects times the factor, the center taken back; everything else as it was."""
    variable = model.knowledge.variables["dysglycemia"]
    move = a_move(
        variable="dysglycemia", to=("impaired",), factor=1.5, center=2.0, covariance=((1e-4, 0.0), (0.0, 1e-4))
    )
    intercepts, effects = moving(variable, ("impaired",))
    assert intercepts == ("dysglycemia|intercept:impaired",)
    assert all(name.endswith("@impaired") for name in effects)
    found = move.applied(model.knowledge, model.parameters)
    for name, before in model.point.items():
        expected = before + 0.5 - 2.0 * 0.5 if name in intercepts else before * 1.5 if name in effects else before
        assert found[name][0] == pytest.approx(float(expected[0]), abs=1e-12), name


def test_a_level_that_follows_its_parameter_stays_where_the_rows_put_it(model: bn.RiskModel) -> None:
    """Draws of another level are taken back to the one that was estimated, also after another synthesis."""
    at = float(model.point[INTERCEPT][0])
    move = a_move(covariance=((1e-12,),), follows={INTERCEPT: (at, -1.0)})
    for by in (0.0, 0.3):
        parameters = {**model.parameters, INTERCEPT: model.parameters[INTERCEPT] + by}
        found = move.applied(model.knowledge, parameters)[INTERCEPT]
        np.testing.assert_allclose(found, at + 0.5, atol=1e-4)


def test_without_that_its_own_uncertainty_is_added(model: bn.RiskModel) -> None:
    found = a_move().applied(model.knowledge, model.parameters)[INTERCEPT] - model.parameters[INTERCEPT]
    assert found[0] == pytest.approx(0.5, abs=1e-12)
    assert np.std(found[1:]) == pytest.approx(0.2, rel=0.15)
    again = a_move().applied(model.knowledge, model.parameters)[INTERCEPT] - model.parameters[INTERCEPT]
    np.testing.assert_array_equal(found, again)


def test_a_factor_never_turns_the_sign_of_effects(model: bn.RiskModel) -> None:
    move = a_move(factor=0.3, covariance=((0.04, 0.0), (0.0, 0.25)))
    found = move.applied(model.knowledge, model.parameters)
    for name in moving(model.knowledge.variables["insulin_resistance"], ("present",))[1]:
        assert (np.sign(found[name]) == np.sign(model.parameters[name])).all()


def test_steps_of_a_cumulative_variable_move_together(model: bn.RiskModel) -> None:
    """Else the intercepts could get out of order."""
    cumulative = [
        one for one in model.knowledge.variables.values() if one.link == "cumulative" and len(one.intercepts) > 1
    ]
    for variable in cumulative:
        intercepts, _ = moving(variable, variable.states[1:2])
        assert len(intercepts) == len(variable.intercepts)
        found = moved(model.knowledge, variable.id, variable.states[1:2], model.point, np.array([[0.7]]))
        assert all(found[name] == model.point[name] + 0.7 for name in intercepts)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = 1", "format = 2", r"format 2, expected 1: no population, or one of another version"),
        ("format = 1", "", r"no format, expected 1"),
        ("level = 0.5", "level = 0.5\n]", r"damaged: not valid TOML"),
        ("level = 0.5", "level = inf", r"damaged: a number is not finite"),
        ("level = 0.5", "level = 0.5\nslope = 2", r"damaged: moves 1 slope: unknown key"),
        ("level = 0.5", 'level = "high"', r"damaged: moves 1 level: Expected `float`"),
        ("[[0.04]]", "[[-0.04]]", r"covariance: expected a positive definite matrix of 1 by 1"),
        ("[[0.04]]", "[[0.04, 0.0], [0.0, 0.04]]", r"covariance: expected a positive definite matrix of 1 by 1"),
        ('"insulin_resistance"', '"gout"', r"of another network, which has the variable gout"),
        ('to = ["present"]', 'to = ["absent"]', r"to: found absent, expected states of insulin_resistance"),
        ("|intercept", "|gout", r"of another network, which has the parameter insulin_resistance\|gout"),
        ("[-4.0, -1.0]", "[-4.0]", r"damaged: follows: expected 2 numbers a parameter"),
        ("covariance", "factor = -1.0\ncovariance", r"factor: found -1\.0, expected a positive number"),
        ('step = "level"', 'step = "full revision"', r"damaged: step 'full revision' without draws"),
        ('step = "level"', 'step = "up"', r"damaged: step: Invalid enum value 'up'"),
    ],
)
def test_a_file_that_cannot_be_is_refused(model: bn.RiskModel, tmp_path: Path, old: str, new: str, said: str) -> None:
    text = a_population(a_move(follows={INTERCEPT: (-4.0, -1.0)})).text()
    assert old in text
    path = tmp_path / "town.population"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=rf"town\.population: .*{said}.*make it again with `myorisk update`"):
        bn.load(population=path)


@pytest.mark.parametrize(("values", "said"), [("AAAA", "cannot reshape|buffer size"), ("!", "base64|Only")])
def test_draws_that_are_cut_off_are_refused(model: bn.RiskModel, tmp_path: Path, values: str, said: str) -> None:
    draws = Draws(tuple(model.parameters), 3, values)
    path = tmp_path / "whole.population"
    path.write_text(a_population(step="full revision", draws=draws).text(), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=rf"damaged: draws: .*({said})"):
        read(model.knowledge, path)


def test_a_name_that_is_not_known_offers_those_that_are(model: bn.RiskModel) -> None:
    with pytest.raises(KnowledgeError, match=r"population 'us_2007_2021': .*did you mean 'us_2007_2012'"):
        find(model.knowledge, "us_2007_2021")


def test_the_network_itself_is_a_population_too() -> None:
    plain = bn.load(population="us_2007_2012")
    assert plain.population is None
    assert plain.posterior(age=60).risk == bn.load().posterior(age=60).risk


def test_every_shipped_population_can_be_used(model: bn.RiskModel) -> None:
    found = list(every(model.knowledge))
    assert [one.name for one in found if not one.moved] == ["us_2007_2012"]
    for one in found:
        assert one.source, "say where the people came from"
        assert 0 < model.moved_to(one).posterior(age=60).risk < 1


def test_the_check_names_a_population_that_does_not_fit(data: Path) -> None:
    (data / "populations" / "here.toml").write_text(a_population().text(), encoding="utf-8")
    (data / "populations" / "old.toml").write_text("format = 0\n", encoding="utf-8")
    found = list(populations_fit_the_network(Knowledge(data)))
    assert "populations/here.toml: name: found 'town', expected 'here' as the file is named" in found
    assert any(problem.startswith("populations/old.toml: format 0, expected 1") for problem in found)
