"""The log odds of the risk for every subset of some findings, from one contraction of the network.

Each finding gets an axis of its own (out, in) in the likelihoods of its group. The network is summed down
to the variables that those likelihoods touch, once; then the engine multiplies and sums as ever, keeping
the axes of the findings. So all 4096 subsets of a dozen findings cost little more than one question. (Up
only: the engine's way down would carry every finding's axis through every bucket.)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bn.core.conditioned import log_odds
from bn.core.evidence import scaled, weigh
from bn.engine import condition, infer
from bn.questions.findings import Finding, combined, conditioned, independent_groups
from cpds.knowledge import Knowledge
from cpds.table import Array, Table

if TYPE_CHECKING:
    from bn.core.model import Model


def coalitions(model: Model, switched: Sequence[Finding], on: Sequence[Finding] = ()) -> Array:
    """Log odds of the risk with each subset of `switched` beside all of `on`: axes one a finding (out, in)."""
    groups = independent_groups(model.knowledge, [*on, *switched])
    mixed = [group for group in groups if any(finding in switched for finding in group)]
    settled = [finding for group in groups if group not in mixed for finding in group]
    person = conditioned(model, settled)
    tables = [
        table for group in mixed for table in condition(_switchable(model.knowledge, group, switched), person.known)
    ]
    risk, state = model.risk_of
    switches = tuple(_switch(finding) for finding in switched)
    touched = dict.fromkeys((risk, *(axis for table in tables for axis in table.axes if axis not in switches)))
    worth = infer([person.joint(tuple(touched)), *tables], keep=(risk, *switches)).total.values[..., 0]
    return log_odds(worth, model.network.state_index(risk, state))


def _switchable(knowledge: Knowledge, group: list[Finding], switched: Sequence[Finding]) -> list[Table]:
    """Likelihoods of a group with an axis (out, in) for each member that is switched; batch of one."""
    members = [finding for finding in group if finding in switched]
    subsets = np.array(list(product([False, True], repeat=len(members)))).T
    rows = dict(zip((finding.id for finding in members), subsets, strict=True))
    always = np.ones(subsets.shape[1], dtype=bool)
    present = np.array([rows.get(finding.id, always) for finding in group])
    axes = tuple(_switch(finding) for finding in members)
    tables = []
    for table in weigh(knowledge, combined(group, present)).soft:
        likelihoods, _ = scaled(table.values)
        shape = (*likelihoods.shape[:-1], *(2 for _ in members), 1)
        tables.append(Table((*table.axes, *axes), likelihoods.reshape(shape)))
    return tables


def _switch(finding: Finding) -> str:
    """Name of a finding's axis; no variable has such a name."""
    return f"finding {finding.id}"
