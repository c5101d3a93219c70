"""Two independent oracles on the shipped network, through their APIs and through files."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import bn
from bn.engine import infer
from cpds.table import Table

pytestmark = pytest.mark.filterwarnings("ignore:::pgmpy", "ignore:::pyagrum", "ignore::DeprecationWarning")
pyagrum = pytest.importorskip("pyagrum")


def random_findings(model: bn.RiskModel, seed: int) -> dict[str, object]:
    """Hard and virtual evidence on a handful of variables."""
    rng = np.random.default_rng(seed)
    states = model.network.states
    chosen = rng.permutation(list(states))[: rng.integers(1, 7)]
    findings: dict[str, object] = {}
    for name in chosen:
        if rng.random() < 0.5:
            findings[str(name)] = str(rng.choice(states[name]))
        else:
            findings[str(name)] = {state: float(rng.random()) for state in states[name]}
    return findings


def weights(model: bn.RiskModel, findings: dict[str, object]) -> dict[str, list[float]]:
    return {
        name: [said.get(s, 0.0) if isinstance(said, dict) else float(s == said) for s in model.network.states[name]]
        for name, said in findings.items()
    }


def by_pyagrum(net: "pyagrum.BayesNet", likelihoods: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Posteriors with states by name."""
    engine = pyagrum.LazyPropagation(net)
    engine.setEvidence(likelihoods)
    engine.makeInference()
    found = {}
    for name in net.names():
        labels = net.variable(name).labels()
        found[name] = dict(zip(labels, engine.posterior(name).tolist(), strict=True))
    return found


def agree(
    model: bn.RiskModel, findings: dict[str, object], other: dict[str, dict[str, float]], tolerance: float
) -> None:
    post = model.posterior(findings)
    for name in model.network.states:
        assert other[name] == pytest.approx(post[name], abs=tolerance), name


@pytest.mark.parametrize("seed", range(12))
def test_posteriors_equal_pyagrum(model: bn.RiskModel, seed: int) -> None:
    findings = random_findings(model, seed)
    agree(model, findings, by_pyagrum(model.to_pyagrum(), weights(model, findings)), 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_posteriors_equal_pgmpy(model: bn.RiskModel, seed: int) -> None:
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.inference import VariableElimination

    findings = random_findings(model, 100 + seed)
    hard = {name: said for name, said in findings.items() if isinstance(said, str)}
    soft = [
        TabularCPD(name, len(w), [[x] for x in w], state_names={name: list(model.network.states[name])})
        for name, w in weights(model, findings).items()
        if name not in hard
    ]
    engine = VariableElimination(model.to_pgmpy())
    post = model.posterior(findings)
    for name in ("insulin_resistance", "inflammation", "dysglycemia", "adiposity", "sarcopenia"):
        if name in hard:
            continue
        answer = engine.query([name], evidence=hard, virtual_evidence=soft or None, show_progress=False)
        named = dict(zip(answer.state_names[name], answer.values.tolist(), strict=True))
        assert named == pytest.approx(post[name], abs=1e-9), name


def read_xdsl(path: Path) -> dict[str, Table]:
    """A reader of its own, from the SMILE manual: first parent slowest, own state fastest, states by name.

    pyAgrum 3.3 reads XDSL with the first parent fastest, against that manual, so it cannot referee here.
    """
    nodes = {node.get("id"): node for node in ElementTree.parse(path).getroot().iter("cpt")}
    states = {name: [state.get("id") for state in node.findall("state")] for name, node in nodes.items()}
    tables = {}
    for name, node in nodes.items():
        parents = (node.findtext("parents") or "").split()
        numbers = np.array(node.findtext("probabilities").split(), dtype=float)
        tables[name] = Table((*parents, name), numbers.reshape([len(states[axis]) for axis in (*parents, name)] + [1]))
    return tables


def test_an_xdsl_file_follows_the_manual(model: bn.RiskModel, tmp_path: Path) -> None:
    tables = read_xdsl(model.export(tmp_path / "network.xdsl"))
    assert set(tables) == set(model.network.states)
    for seed in range(3):
        findings = random_findings(model, 300 + seed)
        evidence = [Table((name,), np.array(w)[:, None]) for name, w in weights(model, findings).items()]
        answer = infer([*tables.values(), *evidence], list(tables))
        post = model.posterior(findings)
        for name, states in model.network.states.items():
            found = answer.joints[name].values.ravel() / answer.total.values
            assert found.tolist() == pytest.approx([post[name][state] for state in states], abs=1e-9), name


@pytest.mark.parametrize("suffix", [".bif", ".xmlbif", ".net"])
def test_files_are_read_back_by_another_program(model: bn.RiskModel, tmp_path: Path, suffix: str) -> None:
    path = model.export(tmp_path / f"network{suffix}")
    readable = path.rename(path.with_suffix(".bifxml")) if suffix == ".xmlbif" else path
    net = pyagrum.loadBN(str(readable))
    for seed in range(3):
        findings = random_findings(model, 200 + seed)
        agree(model, findings, by_pyagrum(net, weights(model, findings)), 1e-6)


def test_a_bif_file_is_read_by_pgmpy_too(model: bn.RiskModel, tmp_path: Path) -> None:
    from pgmpy.readwrite import BIFReader

    read = BIFReader(str(model.export(tmp_path / "network.bif"))).get_model()
    table = model.network.tables["insulin_resistance"]
    cpd = read.get_cpds("insulin_resistance")
    for index in np.ndindex(table.values.shape[:-1]):
        states = {axis: model.network.states[axis][k] for axis, k in zip(table.axes, index, strict=True)}
        assert cpd.get_value(**states) == pytest.approx(table.values[(*index, 0)], abs=1e-6)


def test_do_equals_pyagrums_causal_answer(model: bn.RiskModel) -> None:
    causal = pyagrum.causal.CausalModel(model.to_pyagrum()) if hasattr(pyagrum, "causal") else None
    if causal is None:
        import pyagrum.causal as pc

        causal = pc.CausalModel(model.to_pyagrum())
    else:
        pc = pyagrum.causal
    _, answer, _ = pc.causalImpact(
        causal, on="insulin_resistance", doing="physical_activity", values={"physical_activity": "active"}
    )
    forced = model.network.do("physical_activity", "active")
    ours = infer(list(forced.tables.values()), ["insulin_resistance"]).joints["insulin_resistance"].values.ravel()
    assert answer.tolist() == pytest.approx(ours.tolist(), abs=1e-9)


def test_files_are_not_overwritten_unasked(model: bn.RiskModel, tmp_path: Path) -> None:
    path = tmp_path / "network.net"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(bn.QuestionError, match="exists"):
        model.export(path)
    assert path.read_text(encoding="utf-8") == "precious"
    model.export(path, overwrite=True)
    assert "insulin_resistance" in path.read_text(encoding="utf-8")
    with pytest.raises(bn.QuestionError, match=r"unknown suffix '\.docx'"):
        model.export(tmp_path / "network.docx")
    assert [item.name for item in tmp_path.iterdir()] == ["network.net"]
