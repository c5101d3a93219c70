"""Counterfactuals against the structural model itself, written out noise by noise; and what holds for other couplings."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bn.core.model import Network
from bn.counterfactual.worlds import Worlds
from bn.engine import infer
from bn.questions.what_if.bounds import bounds
from bn.questions.what_if.pathways import pathways
from cpds.records import Link
from cpds.table import Array, Table

MOST_ATOMS = 150_000


@dataclass(frozen=True)
class Case:
    """A small network, what is done, what was found before, and the variable asked about (its last state)."""

    network: Network
    after: Network
    findings: tuple[Table, ...]
    acted: frozenset[str]
    outcome: str

    @property
    def worlds(self) -> Worlds:
        return Worlds(self.network.tables, self.after.tables, self.findings, self.acted)


@st.composite
def networks(draw: st.DrawFn, most_states: int = 3) -> tuple[Network, np.random.Generator]:
    """Three to five variables in order, each with up to two parents and a random table."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = "abcde"[: draw(st.integers(3, 5))]
    sizes = {name: draw(st.integers(2, most_states)) for name in names}
    tables = {}
    for position, name in enumerate(names):
        earlier = names[:position]
        parents = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if earlier else []
        shape = (sizes[name], *(sizes[parent] for parent in parents))
        tables[name] = Table(
            (name, *parents), rng.dirichlet(np.ones(sizes[name]), (*shape[1:], 1)).transpose(-1, *range(len(shape)))
        )
    states = {name: tuple(f"s{k}" for k in range(size)) for name, size in sizes.items()}
    links: dict[str, Link] = {name: draw(st.sampled_from(["cumulative", "sequential"])) for name in names}
    return Network(states, tables, links), rng


def finding_probability(case: Case) -> float:
    return float(infer([*case.network.tables.values(), *case.findings]).total.values[0])


@st.composite
def cases(draw: st.DrawFn, most_states: int = 3) -> Case:
    network, rng = draw(networks(most_states))
    names = list(network.states)
    after = network
    acted = draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=2))
    for name in acted:
        if draw(st.booleans()):
            after = after.do(name, draw(st.sampled_from(network.states[name])))
        else:
            after = after.shift(name, draw(st.sampled_from([-1.1, 0.7])))
    findings = []
    for name in draw(st.lists(st.sampled_from(names), max_size=3)):
        likelihood = rng.random(len(network.states[name]))
        if draw(st.booleans()):
            likelihood = np.eye(len(likelihood))[rng.integers(len(likelihood))]
        findings.append(Table((name,), likelihood[:, None]))
    if draw(st.booleans()):
        two = draw(st.permutations(names))[:2]
        findings.append(Table(tuple(two), rng.random([len(network.states[name]) for name in two] + [1])))
    case = Case(network, after, tuple(findings), frozenset(acted), draw(st.sampled_from(names)))
    assume(finding_probability(case) > 0)
    return case


@dataclass(frozen=True)
class Structure:
    """A structural model: each variable's noise in atoms, and its state for every atom and state of its parents.

    `before[v]` and `after[v]` have axes (atom, *parents); parents by the axes of the tables.
    """

    weights: Mapping[str, Array]
    before: Mapping[str, Array]
    after: Mapping[str, Array]

    def probability(self, case: Case, cut: frozenset[tuple[str, str]] = frozenset()) -> Mapping[str, Array]:
        """P(state after | findings) of every variable, by going through all noises."""
        names = list(case.network.states)
        sizes = [len(self.weights[name]) for name in names]
        atoms = dict(zip(names, np.unravel_index(np.arange(np.prod(sizes)), sizes), strict=True))
        old: dict[str, Array] = {}
        new: dict[str, Array] = {}
        weight = np.ones(int(np.prod(sizes)))
        for name in names:
            weight = weight * self.weights[name][atoms[name]]
            old[name] = self.before[name][(atoms[name], *(old[p] for p in case.network.parents(name)))]
            seen = (old[p] if (p, name) in cut else new[p] for p in case.after.parents(name))
            new[name] = self.after[name][(atoms[name], *seen)]
        for finding in case.findings:
            weight = weight * finding.values[..., 0][tuple(old[axis] for axis in finding.axes)]
        return {name: np.bincount(new[name], weight, len(case.network.states[name])) / weight.sum() for name in names}


def threshold_structure(case: Case) -> Structure:
    """The latent-threshold reading: the state is the number of k with noise < P(state k or higher)."""
    weights, before, after = {}, {}, {}
    for name in case.network.states:
        tables = [
            np.cumsum(net.tables[name].values[::-1, ..., 0], axis=0)[::-1][1:] for net in (case.network, case.after)
        ]
        cuts = np.unique(np.concatenate([[0.0, 1.0], *(table.ravel() for table in tables)]).clip(0, 1))
        middle = (cuts[1:] + cuts[:-1]) / 2
        weights[name] = np.diff(cuts)
        before[name], after[name] = (
            (middle.reshape(-1, *[1] * (table.ndim - 1)) < table[:, None]).sum(axis=0) for table in tables
        )
    assume(np.prod([len(weight) for weight in weights.values()]) <= MOST_ATOMS)
    return Structure(weights, before, after)


