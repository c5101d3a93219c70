"""What could be measured next in one person, and why some of it would tell nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bn.questions.findings import Finding
from cpds.knowledge import Knowledge
from cpds.measurement import Readings
from cpds.products import superseding
from cpds.records import CONTEXT_ROLES, Binned, Biomarker, Threshold, Variable
from cpds.strata import measured_by


@dataclass(frozen=True)
class Candidate:
    """A marker, or a context variable that one can ask for; `marker` is None where its states are told directly."""

    id: str
    title: str
    variable: Variable
    tissue: str
    marker: Biomarker | None

    @property
    def measures_outcome(self) -> bool:
        """Whether it reads an outcome itself."""
        return self.variable.role == "outcome"


def candidates(knowledge: Knowledge, findings: Sequence[Finding], known: Collection[str]) -> Iterator[Candidate]:
    """Every marker that was not read, then every context variable that is open and has no marker of its own."""
    typed = {finding.id for finding in findings}
    binned = set()
    for marker in knowledge.biomarkers.values():
        variable = knowledge.variables[marker.variable]
        if isinstance(marker, Binned):
            binned.add(variable.id)
        if marker.id not in typed and not (
            isinstance(marker, Binned) and (variable.id in known or variable.id in typed)
        ):
            direct = None if isinstance(marker, Binned) else marker
            yield Candidate(marker.id, marker.title, variable, marker.tissue, direct)
    for variable in knowledge.variables.values():
        if variable.role in CONTEXT_ROLES and not {variable.id} & (typed | binned | set(known)):
            yield Candidate(variable.id, variable.title, variable, "asked", None)


def obstacle(
    knowledge: Knowledge, marker: Biomarker, measured: Mapping[str, Readings], known: Collection[str]
) -> str | None:
    """Why reading the marker would add nothing, or cannot be judged; None where nothing stands in the way.

    `measured` are the settled readings, one row each.
    """
    told = measured_by(knowledge, marker.id)
    if all(name in known for name in told):
        return f"{' and '.join(told)} {'are' if len(told) > 1 else 'is'} known"
    for cause in marker.voided_by:
        if cause in measured and measured[cause].values[0] == 1:
            return f"void, as {cause} says yes"
    voids = [name for name in measured if marker.id in knowledge.biomarkers[name].voided_by]
    if voids:
        return f"a yes would void {' and '.join(voids)}"
    if isinstance(marker, Threshold) and marker.product_of:
        factors = [name for name in marker.product_of if name in measured]
        if marker.id in measured:
            return f"follows from {' and '.join(marker.product_of)}"
        if factors:
            missing = [name for name in marker.product_of if name not in measured]
            lacking = f"{' and '.join(missing)} is measured" if missing else "both are measured exactly"
            return f"follows from {' and '.join(factors)} once {lacking}"
    product = next((name for name in superseding(knowledge, marker.id) if name in measured), None)
    return f"{product} already says it" if product else None
