"""Model: the network with its knowledge and parameters, which every question is put to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bn.core.evidence import Evidence
from bn.core.names import Names
from bn.core.network import Network
from cpds.knowledge import Knowledge
from cpds.table import Array


@dataclass(frozen=True, repr=False)
class Model:
    """A network ready to be questioned: its knowledge and its parameters, point first, then draws.

    `setting` names the structural setting that the parameters were fitted under. `stale` says what in the knowledge
    changed since, empty where nothing did.
    """

    knowledge: Knowledge
    parameters: Mapping[str, Array]
    setting: str = "main"
    stale: str = ""

    @cached_property
    def names(self) -> Names:
        """What can be observed, by id and alias."""
        return Names(self.knowledge)

    @cached_property
    def network(self) -> Network:
        """The network at the point: the posterior mean of the parameters."""
        return Network.build(self.knowledge, self.point)

    @cached_property
    def point(self) -> Mapping[str, Array]:
        """The parameters without the draws, each of shape (1,)."""
        return {name: values[:1] for name, values in self.parameters.items()}

    @cached_property
    def risk_of(self) -> tuple[str, str]:
        """Variable and state whose probability is the risk."""
        return next((name, variable.risk) for name, variable in self.knowledge.variables.items() if variable.risk)

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each variable and biomarker is called."""
        entries = (*self.knowledge.variables.values(), *self.knowledge.biomarkers.values())
        return {entry.id: entry.title for entry in entries}

    def outcomes_in(self, evidence: Evidence) -> tuple[str, ...]:
        """Outcomes that the evidence speaks of directly."""
        outcomes = (name for name, variable in self.knowledge.variables.items() if variable.role == "outcome")
        return tuple(name for name in outcomes if name in evidence.known or name in evidence.used)
