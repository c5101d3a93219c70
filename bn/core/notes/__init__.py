"""What is worth knowing of how findings go together: at odds, to be read with care, or without a part in the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from bn.core.answer import KINDS, Note, Remark
from bn.core.evidence import Findings
from bn.core.notes.cautions import other_units, outside_informative_range, parts_in_other_units
from bn.core.notes.conflict import against_statements, implied
from bn.core.notes.unused import beside_statements, computed, counted_once, empty_limits, silent, void
from bn.core.observe import Observations
from cpds.knowledge import Knowledge
from cpds.measurement import settle

Given = Mapping[str, NDArray[np.bool_]]


def remarks(knowledge: Knowledge, findings: Findings, given: Given) -> Iterator[Remark]:
    """Conflicts, cautions, what is not used, what was computed; each with the rows that it holds of, some at least.

    `findings` are not settled yet. `given` marks, by name of a variable or marker, the rows that say something of it.
    """
    settled = Findings(findings.rows, findings.statements, settle(knowledge, findings.readings))
    conflicts = list(against_statements(knowledge, settled, given))
    yield from conflicts
    yield from implied(knowledge, findings)
    yield from outside_informative_range(knowledge, settled)
    yield from void(knowledge, findings.readings)
    yield from counted_once(knowledge, findings.readings, settled.readings)
    yield from silent(knowledge, findings, given)
    yield from empty_limits(knowledge, settled)
    yield from beside_statements(knowledge, settled, conflicts)
    yield from computed(knowledge, findings.readings, settled.readings)


def notes_on(person: Observations) -> tuple[Note, ...]:
    """Conflicts first, then cautions, what is not used, what was derived. Raises QuestionError as `observe`."""
    knowledge, observed = person.names.knowledge, person.observed
    given = {heading.id: np.ones(1, dtype=bool) for heading in person.headings.values()}
    found = [remark.note(0) for remark in remarks(knowledge, observed.findings, given)]
    derived = {one.derived.derivation.id for one in person.derived}
    for heading in person.headings.values():
        if heading.id in observed.readings and heading.id not in derived:
            found += other_units(knowledge, heading, person, observed)
    for one in person.derived:
        found += parts_in_other_units(knowledge, one, observed)
    return tuple(sorted((*found, *person.notes), key=lambda note: KINDS.index(note.kind)))
