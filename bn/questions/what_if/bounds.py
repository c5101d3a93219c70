"""What any coupling of the two worlds allows: bounds on a probability after the acts, given the findings.

They assume the network (its arcs, its CPDs before and after the acts, independent noises) and nothing of how a
noise acts: they hold for every structural model with these CPDs. Let b be the states of the unreached
variables that bear on what the acts reach; given b the noises within reach are independent of all else. Let A
be the variables within reach that a finding rests on, x the states before of those that it speaks of, L(x)
their likelihood, w the states after of those in A with children outside of it. As the outcome after depends,
given w and b, on noises that no finding rests on,

    P(outcome after, findings | b) = sum over x, w of P(x, w | b) L(x) g(w),   g(w) = P(outcome after | w, b).

P(x | b), P(w | b) and g follow from the two networks; how x and w go together does not. `rearranged` gives the
least and the greatest sum. Where the findings rest on the outcome itself, w is the outcome and g is 0 or 1:
Frechet's bounds.

Conditioning on more sharpens this. Acted variables a with nothing reached above them have noises of their own,
so the argument holds given b, their states before and their states after. Where all acted variables are such
and stay as they were, nothing changes, and that part of the probability is known (consistency). How often
each state before goes with each after is known where they are set. Where one variable of two states is not set
but shifted, one number is free in it, and the bounds are taken at its ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from bn.counterfactual.worlds import Worlds
from bn.engine import infer
from cpds.table import Array, Table

ENTRIES = 1 << 22


def rearranged(shares: Array, heights: Array, other_shares: Array, other_heights: Array) -> tuple[Array, Array]:
    """Least and greatest mean product, of which only the two distributions are known.

    The first variable has `heights` at `shares`, axes (case, n), the other one likewise, axes (case, m). The mean
    is greatest when the high meet the high, as far as the shares reach, and least when they meet the low
    (rearrangement inequality).

    >>> half = np.array([[0.5, 0.5]])
    >>> low, high = rearranged(half, np.array([[0.0, 1.0]]), half, np.array([[2.0, 4.0]]))
    >>> low, high  # the 1 meets the 2, or the 4
    (array([1.]), array([2.]))
    """
    low, high = np.empty(len(shares)), np.empty(len(shares))
    step = max(1, ENTRIES // (shares.shape[1] * other_shares.shape[1]))
    for start in range(0, len(shares), step):
        some = slice(start, start + step)
        first = _descending(shares[some], heights[some])
        high[some] = _mean_product(first, _descending(other_shares[some], other_heights[some]))
        down, opposite = _descending(other_shares[some], -other_heights[some])
        low[some] = _mean_product(first, (down, -opposite))
    return low, high


def _descending(shares: Array, heights: Array) -> tuple[Array, Array]:
    """Where each height ends when they are laid on [0, 1], greatest first, and the heights in that order."""
    order = np.argsort(-heights, axis=-1, kind="stable")
    ends = np.cumsum(np.take_along_axis(shares, order, axis=-1), axis=-1)
    return np.concatenate([np.zeros_like(ends[:, :1]), ends], axis=-1), np.take_along_axis(heights, order, axis=-1)


def _mean_product(one: tuple[Array, Array], other: tuple[Array, Array]) -> Array:
    """Integral over [0, 1] of the product of two step functions, given by their ends and heights."""
    (ends, heights), (other_ends, other_heights) = one, other
    starts = np.maximum(ends[:, :-1, None], other_ends[:, None, :-1])
    common = np.maximum(np.minimum(ends[:, 1:, None], other_ends[:, None, 1:]) - starts, 0.0)
    return np.asarray(np.einsum("cn,cnm,cm->c", heights, common, other_heights))


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


def bounds(worlds: Worlds, outcome: str, state: int) -> tuple[float, float]:
    """Least and greatest P(outcome = state after the acts | findings), for an outcome within reach.

    `worlds` hold one batch entry. Equal where the networks identify the probability.
    """
    if worlds.identified or outcome in worlds.set_to:
        probability = float(worlds.marginals([outcome])[outcome][state, 0])
        return probability, probability
    sides = Sides.of(worlds, outcome, state)
    whole = (sides.before * sides.likelihood).sum()
    least, most = (
        float(_total(sides, values, side) / whole) for values, side in zip(_values(sides), (-1, 1), strict=True)
    )
    return min(max(least, 0.0), 1.0), min(max(least, most, 0.0), 1.0)


def _values(sides: Sides) -> tuple[Array, Array]:
    """Least and greatest P(outcome after, findings within reach | b, a before, a after): axes (b, a, a after)."""
    mass = sides.before.sum(axis=2)
    inside = over(sides.before, mass[..., None])
    possible, shares, goal = sides.after
    cases, acts = mass.shape
    ends = np.zeros((2, cases, acts, acts))
    for after in np.flatnonzero(possible.any(axis=0)).tolist():
        first = [np.repeat(part[:, after], acts, axis=0) for part in (shares, goal)]
        second = [part.reshape(cases * acts, -1) for part in (inside, sides.likelihood)]
        ends[..., after] = np.reshape(rearranged(*first, *second), (2, cases, acts))
        if sides.complete:
            ends[:, :, after, after] = over(sides.unchanged[:, after], mass[:, after])
    return ends[0], ends[1]


def _total(sides: Sides, values: Array, side: int) -> float:
    """Sum over b and the acts of what `_values` gives, least (side -1) or greatest (+1) over what is free."""
    mass, possible = sides.before.sum(axis=2), sides.after[0]
    target = int(possible.any(axis=0).argmax())
    if not sides.turned:
        return float((mass * values[:, :, target]).sum())
    cases, first = len(mass), target - target % 2
    by_set = mass.reshape(cases, -1, 2)
    chance = over(by_set.sum(axis=1), mass.sum(axis=1, keepdims=True))[:, 1]
    chance_after = possible[:, first + 1]
    moved = values[:, :, first : first + 2].reshape(cases, -1, 2, 2)
    pairs = np.einsum("cs,csxy->cxy", by_set.sum(axis=2), moved)
    totals = []
    for both in (np.maximum(chance + chance_after - 1, 0.0), np.minimum(chance, chance_after)):
        shares = np.array([[1 - chance - chance_after + both, chance_after - both], [chance - both, both]])
        totals.append(np.einsum("xyc,cxy->c", shares, pairs))
    return float((np.maximum if side > 0 else np.minimum)(*totals).sum())
