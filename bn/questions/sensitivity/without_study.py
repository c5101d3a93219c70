"""The synthesis without one study: what leans on it, and where the mode goes in Gauss-Newton steps.

A study is a source that was opened, or a reference that the review cites for an arc. Wrong, it is worth
nothing: an effect that it printed goes back to the weakest grade (to zero, as wide as that grade, where
nothing asserts a sign), and so does a graded arc for which the review cites nothing else; a target, a trial or an
association that it printed pulls no more; a marker whose distribution it printed says no more. An intercept has no
graded prior and stays. The signs that the review asserts stay.

At the mode the residuals r (prior deviates and target misfits, Jacobian J) balance: J' r = 0. Without a
study some rows change, to r* and J*, and the balance is off by J*' r* - J' r. One step mends it:

    change = -(J*' J*)^-1 (J*' r* - J' r).

The step is exact where the synthesis is linear in its coordinates; what trials and associations say is taken to be
linear there, as the synthesis filed it, because each is dear to ask. The shipped point is the posterior
mean, not the mode; the change, found at the mode, is applied to the point.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bn.engine.parallel import on_cores
from bn.synthesis.fit import Problem
from cpds.knowledge import Knowledge
from cpds.posterior import read_mode, read_studies
from cpds.priors import Prior, priors
from cpds.records import UNIT_FIELDS, Figure, Grade, provenances
from cpds.table import Array


@dataclass(frozen=True)
class Study:
    """Ids of all that leans on one study."""

    id: str
    parameters: tuple[str, ...]
    targets: tuple[str, ...]
    markers: tuple[str, ...]


def studies(knowledge: Knowledge, used: Collection[str]) -> tuple[Study, ...]:
    """Every study on which a parameter, a fitted target, trial or association, or one of the markers `used` leans."""
    effects = {name: prior for name, prior in priors(knowledge).items() if prior.parent is not None}
    printed = {name: _sources(knowledge.biomarkers[name]) for name in used}
    fitted = [(one.id, one.source) for one in knowledge.targets.values() if one.use == "fit"]
    fitted += [(one.id, one.source) for one in (*knowledge.trials, *knowledge.associations) if one.use == "fit"]
    found = []
    for source in knowledge.sources:
        parameters = tuple(name for name, prior in effects.items() if prior.figure.source == source)
        targets = tuple(name for name, printed_by in fitted if printed_by == source)
        markers = tuple(name for name, sources in printed.items() if source in sources)
        if parameters or targets or markers:
            found.append(Study(source, parameters, targets, markers))
    return (*found, *_references(knowledge, effects))


def weakest(knowledge: Knowledge) -> Grade:
    """The evidence grade with the smallest odds ratio."""
    return min(knowledge.grades.values(), key=lambda grade: grade.odds_ratio)


def without_study(knowledge: Knowledge, prior: Prior) -> Prior:
    """The prior of an effect whose study is wrong."""
    grade = Figure(basis="graded", grade=weakest(knowledge).id)
    value, spread = knowledge.number(grade), knowledge.spread(grade)
    if prior.sign is None:
        return replace(prior, value=0.0, spread=value, figure=grade)
    return replace(prior, value=value if prior.sign == "+" else -value, spread=spread, figure=grade)


def _references(knowledge: Knowledge, effects: dict[str, Prior]) -> Iterator[Study]:
    """References of the review that alone stand behind an arc with more than the weakest grade."""
    review = next((source.id for source in knowledge.sources.values() if source.kind == "review"), "reference")
    alone: dict[str, list[str]] = {}
    for name, prior in effects.items():
        graded = prior.figure.basis == "graded" and prior.figure.grade != weakest(knowledge).id
        claims = next(p.claims for p in knowledge.variables[prior.child].parents if p.id == prior.parent)
        cited = {reference for claim in claims for reference in knowledge.claims[claim].refs}
        if graded and len(cited) == 1:
            alone.setdefault(cited.pop(), []).append(name)
    for reference in sorted(alone, key=lambda text: (len(text), text)):
        yield Study(f"{review} [{reference}]", tuple(alone[reference]), (), ())


def _sources(value: object) -> set[str]:
    """Sources of every number inside a record but those that convert units."""
    numbers = (number for path, number in provenances(value) if UNIT_FIELDS.isdisjoint(path))
    return {number.source for number in numbers if number.source}


STEP = 1e-5
AT_ONCE = 50


@dataclass(frozen=True)
class Linearized:
    """The synthesis around its mode: residuals (residual,) and their Jacobian (residual, coordinate).

    Residuals are those of priors, of targets, and of the `studies` that were fitted.
    """

    problem: Problem
    mode: Mapping[str, Array]
    studies: tuple[str, ...]
    residuals: Array
    jacobian: Array

    @classmethod
    def of(cls, problem: Problem) -> Linearized:
        """Around the shipped mode, by forward differences of every coordinate; of studies as they were filed."""
        mode = read_mode(problem.knowledge)
        at = problem.coordinates(mode)
        filed = read_studies(problem.knowledge, list(problem.priors))
        asked = problem.smooth if filed else problem.residuals
        residuals = asked(at)
        moved = np.array_split(at + STEP * np.eye(len(at)), range(AT_ONCE, len(at), AT_ONCE), axis=1)
        slopes = (np.concatenate(on_cores(asked, moved), axis=1) - residuals) / STEP
        if filed is None:
            studies = tuple(study.id for study in problem.studies.studies)
            return cls(problem, mode, studies, residuals[:, 0], slopes)
        studies, said, along = filed
        return cls(problem, mode, studies, np.append(residuals[:, 0], said), np.concatenate([slopes, along]))

    def without(self, studies: Sequence[Study]) -> Array:
        """Changes of the coordinates, axes (coordinate, study), when each study by itself is worth nothing.

        A Gauss-Newton step, and another from where it leads, with the same Jacobian and the residuals there.
        """
        problem, mode = self.problem, self.problem.coordinates(self.mode)
        at_mode = problem.parameters(mode)
        balances, left = [], []
        for study in studies:
            jacobian, widths = self.jacobian.copy(), self._others(study)
            for row, (prior, other) in widths.items():
                jacobian[row] *= _width(prior) / _width(other)
            jacobian[self._targets(study)] = 0.0
            left.append(jacobian)
            residuals = self._left(study, self.residuals[:, None], at_mode)[:, 0]
            balances.append(jacobian.T @ residuals - self.jacobian.T @ self.residuals)
        changes = np.array([_solved(one, balance) for one, balance in zip(left, balances, strict=True)]).T
        first = len(self.residuals) - len(self.studies)
        linear = self.residuals[first:, None] + self.jacobian[first:] @ changes
        there = np.concatenate([problem.smooth(mode + changes), linear])
        moved = problem.parameters(mode + changes)
        for place, (study, jacobian) in enumerate(zip(studies, left, strict=True)):
            here = {name: values[place : place + 1] for name, values in moved.items()}
            residuals = self._left(study, there[:, place : place + 1], here)[:, 0]
            balance = jacobian.T @ residuals - self.jacobian.T @ self.residuals
            changes[:, place] += _solved(jacobian, balance)
        return changes

    def _others(self, study: Study) -> dict[int, tuple[Prior, Prior]]:
        """By residual, the priors that the study gave, and what they are without it."""
        knowledge = self.problem.knowledge
        return {
            row: (prior, without_study(knowledge, prior))
            for row, (name, prior) in enumerate(self.problem.priors.items())
            if name in study.parameters
        }

    def _targets(self, study: Study) -> list[int]:
        """Residuals of the study's targets, trials and associations."""
        fitted = (*(target.id for target in self.problem.targets.targets), *self.studies)
        return [row for row, name in enumerate(fitted, len(self.problem.priors)) if name in study.targets]

    def _left(self, study: Study, residuals: Array, parameters: Mapping[str, Array]) -> Array:
        """Residuals (residual, 1) without the study, at one set of parameters."""
        left = residuals.copy()
        for row, (prior, other) in self._others(study).items():
            left[row] = other.standard(parameters[prior.name])
        left[self._targets(study)] = 0.0
        return left

    def at(self, parameters: Mapping[str, Array], changes: Array) -> dict[str, Array]:
        """Parameters of shape (1,) moved by `changes`, axes (coordinate, entry)."""
        return self.problem.parameters(self.problem.coordinates(parameters) + changes)


def _solved(jacobian: Array, balance: Array) -> Array:
    return np.asarray(-np.linalg.solve(jacobian.T @ jacobian, balance), dtype=float)


def _width(prior: Prior) -> float:
    """Spread of a prior along the scale on which it is normal: log size where it has a sign."""
    return prior.spread / abs(prior.value) if prior.sign else prior.spread
