"""The joint distribution of a few variables, and the most probable joint states, given what is known of one person.

Exact: what is not asked for is summed out, then the joint is maximized. So with the mechanisms asked for
this is the maximum a posteriori of the mechanisms, and with every open variable the most probable explanation.
The best joint state need not be made of each variable's most probable state, and is often improbable itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.answer import LEVEL, Answer, interval_of
from bn.core.conditioned import Conditioned
from bn.core.errors import QuestionError
from bn.core.model import Draws
from bn.core.names import Names
from bn.core.notes import notes_on
from bn.core.observe import observe
from bn.engine import condition, infer
from bn.engine.best import best_states
from bn.engine.parallel import by_parts
from cpds.table import Array

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.answer import Note
    from bn.core.model import Model
    from bn.core.observe import ObservationsLike

LARGEST = 4096
AT_ONCE = 16


def joint(
    model: Model,
    variables: Collection[str],
    observations: ObservationsLike = None,
    named: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """P(variables | observations), one row a joint state: `probability` at the point, 90 % interval `low` to `high`.

    The index has a level a variable, in the order in which they are asked for. A variable that is known
    keeps all its states, those that it is not in with probability 0. Raises QuestionError for more than
    `LARGEST` joint states, UnknownNameError for what is no variable.
    """
    import pandas as pd

    if isinstance(variables, Mapping):
        raise QuestionError("joint: found findings in place of variables; write joint([...], observations)")
    names = chosen_variables(model.names, variables)
    states = {name: model.knowledge.variables[name].states for name in names}
    size = prod(len(of_one) for of_one in states.values())
    if size > LARGEST:
        raise QuestionError(f"{', '.join(names)} have {size} joint states, expected at most {LARGEST}; ask for fewer")
    evidence = observe(model.names, observations, named).evidence

    def of_some(parameters: Mapping[str, Array]) -> Array:
        """A few draws at a time, so that memory stays small: axes (joint state, draw)."""
        person = Conditioned.on(Draws(model.knowledge, parameters), evidence)
        found = person.joint(tuple(name for name in names if name not in person.known)).values
        table = np.zeros((*map(len, states.values()), found.shape[-1]))
        table[tuple(person.known.get(name, slice(None)) for name in names)] = found
        return table.reshape(size, -1)

    draws = np.concatenate(by_parts(of_some, model.parameters, AT_ONCE), axis=1)
    low, high = interval_of(draws[:, 1:], LEVEL)
    index = pd.MultiIndex.from_product(list(states.values()), names=list(names))
    return pd.DataFrame({"probability": draws[:, 0], "low": low, "high": high}, index=index)


def chosen_variables(names: Names, asked: Collection[str]) -> tuple[str, ...]:
    """Ids of variables asked for by id or alias; an error for none, for one named twice, for what is no variable."""
    variables = names.knowledge.variables
    found: list[str] = []
    for name in [asked] if isinstance(asked, str) else asked:
        known = names.find(name)
        marker = names.knowledge.biomarkers.get(known or "")
        if marker:
            raise QuestionError(f"'{name}' is a marker; ask for what it measures, {marker.variable}")
        if known is None or known not in variables:
            raise names.no_variable(name)
        if known in found:
            raise QuestionError(f"'{name}' is given twice among the variables asked for; keep one")
        found.append(known)
    if not found:
        raise QuestionError(f"no variable asked for; name some of {', '.join(names.variables)}")
    return tuple(found)


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
    person = observe(model.names, observations)
    point = Conditioned.on(model.network, person.evidence)
    known = {name: knowledge.variables[name].states[index] for name, index in point.known.items()}
    names = _open(model, over, known)
    drawn = Conditioned.on(Draws(knowledge, {k: values[1:] for k, values in model.parameters.items()}), person.evidence)
    found = []
    for best in best_states(point.tables, names, count):
        draws = infer(condition(drawn.tables, best.states)).total.values / drawn.total
        low, high = interval_of(np.broadcast_to(draws, drawn.total.shape), LEVEL)
        states = {name: knowledge.variables[name].states[index] for name, index in best.states.items()}
        found.append(JointStateOf(states, best.weight / float(point.total[0]), float(low), float(high)))
    return MostProbable(names, known, tuple(found), notes_on(person))


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
