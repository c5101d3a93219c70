"""Steps with effects of their own, and latent causes: names of parameters, tables, priors and rules of the data."""

from pathlib import Path

import numpy as np
import pytest
from data_edits import edit
from latent_data import EFFECTS, add_grades, add_latent, small_latent, thresholds

import bn
from bn.core.model import Network
from bn.synthesis.fit import Problem
from cpds.check import problems
from cpds.fitted import fitted_to
from cpds.knowledge import load
from cpds.logistic import cpd, from_steps, to_cumulative, to_steps
from cpds.priors import at_prior, priors

NEW = "is new since the posterior was fitted"


def test_each_step_has_the_log_odds_of_its_own_parameters() -> None:
    model = small_latent()
    variables = model.knowledge.variables
    for name in EFFECTS:
        table = cpd(variables[name], variables, model.point)
        at_least = to_cumulative(table.values[..., 0])
        for states in np.ndindex(at_least.shape[1:]):
            at = dict(zip(table.axes[1:], states, strict=True))
            np.testing.assert_allclose(at_least[(slice(None), *states)], thresholds(name, at), rtol=1e-12)
            known = cpd(variables[name], variables, model.point, at)
            np.testing.assert_allclose(known.values, table.values[(slice(None), *states)], rtol=1e-15)


def test_parameters_name_child_parent_segment_and_step(data: Path) -> None:
    add_grades(data)
    names = [name for name in at_prior(load(data)) if name.startswith("glycemia|")]
    assert names == [
        "glycemia|intercept:impaired",
        "glycemia|intercept:diabetes",
        "glycemia|age:20-45@impaired",
        "glycemia|age:45-90@impaired",
        "glycemia|age:20-45@diabetes",
        "glycemia|age:45-90@diabetes",
        "glycemia|inflammation@impaired",
        "glycemia|inflammation@diabetes",
        "glycemia|sex",
    ]


@pytest.mark.parametrize("link", ["cumulative", "sequential"])
def test_steps_and_shares_are_inverse(link: str) -> None:
    shares = np.random.default_rng(1).dirichlet(np.ones(4), 5).T
    np.testing.assert_allclose(from_steps(to_steps(shares, link), link), shares, atol=1e-14)  # type: ignore[arg-type]


def test_a_latent_cause_and_a_graded_variable_are_files_like_any_other(data: Path) -> None:
    add_latent(data)
    add_grades(data)
    found = problems(data)
    assert found
    assert all(NEW in problem for problem in found)
    with pytest.warns(bn.StalePosteriorWarning):
        model = bn.load(data)
    post = model.posterior(age=60, sex="male", hscrp=6)
    assert sum(post["glycemia"].values()) == pytest.approx(1)
    assert post["susceptibility"]["high"] > model.posterior(age=60, sex="male")["susceptibility"]["high"]
    assert "susceptibility" not in post.about
    record = fitted_to(model.knowledge)["variables"]
    assert record["glycemia"]["link"] == "sequential"
    assert record["susceptibility"]["scores"] == (-1.0, 0.0, 1.0)
    assert "link" not in record["er_stress"]


def test_loadings_are_log_normal_around_their_value(data: Path) -> None:
    add_latent(data)
    loading = priors(load(data))["er_stress|susceptibility"]
    assert loading.at(np.array([-1.0, 0.0, 1.0])) == pytest.approx(np.exp([-0.7, 0.0, 0.7]))


LATENT: list[tuple[str, str, str, str, str]] = [
    ("shares and scores differ", "variables/susceptibility.toml", r"\[-1.0, 0.0, 1.0\]", "[-1.0, 1.0]", "3 states need as many scores"),
    ("scores fall", "variables/susceptibility.toml", r"\[-1.0, 0.0, 1.0\]", "[1.0, 0.0, -1.0]", "scores must rise"),
    ("no scores", "variables/susceptibility.toml", r"scores = .*\n", "", "a latent variable has scores, and no other"),
    ("scores of another", "variables/sex.toml", r"\[shares\]", '[scores]\nvalues = [0, 1]\nbasis = "assumed"\nwhy = "-"\n[shares]', "a latent variable has scores, and no other"),
    ("intercepts", "variables/susceptibility.toml", r"shares = .*\n", 'intercepts = [{ basis = "assumed", value = 1.0, why = "-" }, { basis = "assumed", value = 0.0, why = "-" }]\n', "a latent variable is a root"),
    ("free loading", "variables/er_stress.toml", r'(id = "susceptibility")\nsign = "\+"', r"\1", "parents susceptibility: sign: missing; a loading keeps its sign"),
    ("two loadings", "variables/er_stress.toml", r'(id = "susceptibility"(.*\n)*?effects = )\[(.*)\]', r"\1[\3, \3]", "effects: found 2, expected 1: the loading"),
    ("contrary without a source", "variables/er_stress.toml", r'(id = "susceptibility"(.*\n)*?)sign = "\+"((.*\n)*?.*)value = 1.0', r'\1sign = "-"\3value = -1.0', "sign '-': a loading against the others needs a source"),
    ("into the context", "variables/physical_activity.toml", r"\n\[\[parents\]\]", '\n[[parents]]\nid = "susceptibility"\nsign = "+"\neffects = [{ basis = "assumed", value = 1.0, spread = 0.7, why = "-" }]\n\n[[parents]]', "physical_activity says who a person is"),
    ("measured", "biomarkers/grp78.toml", r'variable = "er_stress"', 'variable = "susceptibility"', "biomarkers/grp78.toml: variable: susceptibility is latent"),
    ("acted on", "interventions/jnk_inhibition.toml", r'variable = "jnk_activation"', 'variable = "susceptibility"', "interventions/jnk_inhibition.toml: acts: susceptibility is latent"),
    ("target", "targets.toml", r"given = \{ ", 'given = { susceptibility = "low", ', "given: susceptibility is latent"),
    ("stratum", "definitions.toml", r"where = \{ ", 'where = { susceptibility = "low", ', "strata.where: susceptibility is latent"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "said"), [case[1:] for case in LATENT], ids=[case[0] for case in LATENT]
)
def test_what_a_latent_variable_cannot_be_is_reported(data: Path, file: str, old: str, new: str, said: str) -> None:
    add_latent(data)
    edit(data / file, old, new)
    found = problems(data)
    assert any(said in problem for problem in found), found
    assert len(found) == len(set(found)), found


