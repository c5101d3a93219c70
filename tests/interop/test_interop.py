"""The network in pgmpy, in pyAgrum and in files gives the answers that it gives here.

Which reader confirms which format: BIF, NET and XMLBIF by pgmpy and pyAgrum; XDSL by pgmpy and by the
manual's rule spelled out below, not by pyAgrum 3.3, which takes the first parent as fastest. pyAgrum reads
BIF and NET in single precision; pgmpy would take a minute over the shipped NET and gets a small one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from latent_data import small_latent

import bn
from bn.core.errors import QuestionError
from bn.core.model import Network
from bn.engine import infer
from bn.interop import export, to_pgmpy, to_pyagrum
from cpds.table import Array, Table

if TYPE_CHECKING:
    import pyagrum
    from pgmpy.models import DiscreteBayesianNetwork

pytestmark = [
    pytest.mark.filterwarnings("ignore:`pgmpy.estimators.StructureScore` is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:builtin type (Swig|swig):DeprecationWarning"),
]

Findings = Mapping[str, str | tuple[float, ...]]  # a state, or the likelihood of each state


@pytest.fixture(scope="module")
def small() -> Network:
    """Parents of different sizes, listed against the order of the variables; no two numbers alike."""
    states = {
        "child": ("low", "middle", "high", "top"),
        "band": ("band_1", "band_2", "band_3"),
        "sex": ("female", "male"),
        "late": ("absent", "present"),
    }
    rng = np.random.default_rng(20)
    tables = {}
    for axes in [("band",), ("sex", "band"), ("child", "sex", "late", "band"), ("late", "sex")]:
        weights = rng.random([len(states[axis]) for axis in axes])
        weights[0] *= 1e-7  # written with an exponent
        tables[axes[0]] = Table(axes, (weights / weights.sum(axis=0))[..., None])
    return Network(states, tables)


def random_findings(network: Network, seed: int) -> Findings:
    """Hard and virtual evidence on a third of the variables."""
    rng = np.random.default_rng(seed)
    names = rng.permutation(list(network.states))[: max(1, len(network.states) // 3)]
    found: dict[str, str | tuple[float, ...]] = {}
    for place, name in enumerate(names.tolist()):
        states = network.states[name]
        found[name] = tuple(rng.random(len(states)).tolist()) if place % 2 else states[rng.integers(len(states))]
    return found


def ours(network: Network, findings: Findings) -> tuple[dict[str, Array], float]:
    """Posterior of every variable, and the probability of the findings."""
    evidence = []
    for name, finding in findings.items():
        if isinstance(finding, str):
            weights = np.eye(len(network.states[name]))[network.state_index(name, finding)]
        else:
            weights = np.array(finding)
        evidence.append(Table((name,), weights[:, None]))
    answer = infer([*network.tables.values(), *evidence], list(network.states))
    total = float(answer.total.values[0])
    return {name: joint.values[:, 0] / total for name, joint in answer.joints.items()}, total


def agrums(model: pyagrum.BayesNet, findings: Findings) -> tuple[dict[str, Array], float]:
    """The same by pyAgrum's lazy propagation."""
    import pyagrum

    engine = pyagrum.LazyPropagation(model)
    engine.setEvidence(
        {name: finding if isinstance(finding, str) else list(finding) for name, finding in findings.items()}
    )
    engine.makeInference()
    return {name: np.array(engine.posterior(name).tolist()) for name in model.names()}, engine.evidenceProbability()


def pgmpys(
    model: DiscreteBayesianNetwork, findings: Findings, target: str, states: Mapping[str, tuple[str, ...]]
) -> Array:
    """The same for one variable by pgmpy's variable elimination."""
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.inference import VariableElimination

    virtual = [
        TabularCPD(name, len(finding), [[weight] for weight in finding], state_names={name: list(states[name])})
        for name, finding in findings.items()
        if isinstance(finding, tuple)
    ]
    hard = {name: finding for name, finding in findings.items() if isinstance(finding, str)}
    answer = VariableElimination(model).query([target], hard, virtual_evidence=virtual, show_progress=False)
    assert answer.state_names[target] == list(states[target])
    values: Array = answer.values
    return values


def assert_agrum_agrees(network: Network, model: pyagrum.BayesNet, findings: Findings, rtol: float) -> None:
    expected, probability = ours(network, findings)
    found, found_probability = agrums(model, findings)
    assert found_probability == pytest.approx(probability, rel=rtol)
    for name, states in network.states.items():
        assert model.variable(name).labels() == states
        np.testing.assert_allclose(found[name], expected[name], rtol=rtol, atol=rtol)


def assert_pgmpy_agrees(network: Network, model: DiscreteBayesianNetwork, findings: Findings, rtol: float) -> None:
    expected, _ = ours(network, findings)
    for name in network.states:
        if not isinstance(findings.get(name), str):
            np.testing.assert_allclose(
                pgmpys(model, findings, name, network.states), expected[name], rtol=rtol, atol=rtol
            )


