"""Rows by another definition of an event: settled by what was read, or carried over to how common it is by survey.

A definition is what its criteria say of one set of readings. Each row goes the first of these ways that is open:

1. A criterion is met, or all were read and none is: the answer is 1 or 0, whatever the network makes of the reading.
2. Something was read or stated of the variable itself: the question is whether the criteria that were not read would
   be met. The network gives that by the distributions of their markers in each state.
3. Nothing was: the question is the network's own event.

What comes from 2 or 3 is carried over to the definition by the log odds that it lacks, in the people of the row's
stratum, to be as common as the survey found the definition (see `bn.questions.definitions`). The ends of the interval
of the network's own event move by the same log odds as the probability.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from bn.cohort.kernel import Kernel
from bn.cohort.kernel.query import Posteriors
from bn.cohort.outcome.criteria import ABSENT, Criterion
from bn.cohort.outcome.outcome import Outcome, by_definition
from bn.core.answer import LEVEL, ByDefinition, Posterior, interval_of
from bn.core.errors import QuestionError
from bn.core.evidence import Findings, Indices, Statements
from bn.core.model import Model
from bn.core.names import as_tuple
from bn.core.observe import Observations
from bn.questions.definitions import event_of, shifts
from cpds.logistic import expit, logit
from cpds.products import superseding
from cpds.records import Definition
from cpds.table import Array

Mask = NDArray[np.bool_]
Kernels = dict[tuple[object, ...], Kernel]


@dataclass(frozen=True)
class Converted:
    """Answers to rows by a definition.

    `values` has axes (probability, or it and both ends of its interval; row), NaN where there is none; ends are NaN
    also where the variable was stated. `met` has axes (criterion, row): 1, 0, or NaN where it was not read.
    `by_markers` marks rows that went the second way. `why_not` gives, by reason, the rows that have no answer.
    """

    values: Array
    met: Array
    by_markers: Mask
    why_not: Mapping[str, Mask]


@dataclass(frozen=True)
class Conversion:
    """A model asked by one of its definitions; what `kernels` make ready for some rows serves the next."""

    outcome: Outcome
    kernels: Kernels = field(default_factory=dict, repr=False)

    @classmethod
    def several(cls, model: Model, said: str | Iterable[str]) -> tuple[Conversion, ...]:
        """By ids of definitions, or aliases. Raises QuestionError for one that is not known, or is given twice."""
        kernels: Kernels = {}
        found = {}
        for name in as_tuple(said):
            one = cls(by_definition(model, name), kernels)
            if one.id in found:
                raise QuestionError(f"definition '{one.id}' is given twice; keep one")
            found[one.id] = one
        return tuple(found.values())

    @property
    def model(self) -> Model:
        """The model that is asked."""
        return self.outcome.model

    @property
    def definition(self) -> Definition:
        """The definition."""
        if self.outcome.definition is None:
            raise ValueError(f"{self.outcome.text}: an outcome by criteria, expected one by a definition")
        return self.outcome.definition

    @property
    def id(self) -> str:
        """That of the definition."""
        return self.definition.id

    @property
    def event(self) -> tuple[str, tuple[int, ...]]:
        """The variable and the indices of the states that are the network's own event."""
        states = self.model.knowledge.variables[self.definition.variable].states
        return self.definition.variable, tuple(map(states.index, event_of(self.model.knowledge, self.definition)))

    def own(self, findings: Findings, rows: Indices, interval: bool) -> Array:
        """The network's probability of its own event, axes (probability, or it and both ends; row)."""
        variable, inside = self.event
        outside = [at for at in range(len(self.model.knowledge.variables[variable].states)) if at not in inside]
        if 1 not in (len(inside), len(outside)):
            raise QuestionError(f"definition '{self.id}': its event and the rest are several states each")
        asked = (variable, inside[0] if len(inside) == 1 else outside[0])
        answers = self._kernel((asked, interval), lambda: self._of_state(asked, interval)).answer(findings, rows)
        values = np.concatenate([answers.probabilities.T, *([] if answers.interval is None else [answers.interval])])
        return values if len(inside) == 1 else 1 - values[[0, 2, 1][: len(values)]]

    def convert(self, findings: Findings, rows: Indices, own: Array, log_evidence: Array) -> Converted:
        """The rows by the definition.

        `own` is the network's probability of its event, axes as `Converted.values`; `log_evidence` has axis (row).
        """
        asked = np.isin(np.arange(findings.rows), rows) & ~np.isnan(own[0])
        met, why_not = self._met(findings)
        some, every = (met == 1).any(axis=0), (met == 0).all(axis=0) & bool(len(met))
        settled = (some | every) & asked
        spoken, both = self._spoken(findings)
        why_not |= both
        left = asked & ~settled & ~np.any([~asked, *why_not.values()], axis=0)
        by_markers = left & spoken & bool(len(met))
        moved = np.full(findings.rows, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            before = logit(own)
            plain = left & ~by_markers
            if plain.any():
                moved[plain] = (before[0] + self.outcome.in_stratum(self.outcome.shifts, findings))[plain]
            if by_markers.any():
                chance = self._unread_met(findings, met, np.flatnonzero(by_markers), log_evidence)
                moved[by_markers] = (logit(chance) + self.outcome.in_stratum(self._marker_shifts, findings))[by_markers]
            values = expit(before + (moved - before[0]))
            values[0] = expit(moved)
        values[:, settled] = some[settled]
        if (untold := left & np.isnan(moved)).any():
            why_not[f"definition '{self.id}' differs by {' and '.join(self.outcome.strata)}; give them"] = untold
        unanswered = {why: mask & asked & ~settled for why, mask in why_not.items()}
        return Converted(values, met, by_markers, {why: mask for why, mask in unanswered.items() if mask.any()})

    def told(self, found: Converted, row: int) -> str:
        """The way that a row went, in words."""
        texts: dict[float, list[str]] = {1.0: [], 0.0: [], 0.5: []}
        for criterion, met in zip(self.outcome.criteria, np.nan_to_num(found.met[:, row], nan=0.5), strict=True):
            texts[met].append((criterion if met else criterion.opposite).text)
        if met := texts[1.0]:
            return f"settled by what was read: {', '.join(met)}"
        if texts[0.0] and not texts[0.5]:
            return f"settled by what was read: {', '.join(texts[0.0])}"
        by = f"carried over by {' and '.join(self.outcome.strata) or 'prevalence'}"
        if not found.by_markers[row]:
            return f"{by} from the network's own event"
        without = f", beside {', '.join(texts[0.0])}" if texts[0.0] else ""
        return f"{by} from the chance of {' or '.join(texts[0.5])}{without}"

    def _met(self, findings: Findings) -> tuple[Array, dict[str, Mask]]:
        """Which criteria are met, axes (criterion, row), and the rows in which a reading leaves one open, by reason."""
        met = np.full((len(self.outcome.criteria), findings.rows), np.nan)
        why_not: dict[str, Mask] = {}
        for place, criterion in enumerate(self.outcome.criteria):
            met[place], reasons = criterion.met(self.model.knowledge, findings)
            for why, rows in reasons.items():
                if not why.endswith(ABSENT) and rows.any():
                    why_not[f"definition '{self.id}': {why}"] = rows
        return met, why_not

    def _spoken(self, findings: Findings) -> tuple[Mask, dict[str, Mask]]:
        """Rows in which something was read or stated of the variable itself, and those that cannot be asked, by reason.

        A factor that tells of the variable in place of a criterion's product (insulin, of HOMA-IR) counts as any other
        finding: its reading tells of the product by itself, which no distribution in a state does.
        """
        knowledge, name = self.model.knowledge, self.definition.variable
        said = findings.statements.get(name)
        stated = ~said.silent if said is not None else np.zeros(findings.rows, dtype=bool)
        spoken, why_not = stated.copy(), {}
        about = {criterion.about for criterion in self.outcome.criteria}
        for marker, reading in findings.readings.items():
            if knowledge.biomarkers[marker].variable != name:
                continue
            if not about.isdisjoint(superseding(knowledge, marker)):
                if (both := stated & reading.measured).any():
                    why_not[f"definition '{self.id}': {marker} beside {name}, which was stated; leave one out"] = both
            else:
                spoken |= reading.measured
        return spoken, why_not

    def _unread_met(self, findings: Findings, met: Array, rows: Indices, log_evidence: Array) -> Array:
        """P(a criterion that was not read is met | findings), axis (row); NaN in rows that are not among `rows`."""
        found = np.full(findings.rows, np.nan)
        patterns, which = np.unique(np.isnan(met[:, rows]).T, axis=0, return_inverse=True)
        for place, unread in enumerate(patterns):
            some = rows[which.ravel() == place]
            criteria = [one for one, is_open in zip(self.outcome.criteria, unread, strict=True) if is_open]
            found[some] = self._any_met(findings.take(some), criteria, log_evidence[some])
        return found

    def _any_met(self, findings: Findings, criteria: Collection[Criterion], log_evidence: Array) -> Array:
        """P(any of the criteria is met | findings), axis (row); nothing was read of these.

        Their markers stand apart from their panels: a panel weakens what its members say of the state, which is right
        for evidence, and would not leave a probability of readings that are still to come.
        """
        for criterion in criteria:
            findings = criterion.opposite.added_to(findings)
        biomarkers = self.model.knowledge.biomarkers
        apart = tuple(sorted(one.about for one in criteria if biomarkers[one.about].panel))
        kernel = self._kernel(("apart", *apart), lambda: self._without_panels(apart))
        unmet = kernel.answer(findings, np.arange(findings.rows)).log_evidence
        return 1 - np.minimum(np.exp(np.where(np.isnan(unmet), -np.inf, unmet) - log_evidence), 1.0)

    @cached_property
    def _marker_shifts(self) -> Array:
        """What the log odds of a met criterion lack by stratum, in the people whom the network was fitted to."""
        base = Conversion(by_definition(self.model.base, self.id)) if self.model.base else self
        axes, variables = self.outcome.strata, self.model.knowledge.variables
        shape = tuple(len(variables[name].states) for name in axes)
        cells = np.array(list(product(*map(range, shape))), dtype=np.int64)
        said = {
            name: Statements(np.column_stack([np.eye(shape[at]), np.ones(shape[at])]), cells[:, at])
            for at, name in enumerate(axes)
        }
        findings = Findings(len(cells), said, {})
        logs = base.outcome.log_evidence(findings, np.arange(len(cells)))
        event = np.exp(logs) * base._any_met(findings, self.outcome.criteria, logs)
        return shifts(self.model, self.definition, event.reshape(shape), np.exp(logs).reshape(shape))

    def _kernel(self, key: tuple[object, ...], make: Callable[[], Kernel]) -> Kernel:
        return self.kernels.get(key) or self.kernels.setdefault(key, make())

    def _of_state(self, asked: tuple[str, int], interval: bool) -> Kernel:
        knowledge = self.model.knowledge
        draws = {name: values[1:] for name, values in self.model.parameters.items()}
        return Kernel(
            Posteriors(knowledge, self.model.point, (asked,)),
            Posteriors(knowledge, draws, (asked,), np.float32) if interval else None,
        )

    def _without_panels(self, markers: Iterable[str]) -> Kernel:
        """For log evidence."""
        knowledge = copy(self.model.knowledge)
        without = {name: structs.replace(knowledge.biomarkers[name], panel=None) for name in markers}
        vars(knowledge)["biomarkers"] = {**knowledge.biomarkers, **without}
        return Kernel(Posteriors(knowledge, self.model.point, ()))


def with_definitions(model: Model, person: Observations, post: Posterior, said: str | Iterable[str]) -> Posterior:
    """The answer about one person, and the same by each of some definitions.

    Raises QuestionError for a definition that is not known, and where one cannot be answered by.
    """
    findings = person.observed.findings
    return replace(post, definitions=tuple(_of_person(one, findings, post) for one in Conversion.several(model, said)))


def _of_person(conversion: Conversion, findings: Findings, post: Posterior) -> ByDefinition:
    variable, states = conversion.event
    draws = post.posteriors[variable][list(states)].sum(axis=0)
    own = np.array([[draws[0]], *([end] for end in interval_of(draws[1:], LEVEL))])
    found = conversion.convert(findings, np.arange(1), own, np.array([post.log_evidence]))
    for why in found.why_not:
        raise QuestionError(why)
    probability, low, high = map(float, found.values[:, 0])
    return ByDefinition(
        conversion.id,
        conversion.definition.title,
        variable,
        event_of(conversion.model.knowledge, conversion.definition),
        probability,
        None if np.isnan(low) else (low, high),
        float(own[0, 0]),
        conversion.told(found, 0),
    )