def contrary(data: Path, anchors: int) -> list[str]:
    """Problems where a loading with a source stands against so many others."""
    add_latent(data, ["er_stress", "inflammation", "insulin_resistance", "dysglycemia"][: 1 + anchors])
    path = data / "variables/er_stress.toml"
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace('sign = "+"\neffects = [{ basis = "assumed", value = 1.0', 'sign = "-"\neffects = [{ basis = "assumed", value = -1.0')
        .replace('spread = 0.7, why = "an example" }', 'spread = 0.7, why = "an example", source = "nhanes" }'),
        encoding="utf-8",
    )  # fmt: skip
    return [problem for problem in problems(data) if "loadings" in problem]


def test_a_contrary_loading_needs_three_anchors(data: Path) -> None:
    assert "found 2 loadings with '+', expected 3 or more" in contrary(data, 2)[0]


def test_a_contrary_loading_with_a_source_and_three_anchors_is_sound(data: Path) -> None:
    assert contrary(data, 3) == []


GRADED: list[tuple[str, str, str, str]] = [
    ("effects by step of a cumulative link", r'link = "sequential"\n', "", "effects by step need link 'sequential'"),
    ("unknown step", "diabetes = ", "diabtes = ", "effects by step: expected impaired, diabetes in order"),
    ("too few at one step", r"(diabetes = \[\{.*?\}), .*\]", r"\1]", "3 knots need 2 effects, found 1"),
    ("no spread at one step", r"(diabetes = .*?), spread = 0.4", r"\1", "spread: missing"),
    ("against the sign at one step", r'id = "inflammation"((.*\n)*?.*)value = 1.0', r'id = "inflammation"\nsign = "+"\1value = -1.0', "runs against sign"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), [case[1:] for case in GRADED], ids=[case[0] for case in GRADED])
def test_what_steps_cannot_be_is_reported(data: Path, old: str, new: str, said: str) -> None:
    add_grades(data)
    edit(data / "variables/glycemia.toml", old, new)
    found = problems(data)
    assert any(said in problem for problem in found), found


@pytest.fixture
def problem(data: Path) -> Problem:
    add_latent(data)
    add_grades(data)
    return Problem.of(load(data))


def test_an_intercept_gives_way_to_the_effects_of_its_own_step(problem: Problem) -> None:
    """Where an effect of the second step grows, the first step's intercept stays, so its average does."""
    names = list(problem.priors)
    moved = np.zeros((len(names), 1))
    moved[names.index("glycemia|inflammation@diabetes")] = 1.0
    at = problem.parameters(moved)
    plain = problem.parameters(np.zeros((len(names), 1)))
    assert at["glycemia|intercept:impaired"] == plain["glycemia|intercept:impaired"]
    assert at["glycemia|intercept:diabetes"] < plain["glycemia|intercept:diabetes"]
    np.testing.assert_allclose(problem.coordinates(at), moved, atol=1e-12)


def test_loadings_keep_their_sign_where_arcs_do_not(problem: Problem) -> None:
    free = problem.sign_free()
    assert free.priors["er_stress|susceptibility"] == problem.priors["er_stress|susceptibility"]
    assert free.priors["er_stress|age"].sign is None or problem.priors["er_stress|age"].sign is None


def test_a_network_is_the_same_where_all_steps_share_effects_of_two_states(data: Path) -> None:
    """With two states there is one step: both links are one."""
    plain = load(data)
    before = Network.build(plain, at_prior(plain)).tables["er_stress"].values
    edit(data / "variables/er_stress.toml", r"\n\[\[", '\nlink = "sequential"\n\n[[')
    changed = load(data)
    np.testing.assert_array_equal(Network.build(changed, at_prior(changed)).tables["er_stress"].values, before)
