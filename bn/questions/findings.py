"""Findings one by one, so that a question can leave some of them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bn.core.answer import SIGN
from bn.core.conditioned import Conditioned, log_odds
from bn.core.errors import QuestionError
from bn.core.evidence import Observed, linked, weigh
from bn.core.names import Names
from bn.core.observe import join, observe
from cpds.knowledge import Knowledge
from cpds.measurement import Readings, settle
from cpds.products import products
from cpds.records import Threshold

if TYPE_CHECKING:
    from bn.core.model import Model


@dataclass(frozen=True, eq=False)
class Finding:
    """One observation about one person: what it is about, what was said, and the same as an `Observed` of one row."""

    id: str
    said: str
    variable: str
    observed: Observed

    @property
    def reading(self) -> Readings | None:
        """The marker's reading, one row; None where the finding speaks of the variable's states."""
        return self.observed.readings.get(self.id)


def read_findings(names: Names, observations: Mapping[str, Any]) -> tuple[Finding, ...]:
    """The observations as findings, in their order; QuestionError for what cannot be read or contradicts itself."""
    person = observe(names, observations)
    _ = person.observed  # some may contradict each other, though each can be read
    found = []
    for header, heading in person.headings.items():
        value = person[header]
        said = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, Mapping) else _said(value)
        found.append(Finding(heading.id, said, heading.variable.id, observe(names, {header: value}).observed))
    return tuple(found)


def _said(value: Any) -> str:
    """What was said, a number without digits beyond the sixth."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def combined(findings: Sequence[Finding], present: NDArray[np.bool_] | None = None) -> Observed:
    """All findings in one row; with `present`, axes (finding, row), in each row those that it marks."""
    if present is None:
        present = np.ones((len(findings), 1), dtype=bool)
    rows = present.shape[1]
    weights: dict[str, Any] = {}
    readings: dict[str, Readings] = {}
    for finding, here in zip(findings, present, strict=True):
        for variable, weight in finding.observed.weights.items():
            join(weights, variable, np.where(here, weight, 1.0))
        for name, reading in finding.observed.readings.items():
            readings[name] = repeated(reading, rows).only(here)
    return Observed(rows, weights, readings)


def conditioned(model: Model, findings: Sequence[Finding] = ()) -> Conditioned:
    """The network at the point, given the findings."""
    return Conditioned.on(model.network, weigh(model.knowledge, combined(findings)))


def risk_log_odds(model: Model, person: Conditioned) -> float:
    """Log odds of the risk; a QuestionError where the findings say outright whether the outcome is present."""
    risk, state = model.risk_of
    if risk in person.known:
        raise QuestionError(f"{risk} is stated among the findings, so its risk is certain; leave it out")
    odds = float(log_odds(person.belief(risk), model.network.state_index(risk, state)))
    if not np.isfinite(odds):
        raise QuestionError(f"the findings leave no doubt about {risk}; leave out the one that settles it")
    return odds


def repeated(reading: Readings, rows: int) -> Readings:
    """One row's reading in every row."""
    return reading.take(np.zeros(rows, dtype=np.int64))


def in_effect(knowledge: Knowledge, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings as they count together: computed products join, void and superseded ones go."""
    settled = settle(knowledge, combined(findings).readings)
    measured = {name: reading for name, reading in settled.items() if reading.measured[0]}
    used = [f for f in findings if f.reading is None or (f.id in measured and _same(f.reading, measured[f.id]))]
    stand = {finding.id for finding in used}
    typed = {finding.id: finding for finding in findings}
    for name, reading in measured.items():
        if name not in stand:
            said = f"{SIGN[int(reading.censored[0])]}{reading.values[0]:.3g}"
            before = typed[name].reading if name in typed else None
            if before is None or before.values[0] != reading.values[0]:
                said += f", from {' and '.join(_factors(knowledge, name))}"
            used.append(Finding(name, said, knowledge.biomarkers[name].variable, Observed(1, {}, {name: reading})))
    return tuple(used)


def _same(one: Readings, other: Readings) -> bool:
    return bool(one.values[0] == other.values[0] and one.censored[0] == other.censored[0])


def contributing(knowledge: Knowledge, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings as typed that have a part in the answer: those in use, and the factors of computed products."""
    used = in_effect(knowledge, findings)
    counts = {finding.id for finding in used}
    parts = {factor for finding in used if finding not in findings for factor in _factors(knowledge, finding.id)}
    return tuple(finding for finding in findings if finding.id in counts | parts)


def _factors(knowledge: Knowledge, name: str) -> tuple[str, ...]:
    marker = knowledge.biomarkers[name]
    return marker.product_of if isinstance(marker, Threshold) else ()


def independent_groups(knowledge: Knowledge, findings: Sequence[Finding]) -> list[list[Finding]]:
    """Groups of findings that count independently of one another given the variables.

    Markers of one panel are weighed together, and so are a product and its factors, and a marker and
    one that voids it. Everything that is said of a variable's states stands alone.
    """
    made = products(knowledge)
    groups = linked([_links(knowledge, finding, made) for finding in findings])
    return [[findings[place] for place in places] for places in groups]


def _links(knowledge: Knowledge, finding: Finding, made: Sequence[Threshold]) -> set[str]:
    """What ties a finding to others: its own id, its panel, the product that it enters, and what voids it."""
    if finding.reading is None:
        return {f"said {finding.id}"}
    marker = knowledge.biomarkers[finding.id]
    panel = {f"panel {marker.panel}"} if marker.panel else set()
    entered = {product.id for product in made if marker.id in product.product_of}
    return {marker.id, *marker.voided_by, *entered} | panel
