"""The network in other hands: pgmpy and pyAgrum objects, and files that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bn.core.atomic_write import atomic_write
from bn.core.errors import QuestionError
from bn.core.model import Network
from bn.interop.formats import bif, net, xdsl, xmlbif

if TYPE_CHECKING:
    import pyagrum
    from pgmpy.models import DiscreteBayesianNetwork


def to_pgmpy(network: Network) -> DiscreteBayesianNetwork:
    """The network as pgmpy's, checked by pgmpy; variables and parents in the network's order."""
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.models import DiscreteBayesianNetwork

    model = DiscreteBayesianNetwork()
    model.add_nodes_from(network.states)
    for name, states in network.states.items():
        parents = network.parents(name)
        model.add_edges_from((parent, name) for parent in parents)
        model.add_cpds(
            TabularCPD(
                name,
                len(states),
                network.point(name).reshape(len(states), -1),
                evidence=list(parents),
                evidence_card=[len(network.states[parent]) for parent in parents],
                state_names={axis: list(network.states[axis]) for axis in (name, *parents)},
            )
        )
    model.check_model()
    return model


def to_pyagrum(network: Network) -> pyagrum.BayesNet:
    """The network as pyAgrum's. Raises QuestionError where pyAgrum is not installed."""
    try:
        import pyagrum
    except ImportError as missing:
        raise QuestionError("pyagrum is not installed; run: pip install 'myorisk[export]'") from missing

    model = pyagrum.BayesNet("myorisk")
    for name, states in network.states.items():
        model.add(pyagrum.LabelizedVariable(name, name, list(states)))
    for name in network.states:
        for parent in network.parents(name):
            model.addArc(parent, name)
    for name in network.states:
        own = network.tables[name].axes
        potential = model.cpt(name)
        slowest_first = [own.index(axis) for axis in reversed(potential.names)]
        potential.fillWith(network.point(name).transpose(slowest_first).ravel().tolist())
    return model


WRITERS = {".bif": bif, ".xmlbif": xmlbif, ".bifxml": xmlbif, ".net": net, ".xdsl": xdsl}


def export(network: Network, path: Path | str, overwrite: bool = False) -> Path:
    """Write the network to `path` in the format of its suffix, whole or not at all; gives the path back.

    `.bif` Interchange Format, `.xmlbif` or `.bifxml` the same in XML, `.net` Hugin, `.xdsl` GeNIe.
    Numbers are written so that they read back exactly. Raises QuestionError for any other suffix, for a
    file that exists (unless `overwrite`), and for a folder that does not.
    """
    target = Path(path)
    writer = WRITERS.get(target.suffix.lower())
    if writer is None:
        raise QuestionError(f"{target}: unknown suffix '{target.suffix}', expected one of {', '.join(WRITERS)}")
    if not target.parent.is_dir():
        raise QuestionError(f"{target}: the folder {target.parent} does not exist; create it first")
    if target.is_file() and not overwrite:
        raise QuestionError(
            f"{target}: the file exists; choose another name, or overwrite it (overwrite=True, --force)"
        )
    with atomic_write(target, overwrite) as file:
        file.write(writer(network).encode("utf-8"))
    return target
