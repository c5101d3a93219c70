"""The network: frozen variables, states and tables; and the model, a network with its knowledge and parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Self, cast

import numpy as np

from bn.core.answer import Note
from bn.core.errors import QuestionError, UnknownNameError
from bn.core.evidence import Evidence
from bn.core.names import Names
from bn.engine import condition
from cpds.assays import read_otherwise
from cpds.knowledge import Knowledge, KnowledgeError
from cpds.logistic import cpd, expit, from_steps, logit, to_steps
from cpds.populations import Population
from cpds.posterior import changes_since
from cpds.records import Link
from cpds.reweighting import Reweighting
from cpds.table import Array, Table

SHOWN = 3
"""Changes of the knowledge that a message names."""
FITTED_BEFORE = "answers rest on parameters fitted before the knowledge changed"


@dataclass(frozen=True)
class Network:
    """States of each variable and P(variable | parents), axes (variable, *parents), draws last; parents come first.

    `links` says on which probabilities a shift of a variable acts: of its states and all higher ones (cumulative,
    also where nothing is said), or of each step from those that reached it (sequential).
    """

    states: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Table]
    links: Mapping[str, Link] = field(default_factory=dict)

    @classmethod
    def build(
        cls, knowledge: Knowledge, parameters: Mapping[str, Array], known: Mapping[str, int] | None = None
    ) -> Network:
        """The network of the knowledge at the given draws, each parameter of shape (draws,).

        Tables have no axes of the variables that are `known` to have the state of that index.
        """
        variables = knowledge.variables
        return cls(
            {name: variable.states for name, variable in variables.items()},
            {name: cpd(variable, variables, parameters, known) for name, variable in variables.items()},
            links_of(knowledge),
        )

    def __repr__(self) -> str:
        arcs = sum(len(table.axes) - 1 for table in self.tables.values())
        return f"<Network: {len(self.tables)} variables, {arcs} arcs, draws: {self.draws}>"

    @property
    def draws(self) -> int:
        """Number of draws that the tables hold."""
        return max(int(table.values.shape[-1]) for table in self.tables.values())

    def parents(self, name: str) -> tuple[str, ...]:
        """Parents of a variable, in the order of its table's axes."""
        return self.tables[self.check(name)].axes[1:]

    def point(self, name: str) -> Array:
        """Numbers of a CPD, axes (variable, *parents); an error where there are several draws of them."""
        values = self.tables[self.check(name)].values
        if values.shape[-1] != 1:
            raise QuestionError(
                f"{name}: the network holds {values.shape[-1]} draws of its table, expected 1; "
                "build it at one parameter vector, such as the `network` of a model"
            )
        return np.asarray(values[..., 0])

    def descendants(self, name: str) -> frozenset[str]:
        """All variables that a change of `name` can reach, itself left out."""
        return downstream(self.families, [self.check(name)]) - {name}

    def ancestors(self, name: str) -> frozenset[str]:
        """All variables that can reach `name`, itself left out."""
        return upstream(self.families, [self.check(name)]) - {name}

    @property
    def families(self) -> Mapping[str, tuple[str, ...]]:
        """Each variable with its parents, by the variable."""
        return {name: table.axes for name, table in self.tables.items()}

    def given(self, known: Mapping[str, int]) -> list[Table]:
        """The CPD of each variable at the known state indices, without axes of known variables."""
        return condition(list(self.tables.values()), known)

    def check(self, name: str) -> str:
        """The name, or an error that offers the nearest one."""
        if name not in self.states:
            raise UnknownNameError("variable", name, self.states)
        return name

    def state_index(self, name: str, state: str) -> int:
        """Position of a state of a variable."""
        states = self.states[self.check(name)]
        if state not in states:
            raise UnknownNameError(f"state of {name}", state, states)
        return states.index(state)

    def do(self, name: str, state: str | Array) -> Network:
        """Graph surgery: `name` is set to `state`, or drawn from shares of its states, whatever its parents say."""
        if isinstance(state, str):
            forced = np.zeros((len(self.states[self.check(name)]), 1))
            forced[self.state_index(name, state)] = 1.0
        else:
            forced = state[:, None]
        return replace(self, tables={**self.tables, name: Table((name,), forced)})

    def shift(self, name: str, log_odds: float | Array) -> Network:
        """Add to the log odds of every step of `name`, by its link, under every combination of parents."""
        table, link = self.tables[self.check(name)], self.links.get(name, "cumulative")
        with np.errstate(divide="ignore"):
            moved = from_steps(expit(logit(to_steps(table.values, link)) + log_odds), link)
        return replace(self, tables={**self.tables, name: Table(table.axes, moved)})


def links_of(knowledge: Knowledge) -> dict[str, Link]:
    """The link of each variable."""
    return {name: variable.link for name, variable in knowledge.variables.items()}


