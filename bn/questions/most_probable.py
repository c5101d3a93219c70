"""The most probable joint states of the mechanisms (or other variables), given what is known of one person.

Exact: what is not asked for is summed out, then the joint is maximized. So with the mechanisms asked for
this is the maximum a posteriori of the mechanisms, and with every open variable the most probable explanation.
The best joint state need not be made of each variable's most probable state, and is often improbable itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.answer import Answer
from bn.core.conditioned import Conditioned
from bn.core.errors import QuestionError
from bn.core.evidence import weigh
from bn.core.network import Draws
from bn.core.observe import observe_person
from bn.core.posterior import LEVEL, interval_of
from bn.engine import condition, infer
from bn.engine.best import best_states
from bn.questions.joint import chosen_variables

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.model import Model
    from bn.core.note import Note


@dataclass(frozen=True)
class JointStateOf:
    """One joint state, its probability given the findings, and the interval of that over the draws."""

    states: Mapping[str, str]
    probability: float
    low: float
    high: float


@dataclass(frozen=True)
class MostProbable(Answer):
    """Joint states of `over`, most probable first; `known` are the variables that the findings fix.

    `notes` are those on the findings.
    """

    over: tuple[str, ...]
    known: Mapping[str, str]
    best: tuple[JointStateOf, ...]
    notes: tuple[Note, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row a joint state: rank, probability, low, high, then the state of each variable."""
        import pandas as pd

        rows = [
            {"rank": rank, "probability": each.probability, "low": each.low, "high": each.high, **each.states}
            for rank, each in enumerate(self.best, 1)
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return {
            "over": list(self.over),
            "known": dict(self.known),
            "best": [
                {"probability": each.probability, "interval": [each.low, each.high], "states": dict(each.states)}
                for each in self.best
            ],
            "notes": [asdict(note) for note in self.notes],
        }

    def __repr__(self) -> str:
        first = self.best[0]
        return f"<MostProbable: {', '.join(f'{k}={v}' for k, v in first.states.items())}: {first.probability:.3f}>"


def most_probable(
    model: Model, observations: Mapping[str, Any], over: Collection[str] | None = None, count: int = 5
) -> MostProbable:
    """The `count` most probable joint states of `over`, by default of every mechanism that is not known.

    Fewer where fewer are possible. Probabilities are those at the point, with the 90 % interval over
    the draws. Raises QuestionError for a count below 1 and for variables that the findings fix.
    """
    if count < 1:
        raise QuestionError(f"number of joint states: found {count}, expected 1 or more")
    knowledge = model.knowledge
    evidence = weigh(knowledge, observe_person(model.names, observations))
    point = Conditioned.on(model.network, evidence)
    known = {name: knowledge.variables[name].states[index] for name, index in point.known.items()}
    names = _open(model, over, known)
    weight = float(point.total[0])
    drawn = Conditioned.on(Draws(knowledge, {k: values[1:] for k, values in model.parameters.items()}), evidence)
    found = []
    for best in best_states(point.tables, names, count):
        draws = infer(condition(drawn.tables, best.states)).total.values / drawn.total
        low, high = interval_of(np.broadcast_to(draws, drawn.total.shape), LEVEL)
        states = {name: knowledge.variables[name].states[index] for name, index in best.states.items()}
        found.append(JointStateOf(states, best.weight / weight, float(low), float(high)))
    return MostProbable(names, known, tuple(found))


def _open(model: Model, over: Collection[str] | None, known: Mapping[str, str]) -> tuple[str, ...]:
    """Variables to maximize over: those asked for, none of them known, or the mechanisms that are not known."""
    variables = model.knowledge.variables
    if over is None:
        names = tuple(name for name, each in variables.items() if each.role == "mechanism" and name not in known)
        if not names:
            raise QuestionError("every mechanism is known already; name other variables")
        return names
    names = chosen_variables(model.names, over)
    for name in names:
        if name in known:
            raise QuestionError(f"{name} is known already ({known[name]}); leave it out")
    return names
