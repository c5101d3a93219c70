"""The twin network: one person in two worlds that share every noise, and what is believed after the acts.

A (cumulative) logistic CPD is read by its latent threshold: the noise of a variable is uniform on [0, 1] and
its state is the number of k >= 1 with noise < P(state k or higher | parents). That holds for a sequential link too,
as these probabilities fall with k; one noise for all of its steps is an assumption: who takes the first step easily
takes the next one easily. An act moves the thresholds (a
shift) or puts a constant in their place (a set); the noise stays what it was for this person. So
P(x before, x' after | parents before, parents after) is the length that the noise interval of x before and
that of x' after have in common: exact, nothing is sampled.

Only what the acts can reach may differ between the worlds. Of that, only what a finding rests on needs its
state before; of the rest the state after is enough. Pairs of states that cannot occur together, such as those
against the direction of a change that goes one way, never enter an axis.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from bn.core.evidence import Evidence, Indices, scaled
from bn.core.model import Network, downstream, upstream
from bn.counterfactual.treatments import Change
from bn.engine import condition, infer
from cpds.knowledge import Knowledge
from cpds.logistic import to_cumulative
from cpds.table import Array, Table

Arc = tuple[str, str]
Made = MutableMapping[Hashable, tuple["Pairs", Table]]
"""Pairs and tables of variables, by all that they depend on but the CPDs and the findings."""


@dataclass(frozen=True)
class Pairs:
    """States of a variable in both worlds: entry i of its axis is `before[i]` and `after[i]`.

    `before` is None where the state before the acts is not needed.
    """

    before: Indices | None
    after: Indices

    @cached_property
    def key(self) -> tuple[bytes, bytes]:
        """The same for all pairs of the same states."""
        return b"" if self.before is None else self.before.tobytes(), self.after.tobytes()

    def side(self, after: bool) -> Indices:
        """State in one world, for each entry of the axis."""
        if after:
            return self.after
        if self.before is None:
            raise ValueError("the state before the acts was left out of this axis")
        return self.before


@dataclass(frozen=True)
class Twin:
    """Tables whose product is the joint of both worlds, with axes named as the variables; draws last."""

    pairs: Mapping[str, Pairs]
    tables: tuple[Table, ...]

    def seen(self, finding: Table, after: bool = False) -> Table:
        """A finding (axes: variables by their states before the acts, or after them) over the axes of the twin."""
        return _aligned(finding, self.pairs, dict.fromkeys(self.pairs.keys() & finding.axes, after))


def twin(
    before: Mapping[str, Table],
    after: Mapping[str, Table],
    reached: Collection[str],
    factual: Collection[str],
    possible: Mapping[str, Indices],
    made: Made,
    cut: Collection[Arc] = (),
) -> Twin:
    """Both worlds, from CPDs before and after the acts: axes (variable, *parents), parents before children.

    `reached` are the variables that may differ between the worlds, closed under children. `factual` are those
    of them whose state before the acts is needed, closed under parents within `reached`. `possible` limits the
    states before the acts, by variable, to those that findings leave open. Through an arc in `cut` the child
    sees its parent as it was before the acts, in both worlds. `made` remembers what was made for other cuts of the same
    arguments.
    """
    pairs: dict[str, Pairs] = {}
    tables = []
    for name, table in before.items():
        parents = dict.fromkeys(axis for axis in (*table.axes, *after[name].axes) if axis != name)
        held = frozenset(parent for parent in parents if (parent, name) in cut)
        key = (name, name in factual, held, *(pairs[parent].key for parent in parents))
        if key not in made:
            states = np.arange(table.values.shape[0]) if name in table.axes else np.arange(0)
            sides = {parent: parent not in held for parent in parents}
            if name not in reached:
                made[key] = Pairs(states, states), table
            elif name not in factual:
                made[key] = Pairs(None, states), _aligned(after[name], pairs, sides)
            else:
                first = _aligned(_at_least(table), pairs, dict.fromkeys(parents, False))
                second = _aligned(_at_least(after[name]), pairs, sides)
                made[key] = _overlap(first, second, possible.get(name, states))
        pairs[name], both = made[key]
        tables.append(both)
    return Twin(pairs, tuple(tables))


def _overlap(before: Table, after: Table, possible: Indices) -> tuple[Pairs, Table]:
    """The pairs of states that can occur, and their probabilities given the parents in both worlds.

    The tables hold P(state k or higher | parents), k >= 1, along the first axis.
    """
    axes = tuple(dict.fromkeys((*before.axes, *after.axes)))
    ends, other_ends = _ends(before.over(axes)), _ends(after.over(axes))
    shape = np.broadcast_shapes(ends[1].shape, other_ends[1].shape)
    kept: list[tuple[int, int]] = []
    shares: list[Array] = []
    for state in possible.tolist():
        for other in range(len(other_ends) - 1):
            common = np.minimum(ends[state], other_ends[other]) - np.maximum(ends[state + 1], other_ends[other + 1])
            if common.max() > 0:
                kept.append((state, other))
                shares.append(np.broadcast_to(np.maximum(common, 0.0, out=common), shape))
    states, others = np.array(kept, dtype=np.int64).reshape(-1, 2).T
    return Pairs(states, others), Table(axes, np.stack(shares))


def _at_least(table: Table) -> Table:
    return Table(table.axes, to_cumulative(table.values))


def _ends(at_least: Array) -> list[Array]:
    """Where the noise intervals of the states end: state k holds what lies between end k + 1 and end k.

    >>> [end.tolist() for end in _ends(np.array([[0.5], [0.2]]))]  # three states
    [[1.0], [0.5], [0.2], [0.0]]
    """
    alike = (1,) * (at_least.ndim - 1)
    return [np.ones(alike), *at_least, np.zeros(alike)]


def _aligned(table: Table, pairs: Mapping[str, Pairs], sides: Mapping[str, bool]) -> Table:
    """The table with each axis in `sides` (after: True) turned from states into pairs of states."""
    values = table.values
    for position, name in reversed(list(enumerate(table.axes))):
        if name in sides:
            states = pairs[name].side(sides[name])
            if not np.array_equal(states, np.arange(values.shape[position])):
                values = values.take(states, axis=position)
    return Table(table.axes, values)


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
