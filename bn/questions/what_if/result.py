"""Answers to what-if questions: both worlds of one person and their difference, or several such in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.answer import LEVEL, Answer, Line, OfVariables, interval_of
from bn.counterfactual.person import end_error
from bn.counterfactual.treatments import Treatment
from bn.questions.what_if.pathways import Pathways
from cpds.table import Array

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.answer import Note

SHOWN = 3
NOTICEABLE = 0.0005
"""Least change of a probability that three decimals show."""


@dataclass(frozen=True)
class LineRow:
    """What is shown of a variable, before and after, and the interval of the difference."""

    line: Line
    before: float
    after: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True)
class WhatIf(OfVariables):
    """One person before and after the acts. The findings are what was seen before them.

    `states` and `titles` are those of every variable, in the network's order.
    `before[variable]` and `after[variable]` have axes (state, point and draws), the same draws in both; `draws`
    is the number of draws of the model, of which these may be some. `bounds` are the least and the greatest
    risk after the acts that any coupling of the two worlds allows at the point, equal where no finding lies
    within reach of the acts: graph surgery then answers, and `population` is true. `notes` are those on the findings,
    and on acts that do nothing. `events` names the states that a variable's title stands for, its last one where none
    are named.
    """

    treatments: tuple[Treatment, ...]
    states: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, str]
    before: Mapping[str, Array]
    after: Mapping[str, Array]
    risk_of: tuple[str, str]
    draws: int
    population: bool
    bounds: tuple[float, float]
    pathways: Pathways
    notes: tuple[Note, ...]
    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def risk_before(self) -> float:
        """Risk given the findings."""
        return float(self._risk(self.before)[0])

    @property
    def risk_after(self) -> float:
        """Risk of the same person after the acts."""
        return float(self._risk(self.after)[0])

    @property
    def difference(self) -> float:
        """Risk after less risk before."""
        return self.risk_after - self.risk_before

    @property
    def drawn(self) -> int:
        """Number of draws that carry the intervals."""
        return len(self._risk(self.before)) - 1

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Central credible interval of the difference of the risks, conditional on the network's structure."""
        low, high = interval_of(self._differences()[1:], level)
        return float(low), float(high)

    def interval_error(self, level: float = LEVEL) -> float:
        """Standard error of the interval's ends for want of the draws left out; 0 where all are in."""
        return end_error(self._differences()[1:], self.draws, level)

    @property
    def changed(self) -> frozenset[str]:
        """Variables within reach of what is done."""
        return frozenset(name for name in self.states if self.after[name] is not self.before[name])

    @property
    def claims(self) -> dict[str, tuple[str, ...]]:
        """Claims of the review behind each intervention, by what was typed."""
        return {one.typed: one.intervention.claims for one in self.treatments if one.intervention}

    def __getitem__(self, variable: str) -> dict[str, tuple[float, float]]:
        """Probability of each state before and after."""
        self._known(variable)
        pairs = zip(self.before[variable][:, 0], self.after[variable][:, 0], strict=True)
        return {state: (float(old), float(new)) for state, (old, new) in zip(self.states[variable], pairs, strict=True)}

    def to_frame(self, level: float = LEVEL) -> pd.DataFrame:
        """One row a state: variable, state, before, after, difference, low, high (of the difference)."""
        import pandas as pd

        columns = ["variable", "state", "before", "after", "difference", "low", "high"]
        return pd.DataFrame(self.rows(level), columns=columns)

    def to_dict(self, level: float = LEVEL) -> dict[str, Any]:
        """Everything as plain numbers and text, for JSON."""
        keys = ("variable", "state", "before", "after", "difference", "low", "high")
        return {
            "do": [one.typed for one in self.treatments],
            "before": self.risk_before,
            "after": self.risk_after,
            "difference": self.difference,
            "interval": list(self.interval(level)),
            "level": level,
            "interval_draws": [self.drawn, self.draws],
            "interval_error": self.interval_error(level),
            "question": "population" if self.population else "individual",
            "bounds_after": list(self.bounds),
            "variables": [dict(zip(keys, row, strict=True)) for row in self.rows(level)],
            "through": dict(self.pathways.through),
            "arrives": dict(self.pathways.arrives),
            "claims": {name: list(ids) for name, ids in self.claims.items()},
            "notes": [asdict(note) for note in self.notes],
        }

    def rows(self, level: float = LEVEL) -> list[tuple[str, str, float, float, float, float, float]]:
        """Variable, state, before, after, difference, low, high, for every state."""
        rows = []
        for name, states in self.states.items():
            low, high = interval_of((self.after[name] - self.before[name])[:, 1:], level)
            for index, state in enumerate(states):
                old, new = float(self.before[name][index, 0]), float(self.after[name][index, 0])
                rows.append((name, state, old, new, new - old, float(low[index]), float(high[index])))
        return rows

    def line_rows(self, variable: str, level: float = LEVEL) -> list[LineRow]:
        """What is shown of a variable, the event first, and then the higher grades in it."""
        return [self._row(variable, line, level) for line in self.lines(variable)]

    def state_rows(self, variable: str, level: float = LEVEL) -> list[LineRow]:
        """Every state of a variable."""
        title = self.titles.get(variable, variable)
        found = enumerate(self.states[self._known(variable)])
        return [self._row(variable, Line(f"{title} ({state})", (index,)), level) for index, state in found]

    def _row(self, variable: str, line: Line, level: float) -> LineRow:
        before, after = line.of(self.before[variable]), line.of(self.after[variable])
        low, high = interval_of((after - before)[1:], level)
        return LineRow(line, float(before[0]), float(after[0]), float(low), float(high))

    def _risk(self, world: Mapping[str, Array]) -> Array:
        variable, state = self.risk_of
        return np.asarray(world[variable][self.states[variable].index(state)])

    def _differences(self) -> Array:
        return self._risk(self.after) - self._risk(self.before)

    def __repr__(self) -> str:
        low, high = self.interval()
        variable, state = self.risk_of
        return (
            f"<WhatIf {' + '.join(one.typed for one in self.treatments)}: P({variable} = {state}) "
            f"{self.risk_before:.3f} -> {self.risk_after:.3f}, difference {self.difference:+.3f}, "
            f"90 % interval {low:+.3f} to {high:+.3f}>"
        )


