"""Everything that one person's risk could lean on, moved one thing at a time.

Parameters, exact: each alone from the 5th to the 95th percentile of its draws, the others at the point.
Findings, exact: each left out. Sources: the synthesis without the study in one step, at the point, and without
this person's markers that lean on it. Settings: the synthesis with another structural choice. Biomarkers stay at
their numbers throughout; the interval does not hold their uncertainty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bn.core.answer import LEVEL, interval_of
from bn.core.errors import QuestionError
from bn.core.evidence import Evidence, Observed, weigh
from bn.core.notes import notes_on
from bn.core.observe import observe
from bn.questions.findings import read_findings
from bn.questions.sensitivity.result import Finding, Parameter, Sensitivity, Setting, Source
from bn.questions.sensitivity.variance import at_average, risks, risks_moved, shares
from bn.questions.sensitivity.without_study import Linearized, studies
from bn.synthesis.fit import Problem
from cpds.knowledge import Knowledge
from cpds.logistic import logit
from cpds.measurement import settle
from cpds.posterior import read_parameters
from cpds.priors import priors
from cpds.table import Array

if TYPE_CHECKING:
    from bn.core.model import Model

STEP = 1e-4
Entry = TypeVar("Entry", Finding, Source)


def sensitivity(model: Model, observations: Mapping[str, Any]) -> Sensitivity:
    """How sure the risk of one person is. Raises QuestionError when the findings fix the outcome itself."""
    knowledge, risk_of = model.knowledge, model.risk_of
    observations = observe(model.names, observations)
    evidence = observations.evidence
    if (evidence.known.get(risk_of[0], np.array([-1])) >= 0).any():
        raise QuestionError(f"{risk_of[0]} itself is known; leave it out to ask how sure its probability is")
    drawn = risks(knowledge, model.parameters, evidence, risk_of)
    risk = float(drawn[0])
    low, high = interval_of(drawn[1:], LEVEL)
    problem = Problem.of(knowledge)
    parameters, remainder = _parameters(model, evidence, logit(drawn[1:]), problem.averages)
    bases: dict[str, float] = {}
    for parameter in parameters:
        bases[parameter.basis] = bases.get(parameter.basis, 0.0) + parameter.share
    return Sensitivity(
        risk_of,
        risk,
        float(low),
        float(high),
        tuple(sorted(parameters, key=lambda each: -each.swing)),
        dict(sorted(bases.items(), key=lambda item: -item[1])),
        remainder,
        _by_change(risk, _findings(model, observations)),
        _by_change(risk, _sources(model, observations.observed, evidence, problem)),
        tuple(_settings(model, evidence, drawn)),
        titles=model.titles,
        notes=notes_on(observations),
    )


def _parameters(
    model: Model, evidence: Evidence, log_odds: Array, averages: Mapping[str, Mapping[str, float]]
) -> tuple[list[Parameter], float]:
    """Both ends and the share of every parameter, and the share of what is not linear."""
    entries = priors(model.knowledge)
    values = np.array([model.parameters[name] for name in entries])
    point, low, high = values[:, 0], *interval_of(values[:, 1:], LEVEL)
    to = dict(zip(entries, np.stack([low, high, point + STEP, point - STEP], axis=1), strict=True))
    moved = risks_moved(model.knowledge, model.point, to, evidence, model.risk_of)
    risk_low, risk_high, above, below = np.array([moved[name] for name in entries]).T
    slope = (logit(above) - logit(below)) / (2 * STEP)
    share, known, remainder = shares(*at_average(entries, averages, slope, values[:, 1:]), log_odds)
    numbers = np.stack([point, low, high, risk_low, risk_high, share, known], axis=1).tolist()
    return [
        Parameter(name, prior.figure.basis, prior.origin, *row)
        for (name, prior), row in zip(entries.items(), numbers, strict=True)
    ], remainder


def _findings(model: Model, observations: Mapping[str, Any]) -> Iterator[Finding]:
    for left_out, finding in zip(observations, read_findings(model.names, observations), strict=True):
        rest = {name: value for name, value in observations.items() if name != left_out}
        evidence = observe(model.names, rest).evidence
        yield Finding(left_out, finding.said, float(risks(model.knowledge, model.point, evidence, model.risk_of)[0]))


def _sources(model: Model, observed: Observed, evidence: Evidence, problem: Problem) -> Iterator[Source]:
    used = [marker for markers in evidence.used.values() for marker in markers]
    found = studies(model.knowledge, used)
    around = Linearized.of(problem)
    changes = around.without(found)
    moved = around.at(model.point, changes)
    for markers in dict.fromkeys(study.markers for study in found):
        alike = [entry for entry, study in enumerate(found) if study.markers == markers]
        left = weigh(model.knowledge, _without(model.knowledge, observed, markers)) if markers else evidence
        batch = {name: values[alike] for name, values in moved.items()}
        for entry, risk in zip(alike, risks(model.knowledge, batch, left, model.risk_of), strict=True):
            study = found[entry]
            yield Source(study.id, study.parameters, study.targets, study.markers, float(risk))


def _without(knowledge: Knowledge, observed: Observed, markers: Collection[str]) -> Observed:
    """The observations without some markers, as they stand once derived ones are computed."""
    readings = settle(knowledge, observed.readings)
    rest = {name: reading for name, reading in readings.items() if name not in markers}
    return Observed(observed.rows, observed.weights, rest)


def _settings(model: Model, evidence: Evidence, own: Array) -> Iterator[Setting]:
    """Every setting; `own` are the risks of the model itself, at the point and the draws."""
    knowledge = model.knowledge
    titles = {"main": "Main setting"} | {setting.id: setting.title for setting in knowledge.settings.values()}
    for name, title in titles.items():
        parameters = read_parameters(knowledge, name)
        if model.population:
            parameters = model.population.applied(knowledge, parameters)
        same = all(np.array_equal(values, model.parameters[key]) for key, values in parameters.items())
        drawn = own if same else risks(knowledge, parameters, evidence, model.risk_of)
        low, high = interval_of(drawn[1:], LEVEL)
        yield Setting(name, title, float(drawn[0]), float(low), float(high))


def _by_change(risk: float, entries: Iterator[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: -abs(entry.risk - risk)))
