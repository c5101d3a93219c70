"""What each finding contributes: the log odds of the risk for every subset of findings, shared by Shapley value.

Each finding gets an axis of its own (out, in) in the likelihoods of its group. The network is summed down
to the variables that those likelihoods touch, once; then the engine multiplies and sums as ever, keeping
the axes of the findings. So all 4096 subsets of a dozen findings cost little more than one question. (Up
only: the engine's way down would carry every finding's axis through every bucket.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.conditioned import log_odds
from bn.core.errors import QuestionError
from bn.core.evidence import scaled, weigh
from bn.core.notes import notes_on
from bn.core.observe import observe
from bn.engine import condition, infer
from bn.questions.explain.agreement import conflict, of_context, surprises
from bn.questions.explain.result import Contribution, Explanation
from bn.questions.explain.support import carried, supports
from bn.questions.findings import (
    Finding,
    combined,
    conditioned,
    contributing,
    in_effect,
    independent_groups,
    read_findings,
    risk_log_odds,
)
from bn.questions.shapley import EXACT, sampled, shapley
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


def explain(model: Model, observations: Mapping[str, Any], seed: int = 0) -> Explanation:
    """Why the risk of one person is what it is; observations as for `RiskModel.posterior`.

    Contributions are exact for up to sixteen findings. Beyond that they are sampled from `seed`, with
    standard errors. Raises QuestionError where there is nothing to explain: no finding, or findings
    that say the risk outright.
    """
    person = observe(model.names, observations)
    findings = read_findings(model.names, person)
    if not findings:
        raise QuestionError("nothing to explain; give at least one finding, such as age=68")
    before = risk_log_odds(model, conditioned(model))
    after = risk_log_odds(model, conditioned(model, findings))
    context = [finding for finding in findings if of_context(model, finding)]
    typed = contributing(model.knowledge, findings)
    used = in_effect(model.knowledge, findings)
    found = [finding for finding in used if not of_context(model, finding)]
    return Explanation(
        model.risk_of,
        before,
        risk_log_odds(model, conditioned(model, context)),
        after,
        _contributions(model, typed, context, seed),
        carried(model, findings),
        conflict(model, found, context),
        conflict(model, used),
        surprises(model, used),
        supports(model, typed),
        model.outcomes_in(weigh(model.knowledge, combined(findings))),
        titles=model.titles,
        notes=notes_on(person),
    )


def _contributions(
    model: Model, findings: Sequence[Finding], context: Sequence[Finding], seed: int
) -> tuple[Contribution, ...]:
    found = [finding for finding in findings if finding not in context]
    shares = _shares(model, findings, [], seed)
    in_context = _shares(model, found, context, seed) if context else shares
    nothing = (None, None)
    return tuple(Contribution(f.id, f.said, *shares[f.id], *in_context.get(f.id, nothing)) for f in findings)


def _shares(
    model: Model, findings: Sequence[Finding], given: Sequence[Finding], seed: int
) -> dict[str, tuple[float, float | None]]:
    """Shapley value of each finding beside those given, and its standard error where it is sampled."""

    def worth(players: list[int], before: list[int]) -> Array:
        return coalitions(model, [findings[p] for p in players], [*given, *(findings[p] for p in before)])

    if len(findings) <= EXACT:
        values = shapley(worth(list(range(len(findings))), []))
        return {finding.id: (float(value), None) for finding, value in zip(findings, values, strict=True)}
    values, errors = sampled(worth, len(findings), np.random.default_rng(seed))
    return {f.id: (float(v), float(e)) for f, v, e in zip(findings, values, errors, strict=True)}
