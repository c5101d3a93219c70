"""What the two worlds say by themselves, each without the other: all that bounds may rest on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from bn.engine import infer
from bn.questions.what_if.worlds import Worlds
from cpds.table import Array, Table


@dataclass(frozen=True)
class Sides:
    """Both worlds of a question about `outcome` = number `state`, at one batch entry; see `bounds` for the letters.

    `given` (b) are the unreached variables that bear on what is reached, `acts` (a) the acted variables with
    nothing reached above them that are conditioned on, `seen` (x) those that findings within reach speak of,
    `shown` (w) those whose state after the acts holds all that the findings tell of the outcome after them.
    """

    worlds: Worlds
    outcome: str
    state: int
    given: tuple[str, ...]
    acts: tuple[str, ...]
    seen: tuple[str, ...]
    shown: tuple[str, ...]

    @classmethod
    def of(cls, worlds: Worlds, outcome: str, state: int) -> Sides:
        """Sort the variables of a question."""
        resting = worlds.upstream(worlds.found)
        concerned = worlds.upstream([outcome]) | resting
        acts = _acts(worlds, outcome)
        about = [worlds.before[name] for name in resting.union(acts)] + [worlds.after[name] for name in concerned]
        about += [finding for finding in worlds.findings if worlds.reached & set(finding.axes)]
        given = {axis for table in about for axis in table.axes} - worlds.reached
        if outcome in resting:
            shown = frozenset({outcome})
        else:
            outside = [worlds.after[name] for name in concerned - resting]
            shown = frozenset(axis for table in outside for axis in table.axes) & resting
        kinds = (given, worlds.found.difference(acts), shown.difference(acts))
        given_in_order, seen, shown_in_order = (tuple(n for n in worlds.before if n in kind) for kind in kinds)
        return cls(worlds, outcome, state, given_in_order, acts, seen, shown_in_order)

    @property
    def turned(self) -> bool:
        """Whether the last of `acts` is not set: it has two states, and how they go together is free."""
        return bool(self.acts) and self.acts[-1] not in self.worlds.set_to

    @property
    def complete(self) -> bool:
        """Whether all that is done is in `acts`: where they do not change, nothing does."""
        return set(self.acts) == self.worlds.acted

    @cached_property
    def before(self) -> Array:
        """P(b, a, x, findings out of reach): axes (b, a, x)."""
        axes = (*self.given, *self.acts, *self.seen)
        tables = [*self.worlds.before.values(), *self._apart]
        return self._grouped(infer(tables, keep=axes).total.values[..., 0])

    @cached_property
    def likelihood(self) -> Array:
        """P(findings within reach | b, a, x): axes (b, a, x)."""
        axes = (*self.given, *self.acts, *self.seen)
        product = np.ones(self._sizes(axes))
        for finding in self.worlds.findings:
            if self.worlds.reached & set(finding.axes):
                product = product * finding.over(axes)[..., 0]
        return self._grouped(product)

    @cached_property
    def unchanged(self) -> Array:
        """P(b, a, outcome = state, all findings) before the acts: axes (b, a)."""
        axes = tuple(dict.fromkeys((*self.given, *self.acts, self.outcome)))
        values = infer([*self.worlds.before.values(), *self.worlds.findings], keep=axes).total.values[..., 0]
        return np.asarray(self._grouped(values)[..., self.state])

    @cached_property
    def after(self) -> tuple[Array, Array, Array]:
        """P(a after | b), P(w | b, a after) and P(outcome = state | b, a, w after): axes (b, a), (b, a, w) twice."""
        axes = (*self.given, *self.acts, *(name for name in self.shown if name != self.outcome), self.outcome)
        values = infer([*self.worlds.after.values(), *self._apart], keep=axes).total.values[..., 0]
        joint = values.reshape(*self._outer, -1, values.shape[-1])
        hit, all_of = joint[..., self.state], joint.sum(axis=-1)
        if self.outcome in self.shown:
            all_of = np.concatenate([all_of - hit, hit], axis=-1)
            goal = np.broadcast_to([0.0, 1.0], all_of.shape)
        else:
            goal = over(hit, all_of)
        acted = all_of.sum(axis=-1)
        return over(acted, acted.sum(axis=-1, keepdims=True)), over(all_of, acted[..., None]), goal

    @property
    def _outer(self) -> tuple[int, int]:
        return prod(self._sizes(self.given)), prod(self._sizes(self.acts))

    @property
    def _apart(self) -> list[Table]:
        """Findings out of reach."""
        return [finding for finding in self.worlds.findings if not self.worlds.reached & set(finding.axes)]

    def _grouped(self, values: Array) -> Array:
        return values.reshape(*self._outer, -1)

    def _sizes(self, names: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(self.worlds.before[name].values.shape[0] for name in names)


def over(top: Array, bottom: Array) -> Array:
    """Quotient; 0 where the bottom is."""
    return np.divide(top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom > 0)


def _acts(worlds: Worlds, outcome: str) -> tuple[str, ...]:
    """Acted variables to condition on: those set, then the one that is not, if it is alone and has two states.

    Only such with nothing reached above them: their state before tells nothing else of the world after.
    """
    free = [name for name in worlds.acted if not worlds.reached & set(worlds.before[name].axes[1:])]
    sets = tuple(name for name in worlds.before if name in free and name in worlds.set_to)
    others = worlds.acted - set(sets) - {outcome}
    alone = len(others) == 1 and others <= set(free) and len(sets) + 1 == len(worlds.acted)
    turned = tuple(others) if alone and all(worlds.before[name].values.shape[0] == 2 for name in others) else ()
    return (*sets, *turned)
