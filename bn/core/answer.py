"""What every answer is: plain numbers, with notes on the findings; and the answer about one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from bn.core.errors import UnknownNameError
from cpds.measurement import Readings
from cpds.records import Biomarker, Declared, Ordinal, Quantity
from cpds.table import Array
from cpds.units import in_words

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


def with_stale(record: Mapping[str, Any], stale: str) -> dict[str, Any]:
    """An answer as JSON tells it, with what there is to be said of the model's posterior among its notes.

    Beside JSON nothing else is read.
    """
    told = [asdict(Note("caution", (), stale)), *record.get("notes", ())]
    return {**record, "notes": told} if stale else dict(record)


SIGN = {-1: "<", 0: "", 1: ">"}


def reading_text(marker: Biomarker, reading: Readings, row: int) -> str:
    """Name and reading of a marker in one row; the reading in the canonical unit, whatever unit was typed."""
    value = float(reading.values[row])
    if isinstance(marker, Ordinal):
        return f"{marker.id} {marker.levels[int(value)].id}"
    if isinstance(marker, Declared):
        return f"{marker.id} {'yes' if value == 1 else 'no'}"
    return f"{marker.id} {SIGN[int(reading.censored[row])]}{amount(marker, value)}"


def amount(marker: Biomarker, value: float) -> str:
    """A number with the marker's unit."""
    unit = in_words(marker.unit) if isinstance(marker, Quantity) else ""
    return f"{value:.4g}" + (unit if unit == "%" else f" {unit}" if unit else "")


Renderer = Callable[[Any], Any]
_RENDERERS: dict[str, Renderer] = {}


def render_with(*, picture: Renderer, html: Renderer) -> None:
    """Say who draws answers and who lays them out for notebooks; both find out by the kind of the answer."""
    _RENDERERS.update(picture=picture, html=html)


class Answer:
    """An answer to a question. It knows no picture and no page."""

    def plot(self) -> Any:
        """The answer as a picture (extra `plot`); a TypeError where answers of its kind are not drawn."""
        return _RENDERERS["picture"](self)

    def _repr_html_(self) -> str:
        return str(_RENDERERS["html"](self))


LEVEL = 0.9


@dataclass(frozen=True)
class Posterior(Answer):
    """What is believed of one person after the findings.

    `posteriors[variable]` has axes (state, point and draws): the first entry is the answer at the
    posterior mean of the parameters, the others carry the interval. `priors[variable]`, axes (state, 1),
    knows age, sex and context only. `log_evidence` is the natural log of the probability of the findings,
    densities in canonical units. Each marker's integrates to one in each state and stratum; so do criteria together.
    Members of a correlated panel together do so only where the first state holds: what discounts their ratio leaves
    less in the other. `outcomes_measured` lists outcomes that were themselves observed, `scored` the variables that an
    answer is about, `titles` what variables and markers are called. `notes` say which findings are at odds, want care,
    or were not used.
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

    @property
    def about(self) -> tuple[str, ...]:
        """Variables that the answer is about: `scored`, or all where none is named."""
        return self.scored or tuple(self.states)

    @property
    def risk(self) -> float:
        """Probability that the outcome is present now."""
        return float(self._draws(*self.risk_of)[0])

    def interval(
        self, variable: str | None = None, state: str | None = None, level: float = LEVEL
    ) -> tuple[float, float]:
        """Central credible interval over the draws, of the risk unless a variable is named.

        `state` defaults to the variable's last one. Conditional on the structure of the network.
        """
        name = variable or self.risk_of[0]
        draws = self._draws(
            name, state or (self.risk_of[1] if variable is None else self.states[self._known(name)][-1])
        )
        low, high = interval_of(draws[1:], level)
        return float(low), float(high)

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
        return {
            "risk": self.risk,
            "interval": list(self.interval(level=level)),
            "level": level,
            "log_evidence": self.log_evidence,
            "outcomes_measured": list(self.outcomes_measured),
            "notes": [asdict(note) for note in self.notes],
            "posterior": self.to_frame(level).to_dict(orient="records"),
        }

    def _draws(self, variable: str, state: str) -> Array:
        states = self.states[self._known(variable)]
        if state not in states:
            raise UnknownNameError(f"state of {variable}", state, states)
        draws: Array = self.posteriors[variable][states.index(state)]
        return draws

    def _known(self, variable: str) -> str:
        if variable not in self.states:
            raise UnknownNameError("variable", str(variable), self.states)
        return variable

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
