"""Mediation: by hand, against every subset of switched children, and against the synthesis' own figures."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bn
from bn.core.model import Network
from bn.engine.run import enumerate_all
from bn.questions.mediation.routes import Marginals, Reach, effects_of, passing
from bn.synthesis.findings import exposure_effect
from cpds.table import Array, Table

DRAWS = 2


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A random network of an exposure `a` that up to four variables see, and an outcome `z`."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = ["a", *"bcdef"[: draw(st.integers(1, 4))], "z"]
    sizes = {name: draw(st.integers(2, 3)) for name in names}
    see = set(draw(st.lists(st.sampled_from(names[1:]), unique=True, max_size=4)))
    tables = {}
    for place, name in enumerate(names):
        others = names[1:place] if place else []
        chosen = draw(st.lists(st.sampled_from(others), unique=True, max_size=3)) if others else []
        axes = (name, *(["a"] if name in see else []), *chosen)
        weights = rng.random([*(sizes[axis] for axis in axes), DRAWS]) ** 3 + 1e-3
        tables[name] = Table(axes, weights / weights.sum(axis=0))
    return Network({name: tuple(f"s{k}" for k in range(size)) for name, size in sizes.items()}, tables)


def outcome_when(network: Network, seen: dict[str, int], set_to: dict[str, Array] | None = None) -> Array:
    """P(z not in its first state) by enumeration: each child sees its own state of `a`; some variables have a given distribution."""
    tables = []
    for name, table in network.tables.items():
        if name in (set_to or {}):
            tables.append(Table((name,), (set_to or {})[name]))
        elif name == "a":
            continue
        elif "a" in table.axes:
            values = np.take(table.values, seen[name], axis=table.axes.index("a"))
            tables.append(Table(tuple(axis for axis in table.axes if axis != "a"), values))
        else:
            tables.append(table)
    return enumerate_all(tables, keep=("z",)).total.values[1:].sum(axis=0)


def event_of(network: Network) -> range:
    """All states of the outcome but the first: one, or several together."""
    return range(1, len(network.states["z"]))


def worth(network: Network, low: Array, high: Array, moved: set[str]) -> Array:
    """P(z not in its first state) when `moved` see the change, over every pair of a state before and one after."""
    total = np.zeros(DRAWS)
    for before in np.flatnonzero(low):
        for after in np.flatnonzero(high):
            seen = {name: after if name in moved else before for name in network.tables}
            total = total + low[before] * high[after] * outcome_when(network, seen)
    return total


@settings(deadline=None, max_examples=60)
@given(networks(), st.data())
def test_effects_are_those_of_every_subset(network: Network, data: st.DataObject) -> None:
    size = len(network.states["a"])
    ranges = [np.eye(size)[0], np.eye(size)[-1], np.array([0.25, 0.75, 0.0][:size])]
    low, high = data.draw(st.sampled_from([(ranges[0], ranges[1]), (ranges[2], ranges[1]), (ranges[1], ranges[2])]))
    reach = Reach.of(network, "a", "z", event_of(network))
    assert set(reach.children) == {
        name for name in network.ancestors("z") | {"z"} if "a" in network.tables[name].axes[1:]
    }
    halves = {"first": reach.children[:2], "rest": reach.children[2:]}
    groups = {group: members for group, members in halves.items() if members}
    change = effects_of(reach, low, high, groups)
    everyone = set(reach.children)
    value = {
        frozenset(part): worth(network, low, high, set(part))
        for count in range(len(everyone) + 1)
        for part in combinations(sorted(everyone), count)
    }
    all_of_them = frozenset(everyone)
    np.testing.assert_allclose(change.before, value[frozenset()], rtol=1e-9)
    np.testing.assert_allclose(change.after, value[all_of_them], rtol=1e-9)
    for name in everyone:
        close(change.children.alone[name], value[frozenset({name})] - value[frozenset()])
        close(change.children.last[name], value[all_of_them] - value[all_of_them - {name}])
        close(change.children.share[name], shapley(name, everyone, value))
    for group, members in groups.items():
        close(change.groups.alone[group], value[frozenset(members)] - value[frozenset()])
        close(change.groups.last[group], value[all_of_them] - value[all_of_them - set(members)])
    if everyone:
        close(np.sum(list(change.children.share.values()), axis=0), change.after - change.before)
        close(np.sum(list(change.groups.share.values()), axis=0), change.after - change.before)


def close(found: Array, wanted: Array) -> None:
    np.testing.assert_allclose(np.broadcast_to(found, (DRAWS,)), np.broadcast_to(wanted, (DRAWS,)), atol=1e-10)


def shapley(name: str, everyone: set[str], value: dict[frozenset[str], Array]) -> Array:
    others, total = sorted(everyone - {name}), np.zeros(DRAWS)
    for count in range(len(others) + 1):
        weight = factorial(count) * factorial(len(others) - count) / factorial(len(everyone))
        for part in combinations(others, count):
            total = total + weight * (value[frozenset({*part, name})] - value[frozenset(part)])
    return total


@settings(deadline=None, max_examples=60)
@given(networks())
def test_what_passes_a_variable_is_the_effect_of_drawing_it_anew(network: Network) -> None:
    size, event = len(network.states["a"]), event_of(network)
    low, high = np.array([0.25, 0.75, 0.0][:size]), np.eye(size)[-1]
    between = network.descendants("a") & network.ancestors("z")
    marginals = Marginals.of(network, "a", low, high, sorted(between))
    found = passing(network, Reach.of(network, "a", "z", event), ("z", event), marginals)
    assert set(found) == between
    for name in between:
        total = np.zeros(DRAWS)
        for state in np.flatnonzero(low):
            seen = dict.fromkeys(network.tables, int(state))
            later, now = given_exposure(network, name, size - 1), given_exposure(network, name, int(state))
            change = outcome_when(network, seen, {name: later}) - outcome_when(network, seen, {name: now})
            total = total + low[state] * change
        close(found[name], total)


def given_exposure(network: Network, name: str, state: int) -> Array:
    known = Table(("a",), np.eye(len(network.states["a"]))[:, [state]])
    tables = [known if each == "a" else table for each, table in network.tables.items()]
    return enumerate_all(tables, keep=(name,)).total.values


def test_one_mediator_by_hand() -> None:
    """a -> m -> z and a -> z: natural direct 0.2, natural indirect 0.24, in all 0.44.

    P(m) 0.2 and 0.8; P(z | a, m) 0.1, 0.5 (young) and 0.3, 0.7 (old). R(none) = 0.1 + 0.2 * 0.4 = 0.18,
    R(m) = 0.1 + 0.8 * 0.4 = 0.42, R(z) = 0.3 + 0.2 * 0.4 = 0.38, R(both) = 0.3 + 0.8 * 0.4 = 0.62.
    """
    m = np.array([[0.8, 0.2], [0.2, 0.8]])[..., None]
    z = np.array([[0.1, 0.5], [0.3, 0.7]])
    tables = {
        "a": Table(("a",), np.array([[0.5], [0.5]])),
        "m": Table(("m", "a"), m),
        "z": Table(("z", "a", "m"), np.stack([1 - z, z])[..., None]),
    }
    network = Network(dict.fromkeys("amz", ("no", "yes")), tables)
    young, old = np.eye(2)
    reach = Reach.of(network, "a", "z", (1,))
    change = effects_of(reach, young, old, {"direct": ["z"], "indirect": ["m"]})
    assert (float(change.before[0]), float(change.after[0])) == pytest.approx((0.18, 0.62))
    assert float(change.groups.alone["direct"][0]) == pytest.approx(0.2)
    assert float(change.groups.alone["indirect"][0]) == pytest.approx(0.24)
    passed = passing(network, reach, ("z", (1,)), Marginals.of(network, "a", young, old, ["m"]))
    assert float(passed["m"][0]) == pytest.approx(0.24)


@pytest.fixture(scope="module")
def found(small: bn.RiskModel) -> "bn.questions.mediation.Mediation":
    return small.mediation()


def test_shares_add_up_to_the_change(found: "bn.questions.mediation.Mediation") -> None:
    for split in found.splits:
        assert split.total.value == pytest.approx(split.after.value - split.before.value)
        for routes in (split.groups, split.variables):
            shares = sum(route.share.value for route in routes if route.share)
            assert shares == pytest.approx(split.total.value, abs=1e-6)


def test_simpson_is_enough_for_the_shipped_network(model: bn.RiskModel) -> None:
    """Against a rule that integrates interactions of all children exactly."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    ends = np.eye(len(model.network.states["age"]))
    for outcome in ("insulin_resistance", "dysglycemia"):
        reach = Reach.of(model.network, "age", outcome, (1,))
        copies = reach.copies(ends[0], ends[-1])
        added = [copies.added((node + 1) / 2) for node in nodes]
        share = effects_of(reach, ends[0], ends[-1], {}).children.share
        for child in reach.children:
            exact = sum(weight / 2 * at[child] for weight, at in zip(weights, added, strict=True))
            np.testing.assert_allclose(share[child], exact, rtol=0, atol=1e-6)


