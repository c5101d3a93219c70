"""People as a table: who they are, what was measured or stated of them, and on request the states behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.conditioned import Conditioned
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.core.heading import Heading
from bn.core.model import Model, Network
from bn.core.names import as_tuple
from bn.core.observe import Observations, observe
from bn.counterfactual.treatments import combine, read_treatments
from bn.engine.draw import draw_states
from bn.questions.sample.readings import readings
from cpds.records import CONTEXT_ROLES, Binned, Declared, Ordinal, Referred, Variable
from cpds.table import Array
from cpds.text import quotable
from cpds.units import EXACT, ReadingError

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.observe import ObservationsLike

STATE = "state of "
MOST = 10_000_000


def sample(
    model: Model,
    n: int,
    given: ObservationsLike = None,
    do: str | Iterable[str] = (),
    measure: str | Iterable[str] | None = None,
    states: bool = False,
    detection_limits: Mapping[str, Any] | None = None,
    seed: int | None = None,
) -> pd.DataFrame:
    """`n` people drawn from the network; see `RiskModel.sample`."""
    import pandas as pd

    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MOST:
        raise QuestionError(f"n: found {n!r}, expected a number of people from 1 to {MOST:,}")
    rng = np.random.default_rng(seed)
    person = observe(model.names, given)
    network = _changed(model, person, do)
    drawn = _states(network, person, n, rng)
    markers, variables = _wanted(model, measure)
    limits = _limits(model, markers, detection_limits or {})
    said = {heading.id: person[name] for name, heading in person.headings.items()}
    columns: dict[str, Any] = {}
    for name, variable in model.knowledge.variables.items():
        if variable.role in CONTEXT_ROLES or name in variables:
            header = model.names.known_as(name)
            columns[header] = _of_variable(variable, drawn[name], _bounds(person, variable), rng)
    found = readings(model.knowledge, [name for name in markers if name not in said], drawn, n, rng)
    for name in dict.fromkeys((*markers, *(name for name in said if name in model.knowledge.biomarkers))):
        if isinstance(model.knowledge.biomarkers[name], Binned):
            continue
        columns[name] = [said[name]] * n if name in said else _worded(model, name, found[name], limits.get(name))
    if states:
        for name, variable in model.knowledge.variables.items():
            columns[f"{STATE}{name}"] = np.array(variable.states, dtype=object)[drawn[name]]
    return pd.DataFrame(columns)


def _changed(model: Model, person: Observations, do: str | Iterable[str]) -> Network:
    """The network after what is done. Raises QuestionError where findings speak of what that reaches."""
    acts = as_tuple(do)
    if not acts:
        return model.network
    change = combine(model.knowledge, read_treatments(model.names, acts))
    reached = {*change.acted}.union(*(model.network.descendants(name) for name in change.acted))
    known = {heading.variable.id for heading in person.headings.values()}
    if both := sorted(reached & known):
        raise QuestionError(
            f"given: what is done changes {', '.join(both)}, of which something is given, before or after it; give who "
            "people are, such as age and sex, or ask what_if of one person"
        )
    return change.on(model.network)


def _states(network: Network, person: Observations, n: int, rng: np.random.Generator) -> dict[str, Indices]:
    conditioned = Conditioned.on(network, person.evidence)
    _ = conditioned.total  # an error where the findings cannot occur together
    drawn = draw_states(conditioned.tables, n, rng)
    return {name: drawn.get(name, np.full(n, conditioned.known.get(name, 0))) for name in network.states}


def _wanted(model: Model, measure: str | Iterable[str] | None) -> tuple[Sequence[str], Sequence[str]]:
    """Markers and variables by id; every marker where nothing is said. A number on a variable's scale states it."""
    knowledge = model.knowledge
    binned = {one.id: one.variable for one in knowledge.biomarkers.values() if isinstance(one, Binned)}
    if measure is None:
        return [name for name in knowledge.biomarkers if name not in binned], []
    named = [model.names.resolve(name, "marker or variable") for name in as_tuple(measure)]
    wanted = dict.fromkeys(binned.get(name, name) for name in named)
    return [name for name in wanted if name in knowledge.biomarkers], [n for n in wanted if n in knowledge.variables]


def _bounds(person: Observations, variable: Variable) -> tuple[float, float]:
    """What is given of a variable's number: ends that a number drawn stays within."""
    low, high = -np.inf, np.inf
    for name, heading in person.headings.items():
        if heading.variable.id == variable.id and heading.says_state and heading.numeric is not None:
            least, most = heading.allowed(person[name])
            low, high = max(low, least), min(high, most)
    return low, high


def _of_variable(variable: Variable, states: Indices, bounds: tuple[float, float], rng: np.random.Generator) -> Any:
    """A number within each state's range, to one decimal; the state itself for a variable without a scale.

    The first and last range are open: they are drawn as far beyond their midpoint as it lies from their inner end.
    """
    if variable.scale is None:
        return np.array(variable.states, dtype=object)[states]
    edges, middle = np.array(variable.scale.edges), np.array(variable.scale.midpoints)
    low, high = edges[:-1].copy(), edges[1:].copy()
    low[0] = max(low[0], 2 * middle[0] - high[0])
    high[-1] = min(high[-1], 2 * middle[-1] - low[-1])
    if bounds[0] == bounds[1]:
        return np.full(len(states), bounds[0])
    inner_low, inner_high = np.maximum(low, bounds[0])[states], np.minimum(high, bounds[1])[states]
    numbers = inner_low + rng.random(len(states)) * np.maximum(inner_high - inner_low, 0)
    return np.maximum(np.floor(numbers * 10) / 10, inner_low)


def _limits(model: Model, markers: Sequence[str], said: Mapping[str, Any]) -> dict[str, float]:
    """Detection limits in the canonical unit, by marker."""
    limits: dict[str, float] = {}
    for name, value in said.items():
        heading = Heading.known(model.names, name)
        if heading.id not in markers or not isinstance(heading.marker, Referred):
            raise QuestionError(f"detection limit of '{quotable(name)}': expected a measured marker with numbers")
        try:
            limits[heading.id], censored = heading.reading(value)
        except ReadingError as error:
            raise QuestionError(f"detection limit: {error}") from None
        if censored != EXACT:
            raise QuestionError(f"detection limit of {heading.id}: found '{quotable(value)}', expected a plain number")
    return limits


def _worded(model: Model, name: str, values: Array, limit: float | None) -> Any:
    """Levels, answers, and readings below a detection limit, as they are written."""
    marker = model.knowledge.biomarkers[name]
    if isinstance(marker, Ordinal):
        words: Mapping[float, str] = {float(at): level.id for at, level in enumerate(marker.levels)}
    elif isinstance(marker, Declared):
        words = {0.0: "no", 1.0: "yes"}
    else:
        return values if limit is None else np.where(values < limit, f"<{limit:g}", values.astype(object))
    return np.array([words.get(value) for value in values.tolist()], dtype=object)
