"""The notes on what was observed of one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bn.core.findings import Findings, Said
from bn.core.heading import Heading
from bn.core.names import Names
from bn.core.note import KINDS, Note
from bn.core.notes.remarks import remarks
from bn.core.notes.units import other_units, parts_in_other_units
from bn.core.observe import observe_person
from bn.core.told import told

ROW = np.zeros(1, dtype=np.int64)


def notes_on(names: Names, observations: Mapping[str, Any]) -> tuple[Note, ...]:
    """Conflicts first, then cautions, what is not used, what was derived. Raises QuestionError as `observe_person`."""
    knowledge = names.knowledge
    known = told(names, observations)
    observed = observe_person(names, known)
    headings = {header: heading for header in known if (heading := Heading.of(names, header))}
    given = {heading.id: np.ones(1, dtype=bool) for heading in headings.values()}
    said = {name: Said(weight, ROW) for name, weight in observed.weights.items()}
    found = [remark.note(0) for remark in remarks(knowledge, Findings(1, said, observed.readings), given)]
    derived = {one.derived.derivation.id for one in known.derived}
    for heading in headings.values():
        if heading.id in observed.readings and heading.id not in derived:
            found += other_units(knowledge, heading, known, observed)
    for one in known.derived:
        found += parts_in_other_units(knowledge, one, observed)
    found += known.notes
    return tuple(sorted(found, key=lambda note: KINDS.index(note.kind)))