@dataclass(frozen=True)
class Draws:
    """CPDs at some draws of the parameters, each of shape (draws,), built only at the states that are known."""

    knowledge: Knowledge
    parameters: Mapping[str, Array]

    @property
    def states(self) -> Mapping[str, tuple[str, ...]]:
        """States of each variable, parents before children."""
        return {name: variable.states for name, variable in self.knowledge.variables.items()}

    def given(self, known: Mapping[str, int]) -> list[Table]:
        """The CPD of each variable at the known state indices, without axes of known variables."""
        variables = self.knowledge.variables
        return [cpd(variable, variables, self.parameters, known) for variable in variables.values()]


def downstream(families: Mapping[str, Collection[str]], names: Collection[str]) -> frozenset[str]:
    """The names and their descendants; `families` holds each variable's parents.

    >>> sorted(downstream({"a": (), "b": ("a",), "c": ("b",), "d": ()}, ["b"]))
    ['b', 'c']
    """
    found = set(names)
    while more := {child for child, family in families.items() if child not in found and not found.isdisjoint(family)}:
        found |= more
    return frozenset(found)


def upstream(families: Mapping[str, Collection[str]], names: Collection[str]) -> frozenset[str]:
    """The names and their ancestors; `families` as for `downstream`.

    >>> sorted(upstream({"a": (), "b": ("a",), "c": ("b",), "d": ()}, ["b"]))
    ['a', 'b']
    """
    found, ahead = set(names), list(names)
    while ahead:
        more = set(families[ahead.pop()]) - found
        found |= more
        ahead += more
    return frozenset(found)


@dataclass(frozen=True, repr=False)
class Model:
    """A network ready to be questioned: its knowledge and its parameters, point first, then draws.

    `setting` names the structural setting that the parameters were fitted under. `stale` says what in the knowledge
    changed since, empty where nothing did. `reweighting` holds the weights of the draws as stored where nothing but
    priors changed; where they can be trusted, the parameters follow from them. `population` says for whom the model
    speaks, None for those it was fitted to, and `base` is then the model before it was moved to them.
    """

    knowledge: Knowledge
    parameters: Mapping[str, Array]
    setting: str = "main"
    stale: str = ""
    reweighting: Reweighting | None = None
    population: Population | None = None
    base: Model | None = None

    @property
    def speaks_for(self) -> str:
        """Whom the answers are about, in one line; empty where these are the people the network was fitted to."""
        return (
            "" if self.population is None else f"for the population '{self.population.name}' ({self.population.title})"
        )

    def told(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """An answer as JSON tells it, beside which nothing else is read.

        It names the population that it is for, and holds what there is to be said of the posterior among its notes.
        """
        whom = self.population and {"name": self.population.name, "title": self.population.title}
        stale = [asdict(Note("caution", (), self.stale)), *record.get("notes", ())] if self.stale else None
        return {
            **({"population": whom} if whom else {}),
            **record,
            **({"notes": stale} if stale else {}),
        }

    def moved_to(self, population: Population) -> Self:
        """The model as it speaks for a population, in place of the one that it spoke for."""
        base = self.base or self
        if population.moved:
            base = replace(
                base,
                knowledge=read_otherwise(base.knowledge, population.offsets),
                parameters=population.applied(base.knowledge, base.parameters),
                population=population,
                base=base,
                reweighting=None,
            )
        return cast(Self, base)

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
    def events(self) -> dict[str, tuple[str, ...]]:
        """States that each variable's title stands for; the risk's state is that of its own."""
        return {name: variable.event_states for name, variable in self.knowledge.variables.items()}

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each variable and biomarker is called."""
        entries = (*self.knowledge.variables.values(), *self.knowledge.biomarkers.values())
        return {entry.id: entry.title for entry in entries}

    def outcomes_in(self, evidence: Evidence) -> tuple[str, ...]:
        """Outcomes that the evidence speaks of directly."""
        outcomes = (name for name, variable in self.knowledge.variables.items() if variable.role == "outcome")
        return tuple(name for name in outcomes if name in evidence.known or name in evidence.used)


def changes_since_fit(knowledge: Knowledge, reweighted: Reweighting | None = None) -> str:
    """What to say of a posterior that was fitted to something else, in one line; empty where it was not."""
    try:
        found = changes_since(knowledge)
    except KnowledgeError as error:
        return "; ".join(error.problems)
    if not found:
        return ""
    listed = "; ".join(found[:SHOWN]) + (f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else "")
    more = "; `python -m cpds check` names all" if len(found) > SHOWN else ""
    rerun = "rerun `python -m bn.synthesis`"
    if reweighted is None:
        return f"{FITTED_BEFORE}, and what is new takes its prior: {listed}; {rerun}{more}"
    left = f"{reweighted.effective:.0f} effective draws of {len(reweighted.weights)}"
    if reweighted.trusted:
        weighed = f"answers rest on the draws from before, reweighted to priors that changed ({left})"
        return f"{weighed}: {listed}; {rerun} for draws of their own{more}"
    few = f"reweighting to the new priors would leave {left}, too few to trust"
    return f"{FITTED_BEFORE}: {listed}; {few}; {rerun}{more}"
