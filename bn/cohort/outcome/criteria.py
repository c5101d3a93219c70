"""One criterion as people type it: `homa_ir>2.5`, `grip_strength<27 kg`, `diagnosed_diabetes=yes`, `age=80+`.

A criterion is a finding: a reading beyond a cut, an answer to a yes / no marker, a level, or states of a variable. So
its probability in a person is that of the finding, and what a table says of it is yes, no, or nothing that decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bn.core.errors import QuestionError
from bn.core.evidence import Distinct, Findings, Statements
from bn.core.heading import Heading
from bn.core.names import Names
from cpds.knowledge import Knowledge
from cpds.measurement import Readings
from cpds.products import product_ends
from cpds.records import Declared, Referred, Threshold
from cpds.table import Array
from cpds.text import quotable
from cpds.units import EXACT, ReadingError, in_words

EXAMPLES = "such as 'homa_ir>2.5', 'diagnosed_diabetes=yes' or 'sarcopenia=present'"
_PLAIN = {"≥": ">=", "≤": "<=", "=>": ">=", "=<": "<=", "==": "="}
_OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
_FORM = re.compile(r"([^<>=≥≤]+)(>=|=>|<=|=<|==|≥|≤|>|<|=)([^<>=≥≤]+)")
_UNITLESS = ("", "1")
ABSENT = ("no reading", "no answer", "not stated")
"""How the reason ends where nothing was said of a criterion."""
YES = 1.0
"""Code of a yes to a declared marker, whose no is 0."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Criterion:
    """`text` is what was asked, in canonical words; `about` the marker or variable, `variable` the latter's id."""

    text: str
    about: str
    variable: str

    def met(self, knowledge: Knowledge, findings: Findings) -> tuple[Array, dict[str, Mask]]:
        """1 where the criterion is met, 0 where not, NaN where nothing decides, axis (row); and the reasons for NaN.

        `findings` are those of the table, unsettled. Reasons are disjoint masks, axis (row).
        """
        raise NotImplementedError

    def added_to(self, findings: Findings) -> Findings:
        """The findings of every row and, beside them, that the criterion is met; they must not speak of it."""
        raise NotImplementedError

    @property
    def opposite(self) -> Criterion:
        """That the criterion is not met, as a criterion. Raises QuestionError where no finding says that."""
        raise QuestionError(f"{self.text}: its opposite is no finding")

    def sources(self, knowledge: Knowledge) -> tuple[tuple[str, ...], ...]:
        """Ways to observe it, each as the findings that it takes together."""
        return ((self.about,),)


