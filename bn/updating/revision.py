"""Full revision: the draws of the network are the prior, and every row, with whatever it lacks, the likelihood.

The prior is normal on the scale of the priors (log odds; their logs where a sign is fixed), with mean and covariance of
the draws. The likelihood is exact, given who people are. Its mode is sought by Newton's method with the outer product
of the rows' scores for the information; the normal distribution there proposes draws, and the ratio of prior times
likelihood to it weights them (Pareto smoothed, see `cpds.reweighting`). Their weighted mean is where the next batch is
drawn around, and all are weighed against the mixture of what proposed them. Beyond a Pareto k of 0.7, or with few
effective draws after the last batch, the curvature does not serve, and nothing is revised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bn.cohort.files.run import shown_on_terminal
from bn.core.answer import interval_of
from bn.core.errors import QuestionError
from bn.core.model import Model
from bn.updating.cohort import Cohort
from bn.updating.ladder import LEVEL
from bn.updating.result import Ladder, Moved
from cpds.logistic import DisorderedError
from cpds.populations import Draws
from cpds.priors import Prior, priors
from cpds.reweighting import Reweighting, smoothed
from cpds.table import Array

MOST = 2_000
"""Rows that a revision takes; of more, so many drawn at random."""
ROUNDS, BATCHES, DRAWS = 3, 4, 200
NUDGE = 0.3
"""Of a standard deviation of a parameter, for derivatives by differences."""
NEAR = 0.1
"""The mode is found where no parameter moved by more, in standard deviations."""
TELLING = 0.25
"""Parameters that moved by so many standard deviations are told."""


RowsAt = Callable[[Array], tuple[Array, Array]]
"""At coordinates the log likelihood of each row's inputs, and of its outcome given these."""


@dataclass(frozen=True)
class Scale:
    """Coordinates in which the draws of the network have mean 0 and covariance 1, axis (coordinate).

    `root` is the lower triangle whose product with its transpose is the covariance of the standard deviates.
    """

    entries: Mapping[str, Prior]
    mean: Array
    root: Array

    @classmethod
    def of(cls, model: Model) -> Scale:
        """From the draws of the model."""
        entries = priors(model.knowledge)
        deviates = np.stack([one.standard(model.parameters[name][1:]) for name, one in entries.items()])
        covariance = np.cov(deviates) + 1e-6 * np.eye(len(deviates))
        return cls(entries, deviates.mean(axis=1), np.asarray(np.linalg.cholesky(covariance), dtype=float))

    def parameters(self, at: Array) -> dict[str, Array]:
        """At coordinates with axes (coordinate, draw), or of one draw."""
        columns = np.atleast_2d(at.T).T
        deviates = self.mean[:, None] + self.root @ columns
        return {name: one.at(row) for (name, one), row in zip(self.entries.items(), deviates, strict=True)}


def revised(cohort: Cohort, ladder: Ladder) -> tuple[Ladder, Draws]:
    """The ladder with its last step taken, and the revised parameters.

    Raises QuestionError where the weights of the draws cannot be trusted.
    """
    model = cohort.outcome.model
    scale = Scale.of(model)
    size, total = len(scale.mean), (len(scale.mean) + 1) * ROUNDS + BATCHES * DRAWS
    with shown_on_terminal("full revision") as show:
        done = 0

        def rows_at(at: Array) -> tuple[Array, Array]:
            nonlocal done
            done += 1
            show(done, total, len(cohort.event))
            try:
                return cohort.log_likelihood(scale.parameters(at))
            except DisorderedError:  # intercepts out of order: no network
                return np.full(len(cohort.event), -np.inf), np.zeros(len(cohort.event))

        mode, covariance = _mode(cohort, rows_at, size)
        weighed, whole, ends = _weighed(cohort, scale, rows_at, mode, covariance)
    if not weighed.trusted:
        told = f"Pareto k {weighed.shape:.2f}, {weighed.effective:.0f} effective draws of {len(weighed.weights)}"
        way = "take the step below, 'level and slope'"
        raise QuestionError(
            f"full revision does not serve these rows: its importance weights cannot be trusted ({told}); {way}"
        )
    after = weighed.applied()
    scores = {**ladder.log_score, "update": _left_out(cohort, whole, ends, weighed.weights)}
    moved = tuple(_moved(model, after))
    step = replace(ladder, step="full revision", moved=moved, log_score=scores, pareto_k=float(weighed.shape))
    return step, Draws.of(after)


