"""What is believed of one person at the point of the parameters: the quick answer, before any interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bn.web.evidence import AnsweredStudies
from bn.web.reading import LeftOut, described
from bn.web.usual import Ranges

if TYPE_CHECKING:
    from bn.api import RiskModel


@dataclass(frozen=True)
class Explored:
    """A loaded model, and what is computed of it once for everyone who asks."""

    model: RiskModel

    @cached_property
    def point(self) -> RiskModel:
        """The model with the point in place of its draws, which is quick and has no intervals."""
        return replace(self.model, parameters={name: at.repeat(2) for name, at in self.model.point.items()})

    @cached_property
    def studies(self) -> AnsweredStudies:
        """The network beside trials and studies, with intervals."""
        return AnsweredStudies(self.model)

    @cached_property
    def studies_at_point(self) -> AnsweredStudies:
        """The same at the point, which takes a moment where the intervals take many seconds."""
        return AnsweredStudies(self.point)

    @cached_property
    def ranges(self) -> Ranges:
        """What readings people have."""
        return Ranges(self.point)

    @cached_property
    def anybody(self) -> dict[str, Any]:
        """The risk of anybody, with its interval."""
        posterior = self.model.posterior()
        return {"risk": posterior.risk, "interval": list(posterior.interval())}

    def beliefs(self, findings: Mapping[str, Any], left_out: list[LeftOut]) -> dict[str, Any]:
        """Beliefs in every variable, with the context alone and with all findings, and how each finding was read."""
        posterior = self.point.posterior(findings)
        read, certain = described(self.model, findings)
        told = [
            {**asdict(one), "usual": asdict(usual) if (usual := self.ranges.of(one.id, certain)) else None}
            for one in read
        ]
        record = {
            "risk": posterior.risk,
            "risk_in_context": posterior.prior(*posterior.risk_of),
            "risk_of_anybody": self.anybody["risk"],
            "beliefs": {name: posterior[name] for name in posterior.states},
            "in_context": {
                name: {state: posterior.prior(name, state) for state in states}
                for name, states in posterior.states.items()
            },
            "findings": told,
            "notes": [asdict(note) for note in posterior.notes],
            "left_out": [asdict(one) for one in left_out],
        }
        return self.model.told(record)
