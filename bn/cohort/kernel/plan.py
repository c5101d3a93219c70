"""What is to be answered: rows of one plan, what is known of them, and the contexts that they need; and how to answer.

Costs are in microseconds of one core, as measured: they decide between ways, so what matters is that they keep their
order where one way overtakes another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf, prod
from typing import Protocol

from bn.cohort.kernel.context import Context, Group
from bn.cohort.kernel.contraction import CACHE_BYTES
from bn.cohort.kernel.likelihoods import is_stratified, weighed_jointly
from bn.cohort.kernel.query import Answers, Posteriors
from bn.core.evidence import Findings, Indices
from cpds.knowledge import Knowledge

INNER_CELLS, TILE_BYTES = 1 << 8, 1 << 27


@dataclass(frozen=True)
class Plan:
    """Some rows, what is known of them, the variables measured in them, and their contexts.

    `jointly` are the measured variables by those of which readings tell jointly, stratified ones first.
    """

    knowledge: Knowledge
    rows: Indices
    findings: Findings
    jointly: tuple[tuple[str, ...], ...]
    context: Context
    groups: list[Group]

    @classmethod
    def of(cls, knowledge: Knowledge, findings: Findings, rows: Indices, measured: tuple[str, ...]) -> Plan:
        """For some of the rows of `findings`."""
        chosen = findings.take(rows) if len(rows) < findings.rows else findings
        context = Context.of(knowledge, chosen)
        jointly = weighed_jointly(knowledge, chosen, measured)
        ordered = tuple(sorted(jointly, key=lambda names: not is_stratified(knowledge, chosen, names)))
        return cls(knowledge, rows, chosen, ordered, context, context.groups(chosen))

    @cached_property
    def measured(self) -> tuple[str, ...]:
        """The measured variables, in the order of `jointly`."""
        return tuple(name for names in self.jointly for name in names)

    @cached_property
    def states(self) -> int:
        """Number of joint states of the measured variables."""
        return prod(len(self.knowledge.variables[name].states) for name in self.measured)

    @cached_property
    def cells(self) -> set[tuple[int, ...]]:
        """Sets of states of the context variables that some row needs."""
        return {sets for group in self.groups for sets, _ in group.alternatives}

    def outer(self, query: Posteriors) -> tuple[str, ...]:
        """The context variables that a contraction fixes: all where the rows need few contexts.

        Keeping one as an axis shares work between its states, until the joint of all cells grows too large. A tile of
        several states is added up from tiles of one: where these cannot all be kept, every variable is fixed. So is
        what the query reaches, as the twin network of many of its states at once is larger than those of each.
        """
        names, sets = self.context.names, self.context.sets
        bytes_per_cell = query.bytes_per_cell(self.measured)
        whole = prod(sets[name].states for name in names) * bytes_per_cell
        if len(self.cells) <= query.few_cells or whole > CACHE_BYTES:
            return names
        inner: list[str] = []
        for name in sorted(names, key=lambda name: len(sets[name].members)):
            cells = prod(len(sets[other].members) for other in (*inner, name))
            if name not in query.reached and cells <= INNER_CELLS and cells * bytes_per_cell <= TILE_BYTES:
                inner.append(name)
        return tuple(name for name in names if name not in inner)

    def tiles(self, outer: tuple[str, ...]) -> tuple[int, int]:
        """Number of tiles that fix these context variables, and of cells in each."""
        names = self.context.names
        places = [names.index(name) for name in outer]
        tiles = len({tuple(cell[place] for place in places) for cell in self.cells})
        return tiles, prod(self.context.sets[name].states for name in names if name not in outer)

    @cached_property
    def entries(self) -> int:
        """Rows, each as often as it has alternatives of its context."""
        return sum(len(group.rows) * len(group.alternatives) for group in self.groups)


class Strategy(Protocol):
    """A way to answer the rows of a plan; several threads may use it at once."""

    def cost(self, plan: Plan, limit: float = inf) -> float:
        """Microseconds of one core; infinite where the strategy cannot serve.

        Beyond the limit any number will do that is beyond it too.
        """

    def answer(self, plan: Plan, answers: Answers) -> None:
        """Write the answers of the plan's rows."""
