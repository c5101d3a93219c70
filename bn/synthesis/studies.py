"""Trials and associations that are fitted, as functions of the parameters: what was done or seen where they did it.

`cpds/data/targets.md` says which studies these are, and with which center and spread they pull.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bn.core.errors import QuestionError
from bn.core.model import Model
from bn.studies.execute import Questions, answers, ask
from cpds.knowledge import Knowledge
from cpds.priors import at_prior
from cpds.records import Study
from cpds.table import Array

FREEDOM = 4.0
"""Degrees of freedom of the t distribution of a study around what the network says."""


def log_density(misfit: Array) -> Array:
    """Log density of each misfit in spreads, up to a constant: Student's t distribution."""
    return np.asarray(-0.5 * (FREEDOM + 1) * np.log1p(misfit**2 / FREEDOM))


def slope(misfit: Array) -> Array:
    """Derivative of the log density by each misfit."""
    return np.asarray(-(FREEDOM + 1) * misfit / (FREEDOM + misfit**2))


@dataclass(frozen=True)
class FittedStudies:
    """The studies of `use = "fit"` that the network can be asked, in the order of their files."""

    knowledge: Knowledge

    @cached_property
    def _questions(self) -> Questions:
        """What they ask; a marker is cut at the median that the people have at the center of the priors."""
        every = [one for one in (*self.knowledge.trials, *self.knowledge.associations) if one.use == "fit"]
        asked = ask(Model(self.knowledge, at_prior(self.knowledge)), every)
        return {name: question for name, question in asked.items() if not isinstance(question, QuestionError)}

    @cached_property
    def studies(self) -> tuple[Study, ...]:
        """The studies that are asked."""
        every = (*self.knowledge.trials, *self.knowledge.associations)
        return tuple(one for one in every if one.id in self._questions)

    @cached_property
    def wanted(self) -> Array:
        """Log odds of the worse that each study found."""
        return np.array([study.log_odds for study in self.studies], dtype=float)

    @cached_property
    def spreads(self) -> Array:
        """Standard deviation of each study's log odds."""
        return np.array([study.spread for study in self.studies], dtype=float)

    def residuals(self, parameters: Mapping[str, Array]) -> Array:
        """Axes (study, draw): misfit in spreads, tempered; half its square is minus the log density of Student's t.

        Some trials move what two states cannot follow, such as an uptake of oxygen that rises in everybody. The t
        distribution lets them be missed instead of bending every arc towards them.
        """
        off = self.misfit(parameters)
        return np.asarray(np.sign(off) * np.sqrt(-2 * log_density(off)))

    def misfit(self, parameters: Mapping[str, Array]) -> Array:
        """What the network says less what each study found, in spreads; axes (study, draw)."""
        return np.asarray((self.evaluate(parameters) - self.wanted[:, None]) / self.spreads[:, None])

    def evaluate(self, parameters: Mapping[str, Array]) -> Array:
        """Axes (study, draw): what the network says, in log odds of the worse."""
        count = max(map(len, parameters.values()))
        model = Model(self.knowledge, parameters)
        given = answers(model, self.studies, self._questions, np.arange(count), typical=True)
        nowhere = np.full(count, np.nan)
        return np.array(
            [
                nowhere if isinstance(figure := given[study.id], QuestionError) else figure.log_odds
                for study in self.studies
            ]
        ).reshape(len(self.studies), count)
