"""What next: how much each thing that could still be measured is expected to tell about the risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.answer import LEVEL
from bn.core.errors import QuestionError
from bn.core.notes import notes_on
from bn.core.observe import observe
from bn.questions.findings import conditioned, in_effect, read_findings, risk_log_odds
from bn.questions.next_test.candidates import Candidate, candidates, obstacle
from bn.questions.next_test.evaluate import Evaluator, RiskOutlook, entropy
from bn.questions.next_test.result import NextTest, NextTests
from cpds.logistic import expit
from cpds.text import finite, quotable

if TYPE_CHECKING:
    from bn.core.model import Model

__all__ = ["NextTest", "NextTests", "next_test"]


def next_test(
    model: Model,
    observations: Mapping[str, Any],
    threshold: float | None = None,
    costs: Mapping[str, Any] | None = None,
) -> NextTests:
    """Everything that could be measured next in one person, by how much it is expected to tell about the risk.

    Observations as for `RiskModel.posterior`; without any, the person is anybody. `threshold` is the risk
    from which one would act. `costs` holds a positive number for some of the tests, in any one unit; then
    the order is by certainty for each unit of cost, those without a cost last. Raises QuestionError for a
    threshold outside 0 to 1, a cost that is none, an unknown name, or findings that say the risk outright.
    """
    if threshold is not None and not (isinstance(threshold, int | float) and 0 < threshold < 1):
        shown = f"{threshold:g}" if isinstance(threshold, int | float) else quotable(threshold)
        raise QuestionError(f"threshold: found {shown}, expected a risk between 0 and 1, such as 0.5")
    if costs is not None and not isinstance(costs, Mapping):
        raise QuestionError(f"costs: found {quotable(repr(costs))}, expected a mapping of names to numbers")
    prices = _prices(model, costs or {})
    observations = observe(model.names, observations)
    findings = read_findings(model.names, observations)
    used = in_effect(model.knowledge, findings)
    person = conditioned(model, findings)
    risk = float(expit(np.array(risk_log_odds(model, person))))
    measured = {finding.id: finding.reading for finding in used if finding.reading is not None}
    open_ones, left_out = [], {}
    for candidate in candidates(model.knowledge, findings, person.known):
        marker = candidate.marker
        reason = obstacle(model.knowledge, marker, measured, person.known) if marker else None
        if reason:
            left_out[candidate.id] = reason
        else:
            open_ones.append(candidate)
    outlooks = Evaluator(model, person, used).outlooks(open_ones, threshold)
    now = entropy(risk)
    tests = [
        _test(candidate, outlook, now, threshold, prices.get(candidate.id))
        for candidate, outlook in zip(open_ones, outlooks, strict=True)
    ]
    return NextTests(
        model.risk_of, risk, now, threshold, tuple(sorted(tests, key=_rank)), left_out, notes=notes_on(observations)
    )


def _test(
    candidate: Candidate, outlook: RiskOutlook, now: float, threshold: float | None, cost: float | None
) -> NextTest:
    low, high = outlook.span(LEVEL)
    return NextTest(
        candidate.id,
        candidate.title,
        candidate.variable.id,
        candidate.tissue,
        candidate.measures_outcome,
        outlook.bits,
        outlook.bits / now,
        outlook.expected_change,
        low,
        high,
        None if threshold is None else outlook.crossing(threshold),
        None if threshold is None else outlook.value(threshold),
        cost,
    )


def _prices(model: Model, costs: Mapping[str, Any]) -> dict[str, float]:
    """Costs by id."""
    prices: dict[str, float] = {}
    for name, cost in costs.items():
        found = model.names.resolve(name, "biomarker")
        if found in prices:
            raise QuestionError(f"cost of {found} is given twice; keep one")
        prices[found] = finite(cost)
        if not prices[found] > 0:
            raise QuestionError(f"cost of {found}: found {quotable(repr(cost))}, expected a number above 0")
    return prices


def _rank(test: NextTest) -> tuple[bool, float, str]:
    """Most certainty for its cost first, then, without costs, most certainty; ties, up to rounding, by name."""
    worth = test.bits_per_cost
    return (worth is None, -round(test.bits if worth is None else worth, 12), test.id)
