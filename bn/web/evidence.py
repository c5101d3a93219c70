"""The network beside trials and studies: each study is asked once, as it is about nobody and the knowledge stays."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bn.core.errors import QuestionError
from bn.questions.forest import Forest, forest, resolved, studies_about
from bn.studies.execute import Figure, execute
from cpds.records import Study
from cpds.text import quotable

if TYPE_CHECKING:
    from bn.api import RiskModel

NOT_ASKED = QuestionError("the network was not asked")


@dataclass(frozen=True)
class AnsweredStudies:
    """A model, and its answers to the studies that were asked about so far."""

    model: RiskModel
    _figures: dict[str, Figure | QuestionError] = field(default_factory=dict)

    def forest(self, name: str | None, only: Collection[str] | None, listed: bool = False) -> Forest:
        """Studies about a name, or all; of these `only` those of some ids. Raises QuestionError for unknown ones.

        Where they are but `listed`, the network is not asked.
        """
        known = None if name is None else resolved(self.model, name)
        studies = studies_about(self.model.knowledge, known)
        if only is not None:
            if unknown := sorted(set(only) - {study.id for study in studies}):
                where = f" about {known}" if known else ""
                raise QuestionError(f"studies: found {quotable(unknown[0])}, expected ids of studies{where}")
            studies = [study for study in studies if study.id in only]
        if listed:
            return forest(self.model, known, studies, {study.id: NOT_ASKED for study in studies})
        for some in _of_the_same_people(study for study in studies if study.id not in self._figures):
            self._figures.update(execute(self.model, some))
        return forest(self.model, known, studies, self._figures)


def _of_the_same_people(studies: Iterable[Study]) -> list[list[Study]]:
    """Studies that can share contractions, together: what was answered stays if the question is given up between."""
    groups: dict[tuple[tuple[str, str], ...], list[Study]] = {}
    for study in studies:
        if study.use != "outside":
            groups.setdefault(tuple(sorted(study.given.items())), []).append(study)
    return list(groups.values())
