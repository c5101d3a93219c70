"""What became of a claim when it was put to the network, and which signs could have come out otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cpds.knowledge import Knowledge
from cpds.records import Intervention

Kind = Literal["intervene", "age", "observe", "associate", "apply", "figure", "define", "none"]
Outcome = Literal[
    "fitted", "by construction", "holds", "quantitative", "associational", "lagged", "disagrees", "not executable"
]
NEED_NOT_HAVE: tuple[Outcome, ...] = ("holds", "quantitative", "associational")
"""Outcomes that agree with the claim and could have come out otherwise."""


@dataclass(frozen=True)
class Verdict:
    """One test of one claim; a claim that several things encode has several.

    `kind`: the variable of the subject is set (`intervene`), age is moved (`age`), a reading is given
    (`observe`), one conditions (`associate`), an intervention acts (`apply`), a number is held against
    a printed one (`figure`), or both ends are the same variable (`define`).

    `outcome`: `fitted` where the claim's figure is a target that the synthesis fits, or a bend that was put
    where the claim says, `by construction` where the asserted signs leave no other result, `holds` where the
    result could have been another, `quantitative` where a number falls into its interval,
    `associational` where an association (not an effect) has the claimed sign, `lagged` where only an
    arc onto a later time slice could show it, else `disagrees`, or `not executable` where the network has
    nothing to hold the claim against.

    `value` is the measured change, mostly a difference of probabilities of the object's event,
    positive where things get worse, None where nothing is measured; `expected` is the sign (+1, -1, 0) that the claim
    wants of it.
    """

    claim: str
    status: str
    kind: Kind
    outcome: Outcome
    question: str = ""
    value: float | None = None
    expected: int | None = None
    reason: str = ""
    pointer: str = ""


Arcs = Mapping[tuple[str, str], str]


def arc_signs(knowledge: Knowledge) -> dict[tuple[str, str], str]:
    """(parent, child) -> asserted sign, "?" where none is asserted and the data decide."""
    variables = knowledge.variables.values()
    return {(parent.id, child.id): parent.sign or "?" for child in variables for parent in child.parents}


def times(one: str, other: str) -> str:
    """Sign of a product.

    >>> times("+", "-"), times("-", "-"), times("?", "+")
    ('-', '+', '?')
    """
    if "?" in (one, other):
        return "?"
    return "+" if one == other else "-"


@dataclass(frozen=True)
class Paths:
    """Directed paths of the static network with the signs asserted for their arcs."""

    arcs: Arcs

    def signs(self, source: str, target: str) -> frozenset[str]:
        """Signs of all directed paths; empty where there is none, {"+"} where no other result is possible.

        >>> sorted(Paths({("a", "b"): "+", ("b", "c"): "+", ("a", "c"): "-"}).signs("a", "c"))
        ['+', '-']
        """
        if source == target:
            return frozenset("+")
        children = [(child, sign) for (parent, child), sign in self.arcs.items() if parent == source]
        return frozenset(times(sign, rest) for child, sign in children for rest in self.signs(child, target))

    def on_path(self, source: str, target: str) -> frozenset[tuple[str, str]]:
        """Arcs that lie on some directed path."""
        found: set[tuple[str, str]] = set()
        for arc in self.arcs:
            before = arc[0] == source or self.signs(source, arc[0])
            if before and (arc[1] == target or self.signs(arc[1], target)):
                found.add(arc)
        return frozenset(found)

    def of_intervention(self, knowledge: Knowledge, intervention: Intervention, target: str) -> frozenset[str]:
        """Signs of what an intervention does to `target` along all paths from all its acts."""
        acts = act_signs(knowledge, intervention)
        return frozenset(times(sign, rest) for name, sign in acts.items() for rest in self.signs(name, target))


def act_signs(knowledge: Knowledge, intervention: Intervention) -> dict[str, str]:
    """Variable -> "+" where the act raises it to its last state, "-" to its first, "?" for a state between."""
    signs: dict[str, str] = {}
    for act in intervention.acts:
        states = knowledge.variables[act.variable].states
        if act.shift is not None:
            signs[act.variable] = "+" if knowledge.number(act.shift) > 0 else "-"
        else:
            signs[act.variable] = {states[-1]: "+", states[0]: "-"}.get(str(act.set), "?")
    return signs
