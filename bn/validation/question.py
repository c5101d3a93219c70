"""Outcome and probability of every row: the question that a validation puts to tables and files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bn.cohort.frames.questions import IMPOSSIBLE, ModelQuestion
from bn.cohort.outcome import Outcome
from bn.cohort.reading.columns import Columns
from bn.cohort.reading.question import ERROR
from bn.core.evidence import Findings
from bn.validation.groups import Bands
from cpds.records import Referred
from cpds.table import Array

EVENT, RISK = "validated outcome", "validated probability"


@dataclass
class Tally:
    """Rows by why they have no outcome or no probability, and, of the others, by the input that they hold.

    Blocks are counted side by side.
    """

    without: Counter[str] = field(default_factory=Counter)
    unpredicted: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class OutcomeQuestion(ModelQuestion):
    """Adds the outcome (1, 0, NaN), its probability, the band of each of `bands`, and each input.

    `inputs` are the findings that probabilities are computed from, by id; where one is given the input is 1, or with
    `numbers` what it says as a number, and NaN elsewhere.
    """

    outcome: Outcome
    inputs: tuple[str, ...]
    left_out: frozenset[str]
    bands: tuple[Bands, ...] = ()
    numbers: bool = False
    tally: Tally = field(default_factory=Tally)
    done: ClassVar[str] = "read"
    notes: ClassVar[Sequence[str]] = ()

    @property
    def added(self) -> list[str]:
        """Names of what is added; `error` comes last."""
        bands = [f"band of {one.variable}" for one in self.bands]
        held = [f"input {name}" for name in self.inputs]
        return [EVENT, RISK, *bands, *held, ERROR]

    def answer(self, columns: Columns, results: Array) -> None:
        """Outcome and probability of each row, NaN where there is none; findings that exclude others are a problem."""
        results[:] = np.nan
        observed = self.outcome.observed(columns.findings)
        known = ~np.isnan(observed.event)
        asked = np.flatnonzero(columns.problems.fine & known)
        inputs = self.outcome.inputs(columns.findings, self.left_out)
        risk = self.outcome.probability(inputs, asked)
        impossible = asked[np.isnan(risk[asked])] if not self.outcome.strata else asked[:0]
        columns.problems.add(IMPOSSIBLE, impossible)
        fine = columns.problems.fine
        with self.tally.lock:
            for reason, rows in observed.why_not.items():
                self.tally.without[reason] += int((rows & fine).sum())
            if self.outcome.strata:
                unknown = int((np.isnan(risk) & known & fine).sum())
                self.tally.unpredicted[f"{' or '.join(self.outcome.strata)} not told"] += unknown
        results[0] = np.where(fine, observed.event, np.nan)
        results[1] = risk
        for place, band in enumerate(self.bands, 2):
            results[place] = band.of(columns.findings)
        for place, name in enumerate(self.inputs, 2 + len(self.bands)):
            given = columns.given.get(name, np.zeros(columns.findings.rows, dtype=bool))
            results[place] = (
                self._numbers(columns.findings, name, given) if self.numbers else np.where(given, 1.0, np.nan)
            )

    def _numbers(self, findings: Findings, name: str, given: NDArray[np.bool_]) -> Array:
        """A finding as a number, NaN where there is none: on the marker's scale, or its state's place.

        A limit counts as what it limits, several states as the mean of theirs.
        """
        marker = self.model.knowledge.biomarkers.get(name)
        if reading := findings.readings.get(name):
            log = isinstance(marker, Referred) and marker.reference.scale == "log"
            return np.log(np.where(reading.values > 0, reading.values, np.nan)) if log else reading.values
        variable = self.model.knowledge.variables[marker.variable if marker else name]
        said = findings.statements.get(variable.id)
        if said is None:
            return np.full(findings.rows, np.nan)
        places = np.array(variable.scale.midpoints if variable.scale else range(len(variable.states)), dtype=float)
        mean = places @ said.weights / said.weights.sum(axis=0)
        return np.where(given, mean[said.codes], np.nan)
