"""What a mediation analysis found, as records and as one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.answer import LEVEL, Answer, interval_of
from cpds.table import Array

if TYPE_CHECKING:
    import pandas as pd


EFFECTS = ("alone", "last", "share", "passing")


@dataclass(frozen=True)
class Effect:
    """A probability, or a change of one, at the point, with its 90 % interval over the draws."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, draws: Array) -> Effect:
        """From one number a draw, the point first."""
        low, high = interval_of(draws[1:], LEVEL)
        return cls(float(draws[0]), float(low), float(high))


@dataclass(frozen=True)
class Route:
    """Effect of the change by one route: a variable that sees it, or all that have one role.

    `alone`: the route sees the change, the others do not. `last`: what is lost when all but the route see
    it. `share`: what the route adds to the total, averaged over all orders; shares add up to the total.
    `passing`: what passes the variable, by whatever route it came; this does not add up. None where there
    is no such effect: a variable that does not see the root has nothing but what passes it.
    """

    name: str
    role: str
    alone: Effect | None = None
    last: Effect | None = None
    share: Effect | None = None
    passing: Effect | None = None


@dataclass(frozen=True)
class Split:
    """P(outcome = state) before and after the change, and by what routes it moves; `impaired+`: that state or higher.

    `groups` join the variables of one role, the outcome's own arc being `direct`: `direct` alone is the
    natural direct effect, what is left of the total when it is taken off the natural indirect one.
    """

    outcome: str
    state: str
    before: Effect
    after: Effect
    total: Effect
    groups: tuple[Route, ...]
    variables: tuple[Route, ...]


@dataclass(frozen=True)
class Mediation(Answer):
    """The change of the root (`before`, `after`: states it moves from and to), split for each outcome."""

    root: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    splits: tuple[Split, ...]
    titles: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, outcome: str) -> Split:
        return next(split for split in self.splits if split.outcome == outcome)

    def to_frame(self) -> pd.DataFrame:
        """One row a route of an outcome: kind, name, role, each effect with low and high (NaN: there is none)."""
        import pandas as pd

        return pd.DataFrame([row for split in self.splits for row in _rows(split)])

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        found = asdict(self)
        del found["titles"]
        return found

    def __repr__(self) -> str:
        totals = ", ".join(f"{split.outcome} {split.total.value:+.3f}" for split in self.splits)
        return f"<Mediation: {self.root} from {span(self.before)} to {span(self.after)}: {totals}>"


def span(states: tuple[str, ...]) -> str:
    """A run of states in words.

    >>> span(("a", "b", "c")), span(("a",))
    ('a ... c', 'a')
    """
    return states[0] if len(states) == 1 else f"{states[0]} ... {states[-1]}"


def _rows(split: Split) -> Iterator[dict[str, Any]]:
    total = Route("total", "", split.total, split.total, split.total)
    for kind, routes in (("total", (total,)), ("group", split.groups), ("variable", split.variables)):
        for route in routes:
            row: dict[str, Any] = {"outcome": split.outcome, "kind": kind, "name": route.name, "role": route.role}
            for name in EFFECTS:
                effect: Effect | None = getattr(route, name)
                row[name] = effect.value if effect else np.nan
                row[f"{name}_low"] = effect.low if effect else np.nan
                row[f"{name}_high"] = effect.high if effect else np.nan
            yield row
