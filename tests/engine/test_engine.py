"""Exact inference: the bucket tree against writing out the whole joint, on random networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bn.core.model import Network
from bn.engine import Sums, condition, infer, known_states
from bn.engine.contract import elimination_order
from bn.engine.run import enumerate_all
from cpds.logistic import logit, to_cumulative
from cpds.table import Array, Table

JOINT_STATES = 1500  # more would make the oracle slow, not the test better


@dataclass(frozen=True)
class Question:
    """Tables of a network and of evidence, and what is asked of them."""

    sizes: Mapping[str, int]
    tables: list[Table]
    targets: list[str]
    keep: tuple[str, ...]


def shares(rng: np.random.Generator, shape: tuple[int, ...], zeros: float) -> Array:
    """Random conditional tables, some entries zero, summing to 1 over the first axis."""
    weights = rng.random(shape) * (rng.random(shape) >= zeros)
    weights[rng.integers(shape[0])] += 0.05
    result: Array = weights / weights.sum(axis=0)
    return result


@st.composite
def questions(draw: st.DrawFn, evidence: bool = True) -> Question:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    zeros = draw(st.sampled_from([0.0, 0.3]))
    rows = draw(st.sampled_from([1, 3]))
    sizes: dict[str, int] = {}
    for name in draw(st.permutations("abcdefg"))[: draw(st.integers(1, 7))]:
        sizes[name] = min(draw(st.integers(2, 4)), max(2, JOINT_STATES // max(1, int(np.prod(list(sizes.values()))))))
    names = list(sizes)
    tables = []
    for place, name in enumerate(names):
        parents = draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=3)) if place else []
        axes = (name, *parents)
        batch = draw(st.sampled_from([1, rows]))
        tables.append(Table(axes, shares(rng, (*(sizes[axis] for axis in axes), batch), zeros)))
    for name in draw(st.lists(st.sampled_from(names), max_size=3)) if evidence else []:
        batch = draw(st.sampled_from([1, rows]))
        if draw(st.booleans()):
            likelihood = np.eye(sizes[name])[:, rng.integers(sizes[name], size=batch)]
        else:
            likelihood = 7 * shares(rng, (sizes[name], batch), zeros)
        tables.append(Table((name,), likelihood))
    keep = tuple(draw(st.lists(st.sampled_from(names), unique=True, max_size=3)))
    targets = draw(st.lists(st.sampled_from(names), unique=True))
    return Question(sizes, draw(st.permutations(tables)), targets, keep)


def assert_same(found: Sums, expected: Sums) -> None:
    assert found.total.axes == expected.total.axes
    np.testing.assert_allclose(found.total.values, expected.total.values, rtol=1e-9)
    assert found.joints.keys() == expected.joints.keys()
    for name, joint in expected.joints.items():
        assert found.joints[name].axes == joint.axes
        np.testing.assert_allclose(found.joints[name].values, joint.values, rtol=1e-9)


@settings(deadline=None, max_examples=150)
@given(questions())
def test_bucket_tree_equals_the_whole_joint(question: Question) -> None:
    asked = (question.tables, question.targets, question.keep)
    assert_same(infer(*asked), enumerate_all(*asked))


@settings(deadline=None, max_examples=50)
@given(questions(evidence=False))
def test_without_evidence_everything_sums_to_one(question: Question) -> None:
    answer = infer(question.tables, question.targets)
    np.testing.assert_allclose(answer.total.values, 1.0, rtol=1e-9)
    for joint in answer.joints.values():
        np.testing.assert_allclose(joint.values.sum(axis=0), 1.0, rtol=1e-9)


@settings(deadline=None, max_examples=50)
@given(questions(), st.data())
def test_conditioned_tables_answer_like_one_hot_evidence(question: Question, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(question.sizes)), unique=True))
    known = {name: data.draw(st.integers(0, question.sizes[name] - 1)) for name in names}
    one_hot = [Table((name,), np.eye(question.sizes[name])[:, [index]]) for name, index in known.items()]
    targets = [name for name in question.targets if name not in known]
    keep = tuple(name for name in question.keep if name not in known)
    assert_same(
        infer(condition(question.tables, known), targets, keep), infer([*question.tables, *one_hot], targets, keep)
    )


def test_known_states_are_those_fixed_in_every_row() -> None:
    fixed = Table(("a",), np.array([[0.0, 0.0], [2.0, 0.5]]))
    varies = Table(("b",), np.array([[0.0, 1.0], [1.0, 0.0]]))
    open_ = Table(("c",), np.array([[0.5, 0.0], [0.5, 1.0]]))
    assert known_states([fixed, varies, open_]) == {"a": 1}


@pytest.mark.parametrize("keep", [(), ("b",)])
def test_evidence_of_probability_zero_gives_zero_and_spares_the_other_rows(keep: tuple[str, ...]) -> None:
    cause = Table(("a",), np.array([[1.0], [0.0]]))
    effect = Table(("b", "a"), np.array([[0.25, 0.5], [0.75, 0.5]])[..., None])
    other = Table(("c",), np.array([[0.5], [0.5]]))
    seen = Table(("a",), np.array([[0.0, 1.0], [1.0, 1.0]]))
    answer = infer([cause, effect, other, seen], ["a", "b", "c"], keep)
    assert answer.total.values[..., 0].sum() == 0
    assert answer.total.values[..., 1].sum() == pytest.approx(1)
    for joint in answer.joints.values():
        assert joint.values[..., 0].sum() == 0
        assert joint.values[..., 1].sum() == pytest.approx(1)


@settings(deadline=None)
@given(questions(), st.randoms())
def test_order_of_elimination_depends_on_the_network_alone(question: Question, random: Random) -> None:
    scopes = [frozenset(table.axes) for table in question.tables]
    keep = frozenset(question.keep)
    order = elimination_order(scopes, keep, question.sizes)
    assert sorted(order) == sorted(set(question.sizes) - keep)
    random.shuffle(scopes)
    assert elimination_order(scopes, keep, question.sizes) == order


def test_order_takes_the_smallest_product_first_and_breaks_ties_by_name() -> None:
    sizes = {"a": 2, "b": 3, "c": 2, "d": 2}
    scopes = [frozenset("ab"), frozenset("bc"), frozenset("cd")]  # products 6, 12, 12, 4; then c: 6, a first by name
    assert elimination_order(scopes, frozenset(), sizes) == ("d", "a", "b", "c")
    assert elimination_order(scopes, frozenset("d"), sizes) == ("a", "b", "c")


def test_order_is_by_size_where_fewest_new_neighbors_would_choose_another() -> None:
    """Summing out `e` joins no others, but its product has 18 entries; those of `b`, `c` and `d` have 8."""
    scopes = [frozenset(pair) for pair in ("ab", "bc", "cd", "da", "ae")]
    assert elimination_order(scopes, frozenset(), {**dict.fromkeys("abcd", 2), "e": 9}) == ("b", "c", "d", "a", "e")


@pytest.fixture
def chain() -> Network:
    """Smoke -> fire (3 states) -> alarm; every entry by hand."""
    fire = np.array([[0.7, 0.2], [0.2, 0.3], [0.1, 0.5]])
    alarm = np.array([[0.9, 0.5, 0.1], [0.1, 0.5, 0.9]])
    return Network(
        {"smoke": ("no", "yes"), "fire": ("none", "small", "large"), "alarm": ("off", "on")},
        {
            "smoke": Table(("smoke",), np.array([[0.75], [0.25]])),
            "fire": Table(("fire", "smoke"), fire[..., None]),
            "alarm": Table(("alarm", "fire"), alarm[..., None]),
        },
    )


def test_do_cuts_the_parents_and_leaves_them_alone(chain: Network) -> None:
    done = chain.do("fire", "large")
    assert done.parents("fire") == ()
    assert chain.parents("fire") == ("smoke",)
    answer = infer(list(done.tables.values()), ["smoke", "fire", "alarm"])
    assert answer.joints["smoke"].values[:, 0] == pytest.approx([0.75, 0.25])
    assert answer.joints["fire"].values[:, 0] == pytest.approx([0, 0, 1])
    assert answer.joints["alarm"].values[:, 0] == pytest.approx([0.1, 0.9])


def test_shift_of_two_states_adds_to_the_logit_in_every_row(chain: Network) -> None:
    moved = chain.shift("alarm", -0.8).tables["alarm"]
    np.testing.assert_allclose(logit(moved.values[1]), logit(chain.tables["alarm"].values[1]) - 0.8, rtol=1e-12)
    np.testing.assert_allclose(moved.values.sum(axis=0), 1.0, rtol=1e-12)


def test_shift_of_more_states_adds_to_every_cumulative_logit(chain: Network) -> None:
    moved = chain.shift("fire", np.log(3.0)).tables["fire"]
    before = to_cumulative(chain.tables["fire"].values)
    np.testing.assert_allclose(logit(to_cumulative(moved.values)), logit(before) + np.log(3.0), rtol=1e-12)
    # smoke = no: P(small or large) 0.3 has odds 3/7, tripled 9/7, so 9/16; P(large) 0.1 has 1/9, tripled 1/3, so 1/4
    assert moved.values[:, 0, 0] == pytest.approx([7 / 16, 9 / 16 - 1 / 4, 1 / 4])


def test_shift_of_steps_adds_to_the_logit_of_each_step(chain: Network) -> None:
    """Smoke = no: 0.3 go on, a third of them once more; odds 3/7 and 1/2 tripled are 9/7 and 3/2."""
    by_steps = Network(chain.states, chain.tables, {"fire": "sequential"})
    moved = by_steps.shift("fire", np.log(3.0)).tables["fire"]
    assert moved.values[:, 0, 0] == pytest.approx([7 / 16, 9 / 16 * 2 / 5, 9 / 16 * 3 / 5])
    assert by_steps.do("fire", "none").shift("fire", 1.0).tables["fire"].values[:, 0] == pytest.approx([1, 0, 0])


def test_shift_by_draws_gives_a_network_of_draws(chain: Network) -> None:
    moved = chain.shift("alarm", np.array([0.0, 1.0]))
    assert moved.draws == 2
    np.testing.assert_allclose(moved.tables["alarm"].values[..., :1], chain.tables["alarm"].values, rtol=1e-12)


def test_shift_leaves_what_do_has_set(chain: Network) -> None:
    done = chain.do("fire", "small")
    np.testing.assert_array_equal(done.shift("fire", 2.0).tables["fire"].values, done.tables["fire"].values)


def test_descendants_are_all_that_a_change_can_reach(chain: Network) -> None:
    assert chain.descendants("smoke") == {"fire", "alarm"}
    assert chain.do("fire", "none").descendants("smoke") == frozenset()
    assert chain.descendants("alarm") == frozenset()
