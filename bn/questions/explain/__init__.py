"""Why: what each finding did to the risk, through what, whether the findings agree, and what it all rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.errors import QuestionError
from bn.core.evidence import weigh
from bn.questions.explain.agreement import conflict, of_context, surprises
from bn.questions.explain.coalitions import coalitions
from bn.questions.explain.game import EXACT, sampled, shapley
from bn.questions.explain.mechanisms import carried
from bn.questions.explain.result import Contribution, Explanation
from bn.questions.explain.support import supports
from bn.questions.findings import Finding, combined, conditioned, contributing, in_effect, read_findings, risk_log_odds
from cpds.table import Array

if TYPE_CHECKING:
    from bn.core.model import Model

__all__ = ["Contribution", "Explanation", "explain"]


def explain(model: Model, observations: Mapping[str, Any], seed: int = 0) -> Explanation:
    """Why the risk of one person is what it is; observations as for `RiskModel.posterior`.

    Contributions are exact for up to sixteen findings. Beyond that they are sampled from `seed`, with
    standard errors. Raises QuestionError where there is nothing to explain: no finding, or findings
    that say the risk outright.
    """
    findings = read_findings(model.names, observations)
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
