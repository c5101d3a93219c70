"""The questions that may be asked over HTTP: what a request holds, and which question of the model it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from bn.web.reading import readable

if TYPE_CHECKING:
    from bn.api import RiskModel
    from bn.web.beliefs import Explored

Value = str | int | float | bool | None | dict[str, float | str]
Lane = Literal["quick", "slow", "long"]
Names = Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=100)]
Point = Annotated[
    bool, Meta(description="At once and at the point of the parameters alone: the ends of intervals are null")
]
Acts = Annotated[
    Names, Meta(description="Interventions, at a dose (at1_blockade:0.5), or variables set to a state (variable=state)")
]


class Asked(Struct, forbid_unknown_fields=True, kw_only=True):
    """A question; `record` is its answer as the command line's --json tells it."""

    about: ClassVar[str]
    command: ClassVar[str]

    @property
    def lane(self) -> Lane:
        """With which questions it waits: those of a keystroke, those of a moment, or those of many seconds."""
        return "slow"

    def record(self, explored: Explored) -> dict[str, Any]:
        """The answer as JSON tells it. Raises QuestionError."""
        raise NotImplementedError


class OfPerson(Asked, kw_only=True):
    """A question of one person.

    Findings go by name, each as the text that the command line takes behind `=`, or as a number, yes or no, or
    weights of states. With `partial` the answer is that of the findings that can be used, and `left_out` says why
    the others cannot; without, any such finding refuses the question.
    """

    findings: dict[str, Value] = {}
    partial: bool = False

    def record(self, explored: Explored) -> dict[str, Any]:
        """The answer, with `left_out` where the request allows for that."""
        model = explored.model
        findings, left_out = readable(model.names, self.findings, self.partial)
        record = model.told(self.ask(model, findings).to_dict())
        return {**record, "left_out": [asdict(one) for one in left_out]} if self.partial else record

    def ask(self, model: RiskModel, findings: Mapping[str, Any]) -> Any:
        """The answer of the model."""
        raise NotImplementedError


class Beliefs(OfPerson, kw_only=True):
    """What is believed, quickly and without intervals, with and without what was measured; always partial."""

    about = "Beliefs in every variable at once, without intervals, and how each finding was read"
    command = ""

    @property
    def lane(self) -> Lane:
        """The answer to a keystroke."""
        return "quick"

    def record(self, explored: Explored) -> dict[str, Any]:
        """See `bn.web.beliefs`."""
        return explored.beliefs(*readable(explored.model.names, self.findings, partial=True))


class Risk(OfPerson, kw_only=True):
    """The risk with its interval, and every variable; by other definitions too, where some are named."""

    about = "Risk of one person, with interval and every mechanism"
    command = "risk"
    definition: Annotated[Names, Meta(description="Also by other definitions of outcomes (/api/catalog)")] = []

    def ask(self, model: RiskModel, findings: Mapping[str, Any]) -> Any:
        """See `RiskModel.posterior`."""
        return model.posterior(findings, definition=self.definition)


class Explain(OfPerson, kw_only=True):
    """Why the risk is what it is."""

    about = "Why one person's risk is what it is"
    command = "explain"
    seed: int = 0

    def ask(self, model: RiskModel, findings: Mapping[str, Any]) -> Any:
        """See `RiskModel.explain`."""
        return model.explain(findings, seed=self.seed)


class NextTest(OfPerson, kw_only=True):
    """What to measure next."""

    about = "What to measure next in one person"
    command = "next-test"
    threshold: float | None = None
    costs: Annotated[dict[str, float], Meta(max_length=200)] = {}

    def ask(self, model: RiskModel, findings: Mapping[str, Any]) -> Any:
        """See `RiskModel.next_test`."""
        return model.next_test(findings, threshold=self.threshold, costs=self.costs)


class Sensitivity(OfPerson, kw_only=True):
    """How sure the risk is."""

    about = "How sure one person's risk is"
    command = "sensitivity"

    def ask(self, model: RiskModel, findings: Mapping[str, Any]) -> Any:
        """See `RiskModel.sensitivity`."""
        return model.sensitivity(findings)


