"""The network as an object of pgmpy or pyAgrum, with named states and the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bn.core.errors import QuestionError
from bn.core.network import Network
from cpds.table import Array

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
                point_values(network, name).reshape(len(states), -1),
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
        potential.fillWith(point_values(network, name).transpose(slowest_first).ravel().tolist())
    return model


def point_values(network: Network, name: str) -> Array:
    """Numbers of a CPD, axes (variable, *parents); an error where there are several draws of them."""
    values = network.tables[name].values
    if values.shape[-1] != 1:
        raise QuestionError(
            f"{name}: the network holds {values.shape[-1]} draws of its table, expected 1; "
            "build it at one parameter vector, such as the `network` of a model"
        )
    point: Array = values[..., 0]
    return point
