"""What every answer is: plain numbers, with notes on the findings; and the answer about one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from bn.core.errors import UnknownNameError
from cpds.records import states_named
from cpds.table import Array

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["conflict", "caution", "unused", "derived"]
KINDS: tuple[Kind, ...] = ("conflict", "caution", "unused", "derived")


@dataclass(frozen=True)
class Note:
    """What is worth knowing of some findings of one person.

    A `conflict`: findings that hardly go together. A `caution`: one that may not mean what it seems to. `unused`: one
    that has no part, or not its whole part, in the answer. `derived`: one that follows from others (body-mass index).
    `findings` are the names of what it is about.
    """

    kind: Kind
    findings: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Remark:
    """The same of many `rows`: `about` is what they have in common, `text_of` gives the words for one row."""

    kind: Kind
    findings: tuple[str, ...]
    about: str
    rows: NDArray[np.bool_]
    text_of: Callable[[int], str]

    @classmethod
    def same(cls, kind: Kind, findings: tuple[str, ...], about: str, rows: NDArray[np.bool_]) -> Remark:
        """In the same words for every row."""
        return cls(kind, findings, about, rows, lambda _: about)

    def note(self, row: int) -> Note:
        """What it says of one row."""
        return Note(self.kind, self.findings, self.text_of(row))


SIGN = {-1: "<", 0: "", 1: ">"}


Renderer = Callable[..., Any]
_RENDERERS: dict[str, Renderer] = {}


def render_with(*, picture: Renderer, html: Renderer, document: Callable[[Any, Path, bool], None]) -> None:
    """Say who draws answers, lays them out for notebooks, and writes files; all find out by the kind of the answer."""
    _RENDERERS.update(picture=picture, html=html, document=document)


class Answer:
    """An answer to a question. It knows no picture and no page."""

    def plot(self) -> Any:
        """The answer as a picture (extra `plot`); a TypeError where answers of its kind are not drawn."""
        return _RENDERERS["picture"](self)

    def save(self, path: Path | str, overwrite: bool = False) -> Path:
        """Write the answer as a report, by the suffix of the path; a TypeError where answers of its kind have none.

        Raises QuestionError for a suffix that no report has, and for a file that exists unless `overwrite` is set.
        """
        _RENDERERS["document"](self, Path(path), overwrite)
        return Path(path)

    def _repr_html_(self) -> str:
        return str(_RENDERERS["html"](self))


@dataclass(frozen=True)
class Line:
    """What is shown of a variable: the sum over some of its `states` (indices), and its name; `part` of an event."""

    name: str
    states: tuple[int, ...]

    part: bool = False

    def of(self, values: Array) -> Array:
        """The sum over the states, which are the first axis."""
        return np.asarray(values[list(self.states)].sum(axis=0))

    @property
    def indented(self) -> str:
        """The name, set in below that of the whole for a part of it."""
        return f"  {self.name}" if self.part else self.name


def event_words(states: Sequence[str], event: Sequence[str], plain: str) -> str:
    """An event in words, empty where it goes without saying: all states but the first of several, or that named plain.

    >>> event_words(("normal", "slow", "none"), ("none",), "present"), event_words(("no", "yes"), ("yes",), "yes")
    ('none', '')
    """
    if tuple(event) == (plain,) or (len(event) > 1 and len(event) == len(states) - 1):
        return ""
    return " or ".join(event).replace("_", " ")


def lines(title: str, states: Sequence[str], event: Sequence[str], plain: str) -> list[Line]:
    """A variable's event, in words beside the title where that does not say it, and each higher grade in it.

    >>> lines("Dysglycemia", ("normal", "impaired", "diabetes"), ("impaired", "diabetes"), "present")
    [Line(name='Dysglycemia', states=(1, 2), part=False), Line(name='of it diabetes', states=(2,), part=True)]
    >>> lines("Gait", ("normal", "slow", "none"), ("none",), "present")
    [Line(name='Gait (none)', states=(2,), part=False)]
    """
    words = event_words(states, event, plain)
    whole = Line(f"{title} ({words})" if words else title, tuple(states.index(state) for state in event))
    return [whole, *(Line(f"of it {states[at].replace('_', ' ')}", (at,), part=True) for at in whole.states[1:])]


class OfVariables(Answer):
    """An answer that holds probabilities of the states of variables; `events` says what their titles stand for."""

    states: Mapping[str, tuple[str, ...]]
    risk_of: tuple[str, str]
    titles: Mapping[str, str]
    events: Mapping[str, tuple[str, ...]]

    def event(self, variable: str) -> tuple[str, ...]:
        """States that the variable's title stands for."""
        if self._known(variable) == self.risk_of[0]:
            return (self.risk_of[1],)
        return self.events.get(variable) or self.states[variable][-1:]

    def lines(self, variable: str) -> list[Line]:
        """What is shown of a variable: its event, and the higher grades in it."""
        title = self.titles.get(variable, variable.replace("_", " "))
        return lines(title, self.states[self._known(variable)], self.event(variable), self.risk_of[1])

    def _known(self, variable: str) -> str:
        if variable not in self.states:
            raise UnknownNameError("variable", str(variable), self.states)
        return variable


LEVEL = 0.9


