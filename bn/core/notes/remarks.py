"""Every note on the rows of a batch, from what was observed in them; one person is a batch of one row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from bn.core.findings import Findings
from bn.core.note import Remark
from bn.core.notes.caution import beyond_informative
from bn.core.notes.conflict import against_statements, implied
from bn.core.notes.counted_once import computed, counted_once
from bn.core.notes.unused import beside_statements, empty_limits, silent, void
from cpds.knowledge import Knowledge
from cpds.measurement import settle

Given = Mapping[str, NDArray[np.bool_]]


def remarks(knowledge: Knowledge, findings: Findings, given: Given) -> Iterator[Remark]:
    """Conflicts, cautions, what is not used, what was computed; each with the rows that it holds of, some at least.

    `findings` are not settled yet. `given` marks, by name of a variable or marker, the rows that say something of it.
    """
    settled = Findings(findings.rows, findings.said, settle(knowledge, findings.readings))
    conflicts = list(against_statements(knowledge, settled, given))
    yield from conflicts
    yield from implied(knowledge, findings)
    yield from beyond_informative(knowledge, settled)
    yield from void(knowledge, findings.readings)
    yield from counted_once(knowledge, findings.readings, settled.readings)
    yield from silent(knowledge, findings, given)
    yield from empty_limits(knowledge, settled)
    yield from beside_statements(knowledge, settled, conflicts)
    yield from computed(knowledge, findings.readings, settled.readings)