@dataclass(frozen=True)
class Row:
    """Risk before and after, shape (point and draws,) each, and what goes by `label`.

    The draws are those of the question by itself: rows may have different numbers of them.
    """

    label: str
    title: str
    before: Array
    after: Array
    notes: tuple[str, ...] = ()

    @property
    def difference(self) -> float:
        """Risk after less risk before, at the point."""
        return float(self.after[0] - self.before[0])

    @property
    def drawn(self) -> int:
        """Number of draws that carry the interval."""
        return len(self.before) - 1

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Central credible interval of the difference."""
        low, high = interval_of((self.after - self.before)[1:], level)
        return float(low), float(high)


@dataclass(frozen=True)
class Comparison(Answer):
    """What-if answers side by side; `by` says what the rows are, `draws` how many draws the model has.

    `unit` is that of the ranges in the titles of rows, empty where these are none; `notes` are those on the findings.
    """

    by: str
    rows: tuple[Row, ...]
    draws: int
    titles: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def drawn(self) -> tuple[int, int]:
        """Least and greatest number of draws that carry the interval of a row."""
        numbers = [row.drawn for row in self.rows]
        return min(numbers), max(numbers)

    @property
    def drawn_in_words(self) -> str:
        """Such as "39 to 400 of 400 draws"."""
        least, most = self.drawn
        return f"{least} of {self.draws} draws" if least == most else f"{least} to {most} of {self.draws} draws"

    @property
    def shared_notes(self) -> tuple[str, ...]:
        """What is worth saying of every row alike, where there are several."""
        first, *others = (row.notes for row in self.rows)
        return tuple(text for text in first if others and all(text in notes for notes in others))

    def to_frame(self, level: float = LEVEL) -> pd.DataFrame:
        """What is compared, title, before, after, difference, its interval and what that rests on, notes.

        The interval is `low`, `high`, with `interval_error` from `interval_draws` draws.
        """
        import pandas as pd

        return pd.DataFrame(self.to_dict(level)["rows"])

    def to_dict(self, level: float = LEVEL) -> dict[str, Any]:
        """The table as plain numbers and text, for JSON; `interval_draws` are the fewest of a row, and all."""
        rows = []
        for row in self.rows:
            low, high = row.interval(level)
            error = end_error((row.after - row.before)[1:], self.draws, level)
            before, after = float(row.before[0]), float(row.after[0])
            rows.append(
                {self.by: row.label, "title": row.title, "before": before, "after": after}
                | {"difference": row.difference, "low": low, "high": high, "interval_error": error}
                | {"interval_draws": row.drawn, "notes": "; ".join(row.notes)}
            )
        notes = [asdict(note) for note in self.notes]
        return {"level": level, "interval_draws": [self.drawn[0], self.draws], "rows": rows, "notes": notes}

    def __repr__(self) -> str:
        first = ", ".join(f"{row.label} {row.difference:+.3f}" for row in self.rows[:SHOWN])
        return f"<Comparison of {len(self.rows)}, by {self.by}: {first}{', ...' if len(self.rows) > SHOWN else ''}>"