def assert_same_tables(network: Network, model: DiscreteBayesianNetwork) -> None:
    """Every number of every CPD, looked up in pgmpy by the names of its states."""
    for name, table in network.tables.items():
        cpd = model.get_cpds(name)
        for index in np.ndindex(table.values.shape[:-1]):
            at = {axis: network.states[axis][place] for axis, place in zip(table.axes, index, strict=True)}
            assert cpd.get_value(**at) == table.values[(*index, 0)]


def test_pgmpy_has_each_number_under_its_states(small: Network) -> None:
    assert_same_tables(small, to_pgmpy(small))


def test_latent_and_graded_variables_are_nodes_like_any_other() -> None:
    network = small_latent().network
    for seed in range(3):
        findings = random_findings(network, seed)
        assert_pgmpy_agrees(network, to_pgmpy(network), findings, 1e-9)
        assert_agrum_agrees(network, to_pyagrum(network), findings, 1e-9)


def test_pyagrum_has_each_number_under_its_states(small: Network) -> None:
    model = to_pyagrum(small)
    for name, table in small.tables.items():
        potential = model.cpt(name)
        for index in np.ndindex(table.values.shape[:-1]):
            at = {axis: small.states[axis][place] for axis, place in zip(table.axes, index, strict=True)}
            assert potential[at] == table.values[(*index, 0)]


