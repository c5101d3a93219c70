"""What would matter most to know: each parameter by what knowing it exactly would take from the variance of answers.

The battery of people and what-ifs is asked at every draw. What knowing a parameter removes of an answer's variance is
its squared correlation with the answer, less what chance alone makes of it; an intercept is taken at the average
person, as in `bn.questions.sensitivity`. Answers count by their variance, so that those weigh most that are least sure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.answer import LEVEL, Answer, interval_of
from bn.core.errors import QuestionError
from bn.core.progress import progress
from bn.questions.sensitivity.variance import at_average
from bn.revision.battery import ask, battery
from bn.revision.sample import Sample
from bn.synthesis.fit import Problem
from cpds.knowledge import Knowledge
from cpds.logistic import intercept_names
from cpds.priors import Prior, priors
from cpds.records import CONTEXT_ROLES, LATENT
from cpds.table import Array
from cpds.text import mid

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.model import Model

SAME = 1e-10
"""Spread of numbers that are one number but for rounding, over its size."""


@dataclass(frozen=True)
class Worth:
    """One parameter: the share that knowing it would remove of the variance of all answers, of beliefs, of what-ifs.

    The answer that would gain most is that to `item`, whose interval would shrink from a width of `before` to `after`.
    `study` says what kind of study would tell.
    """

    name: str
    basis: str
    origin: str
    removes: float
    of_beliefs: float
    of_what_ifs: float
    item: str
    before: float
    after: float
    study: str


@dataclass(frozen=True)
class WorthKnowing(Answer):
    """Every parameter, the one that matters most first; `beliefs` and `what_ifs` count the answers asked for."""

    parameters: tuple[Worth, ...]
    beliefs: int
    what_ifs: int
    draws: int

    def to_frame(self) -> pd.DataFrame:
        """One row a parameter; the columns are the fields of `Worth`."""
        import pandas as pd

        return pd.DataFrame([asdict(each) for each in self.parameters])

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values for JSON."""
        return {"level": LEVEL, **asdict(self)}

    def __repr__(self) -> str:
        first = self.parameters[0]
        return f"<WorthKnowing: {len(self.parameters)} parameters; first {first.name}, removes {first.removes:.0%}>"


def worth_knowing(model: Model) -> WorthKnowing:
    """What would matter most to know, over the battery of the model's data folder or, without one, the shipped one."""
    knowledge = model.knowledge
    asked = [(item.title, bool(item.do), answer) for item, answer in _asked(model)]
    if not asked:
        raise QuestionError("battery.toml: the network can answer none of its entries; correct them")
    entries = priors(knowledge)
    values = np.array([model.parameters[name][1:] for name in entries])
    if values.shape[1] < 3:
        raise QuestionError(f"the model has {values.shape[1]} draws, expected at least 3: a correlation needs them")
    _, values = at_average(entries, Problem.of(knowledge).averages, np.zeros(len(values)), values)
    answers = np.array([answer for _, _, answer in asked])
    done = np.array([acts for _, acts, _ in asked])
    known = _explained(values, answers)
    variances = answers.var(axis=1)
    removed = known * variances
    low, high = interval_of(answers, LEVEL)
    widths = high - low
    found = []
    for (name, prior), row, share in zip(entries.items(), removed, known, strict=True):
        best = int((widths * (1 - np.sqrt(1 - share))).argmax())
        found.append(
            Worth(
                name,
                prior.figure.basis,
                prior.origin,
                _share(row, variances, np.ones(len(done), dtype=bool)),
                _share(row, variances, ~done),
                _share(row, variances, done),
                asked[best][0],
                float(widths[best]),
                float(widths[best] * np.sqrt(1 - share[best])),
                _study(knowledge, prior),
            )
        )
    found.sort(key=lambda each: -each.removes)
    return WorthKnowing(tuple(found), int((~done).sum()), int(done.sum()), values.shape[1])


def _asked(model: Model) -> Iterator[tuple[Any, Array]]:
    """Each entry of the battery with the risk, or its change, at every draw."""
    draws = max(map(len, model.parameters.values())) - 1
    sample = Sample(model, np.full(draws, 1 / draws), draws)
    items = battery(model.knowledge, model.knowledge).values()
    with progress("people and what-ifs") as tell:
        for done, item in enumerate(items):
            tell(done, len(items))
            answer = ask(sample, item)
            if not isinstance(answer, str) and model.risk_of[0] in answer:
                yield item, np.broadcast_to(answer[model.risk_of[0]], (draws + 1,))[1:]


def _explained(values: Array, answers: Array) -> Array:
    """Squared correlations less what chance makes of them: axes (parameter, answer).

    >>> two = np.array([[1.0, -1.0, 1.0, -1.0], [2.0, 2.0, -2.0, -2.0]])
    >>> _explained(two, two[:1]).round(12).tolist()
    [[1.0], [0.0]]
    """
    centered = [each - each.mean(axis=1, keepdims=True) for each in (values, answers)]
    norms = [np.sqrt((each**2).sum(axis=1)) for each in centered]
    norms = [
        np.where(norm > SAME * abs(each).max(axis=1), norm, 0.0)
        for norm, each in zip(norms, (values, answers), strict=True)
    ]
    scale = np.outer(*norms)
    squared = np.divide(centered[0] @ centered[1].T, scale, out=np.zeros(scale.shape), where=scale > 0) ** 2
    chance = 1 / (values.shape[1] - 1)
    return np.asarray(np.clip((squared - chance) / (1 - chance), 0.0, 1.0))


def _share(removed: Array, variances: Array, which: Any) -> float:
    """What is removed of the variance of some answers; nothing where they have none."""
    total = float(variances[which].sum())
    return float(removed[which].sum()) / total if total > 0 else 0.0


def _study(knowledge: Knowledge, prior: Prior) -> str:
    """What kind of study would tell a parameter, by what it stands for."""
    variables = knowledge.variables
    child = mid(variables[prior.child].title)
    if not prior.parent or prior.name in intercept_names(variables[prior.child]):
        return f"a survey of how common {child} is"
    parent = variables[prior.parent]
    if parent.role == LATENT:
        return f"several markers of muscle in the same people, of {child} among them"
    if parent.role in CONTEXT_ROLES:
        return f"a survey of {mid(parent.title)} and {child}"
    acts = [one for one in knowledge.interventions.values() if {act.variable for act in one.acts} == {prior.parent}]
    way = next((f" ({mid(one.title)})" for one in acts if one.done_by != "laboratory"), "")
    return f"a trial that changes {mid(parent.title)}{way} and measures {child}"
