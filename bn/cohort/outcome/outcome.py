"""A yes / no outcome, by criteria or by a definition of the knowledge, and its probability given other findings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bn.cohort.kernel import Kernel
from bn.cohort.kernel.query import Posteriors
from bn.cohort.outcome.criteria import EXAMPLES, Criterion, InStates, read_criterion
from bn.cohort.outcome.observed import Observed, observed
from bn.core.errors import QuestionError, UnknownNameError
from bn.core.evidence import Findings, Indices
from bn.core.model import Model
from bn.core.names import Names
from bn.questions.definitions import cut_by, event_of, find_definition, offsets
from cpds.logistic import expit, logit
from cpds.products import products
from cpds.records import Definition
from cpds.table import Array
from cpds.text import quotable


@dataclass(frozen=True)
class Outcome:
    """A row has the outcome where it meets any of the `criteria`; `text` says it in canonical words.

    With a `definition` the probability is that of its event, carried over to the definition stratum by stratum (see
    `bn.questions.definitions`); without one there is a single criterion, whose probability is asked.
    """

    model: Model
    text: str
    criteria: tuple[Criterion, ...]
    definition: Definition | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """Variables that the outcome is about."""
        own = (self.definition.variable,) if self.definition else ()
        return tuple(dict.fromkeys((*own, *(criterion.variable for criterion in self.criteria))))

    @property
    def told(self) -> tuple[str, ...]:
        """Each criterion with the title of what it is about, and the tissue that is measured."""
        return tuple(self._told(criterion) for criterion in self.criteria)

    def _told(self, criterion: Criterion) -> str:
        marker = self.model.knowledge.biomarkers.get(criterion.about)
        title = self.model.titles[criterion.about]
        return f"{criterion.text}: {title}" + (f"; {marker.tissue}" if marker and marker.tissue else "")

    @property
    def strata(self) -> tuple[str, ...]:
        """Variables that each row must state for the outcome to have a probability: those that cut a definition."""
        return cut_by(self.definition) if self.definition else ()

    def speaks(self, finding: str) -> bool:
        """Whether a finding, by the id of its marker or variable, speaks of the outcome itself.

        So does whatever measures or states a variable of the outcome, and a product of which its marker is a factor.
        """
        knowledge = self.model.knowledge
        marker = knowledge.biomarkers.get(finding)
        if (marker.variable if marker else finding) in self.variables:
            return True
        about = {criterion.about for criterion in self.criteria}
        return any(one.id == finding and about & {*one.product_of} for one in products(knowledge))

    def factors(self, findings: Collection[str]) -> tuple[str, ...]:
        """Findings of other variables that are factors of the outcome's marker: inputs, and part of the same sample."""
        about = {criterion.about for criterion in self.criteria}
        of = {name for one in products(self.model.knowledge) if one.id in about for name in one.product_of}
        return tuple(name for name in findings if name in of and not self.speaks(name))

    def missing_sources(self, findings: Collection[str]) -> tuple[str, ...]:
        """For each criterion that a table with these findings cannot decide, what it would take."""
        wanting = []
        for criterion in self.criteria:
            ways = criterion.sources(self.model.knowledge)
            if not any(set(way) <= set(findings) for way in ways):
                wanting.append(", or ".join(" and ".join(way) for way in ways))
        return tuple(wanting)

    def observed(self, findings: Findings) -> Observed:
        """Which rows have the outcome; see `bn.cohort.outcome.observed`."""
        return observed(self.model.knowledge, self.criteria, findings)

    def inputs(self, findings: Findings, left_out: Collection[str] = ()) -> Findings:
        """The findings without those that speak of the outcome, and without those `left_out`, by id.

        What is void stays so, also where the finding that voids it is left out.
        """
        findings = findings.without_void(self.model.knowledge)
        return findings.where(lambda name: name not in left_out and not self.speaks(name))

    def probability(self, findings: Findings, rows: Indices, before: Array | None = None) -> Array:
        """P(outcome | findings), axis (row), at the point of the parameters; NaN in rows that are not among `rows`.

        NaN also where the findings cannot occur together and, by a definition, where a row does not tell its stratum.
        `findings` must not speak of the outcome: see `inputs`. Both sums go through one contracted kernel: the
        probability of the outcome is P(findings, outcome) / P(findings), whose log is `before` where that is known.
        """
        before = self.log_evidence(findings, rows) if before is None else before
        together = self.log_evidence(self.with_event(findings), rows)
        with np.errstate(invalid="ignore"):
            chance = np.minimum(np.exp(np.where(np.isnan(together), -np.inf, together) - before), 1.0)
        return self._carried_over(chance, findings) if self.definition else chance

    def log_evidence(self, findings: Findings, rows: Indices) -> Array:
        """Natural log of the probability of what each of `rows` holds, axis (row); NaN in the others."""
        return self._kernel.answer(findings, rows).log_evidence

    def with_event(self, findings: Findings) -> Findings:
        """The findings of every row and, beside them, that it has the outcome, or the event of the definition."""
        return self.event.added_to(findings)

    @cached_property
    def event(self) -> Criterion:
        """The criterion whose probability the network gives: that of a definition is its event."""
        if self.definition is None:
            return self.criteria[0]
        variable = self.model.knowledge.variables[self.definition.variable]
        event = event_of(self.model.knowledge, self.definition)
        weights = tuple(float(state in event) for state in variable.states)
        return InStates(" or ".join(event), variable.id, variable.id, weights)

    @cached_property
    def shifts(self) -> Array:
        """Log odds by which the event of a definition is carried over to it in each stratum, axes `strata`."""
        return offsets(self.model, self.definition.id)[0] if self.definition else np.zeros(())

    @cached_property
    def _kernel(self) -> Kernel:
        return Kernel(Posteriors(self.model.knowledge, self.model.point, ()))

    def _carried_over(self, chance: Array, findings: Findings) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(expit(logit(chance) + self.in_stratum(self.shifts, findings)))

    def in_stratum(self, shifts: Array, findings: Findings) -> Array:
        """Each row's entry of `shifts`, axes `strata`; NaN where the states that are left lie in different strata."""
        axes = self.strata
        if not axes:
            return np.full(findings.rows, float(shifts))
        codes = np.zeros(findings.rows, dtype=np.int64)
        possible: list[list[Indices]] = []
        for axis in axes:
            said = findings.statements.get(axis)
            if said is None:
                return np.full(findings.rows, np.nan)
            possible.append([np.flatnonzero(weights) for weights in said.weights.T])
            codes = codes * len(possible[-1]) + said.codes
        used, place = np.unique(codes, return_inverse=True)
        added = np.full(len(used), np.nan)
        for at, numbers in enumerate(zip(*np.unravel_index(used, [len(sets) for sets in possible]), strict=True)):
            inside = shifts[np.ix_(*(sets[number] for sets, number in zip(possible, numbers, strict=True)))]
            if np.ptp(inside) == 0:
                added[at] = inside.flat[0]
        return added[place]


