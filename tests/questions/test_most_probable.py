"""The most probable joint states and joint distributions, against writing out every joint state."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bn
from bn.core.answer import interval_of
from bn.engine.best import best_states
from bn.engine.run import enumerate_all
from cpds.table import Table

PERSON = {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": 4.1, "grip_strength": "19.5 kg"}


@st.composite
def networks(draw: st.DrawFn) -> tuple[dict[str, int], list[Table]]:
    """Sizes of variables and the tables of a random network with findings; some probabilities are zero."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    zeros = draw(st.sampled_from([0.0, 0.4]))
    sizes = {name: draw(st.integers(2, 4)) for name in "abcdef"[: draw(st.integers(2, 6))]}
    tables = []
    for place, name in enumerate(sizes):
        parents = draw(st.lists(st.sampled_from(list(sizes)[:place]), unique=True, max_size=3)) if place else []
        weights = rng.random([sizes[axis] for axis in (name, *parents)]) + 0.01
        weights *= rng.random(weights.shape) >= zeros
        weights[0] += 0.05
        tables.append(Table((name, *parents), (weights / weights.sum(axis=0))[..., None]))
    found = draw(st.sampled_from(list(sizes)))
    tables.append(Table((found,), rng.random((sizes[found], 1))))
    return sizes, tables


@settings(deadline=None, max_examples=150)
@given(networks(), st.data())
def test_best_states_are_those_of_the_enumerated_joint(
    network: tuple[dict[str, int], list[Table]], data: st.DataObject
) -> None:
    sizes, tables = network
    over = data.draw(st.lists(st.sampled_from(list(sizes)), unique=True, min_size=1))
    count = data.draw(st.integers(1, 12))
    joint = enumerate_all(tables, keep=tuple(over)).total.values[..., 0]
    found = list(best_states(tables, over, count))
    wanted = np.sort(joint[joint > 0])[::-1][:count]
    np.testing.assert_allclose([each.weight for each in found], wanted, rtol=1e-9)
    at = [tuple(each.states[name] for name in over) for each in found]
    assert len(set(at)) == len(at)
    np.testing.assert_allclose([joint[states] for states in at], wanted, rtol=1e-9)


def test_mechanisms_are_those_of_the_whole_joint_table(small: bn.RiskModel) -> None:
    findings = {**PERSON, "er_stress": "present"}
    found = small.most_probable(findings, best=7)
    table = small.joint(found.over, findings)
    ranked = table.sort_values("probability", ascending=False).head(7)
    assert [each.probability for each in found.best] == pytest.approx(ranked["probability"].tolist(), rel=1e-9)
    for each in found.best:
        row = table.loc[tuple(each.states[name] for name in found.over)]
        assert (each.probability, each.low, each.high) == pytest.approx(tuple(row), rel=1e-9)
    roles = {small.knowledge.variables[name].role for name in found.over}
    assert roles == {"mechanism"}
    assert "er_stress" not in found.over
    assert found.known["er_stress"] == "present"


@pytest.mark.long
def test_over_everything_open_it_is_the_most_probable_explanation(small: bn.RiskModel) -> None:
    """No other state of one variable, the rest held, weighs more: and the weight is that of the joint."""
    findings = {"age": 68, "sex": "female", "hscrp": 4.1}
    over = [
        name for name, one in small.knowledge.variables.items() if name not in ("age", "sex") and one.role != "latent"
    ]
    found = small.most_probable(findings, over=over, best=2)
    best = dict(found.best[0].states)
    joint = np.exp(small.posterior({**findings, **best}).log_evidence - small.posterior(findings).log_evidence)
    assert found.best[0].probability == pytest.approx(float(joint), rel=1e-9)
    for name in over:
        for state in small.knowledge.variables[name].states:
            other = {**findings, **best, name: state}
            weight = np.exp(small.posterior(other).log_evidence - small.posterior(findings).log_evidence)
            assert weight <= joint * (1 + 1e-9)
            if state != best[name]:
                assert weight <= found.best[1].probability * (1 + 1e-9)


def test_two_variables_asked_for_are_their_joint_distribution(small: bn.RiskModel) -> None:
    found = small.most_probable(PERSON, over=["er_stress", "inflammation"], best=10)
    assert len(found.best) == 4
    assert sum(each.probability for each in found.best) == pytest.approx(1)


def test_joint_has_the_posteriors_as_margins(model: bn.RiskModel) -> None:
    post = model.posterior(PERSON)
    table = model.joint(["inflammation", "sex", "jnk_activation", "insulin_resistance"], PERSON)
    assert table["probability"].sum() == pytest.approx(1)
    for name in table.index.names:
        assert table["probability"].groupby(level=name).sum().to_dict() == pytest.approx(post[name])
    assert (table.loc[(slice(None), "male"), "high"] == 0).all()


def test_joint_interval_is_that_of_the_draws(model: bn.RiskModel) -> None:
    """P(a, b | findings) = P(a | findings) P(b | a, findings), draw by draw."""
    table = model.joint(["er_stress", "inflammation"], PERSON)
    first = model.posterior(PERSON).posteriors["er_stress"][1]
    second = model.posterior({**PERSON, "er_stress": "present"}).posteriors["inflammation"][1]
    low, high = interval_of((first * second)[1:], 0.9)
    assert tuple(table.loc[("present", "present")]) == pytest.approx((first[0] * second[0], low, high), rel=1e-9)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (["inflamation"], "did you mean 'inflammation'"),
        (["crp"], "is a marker; ask for what it measures, inflammation"),
        (["er_stress", "er_stress"], "is given twice"),
        (["age"], "known already"),
        ([], "no variable asked for"),
    ],
)
def test_variables_that_cannot_be_asked_for(small: bn.RiskModel, over: list[str], said: str) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        small.most_probable(PERSON, over=over)


def test_too_much_to_ask_for(small: bn.RiskModel) -> None:
    many = [name for name, one in small.knowledge.variables.items() if one.role != "latent" and name != "adiposity"]
    with pytest.raises(bn.QuestionError, match="joint states, expected at most"):
        small.joint(many)
    with pytest.raises(bn.QuestionError, match="expected 1 or more"):
        small.most_probable(PERSON, best=0)


def test_frames_and_dicts_say_the_same(small: bn.RiskModel) -> None:
    found = small.most_probable(PERSON, best=3)
    frame, record = found.to_frame(), found.to_dict()
    assert frame["rank"].tolist() == [1, 2, 3]
    assert frame["probability"].tolist() == [each["probability"] for each in record["best"]]
    assert frame["inflammation"].tolist() == [each["states"]["inflammation"] for each in record["best"]]
    assert "inflammation" in found._repr_html_()


def test_nothing_possible_gives_nothing() -> None:
    table = Table(("a", "b"), np.zeros((2, 3, 1)))
    assert list(best_states([table], ["a"], 3)) == []


def test_ties_are_all_found() -> None:
    table = Table(("a", "b"), np.full((2, 3, 1), 0.25))
    found = {tuple(each.states.values()) for each in best_states([table], ["a", "b"], 9)}
    assert found == set(product(range(2), range(3)))
