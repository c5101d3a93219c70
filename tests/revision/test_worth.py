"""What would matter most to know: the parameter that alone varies takes all of the variance, and the study fits it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from small_data import write_small

import bn
from bn.commands.app import app
from bn.revision.worth import WorthKnowing
from cpds.knowledge import Knowledge, load
from cpds.priors import priors

DRAWS = 300


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load(write_small(tmp_path_factory.mktemp("worth") / "data"))


def known_but_for(knowledge: Knowledge, *names: str, others: float = 0.0) -> WorthKnowing:
    """The answer where some parameters have their priors, and the others that share of their priors' spread."""
    rng = np.random.default_rng(1)
    parameters = {
        name: np.append(prior.mean, prior.at(rng.standard_normal(DRAWS) * (1.0 if name in names else others)))
        for name, prior in priors(knowledge).items()
    }
    return bn.RiskModel(knowledge, parameters).worth_knowing()


@pytest.mark.parametrize("name", ["illness|stiffness", "stiffness|age", "illness|intercept"])
def test_the_parameter_that_alone_varies_takes_all(knowledge: Knowledge, name: str) -> None:
    """And so does the intercept of its variable, which is the level of the average person and moves with it."""
    found = known_but_for(knowledge, name)
    removes = {each.name: each.removes for each in found.parameters}
    level = f"{name.partition('|')[0]}|intercept"
    assert removes[name] > 0.95
    assert {other for other, share in removes.items() if share > 0} <= {name, level}
    (worth,) = [each for each in found.parameters if each.name == name]
    assert worth.after < 0.3 * worth.before
    assert (found.beliefs, found.what_ifs, found.draws) == (3, 1, DRAWS)


def test_chance_makes_nothing_of_parameters_that_answers_do_not_rest_on(knowledge: Knowledge) -> None:
    first, *others = known_but_for(knowledge, "illness|intercept", others=1e-3).parameters
    assert first.name == "illness|intercept"
    assert max(each.removes for each in others) < 0.03
    assert [each.removes for each in others] == sorted((each.removes for each in others), reverse=True)


def test_the_study_is_of_what_the_parameter_stands_for(knowledge: Knowledge) -> None:
    study = {each.name: each.study for each in known_but_for(knowledge, "illness|stiffness").parameters}
    assert study["stiffness|intercept"] == "a survey of how common stiffness is"
    assert study["stiffness|age"] == "a survey of age and stiffness"
    assert study["illness|stiffness"] == "a trial that changes stiffness (stretching) and measures illness"


@pytest.mark.long
def test_the_command_tells_the_shipped_network() -> None:
    table = CliRunner().invoke(app, ["sensitivity", "--knowledge", "--top", "3"], env={"COLUMNS": "200"})
    assert table.exit_code == 0, table.output
    told = json.loads(CliRunner().invoke(app, ["sensitivity", "--knowledge", "--json"]).stdout)
    removes = [each["removes"] for each in told["parameters"]]
    assert removes == sorted(removes, reverse=True)
    assert told["parameters"][0]["name"].replace("|", " <- ") in table.stdout
    assert f"{removes[0]:.0%}" in table.stdout
    assert f"the other {len(removes) - 3}:" in table.stdout


@pytest.mark.parametrize("asked", [["--knowledge", "age=50"], []])
def test_knowledge_and_a_person_are_not_asked_at_once(asked: list[str]) -> None:
    result = CliRunner().invoke(app, ["sensitivity", *asked])
    assert result.exit_code != 0
    assert isinstance(result.exception, bn.QuestionError | SystemExit)