def _log_mixture(at: Array, centers: Sequence[Array], root: Array) -> Array:
    """Natural log of the mean of normal densities around some centers, up to a constant; axis (draw).

    >>> _log_mixture(np.array([[0.0, 1.0]]), [np.zeros(1), np.ones(1)], np.eye(1)).round(4).tolist()
    [-0.2191, -0.2191]
    """
    apart = [np.linalg.solve(root, at - center[:, None]) for center in centers]
    return np.asarray(np.logaddexp.reduce([-(z**2).sum(axis=0) / 2 for z in apart]) - np.log(len(centers)))


def _weighed(
    cohort: Cohort, scale: Scale, rows_at: RowsAt, mode: Array, covariance: Array
) -> tuple[Reweighting, Array, Array]:
    """Draws in batches, weighed by prior times likelihood, until their weights can be trusted; two at the least.

    Also the log likelihood of each row as a whole and of its outcome, axes (row, draw).
    """
    root, rng = np.asarray(np.linalg.cholesky(covariance), dtype=float), np.random.default_rng(0)
    centers, drawn, found = [mode], np.empty((len(mode), 0)), []
    for _ in range(BATCHES):
        batch = centers[-1][:, None] + root @ rng.standard_normal((len(mode), DRAWS))
        found += [rows_at(at) for at in batch.T]
        drawn = np.concatenate([drawn, batch], axis=1)
        inputs, ends = (np.stack(part, axis=1) for part in zip(*found, strict=True))
        log_target = cohort.weights @ (inputs + ends) - (drawn**2).sum(axis=0) / 2
        parameters = {name: np.concatenate([values[:1], values]) for name, values in scale.parameters(drawn).items()}
        weighed = Reweighting.between((), parameters, log_target - _log_mixture(drawn, centers, root))
        if len(centers) > 1 and weighed.trusted:
            break
        centers.append(drawn @ weighed.weights)
    return weighed, inputs + ends, ends


def _mode(cohort: Cohort, rows_at: RowsAt, size: int) -> tuple[Array, Array]:
    """Mode and covariance of prior times likelihood, axis (coordinate)."""
    here = np.zeros(size)
    for _ in range(ROUNDS):
        now = np.add(*rows_at(here))
        scores = np.stack([np.add(*rows_at(here + NUDGE * unit)) - now for unit in np.eye(size)]) / NUDGE
        scores = np.where(np.isfinite(scores), scores, 0.0)
        information = (scores * cohort.weights) @ scores.T
        covariance = np.linalg.inv(information + np.eye(size))
        move = covariance @ (scores @ cohort.weights - here)
        here = here + move
        if np.abs(move).max() < NEAR:
            break
    return here, (covariance + covariance.T) / 2


def _left_out(cohort: Cohort, whole: Array, ends: Array, weights: Array) -> float:
    """Log score of each row's outcome by draws weighted as if without the row, axes of the first two (row, draw)."""
    total = 0.0
    for own, row_whole, row_end in zip(cohort.weights, whole, ends, strict=True):
        left, _ = smoothed(np.log(np.maximum(weights, 1e-300)) - own * row_whole)
        total -= float(own * np.log(left @ np.exp(row_end)))
    return total / float(cohort.weights.sum())


def _moved(model: Model, after: Mapping[str, Array]) -> Iterator[Moved]:
    """Parameters that moved, with the interval of their draws."""
    for name, values in after.items():
        was, spread = float(model.parameters[name][0]), float(np.std(model.parameters[name][1:]))
        if abs(values[0] - was) > TELLING * spread:
            low, high = interval_of(values[1:], LEVEL)
            yield Moved(name, (name,), was, float(values[0]), float(low), float(high))
