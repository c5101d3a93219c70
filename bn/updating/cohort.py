"""Rows with an outcome, kept so that their probabilities can be asked again under other parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from bn.cohort.outcome import Outcome
from bn.cohort.reading.columns import Columns
from bn.cohort.reading.question import ERROR
from bn.core.conditioned import Conditioned
from bn.core.evidence import Findings, Indices, weigh
from bn.core.model import Draws, Model
from bn.engine.parallel import side_by_side
from bn.validation.design import Design
from bn.validation.logistic import log_odds
from bn.validation.people import People
from bn.validation.question import OutcomeQuestion
from bn.validation.rows import Rows
from cpds.records import CONTEXT_ROLES
from cpds.table import Array

Parts = Sequence[tuple[Indices, Findings]]
MOST = 25_000
"""Rows that an update is estimated from; of more, so many drawn at random leave a level uncertain by about 0.02."""


def at_point(model: Model, parameters: Mapping[str, Array]) -> Model:
    """The model at one parameter vector, each of shape (1,)."""
    return replace(model, parameters=parameters, base=model.base or model)


def context_of(model: Model) -> frozenset[str]:
    """Variables that say who people are (age, sex, body-mass index, activity)."""
    return frozenset(name for name, one in model.knowledge.variables.items() if one.role in CONTEXT_ROLES)


@dataclass(frozen=True)
class KeepingQuestion(OutcomeQuestion):
    """Outcome and probability as for a validation, and the number under which the row's findings are `kept`."""

    kept: list[tuple[int, Findings]] = field(default_factory=list)

    @classmethod
    def of(cls, question: OutcomeQuestion) -> KeepingQuestion:
        """The same question, keeping what it read."""
        return cls(**{one.name: getattr(question, one.name) for one in fields(question)})

    @property
    def added(self) -> list[str]:
        """Names of what is added; `error` comes last."""
        return [*super().added[:-1], "number of the findings", ERROR]

    def answer(self, columns: Columns, results: Array) -> None:
        """All findings of each row that has outcome and probability are kept, in the order of the numbers."""
        super().answer(columns, results[:-1])
        results[-1] = np.nan
        rows = np.flatnonzero(~np.isnan(results[1]))
        findings = columns.findings.without_void(self.model.knowledge).take(rows)
        with self.tally.lock:
            first = self.kept[-1][0] + self.kept[-1][1].rows if self.kept else 0
            self.kept.append((first, findings))
        results[-1, rows] = first + np.arange(len(rows))


@dataclass(frozen=True)
class Cohort:
    """People with an outcome: `event`, axis (row), their `design`, and `findings` by the rows that they are of.

    The findings are the inputs of the outcome; `everything` holds those that speak of it as well. `read` is how many
    have all that it takes; `event` may hold fewer, drawn from them at random.
    """

    outcome: Outcome
    event: Array
    design: Design
    findings: Parts
    everything: Parts
    read: int

    @classmethod
    def read_from(cls, question: KeepingQuestion, rows: Rows, people: People, seed: int, most: int = MOST) -> Cohort:
        """The people of a table, or as many as `most` of them."""
        some = np.arange(len(people.event))
        if len(some) > most:
            some = np.sort(np.random.default_rng(seed).choice(some, most, replace=False))
        numbers = rows.results[-1][people.rows[some]].astype(int)
        found = []
        for first, findings in question.kept:
            own = np.flatnonzero((numbers >= first) & (numbers < first + findings.rows))
            if len(own):
                found.append((own, findings.take(numbers[own] - first)))
        inputs = [(own, question.outcome.inputs(findings, question.left_out)) for own, findings in found]
        return cls(question.outcome, people.event[some], people.design.take(some), inputs, found, len(people.event))

    def under(self, model: Model) -> Cohort:
        """The same people under another model of the same knowledge, or of one that reads markers otherwise."""
        return replace(self, outcome=replace(self.outcome, model=model))

    def without(self, left_out: Collection[str]) -> Cohort:
        """The same people without findings that are left out on request."""
        kept = [(rows, one.where(lambda name: name not in left_out)) for rows, one in self.everything]
        return replace(self, everything=kept)

    def holding(self, keep: Callable[[str], bool]) -> Cohort:
        """The same people with those of all their findings, by id, that are to be kept."""
        return replace(self, findings=[(rows, findings.where(keep)) for rows, findings in self.everything])

    @property
    def weights(self) -> Array:
        """Of the rows, their mean 1."""
        return np.asarray(self.design.weights / self.design.weights.mean())

    def log_odds(self, parameters: Mapping[str, Array]) -> Array:
        """Of the outcome in each row under one parameter vector, each of shape (1,): axis (row)."""
        outcome = self._under(parameters)
        found = np.empty(len(self.event))

        def some(part: tuple[Indices, Findings]) -> None:
            found[part[0]] = outcome.probability(part[1], np.arange(part[1].rows))

        side_by_side(some, self.findings)
        return log_odds(found)

    def log_likelihood(self, parameters: Mapping[str, Array]) -> tuple[Array, Array]:
        """Natural log of the probability of all that is known of each row, given its context, axis (row).

        The first is that of the inputs, the second that of the outcome given the inputs. Context is who people are
        (age, sex, body-mass index, activity): how they were selected by it does not matter.
        """
        outcome, context = self._under(parameters), context_of(self.outcome.model)
        inputs, chance = np.empty(len(self.event)), np.empty(len(self.event))

        def some(part: tuple[Indices, Findings]) -> None:
            rows, findings = part
            given, every = findings.where(context.__contains__), np.arange(findings.rows)
            before = outcome.log_evidence(findings, every)
            inputs[rows] = before - outcome.log_evidence(given, every)
            chance[rows] = outcome.probability(findings, every, before)

        side_by_side(some, self.findings)
        odds = log_odds(chance)
        return inputs, self.event * odds - np.logaddexp(0, odds)

    def log_evidence(self, model: Model) -> Array:
        """Natural log of the probability of all findings of each row, axis (row)."""
        asked, found = replace(self.outcome, model=model), np.empty(len(self.event))

        def some(part: tuple[Indices, Findings]) -> None:
            found[part[0]] = asked.log_evidence(part[1], np.arange(part[1].rows))

        side_by_side(some, self.findings)
        return found

    def _under(self, parameters: Mapping[str, Array]) -> Outcome:
        return replace(self.outcome, model=at_point(self.outcome.model, parameters))

    def log_odds_at(self, parameters: Mapping[str, Array], rows: Indices) -> Array:
        """Of some rows at several parameter vectors, shape (draw,) each: axes (row, draw).

        Up to a constant of each row where a definition carries probabilities over.
        """
        knowledge = self.outcome.model.knowledge
        draws = Draws(knowledge, parameters)

        def at(findings: Findings) -> Array:
            evidence = weigh(knowledge, findings.settled(knowledge).observed())
            return np.asarray(Conditioned.on(draws, evidence).log_evidence)

        def one(row: int) -> Array:
            findings = self.of_row(row)
            log_chance = at(self.outcome.with_event(findings)) - at(findings)
            return np.asarray(log_chance - np.log(-np.expm1(np.minimum(log_chance, -1e-12))))

        return np.stack(side_by_side(one, rows.tolist()))

    def of_row(self, row: int) -> Findings:
        """What is known of one person."""
        for rows, findings in self.findings:
            place = int(np.searchsorted(rows, row))
            if place < len(rows) and rows[place] == row:
                return findings.take(np.array([place]))
        raise IndexError(row)
