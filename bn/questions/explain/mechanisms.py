"""Which mechanisms carried the change: what is lost when the belief in one is put back to where it was.

A mechanism M carried log odds(risk | findings) - log odds of sum over m of P(risk | m, findings) P0(m), where
P0 is the belief in M before any finding. That is Jeffrey's rule: M is believed as before, everything else
that the findings say of the risk stays. It is exact, it needs no intervention, and it counts all that M stands
for given the findings, its causes and companions as well as its effects. So mechanisms on one path, or with a
common cause, carry the same change twice: the figures rank them and do not add up to the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bn.core.conditioned import share
from bn.questions.findings import Finding, conditioned
from cpds.logistic import logit
from cpds.records import SCORED_ROLES

if TYPE_CHECKING:
    from bn.core.model import Model


@dataclass(frozen=True)
class Carried:
    """Belief in a mechanism's last state before any finding and after all, and the log odds that it carried."""

    mechanism: str
    before: float
    after: float
    log_odds: float


def carried(model: Model, findings: Sequence[Finding]) -> tuple[Carried, ...]:
    """Every mechanism, the one that carried most first."""
    risk, state = model.risk_of
    index = model.network.state_index(risk, state)
    variables = model.knowledge.variables.values()
    names = [variable.id for variable in variables if variable.role in SCORED_ROLES - {"outcome"}]
    stated = {finding.variable for finding in findings if finding.reading is None}
    before = conditioned(model).joints(names)
    after = conditioned(model, findings)
    beside = after.joints([name for name in names if name not in stated], (risk,))
    now = share(after.belief(risk), index)
    rows = []
    for name in names:
        prior = before[name].values[:, 0]
        if name in stated:
            rest = [finding for finding in findings if finding.variable != name or finding.reading is not None]
            joint = conditioned(model, rest).joints([name], (risk,))[name].values[..., 0]
            belief = after.belief(name)
        else:
            joint = beside[name].values[..., 0]
            belief = joint.sum(axis=0)
        held = float(share(joint, index) @ prior)
        rows.append(Carried(name, float(prior[-1]), float(belief[-1]), float(logit(now) - logit(np.array(held)))))
    return tuple(sorted(rows, key=lambda row: -abs(row.log_odds)))
