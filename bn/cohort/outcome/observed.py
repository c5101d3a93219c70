"""Which rows of a table have an outcome, and why the others say nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn.cohort.outcome.criteria import Criterion
from bn.core.evidence import Findings
from cpds.knowledge import Knowledge
from cpds.table import Array


@dataclass(frozen=True)
class Observed:
    """`event` is 1 in rows that have the outcome, 0 in those that do not, NaN where nothing decides, axis (row).

    `why_not` gives, by reason, the rows in which nothing decides; each of them has one reason.
    """

    event: Array
    why_not: Mapping[str, NDArray[np.bool_]]


def observed(knowledge: Knowledge, criteria: Sequence[Criterion], findings: Findings) -> Observed:
    """A row has the outcome where it meets any of the criteria, and none where it meets none; all must be known.

    A criterion that is met decides nothing while another one is unknown: else rows with the outcome would be counted
    more readily than those without it.
    """
    event = np.zeros(findings.rows)
    why_not: dict[str, NDArray[np.bool_]] = {}
    told = np.zeros(findings.rows, dtype=bool)
    for criterion in criteria:
        met, reasons = criterion.met(knowledge, findings)
        event = np.where(np.isnan(event) | np.isnan(met), np.nan, np.maximum(event, met))
        for reason, rows in reasons.items():
            why_not[reason] = rows & ~told
            told |= rows
    return Observed(event, why_not)
