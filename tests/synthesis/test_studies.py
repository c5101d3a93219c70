"""Studies that are fitted say at any parameters what the forest says at the shipped ones, and may be missed."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

import bn
from bn.core.model import Model
from bn.studies.execute import execute
from bn.synthesis.fit import Mode, Problem
from bn.synthesis.sampler import sample
from bn.synthesis.studies import FREEDOM, FittedStudies, log_density
from cpds.knowledge import load
from cpds.posterior import read_mode, read_studies
from cpds.table import Array

SOME = ("E146", "exercise_bmi_kuhle", "D040", "D035", "E025", "D015_crp")
"""Acts with a finding above them, states set against each other, and people compared by what was seen."""


@pytest.fixture(scope="module")
def few() -> FittedStudies:
    knowledge = load()
    for rows in ("trials", "associations"):
        vars(knowledge)[rows] = tuple(one for one in getattr(knowledge, rows) if one.id in SOME)
    return FittedStudies(knowledge)


def test_a_study_is_asked_as_the_forest_asks_it(few: FittedStudies, model: bn.RiskModel) -> None:
    point = Model(few.knowledge, model.point)
    forest = execute(point, few.studies)
    said = few.evaluate(point.parameters)[:, 0]
    assert {one.id for one in few.studies} == set(SOME)
    for study, value in zip(few.studies, said, strict=True):
        figure = forest[study.id]
        assert not isinstance(figure, Exception)
        tolerance = 1e-9 if study.outcome in few.knowledge.variables else 0.05  # markers are cut at another median
        assert value == pytest.approx(figure.log_odds[0], abs=tolerance), study.id


def test_many_parameters_at_once_say_what_each_says_by_itself(few: FittedStudies, model: bn.RiskModel) -> None:
    some = {name: values[:3] for name, values in model.parameters.items()}
    together = few.evaluate(some)
    for draw in range(3):
        alone = few.evaluate({name: values[draw : draw + 1] for name, values in some.items()})
        assert together[:, [draw]] == pytest.approx(alone, abs=1e-12)


def test_acts_have_their_stated_size_at_every_draw(few: FittedStudies, model: bn.RiskModel) -> None:
    same = {name: np.repeat(values, 3) for name, values in model.point.items()}
    said = few.evaluate(same)
    assert np.ptp(said, axis=1) == pytest.approx(0.0, abs=1e-12)
    drawn = execute(Model(few.knowledge, same), few.studies)["E146"]
    assert not isinstance(drawn, Exception)
    assert np.ptp(drawn.log_odds) > 0.01


def test_half_the_square_of_a_residual_is_minus_the_log_density_of_a_t_distribution(
    few: FittedStudies, model: bn.RiskModel
) -> None:
    stats = pytest.importorskip("scipy.stats")
    off = few.evaluate(model.point)[:, 0] - few.wanted
    expected = stats.t.logpdf(0.0, FREEDOM) - stats.t.logpdf(off / few.spreads, FREEDOM)
    found = few.residuals(model.point)[:, 0]
    assert found**2 / 2 == pytest.approx(expected)
    assert np.array_equal(np.sign(found), np.sign(off))


def test_what_the_network_lacks_does_not_pull() -> None:
    knowledge = load()
    study = next(one for one in knowledge.trials if one.id == "E146")
    vars(knowledge).update(trials=(msgspec.structs.replace(study, acts=("no_such_training",)),), associations=())
    assert FittedStudies(knowledge).studies == ()


def test_draws_weigh_studies_as_they_are_and_not_as_their_guide_stands_for_them() -> None:
    """Two normal coordinates, and studies no polynomial of theirs fits: mean and SD as summed on a grid."""

    def misfit(at: Array) -> Array:
        return np.stack([3 * np.tanh(2 * at[0]) - 2, 2 * np.abs(at[0] - at[1]) - 1.5])

    mode = Mode(np.zeros(2), np.eye(2), 0.0, 1)
    some = np.linspace(-5, 5, 401)
    grid = np.stack(np.meshgrid(some, some)).reshape(2, -1)
    weight = np.exp(-0.5 * (grid**2).sum(axis=0) + log_density(misfit(grid)).sum(axis=0))
    mean = grid @ weight / weight.sum()
    deviation = np.sqrt((grid**2) @ weight / weight.sum() - mean**2)
    rng = np.random.default_rng(4)
    chains = sample(lambda at: at * 1.0, mode, rng, 40, warmup=100, draws=400, misfit=misfit)
    drawn = chains.coordinates.reshape(-1, 2)
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.03)
    assert drawn.std(axis=0) == pytest.approx(deviation, abs=0.03)
    assert 0.2 < chains.taken < 0.99, "the guide is no perfect fit"


def test_what_is_filed_of_studies_is_what_they_say_at_the_shipped_mode() -> None:
    problem = Problem.of(load())
    names = list(problem.priors)
    filed = read_studies(problem.knowledge, names)
    assert filed
    ids, residuals, slopes = filed
    assert ids == tuple(study.id for study in problem.studies.studies)
    at = problem.coordinates(read_mode(problem.knowledge))
    moved = [names.index(name) for name in ("insulin_resistance|sarcopenia", "inflammation|adiposity")]
    step = 1e-4
    places = np.hstack([at, at + step * np.eye(len(at))[:, moved], at - step * np.eye(len(at))[:, moved]])
    said = problem.studies.residuals(problem.parameters(places))
    assert said[:, 0] == pytest.approx(residuals, abs=1e-6)
    assert (said[:, 1:3] - said[:, 3:]) / (2 * step) == pytest.approx(slopes[:, moved], abs=1e-4)
