"""Arcs of the network by how far they move the odds of their child."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bn.core.model import Model
from cpds.logistic import design, effects_at
from cpds.records import LATENT


@dataclass(frozen=True)
class Arc:
    """`size`: log odds ratio over the parent's states, from its least to its greatest effect, below 0 if it falls.

    Where each step of the child has effects of its own, that of the step where it is largest.
    """

    parent: str
    child: str
    size: float
    asserted: bool


def arcs_of(model: Model) -> list[Arc]:
    """Every arc of the network, at the posterior mean of the parameters."""
    variables = model.knowledge.variables
    found = []
    for child in variables.values():
        for parent in child.parents:
            sizes = []
            for step in child.states[1:]:
                effects = np.array([model.parameters[name][0] for name in effects_at(step, child.id, parent)])
                adds = design(parent, variables[parent.id]) @ effects
                sizes.append(float(adds.max() - adds.min()) * (1 if adds.argmax() >= adds.argmin() else -1))
            asserted = bool(parent.sign) and variables[parent.id].role != LATENT
            found.append(Arc(parent.id, child.id, max(sizes, key=abs), asserted))
    return found