class MostProbable(OfPerson, kw_only=True):
    """The likeliest joint states."""

    about = "The most probable joint states in one person"
    command = "most-probable"
    over: Names | None = None
    best: Annotated[int, Meta(ge=1, le=100)] = 5

    def ask(self, model: RiskModel, findings: Mapping[str, Any]) -> Any:
        """See `RiskModel.most_probable`."""
        return model.most_probable(findings, over=self.over, best=self.best)


class WhatIf(OfPerson, kw_only=True):
    """One person before and after interventions."""

    about = "What interventions, all at once, would change in one person"
    command = "what-if --do"
    do: Acts

    def ask(self, model: RiskModel, findings: Mapping[str, Any]) -> Any:
        """See `RiskModel.what_if`."""
        return model.what_if(findings, do=self.do)


class Rank(OfPerson, kw_only=True):
    """Interventions, each by itself; all of them where none is named."""

    about = "Interventions, each by itself, ranked"
    command = "what-if --rank"
    do: Acts | None = None
    point: Point = False

    def record(self, explored: Explored) -> dict[str, Any]:
        """The answer, of the point alone where that is wanted."""
        if not self.point:
            return super().record(explored)
        record = super().record(replace(explored, model=explored.point))
        none = {"low": None, "high": None, "interval_error": None, "interval_draws": 0}
        return {**record, "interval_draws": [0, 0], "rows": [{**row, **none} for row in record["rows"]]}

    def ask(self, model: RiskModel, findings: Mapping[str, Any]) -> Any:
        """See `RiskModel.rank`."""
        return model.rank(findings, do=self.do)


class Sweep(OfPerson, kw_only=True):
    """One what-if over the states of a variable."""

    about = "The same what-if over the states of a variable"
    command = "what-if --sweep"
    do: Acts
    over: Annotated[str, Meta(max_length=200)]
    between: tuple[float, float] | None = None

    def ask(self, model: RiskModel, findings: Mapping[str, Any]) -> Any:
        """See `RiskModel.sweep`."""
        return model.sweep(findings, do=self.do, over=self.over, between=self.between)


class Mediation(Asked, kw_only=True):
    """How the effect of the root variable splits; of nobody in particular."""

    about = "Through what the root variable acts on each outcome"
    command = "mediation"
    before: str | None = None
    after: str | None = None

    def record(self, explored: Explored) -> dict[str, Any]:
        """See `RiskModel.mediation`."""
        model = explored.model
        return model.told(model.mediation(self.before, self.after).to_dict())


class Evidence(Asked, kw_only=True):
    """What the network says beside every trial and study that it knows; of nobody in particular."""

    about = "The network beside trials and studies, about a name or all of them, each with its source"
    command = "evidence"
    name: Annotated[str, Meta(max_length=200)] | None = None
    studies: Annotated[Names, Meta(description="Only these, by id")] | None = None
    point: Point = False
    listed: Annotated[bool, Meta(description="What studies found alone, at once: the network is not asked")] = False

    @property
    def lane(self) -> Lane:
        """Intervals of many studies take long."""
        return "slow" if self.point or self.listed else "long"

    def record(self, explored: Explored) -> dict[str, Any]:
        """See `RiskModel.evidence`."""
        answered = explored.studies_at_point if self.point else explored.studies
        record = explored.model.told(answered.forest(self.name, self.studies, self.listed).to_dict())
        if not self.point:
            return record
        none = {"network_low": None, "network_high": None}
        return {**record, "draws": 0, "studies": [{**row, **none} for row in record["studies"]]}


QUESTIONS: Mapping[str, type[Asked]] = {
    "beliefs": Beliefs,
    "risk": Risk,
    "explain": Explain,
    "next-test": NextTest,
    "sensitivity": Sensitivity,
    "what-if": WhatIf,
    "rank": Rank,
    "sweep": Sweep,
    "most-probable": MostProbable,
    "mediation": Mediation,
    "evidence": Evidence,
}
"""Every question by the last part of its route."""

__all__ = ["QUESTIONS", "Asked", "OfPerson"]
