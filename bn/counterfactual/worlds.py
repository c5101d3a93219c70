"""Both worlds of a change as tables, with what was found before it, and what the change reaches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Evidence, Indices, scaled
from bn.core.model import Network, downstream, upstream
from bn.counterfactual.treatments import Change
from bn.counterfactual.twin import Arc, Made, Twin, twin
from bn.engine import condition, infer
from cpds.knowledge import Knowledge
from cpds.table import Array, Table


@dataclass(frozen=True)
class Worlds:
    """CPDs of both worlds and the findings, which were all made before the acts.

    `before` and `after` hold axes (variable, *parents), parents before children; a variable may be missing
    from the axes where no act reaches it and its state is known. `findings` are likelihoods of states before
    the acts. `acted` are the variables with another CPD after than before.
    """

    before: Mapping[str, Table]
    after: Mapping[str, Table]
    findings: tuple[Table, ...]
    acted: frozenset[str]

    @cached_property
    def reached(self) -> frozenset[str]:
        """What the acts can change: the acted variables and all below them."""
        return downstream(self._families, self.acted)

    @property
    def _families(self) -> Mapping[str, tuple[str, ...]]:
        return {name: table.axes for name, table in self.before.items()}

    @cached_property
    def found(self) -> frozenset[str]:
        """Variables within reach that a finding speaks of."""
        return frozenset(axis for table in self.findings for axis in table.axes) & self.reached

    @cached_property
    def set_to(self) -> Mapping[str, int]:
        """Acted variables that have one state only after the acts, whatever their parents, and its index."""
        certain = {name: self.after[name] for name in self.acted if self.after[name].axes == (name,)}
        return {
            name: int(table.values[:, 0].argmax())
            for name, table in certain.items()
            if (table.values.max(axis=0) == 1).all()
        }

    @property
    def identified(self) -> bool:
        """Whether no finding lies within reach of the acts; graph surgery then answers, without a coupling."""
        return not self.found

    def upstream(self, names: Iterable[str]) -> frozenset[str]:
        """The names and their ancestors, within reach of the acts."""
        within = {name: self.reached.intersection(family) for name, family in self._families.items()}
        return upstream(within, self.reached.intersection(names))

    def twin(self, cut: Collection[Arc] = ()) -> Twin:
        """Both worlds as one network; see `bn.counterfactual.twin`."""
        factual = self.upstream({*self.found, *(parent for parent, _ in cut)})
        return twin(self.before, self.after, self.reached, factual, self._possible, self._made, cut)

    def marginals(self, targets: Collection[str], cut: Collection[Arc] = ()) -> dict[str, Array]:
        """P(state after | findings) of variables within reach, axes (state, draw)."""
        both = self.twin(cut)
        tables = self._with_findings(both)
        if len(targets) == 1:
            (name,) = targets
            joints = {name: infer(tables, keep=(name,)).total}
        else:
            joints = dict(infer(tables, targets).joints)
        result = {}
        for name, joint in joints.items():
            total = np.zeros((self.after[name].values.shape[0], joint.values.shape[-1]))
            np.add.at(total, both.pairs[name].after, joint.values)
            result[name] = total / total.sum(axis=0)
        return result

    def masses(self, events: Mapping[str, Table]) -> dict[str, Array]:
        """P(event after the acts, findings) up to one common scale, each with axes (event's own axis, draw).

        Each table holds P(event | states after the acts): axes (own axis, variables that have axes here), where the
        own axis is the key.
        """
        both = self.twin()
        tables = self._with_findings(both)
        tables += [both.seen(event, after=True) for event in events.values()]
        joints = infer(tables, list(events)).joints
        return {name: joints[name].values for name in events}

    def joint(self, seen: tuple[str, ...], outcome: str, pairwise: bool = False) -> Array:
        """P(states of `seen` before the acts, outcome after them, findings): axes (*seen, outcome, draw).

        For `pairwise` see `bn.engine.infer`.
        """
        both = self._seeing(seen)
        keep = tuple(dict.fromkeys((*seen, outcome)))
        total = infer(self._with_findings(both), keep=keep, pairwise=pairwise).total.values
        sizes = [self.before[name].values.shape[0] for name in (*seen, outcome)]
        place = np.zeros((1,) * len(keep), dtype=np.int64)
        for name, size, after in zip((*seen, outcome), sizes, [False] * len(seen) + [True], strict=True):
            along = [-1 if axis == name else 1 for axis in keep]
            place = place * size + both.pairs[name].side(after).reshape(along)
        result = np.zeros((prod(sizes), total.shape[-1]))
        np.add.at(result, place.ravel(), total.reshape(-1, total.shape[-1]))
        return result.reshape(*sizes, -1)

    def tables(self, seen: tuple[str, ...]) -> list[Table]:
        """What `joint` multiplies."""
        return self._with_findings(self._seeing(seen))

    def _seeing(self, seen: tuple[str, ...]) -> Twin:
        unsaid = tuple(Table((name,), np.ones((self.before[name].values.shape[0], 1))) for name in seen)
        return replace(self, findings=(*self.findings, *unsaid)).twin()

    def _with_findings(self, both: Twin) -> list[Table]:
        return [*both.tables, *(both.seen(finding) for finding in self.findings)]

    @cached_property
    def _made(self) -> Made:
        return {}

    @cached_property
    def _possible(self) -> Mapping[str, Indices]:
        """States that findings on a single variable leave open."""
        left: dict[str, NDArray[np.bool_]] = {}
        for table in self.findings:
            if len(table.axes) == 1:
                (name,) = table.axes
                allowed = (table.values > 0).any(axis=-1)
                left[name] = np.logical_and(allowed, left.get(name, allowed))
        return {name: np.flatnonzero(states) for name, states in left.items()}


def worlds(knowledge: Knowledge, parameters: Mapping[str, Array], evidence: Evidence, change: Change) -> Worlds:
    """Both worlds of one person, a batch entry a parameter vector.

    What is known of variables out of the acts' reach is taken into the tables. The change must hold nothing
    that is so already (`Change.without_noops`), and be for the same parameter vectors.
    """
    variables = knowledge.variables
    reached = reach(knowledge, change.acted)
    known = {name: int(index[0]) for name, index in evidence.known.items() if index[0] >= 0}
    fixed = {name: state for name, state in known.items() if name not in reached}
    network = Network.build(knowledge, parameters, fixed)
    after = change.on(network)
    findings = [
        Table((name,), np.eye(len(variables[name].states))[state][:, None])
        for name, state in known.items()
        if name in reached
    ]
    findings += [Table(logs.axes, scaled(logs.values)[0]) for logs in condition(evidence.soft, fixed)]
    return Worlds(network.tables, after.tables, tuple(findings), change.acted)


def reach(knowledge: Knowledge, acted: Collection[str]) -> frozenset[str]:
    """The variables and all their descendants."""
    parents = {name: [parent.id for parent in one.parents] for name, one in knowledge.variables.items()}
    return downstream(parents, acted)
