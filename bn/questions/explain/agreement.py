"""Whether the findings agree: their conflict as a whole, and how each surprises given the others.

*Conflict* is log [P(e_1) ... P(e_n) / P(e_1, ..., e_n)]: below 0 the findings support one another, above 0
they would sooner be seen apart. Densities appear above and below, so units cancel. It is told twice: of
everything, and of what was found given the context (age, sex and the like), which says more of the findings
and less of who the person is. Markers that are weighed together (a panel) count as one finding, since a
panel's rule says what they are worth jointly, not how they vary together.

*Surprise* of one finding is log P(e_i) - log P(e_i | the others): above 0 the others make it less likely than
it is in anybody. The others speak of a reading through the variables; noise that it shares with partners of
its panel is not predicted. Beside it stands a probability given the others: of the state or level that was found, of a
value within the limit, or, for a number, of one at least as far out on its side of the prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bn.core.conditioned import Conditioned
from bn.engine import infer
from bn.questions.findings import Finding, conditioned, independent_groups
from bn.questions.reading import Grid, companions, densities, grid
from cpds.measurement import Readings
from cpds.records import CONTEXT_ROLES, Biomarker, Quantity
from cpds.table import Array
from cpds.units import EXACT

if TYPE_CHECKING:
    from bn.core.model import Model


@dataclass(frozen=True)
class Surprise:
    """One finding given the others; `probability` is None for weights that are no probabilities."""

    finding: str
    said: str
    log_ratio: float
    probability: float | None


def conflict(model: Model, findings: Sequence[Finding], given: Sequence[Finding] = ()) -> float | None:
    """Conflict of findings given others; None where there are not two that could disagree."""
    groups = independent_groups(model.knowledge, findings)
    if len(groups) < 2:
        return None
    base = _log_evidence(model, given)
    alone = [_log_evidence(model, [*given, *group]) - base for group in groups]
    return sum(alone) - (_log_evidence(model, [*given, *findings]) - base)


def _log_evidence(model: Model, findings: Sequence[Finding]) -> float:
    return float(conditioned(model, findings).log_evidence[0])


def of_context(model: Model, finding: Finding) -> bool:
    """Whether a finding says who the person is rather than what was found."""
    return model.knowledge.variables[finding.variable].role in CONTEXT_ROLES


def surprises(model: Model, findings: Sequence[Finding]) -> tuple[Surprise, ...]:
    """Each finding given all others, the most surprising first."""
    nothing = conditioned(model)
    rows = []
    for finding in findings:
        others = [other for other in findings if other is not finding]
        person = conditioned(model, others)
        if finding.reading is None:
            rows.append(_of_state(finding, nothing, person))
        else:
            rows.append(_of_reading(model, finding, finding.reading, others, nothing, person))
    return tuple(sorted(rows, key=lambda row: -round(row.log_ratio, 12)))  # equal ones stay in order


def _of_state(finding: Finding, nothing: Conditioned, person: Conditioned) -> Surprise:
    weight = finding.observed.weights[finding.variable][:, 0]
    alone, given = (float(weight @ at.belief(finding.variable)) for at in (nothing, person))
    return Surprise(finding.id, finding.said, float(np.log(alone / given)), given if weight.max() <= 1 else None)


def _of_reading(
    model: Model,
    finding: Finding,
    reading: Readings,
    others: list[Finding],
    nothing: Conditioned,
    person: Conditioned,
) -> Surprise:
    marker = model.knowledge.biomarkers[finding.id]
    value, censored = float(reading.values[0]), int(reading.censored[0])
    at = grid(model.knowledge, marker, [value])
    number = isinstance(marker, Quantity) and censored == EXACT
    at = at.with_reading(value) if number else at
    alone = _predicted(model, marker, at, [], nothing)
    given = _predicted(model, marker, at, others, person)
    if number:
        tails = (float((given * at.lengths)[side].sum()) for side in (at.values < value, at.values > value))
        return Surprise(finding.id, finding.said, float(np.log(alone[-1] / given[-1])), min(tails))
    found = (at.values - value) * censored > 0 if censored else at.values == value
    if not found.any():  # a limit beyond all that is looked at, which says what the nearest reading says
        found = at.values == (at.values.max() if censored > 0 else at.values.min())
    before, after = (float((density * at.lengths)[found].sum()) for density in (alone, given))
    return Surprise(finding.id, finding.said, float(np.log(before / after)), after)


def _predicted(model: Model, marker: Biomarker, at: Grid, others: list[Finding], person: Conditioned) -> Array:
    """Density of each reading given the findings on the person, from that in each state."""
    table = densities(model.knowledge, marker, at, companions(model.knowledge, marker, others), person.known)
    assert table is not None
    return infer([person.joint(table.axes), table]).total.values
