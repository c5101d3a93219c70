"""Arcs of the network by how far they move the odds of their child."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bn.core.model import Model
from cpds.logistic import design, effect_names


@dataclass(frozen=True)
class Arc:
    """`size`: log odds ratio over the parent's states, from its least to its greatest effect, below 0 if it falls."""

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
            effects = np.array([model.parameters[name][0] for name in effect_names(child.id, parent)])
            steps = design(parent, variables[parent.id]) @ effects
            rises = steps.argmax() >= steps.argmin()
            size = float(steps.max() - steps.min()) * (1 if rises else -1)
            found.append(Arc(parent.id, child.id, size, bool(parent.sign)))
    return found