@dataclass(frozen=True)
class Beyond(Criterion):
    """A reading of a marker beyond `cut` (canonical unit) on one `side` (1 above, -1 below), or at it if inclusive."""

    cut: float
    side: int
    inclusive: bool

    def met(self, knowledge: Knowledge, findings: Findings) -> tuple[Array, dict[str, Mask]]:
        """By the reading itself, else by what its factors make of it."""
        decided, void = np.full(findings.rows, np.nan), np.zeros(findings.rows, dtype=bool)
        some = np.zeros(findings.rows, dtype=bool)
        reading = findings.readings.get(self.about)
        if reading is not None:
            some |= reading.measured
            decided = self._decide(reading)
        if product := self._product(knowledge, findings):
            some |= product.measured
            decided = np.where(np.isnan(decided), self._decide(product), decided)
        for cause in knowledge.biomarkers[self.about].voided_by:
            if cause in findings.readings:
                void |= findings.readings[cause].values == 1
        open_limit = some & ~void & np.isnan(decided)
        why = {
            f"{self.about}: void by {' or '.join(knowledge.biomarkers[self.about].voided_by)}": void,
            f"{self.about}: a limit that leaves it open": open_limit,
            f"{self.about}: no reading": ~some & ~void,
        }
        return np.where(void, np.nan, decided), why

    def _decide(self, reading: Readings) -> Array:
        """Signed so that the event lies above; a limit at the cut decides, since a reading lies beyond it."""
        values, cut = self.side * reading.values, self.side * self.cut
        side = self.side * reading.censored
        above = (values >= cut) if self.inclusive else (values > cut)
        result = np.where(side == EXACT, above, np.where(side > 0, values >= cut, ~(values <= cut))).astype(float)
        undecided = ((side > 0) & ~(values >= cut)) | ((side < 0) & ~(values <= cut))
        return np.where(reading.measured & ~undecided, result, np.nan)

    def _product(self, knowledge: Knowledge, findings: Findings) -> Readings | None:
        """The reading as its factors give it: a limit where one of them is a limit, NaN where one is missing."""
        marker = knowledge.biomarkers[self.about]
        factors = marker.product_of if isinstance(marker, Threshold) else ()
        if not factors or not all(name in findings.readings for name in factors):
            return None
        low, high = product_ends(marker, [findings.readings[name] for name in factors])  # type: ignore[arg-type]
        measured = np.all([findings.readings[name].measured for name in factors], axis=0)
        value = np.where(np.isinf(high), low, high)
        open_ended = (low == 0) & np.isinf(high)
        censored = np.where(low == high, 0, np.where(np.isinf(high), 1, -1)).astype(np.int8)
        return Readings(np.where(measured & ~open_ended, value, np.nan), censored)

    def added_to(self, findings: Findings) -> Findings:
        """A limit beside the other readings."""
        return _with_reading(findings, self.about, self.cut, self.side)

    @property
    def opposite(self) -> Criterion:
        """A reading on the other side of the cut."""
        about, relation, cut = self.text.split(" ", 2)
        text = f"{about} {_OPPOSITE[relation]} {cut}"
        return replace(self, text=text, side=-self.side, inclusive=not self.inclusive)

    def sources(self, knowledge: Knowledge) -> tuple[tuple[str, ...], ...]:
        """The marker, or all of its factors."""
        marker = knowledge.biomarkers[self.about]
        factors = marker.product_of if isinstance(marker, Threshold) else ()
        return ((self.about,), factors) if factors else ((self.about,),)


@dataclass(frozen=True)
class Answered(Criterion):
    """An answer to a yes / no marker, or a level of an ordinal one, by its `code`; `other` is that of yes and no."""

    code: float
    other: float | None = None

    def met(self, knowledge: Knowledge, findings: Findings) -> tuple[Array, dict[str, Mask]]:
        """By the answer; without one, by a yes to a marker that implies it."""
        reading = findings.readings.get(self.about)
        values = reading.values if reading is not None else np.full(findings.rows, np.nan)
        for name, other in findings.readings.items():
            marker = knowledge.biomarkers[name]
            if isinstance(marker, Declared) and self.about in marker.implies:
                values = np.where(np.isnan(values) & (other.values == YES), YES, values)
        unknown = np.isnan(values)
        return np.where(unknown, np.nan, values == self.code), {f"{self.about}: no answer": unknown}

    def added_to(self, findings: Findings) -> Findings:
        """The answer beside the other readings."""
        return _with_reading(findings, self.about, self.code, EXACT)

    @property
    def opposite(self) -> Criterion:
        """The other answer, of yes and no."""
        if self.other is None:
            return super().opposite
        text = f"{self.about} = {'yes' if self.other == YES else 'no'}"
        return replace(self, text=text, code=self.other, other=self.code)


