"""RiskModel: the network with its knowledge and parameters, and the questions one puts to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bn.evidence import Evidence, weigh
from bn.names import Names
from bn.network import Network
from bn.observe import observe_person
from bn.person import beliefs
from bn.posterior import Posterior
from cpds.knowledge import Knowledge
from cpds.knowledge import load as load_knowledge
from cpds.posterior import read_parameters
from cpds.records import CONTEXT_ROLES
from cpds.table import Array

if TYPE_CHECKING:
    import pandas as pd
    import pyagrum
    from pgmpy.models import DiscreteBayesianNetwork


@dataclass(frozen=True)
class RiskModel:
    """A network ready to be questioned: its knowledge and its parameters, point first, then draws."""

    knowledge: Knowledge
    parameters: Mapping[str, Array]

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

    def posterior(self, observations: Mapping[str, Any] | None = None, /, **named: Any) -> Posterior:
        """What is believed of one person, given observations by name.

        Variables take a state, weights of states, or a number on their scale; biomarkers a number in
        their canonical unit, text with a unit, a bound such as `<0.3`, a level, or yes / no.
        Raises QuestionError for what cannot be read or cannot be.
        """
        evidence = weigh(self.knowledge, observe_person(self.names, {**(observations or {}), **named}))
        context = [name for name, variable in self.knowledge.variables.items() if variable.role in CONTEXT_ROLES]
        posteriors, log_evidence = beliefs(self.knowledge, self.parameters, evidence)
        priors, _ = beliefs(self.knowledge, self.point, evidence, only=context)
        states = {name: variable.states for name, variable in self.knowledge.variables.items()}
        return Posterior(states, posteriors, priors, float(log_evidence[0]), self.risk_of, self.outcomes_in(evidence))

    def outcomes_in(self, evidence: Evidence) -> tuple[str, ...]:
        """Outcomes that the evidence speaks of directly."""
        outcomes = (name for name, variable in self.knowledge.variables.items() if variable.role == "outcome")
        return tuple(name for name in outcomes if name in evidence.known or name in evidence.used)

    def to_pgmpy(self) -> DiscreteBayesianNetwork:
        """The network at the point as a pgmpy `DiscreteBayesianNetwork` with named states."""
        from bn.interop import to_pgmpy

        return to_pgmpy(self.network)

    def to_pyagrum(self) -> pyagrum.BayesNet:
        """The network at the point as a pyAgrum `BayesNet` (extra `export`)."""
        from bn.interop import to_pyagrum

        return to_pyagrum(self.network)

    def export(self, path: Path | str, overwrite: bool = False) -> Path:
        """Write the network at the point for other programs; the suffix says the format."""
        from bn.interop import export

        return export(self.network, path, overwrite=overwrite)

    def score(self, frame: pd.DataFrame, interval: bool = True) -> pd.DataFrame:
        """Every row of a cohort scored; same index, input columns first. See `bn.batch.score`."""
        from bn.batch.score import score

        return score(self, frame, interval=interval)


def load(root: Path | str | None = None, setting: str = "main") -> RiskModel:
    """The shipped network, or the one of another data folder.

    `setting` names a structural setting: `main`, or one of the alternatives beside it.
    """
    knowledge = load_knowledge(root)
    return RiskModel(knowledge, read_parameters(knowledge, setting))
