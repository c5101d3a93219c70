"""A full revision gives the posterior of every parameter, or says that its weights cannot be trusted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_data import write_small

import bn
from bn.core.model import Network
from bn.engine import infer
from cpds.knowledge import Knowledge, load
from cpds.populations import read
from cpds.priors import priors
from cpds.table import Array

MANY = 40_000
OUTCOME = "illness=present"


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load(write_small(tmp_path_factory.mktemp("revision") / "data"))


def from_priors(knowledge: Knowledge, count: int) -> dict[str, Array]:
    """Parameters at their prior means, and draws."""
    rng = np.random.default_rng(5)
    return {
        name: np.append(prior.mean, prior.at(rng.standard_normal(count))) for name, prior in priors(knowledge).items()
    }


def people(knowledge: Knowledge, count: int) -> pd.DataFrame:
    """Of whom the young are ill far more often than the network expects."""
    rng = np.random.default_rng(3)
    age = rng.choice(["young", "old"], count, p=[0.6, 0.4])
    ill = rng.random(count) < np.where(age == "young", 0.55, 0.6)
    return pd.DataFrame({"age": age, "illness": np.where(ill, "present", "absent")})


def weighed(knowledge: Knowledge, rows: pd.DataFrame) -> tuple[dict[str, Array], Array]:
    """Draws from the priors, weighed by P(illness | age) of every row."""
    drawn = {name: values[1:] for name, values in from_priors(knowledge, MANY).items()}
    network = Network.build(knowledge, drawn)
    joint = infer(list(network.tables.values()), keep=("age", "illness")).total.over(("age", "illness"))
    chance = np.log(joint / joint.sum(axis=1, keepdims=True))
    states = network.states
    at = [[states[name].index(said) for said in rows[name]] for name in ("age", "illness")]
    found = chance[at[0], at[1]].sum(axis=0)
    weights = np.exp(found - found.max())
    return drawn, weights / weights.sum()


def test_a_revision_is_what_many_draws_from_the_prior_weigh_to(knowledge: Knowledge) -> None:
    rows = people(knowledge, 120)
    model = bn.RiskModel(knowledge, from_priors(knowledge, 4000))
    found = model.update(rows, OUTCOME, step="full revision")
    drawn, weights = weighed(knowledge, rows)
    for name, values in drawn.items():
        mean = float(weights @ values)
        deviation = float(np.sqrt(weights @ (values - mean) ** 2))
        revised = found.model.parameters[name]
        assert revised[0] == pytest.approx(mean, abs=0.2 * deviation), name
        assert revised[1:].std() == pytest.approx(deviation, rel=0.2), name
    (ladder,) = found.ladders
    assert ladder.step == "full revision"
    assert ladder.log_score["update"] < ladder.log_score["network"]
    assert "illness|intercept" in {one.what for one in ladder.moved}


def test_a_revision_is_kept_in_a_file(knowledge: Knowledge, tmp_path: Path) -> None:
    rows = people(knowledge, 120)
    found = bn.RiskModel(knowledge, from_priors(knowledge, 400)).update(
        rows, OUTCOME, step="full revision", name="here"
    )
    kept = read(knowledge, found.save(tmp_path / "here.population"))
    assert (kept.name, kept.step, kept.rows) == ("here", "full revision", len(rows))
    for name, values in kept.applied(knowledge, {}).items():
        np.testing.assert_allclose(values, found.model.parameters[name], atol=1e-6)
