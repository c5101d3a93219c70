"""The draws behind an answer, and the Monte Carlo error of a difference between answers of two models.

An answer is given at the posterior mean of the parameters. It would be another with other draws: to first order it
moves as the mean over the draws does, by sum of w_i (y_i - y), where y_i is the answer at draw i, w_i its weight, y
their mean. So the squared error of a difference is the sum over draws of the squared difference of these terms. A draw
that both models hold (the posterior was not rerun) counts once for both, so that what it adds to both cancels. Draws
are taken for independent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from bn.core.evidence import Indices
from bn.counterfactual.person import some_draws
from cpds.table import Array

if TYPE_CHECKING:
    from bn.core.model import Model

MOST_DRAWS = 100
"""Draws that an error is estimated from where all count alike: it is then known to about 7 %."""


@dataclass(frozen=True)
class Sample:
    """A model at its point and its draws as they were made, and the weights of these, shape (draws,).

    Errors are estimated from `most` draws.
    """

    model: Model
    weights: Array
    most: int = MOST_DRAWS

    @classmethod
    def of(cls, model: Model) -> Sample:
        """Draws that were reweighted are taken as they were stored, with their weights."""
        found = model.reweighting
        if found is None or not found.trusted:
            count = max(map(len, model.parameters.values())) - 1
            return cls(model, np.full(count, 1 / count))
        stored = {
            name: np.concatenate([values[:1], found.parameters[name][1:]]) for name, values in model.parameters.items()
        }
        return cls(replace(model, parameters=stored), found.weights)

    @cached_property
    def chosen(self) -> Indices:
        """The point, entry 0, and the draws that errors are estimated from."""
        return some_draws(len(self.weights) + 1, self.most)

    def draws(self, parameters: Collection[str]) -> list[bytes]:
        """Each chosen draw of some parameters, such that equal ones are the same draw."""
        values = np.array([self.model.parameters[name][self.chosen[1:]] for name in parameters])
        return [column.tobytes() for column in np.ascontiguousarray(values.T)]

    def terms(self, answer: Array) -> Array:
        """What each chosen draw adds to the error of an answer, whose first entry is that at the point."""
        weights = self.weights[self.chosen[1:] - 1]
        weights = weights / weights.sum()
        deviations = answer[1:] - weights @ answer[1:]
        return np.asarray(weights * deviations * sqrt(len(weights) / len(self.weights)))


@dataclass(frozen=True)
class Pair:
    """Two samples whose answers are compared."""

    old: Sample
    new: Sample

    @classmethod
    def of(cls, old: Model, new: Model) -> Pair:
        """The samples of two models; of draws that count unequally all are taken, since few carry the error."""
        samples = Sample.of(old), Sample.of(new)
        if all(np.ptp(one.weights) == 0 for one in samples):
            return cls(*samples)
        return cls(*(replace(one, most=len(one.weights)) for one in samples))

    @cached_property
    def _places(self) -> tuple[Indices, Indices, int]:
        """For each chosen draw, old and new, its place among all of both, and how many these are."""
        common = sorted(self.old.model.parameters.keys() & self.new.model.parameters.keys())
        old, new = self.old.draws(common), self.new.draws(common)
        place = {draw: index for index, draw in enumerate(dict.fromkeys([*old, *new]))}
        return np.array([place[draw] for draw in old]), np.array([place[draw] for draw in new]), len(place)

    def error(self, before: Array, after: Array) -> float:
        """Standard error of the difference of two answers, each at the point and at the chosen draws."""
        old, new, count = self._places
        terms = np.bincount(new, self.new.terms(after), count) - np.bincount(old, self.old.terms(before), count)
        return float(np.sqrt(terms @ terms))
