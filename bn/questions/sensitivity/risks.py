"""The risk of one person at many parameter vectors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bn.engine import infer
from bn.evidence import Evidence
from bn.person import narrowed, possible
from bn.questions.parts import parts
from cpds.knowledge import Knowledge
from cpds.table import Array


def risks(knowledge: Knowledge, parameters: Mapping[str, Array], evidence: Evidence, risk_of: tuple[str, str]) -> Array:
    """P(variable = state | findings) for the pair `risk_of`, one number for each entry of the parameters.

    Raises ImpossibleEvidenceError when the findings exclude each other.
    """
    variable, state = risk_of
    index = knowledge.variables[variable].states.index(state)
    found = []
    for part in parts(parameters, 32):
        total = infer(narrowed(knowledge, part, evidence).tables, keep=(variable,)).total.values
        risk = total[index] / possible(total.sum(axis=0), evidence)
        found.append(np.broadcast_to(risk, (len(next(iter(part.values()))),)))
    return np.concatenate(found)
