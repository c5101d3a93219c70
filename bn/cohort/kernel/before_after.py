"""The query of a what-if: the risk before and after a change, given what was found before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import ClassVar, Self

import numpy as np

from bn.cohort.kernel.query import Costs, Factors, Posteriors
from bn.core.model import Network, links_of
from bn.counterfactual.treatments import Change
from bn.counterfactual.worlds import Worlds, reach
from bn.engine import path_of
from bn.engine.pairs import Path
from cpds.table import Array


@dataclass(frozen=True, kw_only=True)
class BeforeAfter(Posteriors):
    """P(state) of the one variable in `columns`, before the change and after it: two columns.

    The change must be for the same parameter vectors. Context and findings are those before it, so what it reaches is
    contracted in the twin network: see `bn.questions.what_if`.
    """

    change: Change
    costs: ClassVar[Costs] = Costs(tile=6000.0, cell=30.0, state=1.2, weight=0.0001)
    few_cells: ClassVar[int] = 8

    @property
    def width(self) -> int:
        """Before and after."""
        return 2

    @cached_property
    def reached(self) -> frozenset[str]:
        """What the change reaches: its noise may be learned about from findings."""
        return reach(self.knowledge, self.change.acted)

    def some(self, start: int, count: int) -> Self:
        """The same at some of the draws."""
        chosen = np.array(self.change.chosen[start : start + count])
        return replace(super().some(start, count), change=self.change.at(chosen, self.change.length))

    def size(self, names: Sequence[str]) -> int:
        """Variables within reach have pairs of states before and after; a change that goes one way leaves half."""
        sizes = {name: len(self.knowledge.variables[name].states) for name in names}
        return prod(size * (size + 1) // 2 if name in self.reached else size for name, size in sizes.items())

    def joint(self, factors: Factors, keep: tuple[str, ...]) -> Array:
        """Axes (*keep, before / after / plain, batch); what is kept is in its state before."""
        before = super().joint(factors, keep)
        ((name, state),) = self.columns
        if name in self.reached:
            risk = self._worlds(factors).joint(keep, name, factors.pairwise)[..., [state], :]
        else:
            risk = before[..., :1, :]
        batch = np.broadcast_shapes(before.shape[-1:], risk.shape[-1:])
        parts = (before[..., :1, :], risk, before[..., 1:, :])
        return np.concatenate([np.broadcast_to(part, (*part.shape[:-1], *batch)) for part in parts], axis=-2)

    def paths(self, factors: Factors) -> list[Path]:
        """Before and after."""
        ((name, _),) = self.columns
        tables = self._worlds(factors).tables(()) if name in self.reached else None
        return [*super().paths(factors), *([path_of(tables, keep=(name,))] if tables else [])]

    def _worlds(self, factors: Factors) -> Worlds:
        after = self.change.on(Network(self.states, factors.cpds, links_of(self.knowledge))).tables
        return Worlds(factors.cpds, after, tuple(factors.likelihoods), self.change.acted)
