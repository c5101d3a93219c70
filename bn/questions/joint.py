"""The joint distribution of a few variables, given what is known of one person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.conditioned import Conditioned
from bn.core.errors import QuestionError, UnknownNameError
from bn.core.evidence import Evidence, weigh
from bn.core.names import Names
from bn.core.network import Draws
from bn.core.observe import observe_person
from bn.core.posterior import LEVEL, interval_of
from bn.engine.parallel import by_parts
from cpds.table import Array

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.model import Model

LARGEST = 4096
AT_ONCE = 16


def joint(model: Model, variables: Collection[str], observations: Mapping[str, Any]) -> pd.DataFrame:
    """P(variables | observations), one row a joint state: `probability` at the point, 90 % interval `low` to `high`.

    The index has a level a variable, in the order in which they are asked for. A variable that is known
    keeps all its states, those that it is not in with probability 0. Raises QuestionError for more than
    `LARGEST` joint states, UnknownNameError for what is no variable.
    """
    import pandas as pd

    names = chosen_variables(model.names, variables)
    states = {name: model.knowledge.variables[name].states for name in names}
    size = prod(len(of_one) for of_one in states.values())
    if size > LARGEST:
        raise QuestionError(f"{', '.join(names)} have {size} joint states, expected at most {LARGEST}; ask for fewer")
    evidence = weigh(model.knowledge, observe_person(model.names, observations))
    shape = [len(of_one) for of_one in states.values()]
    draws = np.concatenate([part.reshape(size, -1) for part in _parts(model, names, shape, evidence)], axis=1)
    low, high = interval_of(draws[:, 1:], LEVEL)
    index = pd.MultiIndex.from_product(list(states.values()), names=list(names))
    return pd.DataFrame({"probability": draws[:, 0], "low": low, "high": high}, index=index)


def _parts(model: Model, names: tuple[str, ...], shape: list[int], evidence: Evidence) -> list[Array]:
    """The joint for a few draws at a time, so that memory stays small: axes (*names, draw)."""

    def of_some(parameters: Mapping[str, Array]) -> Array:
        person = Conditioned.on(Draws(model.knowledge, parameters), evidence)
        joint = person.joint(tuple(name for name in names if name not in person.known)).values
        table = np.zeros((*shape, joint.shape[-1]))
        table[tuple(person.known.get(name, slice(None)) for name in names)] = joint
        return table

    return by_parts(of_some, model.parameters, AT_ONCE)


def chosen_variables(names: Names, asked: Collection[str]) -> tuple[str, ...]:
    """Ids of variables asked for by id or alias; an error for none, for one named twice, for what is no variable."""
    variables = names.knowledge.variables
    if isinstance(asked, str):
        asked = [asked]
    found: list[str] = []
    for name in asked:
        known = names.find(name)
        marker = names.knowledge.biomarkers.get(known or "")
        if marker:
            raise QuestionError(f"'{name}' is a marker; ask for what it measures, {marker.variable}")
        if known is None or known not in variables:
            raise UnknownNameError("variable", name, variables)
        if known in found:
            raise QuestionError(f"'{name}' is given twice among the variables; keep one")
        found.append(known)
    if not found:
        raise QuestionError(f"no variable asked for; name some of {', '.join(variables)}")
    return tuple(found)
