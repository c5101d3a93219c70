"""Several what-if questions in one table: interventions against each other, or one of them over ages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.answer import LEVEL, Answer, interval_of
from bn.core.errors import QuestionError, UnknownNameError
from bn.core.names import range_of
from bn.core.observe import observe
from bn.questions.what_if.change import Change, combine
from bn.questions.what_if.person import Asked, Person, after_each
from bn.questions.what_if.sample import draws_for, end_error
from bn.questions.what_if.treatments import read_treatments
from cpds.table import Array
from cpds.text import quotable
from cpds.units import in_words

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.answer import Note
    from bn.core.model import Model

SHOWN = 3


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


def rank(
    model: Model,
    observations: Mapping[str, Any],
    do: str | Iterable[str] | None = None,
    *,
    exact_interval: bool = False,
) -> Comparison:
    """See `bn.RiskModel.rank`."""
    person = Person.of(model, observations)
    treatments = read_treatments(model.names, list(model.knowledge.interventions) if do is None else do)
    changes = [combine(model.knowledge, [one]).beyond(person.certain) for one in treatments]
    asked = [(one.typed, one.title, person, change) for one, change in zip(treatments, changes, strict=True)]
    rows = _answered(asked, exact_interval)
    return Comparison("intervention", tuple(sorted(rows, key=lambda row: row.difference)), person.length - 1)


def sweep(
    model: Model,
    observations: Mapping[str, Any],
    do: str | Iterable[str],
    over: str,
    between: tuple[float, float] | None = None,
    *,
    exact_interval: bool = False,
) -> Comparison:
    """See `bn.RiskModel.sweep`."""
    if between is not None:
        between = _pair(between)
    if not isinstance(over, str):
        raise QuestionError(f"over: found {quotable(repr(over))}, expected the name of one variable")
    treatments = read_treatments(model.names, do)
    combined = combine(model.knowledge, treatments)
    found = model.names.find(over)
    if found is None:
        raise UnknownNameError("variable", over, model.knowledge.variables)
    states = _swept(model, found, between)
    observations = observe(model.names, observations)
    evidence = Person.of(model, observations).evidence
    if found in evidence.used or (found in evidence.known and evidence.known[found][0] >= 0):
        raise QuestionError(f"{found} is swept over; leave out of the findings what they say of it")
    asked = []
    for state, title in states:
        person = Person.of(model, {**observations, found: state})
        asked.append((state, title, person, combined.beyond(person.certain)))
    scale = model.knowledge.variables[found].scale
    unit = in_words(scale.unit) if scale else ""
    return Comparison(found, tuple(_answered(asked, exact_interval)), asked[0][2].length - 1, unit=unit)


def _pair(between: Any) -> tuple[float, float]:
    """Both ends of a range as numbers."""
    try:
        low, high = map(float, between)
    except (TypeError, ValueError):
        raise QuestionError(f"between: found {quotable(repr(between))}, expected two numbers: (20, 85)") from None
    return low, high


def _answered(asked: Sequence[tuple[str, str, Person, Change]], exact: bool) -> list[Row]:
    """A row for each question, each at its own draws."""
    outcome, named = asked[0][2].model.risk_of
    state = asked[0][2].states[outcome].index(named)
    several = []
    for _, _, person, change in asked:
        point = person.worlds(change)
        several.append(Asked(person, change, point, draws_for(point, person.length, exact)))
    risks = _before(several, outcome, state)
    moved = iter(after_each([one for one in several if outcome in one.point.reached], [outcome]))
    rows = []
    for (label, title, _, change), one, before in zip(asked, several, risks, strict=True):
        after = next(moved)[outcome][state] if outcome in one.point.reached else before
        rows.append(Row(label, title, before, after, tuple(note.text for note in change.notes)))
    return rows


def _before(several: Sequence[Asked], outcome: str, state: int) -> list[Array]:
    """Risk before the acts at each question's draws; a person who is asked often is looked at once.

    Fewer draws are a part of more (`some_draws`), so the longest list holds all of them.
    """
    longest: dict[int, Asked] = {}
    for one in several:
        kept = longest.setdefault(id(one.person), one)
        if len(one.chosen) > len(kept.chosen):
            longest[id(one.person)] = one
    risks = {key: one.person.before(one.chosen)[outcome][state] for key, one in longest.items()}
    return [risks[id(one.person)][np.searchsorted(longest[id(one.person)].chosen, one.chosen)] for one in several]


def _swept(model: Model, name: str, between: tuple[float, float] | None) -> list[tuple[str, str]]:
    """States to go through with a title each: all of a variable's, or those that meet a range of its scale."""
    if name not in model.knowledge.variables:
        of = model.knowledge.biomarkers[name].variable
        raise QuestionError(f"{name} is a marker; sweep over the variable that it measures, {of}")
    variable = model.knowledge.variables[name]
    if variable.scale is None:
        if between is not None:
            raise QuestionError(f"{name} has no numeric scale; sweep over all its states: {name}")
        return [(state, state) for state in variable.states]
    edges = variable.scale.edges
    low, high = between or (edges[0], edges[-1])
    if low >= high:
        raise QuestionError(f"{name}: found a range from {low:g} to {high:g}; expected the lower end first")
    chosen = [
        (state, range_of(variable.scale, index))
        for index, (state, start, end) in enumerate(zip(variable.states, edges, edges[1:], strict=False))
        if start < high and end > low
    ]
    if not chosen:
        first, last = variable.scale.accepted
        raise QuestionError(f"{name}: nothing between {low:g} and {high:g}; its scale is {first:g} to {last:g}")
    return chosen