@pytest.mark.parametrize("seed", range(3))
def test_posteriors_of_the_shipped_network_equal_pgmpys(model: bn.RiskModel, seed: int) -> None:
    assert_pgmpy_agrees(model.network, model.to_pgmpy(), random_findings(model.network, seed), 1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_posteriors_of_the_shipped_network_equal_pyagrums(model: bn.RiskModel, seed: int) -> None:
    assert_agrum_agrees(model.network, model.to_pyagrum(), random_findings(model.network, seed), 1e-9)


def test_a_persons_posterior_equals_pyagrums(model: bn.RiskModel) -> None:
    post = model.posterior(age=68, sex="female", ptp1b_excess="present", er_stress={"present": 3, "absent": 1})
    findings = {"age": "age_65_69", "sex": "female", "ptp1b_excess": "present", "er_stress": (1.0, 3.0)}
    found, _ = agrums(model.to_pyagrum(), findings)
    for name in model.network.states:
        np.testing.assert_allclose(list(post[name].values()), found[name], rtol=1e-9, atol=1e-9)


def test_do_equals_the_mutilated_graph_of_pyagrum(model: bn.RiskModel) -> None:
    mutilated = model.to_pyagrum()
    for parent in model.network.parents("inflammation"):
        mutilated.eraseArc(parent, "inflammation")
    mutilated.cpt("inflammation").fillWith([0.0, 1.0])
    findings = {"age": "age_70_74", "physical_activity": "active", "er_stress": (0.5, 2.0)}
    assert_agrum_agrees(model.network.do("inflammation", "present"), mutilated, findings, 1e-9)


@pytest.mark.parametrize("state", ["absent", "present"])
def test_do_equals_the_do_calculus_of_pyagrum(small: Network, state: str) -> None:
    import pyagrum

    causal = pyagrum.CausalModel(to_pyagrum(small))
    _, effect, _ = pyagrum.causalImpact(causal, on="child", doing="late", values={"late": state})
    expected, _ = ours(small.do("late", state), {})
    np.testing.assert_allclose(effect.tolist(), expected["child"], rtol=1e-9)


READERS = {".bif": "BIFReader", ".xmlbif": "XMLBIFReader", ".net": "NETReader", ".xdsl": "XDSLReader"}


def read_with_pgmpy(path: Path) -> DiscreteBayesianNetwork:
    import pgmpy.readwrite

    reader: Callable[[str], DiscreteBayesianNetwork] = getattr(pgmpy.readwrite, READERS[path.suffix])
    return reader(str(path)).get_model()


def read_with_pyagrum(path: Path) -> pyagrum.BayesNet:
    import pyagrum

    return pyagrum.loadBN(str(path))


@pytest.mark.parametrize("suffix", READERS)
def test_pgmpy_reads_back_each_number_exactly(small: Network, tmp_path: Path, suffix: str) -> None:
    assert_same_tables(small, read_with_pgmpy(export(small, tmp_path / f"small{suffix}")))


@pytest.mark.parametrize("suffix", [".bif", ".bifxml", ".net"])
def test_pyagrum_reads_back_the_small_network(small: Network, tmp_path: Path, suffix: str) -> None:
    read = read_with_pyagrum(export(small, tmp_path / f"small{suffix}"))
    for seed in range(5):
        assert_agrum_agrees(small, read, random_findings(small, seed), 1e-6)


@pytest.mark.parametrize("suffix", [".bif", ".bifxml", ".net"])
def test_pyagrum_reads_back_the_shipped_network(model: bn.RiskModel, tmp_path: Path, suffix: str) -> None:
    read = read_with_pyagrum(model.export(tmp_path / f"network{suffix}"))
    for seed in range(5):
        assert_agrum_agrees(model.network, read, random_findings(model.network, seed), 1e-6)


@pytest.mark.parametrize("suffix", [".xmlbif", ".xdsl"])
def test_pgmpy_reads_back_the_shipped_network(model: bn.RiskModel, tmp_path: Path, suffix: str) -> None:
    read = read_with_pgmpy(model.export(tmp_path / f"network{suffix}"))
    assert_pgmpy_agrees(model.network, read, random_findings(model.network, 0), 1e-9)


def test_xdsl_follows_the_manual(small: Network, tmp_path: Path) -> None:
    """First parent most significant, own state least; parents defined before their children."""
    root = Xml.parse(export(small, tmp_path / "small.xdsl")).getroot()
    seen: set[str] = set()
    for node in root.iter("cpt"):
        name, parents = node.attrib["id"], (node.findtext("parents") or "").split()
        assert tuple(state.attrib["id"] for state in node.iter("state")) == small.states[name]
        assert seen.issuperset(parents)
        seen.add(name)
        numbers = [float(number) for number in (node.findtext("probabilities") or "").split()]
        axes = (*parents, name)
        for index in np.ndindex(*(len(small.states[axis]) for axis in axes)):
            offset = 0
            for axis, place in zip(axes, index, strict=True):
                offset = offset * len(small.states[axis]) + place
            at = dict(zip(axes, index, strict=True))
            table = small.tables[name]
            assert numbers[offset] == table.values[(*(at[axis] for axis in table.axes), 0)]
    assert seen == set(small.states)


def test_a_file_of_bif_reads_as_the_format_says(tmp_path: Path) -> None:
    network = Network(
        {"cause": ("no", "yes"), "effect": ("absent", "present")},
        {
            "cause": Table(("cause",), np.array([[0.75], [0.25]])),
            "effect": Table(("effect", "cause"), np.array([[0.9, 1 / 3], [0.1, 2 / 3]])[..., None]),
        },
    )
    assert export(network, tmp_path / "a.bif").read_text() == (
        "network myorisk {\n}\n"
        "variable cause {\n  type discrete [ 2 ] { no, yes };\n}\n"
        "variable effect {\n  type discrete [ 2 ] { absent, present };\n}\n"
        "probability ( cause ) {\n  table 0.75, 0.25;\n}\n"
        "probability ( effect | cause ) {\n"
        "  (no) 0.9, 0.1;\n"
        "  (yes) 0.3333333333333333, 0.6666666666666666;\n}\n"
    )


def test_unknown_suffix_names_the_known_ones(small: Network, tmp_path: Path) -> None:
    with pytest.raises(
        QuestionError, match=r"unknown suffix '\.dot', expected one of \.bif, \.xmlbif, .*\.net, \.xdsl"
    ):
        export(small, tmp_path / "network.dot")
    with pytest.raises(QuestionError, match="unknown suffix ''"):
        export(small, tmp_path / "network")


def test_suffix_may_be_in_capitals(small: Network, tmp_path: Path) -> None:
    assert export(small, tmp_path / "NETWORK.BIF").read_text().startswith("network")


def test_a_file_is_replaced_only_when_asked(small: Network, tmp_path: Path) -> None:
    path = tmp_path / "network.net"
    path.write_text("mine")
    with pytest.raises(QuestionError, match="the file exists"):
        export(small, path)
    assert path.read_text() == "mine"
    export(small, path, overwrite=True)
    assert path.read_text().startswith("net\n{")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    small: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "network.bif"
    path.write_text("mine")

    def full(_: int) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("bn.core.atomic_write.os.fsync", full)
        with pytest.raises(OSError, match="no space left"):
            export(small, path, overwrite=True)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("network.bif", "mine")]


def test_a_missing_folder_is_named(small: Network, tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match=r"folder .*nowhere does not exist"):
        export(small, tmp_path / "nowhere" / "network.bif")


def test_several_draws_are_refused(small: Network, tmp_path: Path) -> None:
    draws = small.shift("late", np.array([0.0, 0.1]))
    for attempt in (to_pgmpy, to_pyagrum, lambda network: export(network, tmp_path / "network.bif")):
        with pytest.raises(QuestionError, match="late: the network holds 2 draws"):
            attempt(draws)
    assert list(tmp_path.iterdir()) == []


def test_missing_pyagrum_says_what_to_install(small: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyagrum", None)
    with pytest.raises(QuestionError, match=r"pip install 'myorisk\[export\]'"):
        to_pyagrum(small)