def read_outcome(model: Model, text: str) -> Outcome:
    """An outcome as it is typed: a criterion (see `bn.cohort.outcome.criteria`), or the id of a definition.

    Raises QuestionError for what cannot be read or is not known.
    """
    if not isinstance(text, str) or not text.strip():
        raise QuestionError(f"outcome: found {quotable(repr(text))}, expected {EXAMPLES.removeprefix('such as ')}")
    if set(text) & set("<>=≥≤"):
        criterion = read_criterion(model.names, text)
        return Outcome(model, criterion.text, (criterion,))
    try:
        found = by_definition(model, text)
    except UnknownNameError:
        known = ", ".join(model.knowledge.definitions)
        raise QuestionError(f"outcome '{quotable(text)}': expected {EXAMPLES}, or a definition: {known}") from None
    if not found.criteria:
        raise QuestionError(f"definition '{text}' has no criteria by which a row could be judged; add them")
    return found


def by_definition(model: Model, said: str) -> Outcome:
    """The outcome that a definition of the knowledge gives. Raises UnknownNameError for one that is not known."""
    found = find_definition(model, said)
    return Outcome(model, found.title, criteria_of(model.names, found), found)


def criteria_of(names: Names, definition: Definition) -> tuple[Criterion, ...]:
    """The criteria of a definition."""
    return tuple(
        read_criterion(
            names, f"{one.marker}={one.answer}" if one.at_least is None else f"{one.marker}>={one.at_least.number!r}"
        )
        for one in definition.criteria
    )