def test_ends_are_posteriors(small: bn.RiskModel, found: "bn.questions.mediation.Mediation") -> None:
    """Age has no causes, so seeing it is setting it."""
    for said, end in (("age_20_24", "before"), ("age_85_plus", "after")):
        post = small.posterior(age=said)
        for split in found.splits:
            effect = getattr(split, end)
            assert effect.value == pytest.approx(post.probability(split.outcome))
            assert (effect.low, effect.high) == pytest.approx(post.interval(split.outcome))


def test_groups_are_the_routes_of_the_report(model: bn.RiskModel) -> None:
    """Ranges of several bands, as in the report of the synthesis, at the point and a few draws."""
    few = bn.RiskModel(model.knowledge, {name: values[:4] for name, values in model.parameters.items()})
    found = few.mediation("[20, 40)", "75+")
    root = model.knowledge.variables["age"]
    shares, edges = np.array(root.shares.values), np.array(root.scale.edges[:-1])  # type: ignore[union-attr]
    young, old = np.where(edges < 40, shares, 0.0), np.where(edges >= 75, shares, 0.0)
    network = Network.build(few.knowledge, few.parameters)
    roles = {name: variable.role for name, variable in few.knowledge.variables.items()}
    assert found.before == root.states[:4]
    assert found.after == root.states[-3:]
    for split in found.splits:
        routes = {
            "mechanism": [name for name, role in roles.items() if role == "mechanism"],
            "context": [name for name, role in roles.items() if role == "context"],
            "direct": [split.outcome],
        }
        event = few.knowledge.variables[split.outcome].indices()
        shift = exposure_effect(network, "age", young / young.sum(), old / old.sum(), (split.outcome, event), routes)
        assert split.total.value == pytest.approx(float((shift.high - shift.low)[0]), rel=1e-9)
        for group in split.groups:
            values = shift.through[group.name] - shift.low
            assert group.alone is not None
            assert group.alone.value == pytest.approx(float(values[0]), rel=1e-9)
            assert group.alone.low == pytest.approx(np.quantile(values[1:], 0.05), rel=1e-9)


