"""Over many simulated cohorts intervals hold what they promise, and people of the network move nothing."""

import numpy as np
import pandas as pd
import pytest
from small_data import write_small

import bn
from bn.cohort.files.places import Options
from bn.cohort.outcome import read_outcome
from bn.updating.ask import _read
from bn.updating.choice import blocks_of
from bn.updating.ladder import climb
from bn.validation.plan import Request
from cpds.knowledge import load
from cpds.populations import moved
from cpds.priors import priors

OUTCOME = "illness=present"
COHORTS, ROWS = 200, 150


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> bn.RiskModel:
    knowledge = load(write_small(tmp_path_factory.mktemp("coverage") / "data"))
    rng = np.random.default_rng(5)
    draws = {name: np.append(one.mean, one.at(rng.standard_normal(8))) for name, one in priors(knowledge).items()}
    return bn.RiskModel(knowledge, draws)


def cohorts(network: bn.RiskModel, **levels: float) -> pd.DataFrame:
    """People of many cohorts, one after another, where variables are more common by so many log odds."""
    found = network.parameters
    for name, by in levels.items():
        found = moved(network.knowledge, name, ("present",), found, np.array([[by]]))
    there = bn.RiskModel(network.knowledge, found)
    return there.sample(COHORTS * ROWS, measure=["creak", "groan", "illness"], seed=3)


@pytest.mark.long
@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_intervals_cover_what_is_true(network: bn.RiskModel, shift: float) -> None:
    """90 % intervals of both levels, of which each is given the other's true value."""
    people = cohorts(network, stiffness=shift, illness=shift)
    truth = {"stiffness": shift, "illness": shift}
    covered: dict[str, list[bool]] = {name: [] for name in truth}
    needless = 0
    for start in range(0, len(people), ROWS):
        rows = people.iloc[start : start + ROWS].reset_index(drop=True)
        request = Request(read_outcome(network, OUTCOME), by=())
        cohort, inputs = _read(request, rows, Options(), lambda _: None, None, 0, 1000)
        for block in blocks_of(network, [cohort], inputs, (), (), (), "level")[0]:
            other = next(name for name in truth if name != block.name)
            by = np.array([[truth[other]]])
            given = moved(network.knowledge, other, ("present",), network.parameters, by)
            model = bn.RiskModel(network.knowledge, given)
            if block.name == "illness":
                ladder = climb(cohort.under(model), "level")[0]
                one = ladder.moved[0]
                low, high, needless = one.low, one.high, needless + ladder.tests[0].taken
            else:
                single = block._level(model)
                half = 1.645 * single.variance**0.5
                low, high = single.estimate - half, single.estimate + half
            covered[block.name].append(low < truth[block.name] < high)
    for name, hits in covered.items():
        assert len(hits) == COHORTS
        assert 0.85 <= np.mean(hits) <= 0.95, name
    if shift == 0:
        assert needless <= 0.05 * COHORTS
