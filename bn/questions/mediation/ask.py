"""The question: which change of the root, which outcomes, and the effects of every draw put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.errors import QuestionError
from bn.core.heading import variable_weights
from bn.core.model import Network
from bn.engine.parallel import by_parts
from bn.questions.mediation.result import EFFECTS, Effect, Mediation, Route, Split
from bn.questions.mediation.routes import Marginals, Reach, effects_of, mean, passing, within
from cpds.knowledge import Knowledge
from cpds.records import LATENT, Variable
from cpds.table import Array
from cpds.units import ReadingError

if TYPE_CHECKING:
    from bn.core.model import Model

DIRECT = "direct"
ARCS = ("alone", "last", "share")
Effects = dict[tuple[str, str], Array]


def mediation(model: Model, before: Any = None, after: Any = None) -> Mediation:
    """How the effect of the root on each outcome splits, in the population, with intervals from all draws.

    `before` and `after` are said as an observation of the root would be (`30`, `[20, 40)`, `75+`); without
    them the root moves from its first state to its last. Of several states each counts by its share of people,
    and every pair of a state before and one after is averaged over. A latent variable confounds mediators and outcomes:
    effects are those within each of its states, averaged over people. Raises QuestionError for two ends alike.
    """
    knowledge = model.knowledge
    root = next((variable for variable in knowledge.variables.values() if variable.role == "root"), None)
    if root is None:
        raise QuestionError("no variable has the role root; mediation asks for the effect of one")
    low, high = _distribution(model, root, before, 0), _distribution(model, root, after, -1)
    if np.array_equal(low, high):
        raise QuestionError(f"{root.id}: both ends are the same; move it from one state to another")
    outcomes = {name: _state(variable) for name, variable in knowledge.variables.items() if variable.role == "outcome"}

    def of_some(part: Mapping[str, Array]) -> dict[str, Effects]:
        return _effects(Network.build(knowledge, part), knowledge, root.id, low, high, outcomes)

    found = by_parts(of_some, model.parameters)
    splits = []
    for outcome, state in outcomes.items():
        effects = {key: np.concatenate([part[outcome][key] for part in found]) for key in found[0][outcome]}
        splits.append(_split(knowledge, outcome, knowledge.variables[outcome].states[state], effects))
    states = [tuple(np.array(root.states)[weights > 0].tolist()) for weights in (low, high)]
    return Mediation(root.id, states[0], states[1], tuple(splits), model.titles)


def _distribution(model: Model, root: Variable, said: Any, default: int) -> Array:
    """Probability of each state of the root at one end of the change."""
    if said is None:
        said = root.states[default]
    try:
        weights = variable_weights(root, said)
    except ReadingError as error:
        raise QuestionError(str(error)) from None
    shares = model.network.tables[root.id].values[:, 0] * weights
    if not shares.any():
        raise QuestionError(f"{root.id}: nobody is in '{said}'")
    distribution: Array = shares / shares.sum()
    return distribution


def _state(outcome: Variable) -> int:
    """The state of an outcome that is asked for: the risk's, else the last."""
    return outcome.states.index(outcome.risk) if outcome.risk else len(outcome.states) - 1


def _effects(
    network: Network, knowledge: Knowledge, root: str, low: Array, high: Array, outcomes: Mapping[str, int]
) -> dict[str, Effects]:
    """By outcome: effects by kind and route, one number a draw of the network."""
    between = sorted(network.descendants(root) & set().union(*(network.ancestors(outcome) for outcome in outcomes)))
    latents = [name for name, variable in knowledge.variables.items() if variable.role == LATENT]
    strata = [(chance, one, Marginals.of(one, root, low, high, between)) for chance, one in within(network, latents)]
    found = {}
    for outcome, state in outcomes.items():
        reach = Reach.of(network, root, outcome, state)
        change = effects_of(reach, low, high, _groups(knowledge, outcome, reach.children))
        kinds = {
            "end": {"before": change.before, "after": change.after, "total": change.after - change.before},
            "passing": mean(
                (chance, passing(one, Reach.of(one, root, outcome, state), (outcome, state), marginals))
                for chance, one, marginals in strata
            ),
            **{kind: getattr(change.children, kind) for kind in ARCS},
            **{f"group {kind}": getattr(change.groups, kind) for kind in ARCS},
        }
        found[outcome] = {
            (kind, name): np.broadcast_to(values, (network.draws,))
            for kind, by_name in kinds.items()
            for name, values in by_name.items()
        }
    return found


def _groups(knowledge: Knowledge, outcome: str, children: Collection[str]) -> dict[str, set[str]]:
    """Children of the root by role, the outcome itself as `direct`."""
    found: dict[str, set[str]] = {}
    for name, variable in knowledge.variables.items():
        if name in children:
            found.setdefault(DIRECT if name == outcome else variable.role, set()).add(name)
    return found


def _split(knowledge: Knowledge, outcome: str, state: str, effects: Mapping[tuple[str, str], Array]) -> Split:
    def route(name: str, role: str, kinds: Mapping[str, str]) -> Route:
        values = {field: Effect.of(effects[kind, name]) for field, kind in kinds.items() if (kind, name) in effects}
        return Route(name, role, **values)

    own = dict.fromkeys(name for kind, name in effects if kind in EFFECTS)
    joined = [name for kind, name in effects if kind == "group share"]
    variables = [
        route(name, DIRECT if name == outcome else variable.role, {field: field for field in EFFECTS})
        for name, variable in knowledge.variables.items()
        if name in own
    ]
    return Split(
        outcome,
        state,
        Effect.of(effects["end", "before"]),
        Effect.of(effects["end", "after"]),
        Effect.of(effects["end", "total"]),
        tuple(route(name, name, {field: f"group {field}" for field in EFFECTS}) for name in joined),
        tuple(sorted(variables, key=lambda each: -abs(each.share.value) if each.share else 0.0)),
    )