def test_what_has_no_arc_from_the_root_has_only_what_passes_it(found: "bn.questions.mediation.Mediation") -> None:
    signaling = {route.name: route for route in found["insulin_resistance"].variables}["insulin_signaling_impairment"]
    assert signaling.share is None
    assert signaling.passing is not None
    assert signaling.passing.value > 0
    assert "dysglycemia" not in {route.name for route in found["insulin_resistance"].variables}


def test_frame_and_dict_say_the_same(found: "bn.questions.mediation.Mediation") -> None:
    frame, record = found.to_frame(), found.to_dict()
    rows = frame[(frame["outcome"] == "insulin_resistance") & (frame["kind"] == "variable")].set_index("name")
    for route in record["splits"][0]["variables"] if record["splits"][0]["outcome"] == "insulin_resistance" else []:
        if route["share"]:
            assert rows.loc[route["name"], "share"] == route["share"]["value"]
    assert frame["kind"].value_counts()["total"] == 2
    assert "age_85_plus" in repr(found)
    assert "sarcopenia" in found._repr_html_()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(30, 31, "both ends are the same"), ("nonsense", None, "nonsense"), (None, 10, "expected 20 to 120 years")],
)
def test_changes_that_are_none(model: bn.RiskModel, before: object, after: object, said: str) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        model.mediation(before, after)