@settings(deadline=None, max_examples=150)
@given(cases())
def test_twin_network_equals_the_structural_model(case: Case) -> None:
    wanted = threshold_structure(case).probability(case)
    worlds = case.worlds
    found = worlds.marginals(sorted(worlds.reached))
    assert set(found) == {name for name in case.network.states if name in case.acted or is_below(case, name)}
    for name, probabilities in found.items():
        np.testing.assert_allclose(probabilities[:, 0], wanted[name], atol=1e-9)
    if case.outcome in worlds.reached:
        np.testing.assert_allclose(worlds.marginals([case.outcome])[case.outcome], found[case.outcome], atol=1e-12)


def is_below(case: Case, name: str) -> bool:
    return any(name in case.network.descendants(act) for act in case.acted)


@settings(deadline=None, max_examples=60)
@given(cases())
def test_pathways_equal_the_structural_model_with_arcs_cut(case: Case) -> None:
    worlds, outcome = case.worlds, case.outcome
    assume(outcome in worlds.reached)
    structure = threshold_structure(case)
    unchanged = Structure(structure.weights, structure.before, structure.before)
    before = unchanged.probability(Case(case.network, case.network, case.findings, case.acted, outcome))[outcome][-1]
    after = structure.probability(case)[outcome][-1]
    found = pathways(worlds, outcome, len(case.network.states[outcome]) - 1, before, after)
    assert sum(found.arrives.values()) == pytest.approx(after - before, abs=1e-9)
    assert set(found.arrives) <= {outcome, *case.network.parents(outcome)} & worlds.reached
    for name, part in found.through.items():
        cut = frozenset((name, child) for child in case.network.states)
        lost = after - structure.probability(case, cut)[outcome][-1]
        assert part == pytest.approx(lost, abs=1e-9)


ATOMS = 6


@st.composite
def other_structures(draw: st.DrawFn) -> tuple[Case, list[Structure]]:
    """Structural models with one set of CPDs: noises of six equal atoms, which act as they please."""
    network, rng = draw(networks(most_states=3))
    names = list(network.states)[:4]
    acted = frozenset(draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=2)))
    setting = {name: draw(st.booleans()) for name in acted}
    counts, after_counts = {}, {}
    for name in names:
        shape = network.tables[name].values.shape[1:-1]
        size = len(network.states[name])
        counts[name] = rng.multinomial(ATOMS, np.ones(size) / size, size=shape)
        after_counts[name] = rng.multinomial(ATOMS, np.ones(size) / size, size=shape) if name in acted else counts[name]
        if setting.get(name):
            after_counts[name] = ATOMS * np.eye(size, dtype=int)[rng.integers(size)]

    def as_network(table: Mapping[str, Array]) -> Network:
        return Network(
            {name: network.states[name] for name in names},
            {
                name: Table(
                    network.tables[name].axes[: table[name].ndim], np.moveaxis(table[name], -1, 0)[..., None] / ATOMS
                )
                for name in names
            },
        )

    def random_structure() -> Structure:
        before, after = {}, {}
        for name in names:
            before[name] = shuffled(counts[name], rng)
            after[name] = shuffled(after_counts[name], rng) if name in acted else before[name]
        return Structure({name: np.full(ATOMS, 1 / ATOMS) for name in names}, before, after)

    findings = []
    for about in draw(
        st.lists(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=2), min_size=1, max_size=2)
    ):
        likelihood = rng.random([len(network.states[name]) for name in about])
        certain = (likelihood == likelihood.max()) * 1.0
        findings.append(Table(tuple(about), (likelihood if draw(st.booleans()) else certain)[..., None]))
    case = Case(as_network(counts), as_network(after_counts), tuple(findings), acted, draw(st.sampled_from(names)))
    return case, [random_structure() for _ in range(12)]


def shuffled(counts: Array, rng: np.random.Generator) -> Array:
    """States of the atoms, axes (atom, *parents): as many of each as counted, in any order."""
    states = np.empty((ATOMS, *counts.shape[:-1]), dtype=np.int64)
    for at in product(*(range(size) for size in counts.shape[:-1])):
        states[(slice(None), *at)] = rng.permutation(np.repeat(np.arange(counts.shape[-1]), counts[at]))
    return states


@settings(deadline=None, max_examples=150)
@given(other_structures())
def test_bounds_hold_whatever_the_coupling(drawn: tuple[Case, list[Structure]]) -> None:
    case, structures = drawn
    assume(case.outcome in case.worlds.reached)
    assume(finding_probability(case) > 0)
    last = len(case.network.states[case.outcome]) - 1
    low, high = bounds(case.worlds, case.outcome, last)
    assert 0 <= low <= high <= 1
    point = case.worlds.marginals([case.outcome])[case.outcome][last, 0]
    values = [structure.probability(case)[case.outcome][last] for structure in structures]
    assert low - 1e-9 <= min(point, *values)
    assert max(point, *values) <= high + 1e-9
    if case.worlds.identified:
        assert low == high == pytest.approx(point, abs=1e-9)
