"""Another definition of a state: the prevalence of each stratum is met, odds ratios are kept."""

import numpy as np
import pytest

import bn
from bn.questions.definitions import offsets, under_definition
from cpds.logistic import logit


def at(model: bn.RiskModel, age: int, sex: str) -> dict[str, np.ndarray]:
    network = model.network
    return {
        "age": np.array([network.state_index("age", f"age_{age}_{age + 4}")]),
        "sex": np.array([network.state_index("sex", sex)]),
    }


def test_someone_average_in_a_stratum_has_the_strata_prevalence(model: bn.RiskModel) -> None:
    definition = model.knowledge.definitions["hba1c_or_diagnosed"]
    wanted = next(s.number for s in definition.strata if s.where == {"sex": "male", "age": (60.0, 75.0)})
    average = model.posterior(age="[60, 75)", sex="male").probability("dysglycemia")
    assert under_definition(model, definition.id, np.array([average]), at(model, 65, "male")) == pytest.approx(
        [wanted], abs=1e-9
    )


def test_odds_ratios_cross_definitions(model: bn.RiskModel) -> None:
    pair = np.array([0.3, 0.6])
    where = {name: np.repeat(index, 2) for name, index in at(model, 45, "female").items()}
    moved = under_definition(model, "glucose_or_diagnosed", pair, where)
    assert np.diff(logit(moved)) == pytest.approx(np.diff(logit(pair)))


def test_unknown_strata_give_no_number_and_missing_ones_an_error(model: bn.RiskModel) -> None:
    where = at(model, 45, "female") | {"sex": np.array([-1])}
    assert np.isnan(under_definition(model, "glucose_or_diagnosed", np.array([0.5]), where)).all()
    with pytest.raises(ValueError, match="differs by sex"):
        under_definition(model, "glucose_or_diagnosed", np.array([0.5]), {"age": np.array([0])})


def test_every_stratum_has_an_offset(model: bn.RiskModel) -> None:
    for definition in model.knowledge.definitions:
        shifts, axes = offsets(model, definition)
        assert set(axes) == {"age", "sex"}
        assert np.isfinite(shifts).all()