@dataclass(frozen=True)
class InStates(Criterion):
    """A variable in one of some states; `weights` are 1 for these and 0 for the others, axis (state)."""

    weights: tuple[float, ...]

    def met(self, knowledge: Knowledge, findings: Findings) -> tuple[Array, dict[str, Mask]]:
        """By what is stated, where that lies within the states or without; weights of states decide nothing."""
        said = findings.statements.get(self.about)
        if said is None:
            return np.full(findings.rows, np.nan), {f"{self.about}: not stated": np.ones(findings.rows, dtype=bool)}
        inside = np.array(self.weights) > 0
        possible = said.weights > 0
        silent = said.silent
        met = np.where(~possible[~inside].any(axis=0), 1.0, np.where(~possible[inside].any(axis=0), 0.0, np.nan))
        decided = np.where(silent, np.nan, met[said.codes])
        open_states = np.isnan(decided) & ~silent
        return decided, {f"{self.about}: states that leave it open": open_states, f"{self.about}: not stated": silent}

    def added_to(self, findings: Findings) -> Findings:
        """A statement beside the others."""
        weights = np.column_stack([self.weights, np.ones(len(self.weights))])
        stated = Statements(weights, np.zeros(findings.rows, dtype=np.int64))
        return Findings(
            findings.rows, {**findings.statements, self.about: stated}, findings.readings, findings.distinct
        )


def _with_reading(findings: Findings, marker: str, value: float, censored: int) -> Findings:
    """The same reading in every row."""
    both = Readings(np.array([value, np.nan]), np.array([censored, EXACT], dtype=np.int8))
    same = Distinct(both, np.zeros(findings.rows, dtype=np.int64))
    readings: Mapping[str, Readings] = {**findings.readings, marker: both.take(same.codes)}
    return Findings(findings.rows, findings.statements, readings, {**findings.distinct, marker: same})


def read_criterion(names: Names, text: str) -> Criterion:
    """A criterion as it is typed; names may carry a unit (`glucose [mmol/L]`), and so may values (`5.6 mmol/L`).

    Raises QuestionError for what cannot be read, is not known, or has no probability under the network.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise QuestionError(f"outcome '{quotable(text)}': expected a name, one of > >= < <= =, and a value, {EXAMPLES}")
    name, value = match[1].strip(), match[3].strip()
    relation = _PLAIN.get(match[2], match[2])
    heading = Heading.known(names, name)
    try:
        return _equals(heading, value) if relation == "=" else _beyond(heading, relation, value)
    except ReadingError as error:
        raise QuestionError(f"outcome '{quotable(text)}': {error}") from None


def _beyond(heading: Heading, relation: str, value: str) -> Criterion:
    marker = heading.marker
    if not isinstance(marker, Referred):
        states = ", ".join(heading.variable.states)
        way = f"name states of {heading.variable.id} with = ({states})" if heading.says_state else "ask for it with ="
        raise QuestionError(f"outcome '{heading.id}{relation}{quotable(value)}': {heading.id} has no density; {way}")
    cut, censored = heading.reading(value)
    if censored != EXACT:
        raise QuestionError(f"outcome: found '{quotable(value)}', expected a plain number as the cut")
    unit = "" if marker.unit in _UNITLESS else f" {in_words(marker.unit)}"
    text = f"{marker.id} {relation} {cut:.6g}{unit}"
    return Beyond(text, marker.id, marker.variable, cut, 1 if relation[0] == ">" else -1, relation.endswith("="))


def _equals(heading: Heading, value: str) -> Criterion:
    variable = heading.variable.id
    if heading.says_state:
        weights = heading.weights(value)
        inside = [state for state, weight in zip(heading.variable.states, weights, strict=True) if weight]
        if not all(weight in (0, 1) for weight in weights) or len(inside) == len(weights):
            whole = "takes whole states, and not all of them"
            raise QuestionError(f"outcome '{heading.id}={quotable(value)}': {whole}; name some of {_states(heading)}")
        return InStates(f"{variable} = {' or '.join(inside)}", variable, variable, tuple(map(float, weights)))
    if isinstance(heading.marker, Referred):
        raise QuestionError(f"outcome '{heading.id}={quotable(value)}': a reading needs > >= < or <=, {EXAMPLES}")
    code, _ = heading.reading(value)
    other = YES - code if isinstance(heading.marker, Declared) else None
    return Answered(f"{heading.id} = {value}", heading.id, variable, code, other)


def _states(heading: Heading) -> str:
    return ", ".join(heading.variable.states)