@dataclass(frozen=True)
class ByDefinition:
    """The probability of an event by another definition of it than the network's own, which gives `own`.

    `title` is that of the definition `id`, `event` the states of `variable` that stand for it in the network. The
    central `interval` of `LEVEL` is None where the variable was stated. `way` says how the answer was found.
    """

    id: str
    title: str
    variable: str
    event: tuple[str, ...]
    probability: float
    interval: tuple[float, float] | None
    own: float
    way: str


@dataclass(frozen=True)
class Posterior(OfVariables):
    """What is believed of one person after the findings.

    `posteriors[variable]` has axes (state, point and draws): the first entry is the answer at the
    posterior mean of the parameters, the others carry the interval. `priors[variable]`, axes (state, 1),
    knows age, sex and context only. `log_evidence` is the natural log of the probability of the findings,
    densities in canonical units. Each marker's integrates to one in each state and stratum.
    Members of a correlated panel together do so only where the first state holds: what discounts their ratio leaves
    less in the other. `outcomes_measured` lists outcomes that were themselves observed, `scored` the variables that an
    answer is about, `titles` what variables and markers are called. `notes` say which findings are at odds, want care,
    or were not used. `events` names the states that a variable's title stands for, its last one where none are named.
    `definitions` are the answers by other definitions that were asked for.
    """

    states: Mapping[str, tuple[str, ...]]
    posteriors: Mapping[str, Array]
    priors: Mapping[str, Array]
    log_evidence: float
    risk_of: tuple[str, str]
    outcomes_measured: tuple[str, ...] = ()
    scored: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    definitions: tuple[ByDefinition, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """Variables that the answer is about: `scored`, or all where none is named."""
        return self.scored or tuple(self.states)

    @property
    def risk(self) -> float:
        """Probability that the outcome is present now."""
        return float(self._draws(self.risk_of[0])[0])

    def interval(
        self, variable: str | None = None, state: str | None = None, level: float = LEVEL
    ) -> tuple[float, float]:
        """Central credible interval over the draws, of the risk unless a variable is named.

        `state` may be one with a plus (`impaired+`: it or a higher one) and defaults to the variable's event.
        Conditional on the structure of the network.
        """
        low, high = interval_of(self._draws(variable or self.risk_of[0], state)[1:], level)
        return float(low), float(high)

    def probability(self, variable: str, state: str | None = None) -> float:
        """Probability of a state, or with a plus (`impaired+`) of it or a higher one; of the event if none is named."""
        return float(self._draws(variable, state)[0])

    def prior(self, variable: str, state: str | None = None) -> float:
        """The same from who the person is alone: age, sex and context."""
        return float(self._of(self.priors, variable, state)[0])

    def __getitem__(self, variable: str) -> dict[str, float]:
        values = self.posteriors[self._known(variable)][:, 0]
        return {state: float(value) for state, value in zip(self.states[variable], values, strict=True)}

    def to_frame(self, level: float = LEVEL) -> pd.DataFrame:
        """One row a state: variable, state, prior, posterior, low, high."""
        import pandas as pd

        rows = []
        for name, states in self.states.items():
            for index, state in enumerate(states):
                low, high = interval_of(self.posteriors[name][index, 1:], level)
                rows.append((name, state, self.priors[name][index, 0], self.posteriors[name][index, 0], low, high))
        return pd.DataFrame(rows, columns=["variable", "state", "prior", "posterior", "low", "high"])

    def to_dict(self, level: float = LEVEL) -> dict[str, Any]:
        """The answer as plain numbers and text, for JSON."""
        by_definition = {"definitions": [asdict(one) for one in self.definitions]} if self.definitions else {}
        return {
            "risk": self.risk,
            "interval": list(self.interval(level=level)),
            "level": level,
            **by_definition,
            "log_evidence": self.log_evidence,
            "outcomes_measured": list(self.outcomes_measured),
            "notes": [asdict(note) for note in self.notes],
            "posterior": self.to_frame(level).to_dict(orient="records"),
        }

    def _draws(self, variable: str, state: str | None = None) -> Array:
        """Probability of a state, of the event if none is named, axis (point and draws)."""
        return self._of(self.posteriors, variable, state)

    def _of(self, beliefs: Mapping[str, Array], variable: str, state: str | None) -> Array:
        states = self.states[self._known(variable)]
        wanted = self.event(variable) if state is None else states_named(states, state)
        if not wanted:
            raise UnknownNameError(f"state of {variable}", str(state), states)
        return np.asarray(beliefs[variable][[states.index(each) for each in wanted]].sum(axis=0))

    def __repr__(self) -> str:
        low, high = self.interval()
        variable, state = self.risk_of
        return f"<Posterior: P({variable} = {state}) = {self.risk:.3f}, 90 % interval {low:.3f} to {high:.3f}>"


def interval_of(draws: Array, level: float) -> tuple[Array, Array]:
    """Central interval over the last axis: quantiles interpolated between neighbors in order.

    >>> low, high = interval_of(np.linspace(0, 1, 101), 0.9)
    >>> round(float(low), 12), round(float(high), 12)
    (0.05, 0.95)
    """
    if not 0 < level < 1:
        raise ValueError(f"level: found {level}, expected a number between 0 and 1, such as 0.9")
    ordered = np.sort(draws, axis=-1)
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        place, share = divmod(tail * (ordered.shape[-1] - 1), 1)
        below, above = ordered[..., int(place)], ordered[..., min(int(place) + 1, ordered.shape[-1] - 1)]
        ends.append(below + (above - below) * share)
    return ends[0], ends[1]
