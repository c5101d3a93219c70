"""Reading what people say: one person's observations as typed, checked and turned into numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from bn.errors import QuestionError, UnknownNameError
from bn.evidence import Observed
from bn.names import Names, plain, split_unit
from cpds.measurement import Readings
from cpds.records import Binned, Biomarker, Declared, Ordinal, Variable
from cpds.table import Array
from cpds.units import ReadingError, parse_reading

YES = frozenset({"yes", "y", "true", "1", "1.0", "present"})
_INTERVAL = re.compile(r"\[(.+),(.+)\)")
NO = frozenset({"no", "n", "false", "0", "0.0", "absent"})


def observe_person(names: Names, observations: Mapping[str, Any]) -> Observed:
    """One person's observations as an `Observed` of one row.

    A variable takes a state, a mapping of states to weights, or, where it has a numeric scale, a
    number or text such as `80+`. A biomarker takes a number in its unit, text with a unit, a censored
    value such as `<0.3`, a level, or yes / no.
    """
    weights: dict[str, Array] = {}
    readings: dict[str, Readings] = {}
    said: dict[str, str] = {}
    knowledge = names.knowledge
    for header, value in observations.items():
        typed, unit = split_unit(header)
        name = names.resolve(typed)
        if name in said:
            raise QuestionError(f"'{header}' and '{said[name]}' both give {name}; keep one")
        said[name] = header
        if unit is not None:
            value = f"{value} {unit}"
        try:
            marker = knowledge.biomarkers.get(name)
            if marker is None:
                _combine(weights, name, variable_weights(knowledge.variables[name], value)[:, None], header)
            elif isinstance(marker, Binned):
                weight = binned_weights(knowledge.variables[marker.variable], marker, value)[:, None]
                _combine(weights, marker.variable, weight, header)
            else:
                number, censored = biomarker_value(marker, value)
                readings[name] = Readings(np.array([number]), np.array([censored], dtype=np.int8))
        except ReadingError as error:
            raise QuestionError(str(error)) from None
    return Observed(1, weights, readings)


def _combine(weights: dict[str, Array], variable: str, weight: Array, header: str) -> None:
    """Join what several findings say of one variable's state; findings that exclude each other are an error."""
    joined = weights.get(variable, 1.0) * weight
    if not joined.any():
        raise QuestionError(f"'{header}' contradicts what else was said of {variable}; check both")
    weights[variable] = joined


def variable_weights(variable: Variable, value: Any) -> Array:
    """P(finding | state) for each state of the variable, from what was said of it."""
    if isinstance(value, Mapping):
        return _given_weights(variable, value)
    if isinstance(value, str):
        state = _state(variable, value)
        if state is not None:
            return np.array([float(name == state) for name in variable.states])
    if variable.scale is not None and not isinstance(value, bool):
        return binned_weights(variable, scale_marker(variable), value)
    raise UnknownNameError(f"state of {variable.id}", str(value), variable.states)


def scale_marker(variable: Variable) -> Binned:
    """A marker that reads the variable's own numeric scale."""
    if variable.scale is None:
        raise QuestionError(f"{variable.id} has no numeric scale; give one of {', '.join(variable.states)}")
    return Binned.model_construct(
        id=variable.id,
        variable=variable.id,
        kind="binned",
        unit=variable.scale.unit,
        units=(),
        factors={},
        accepted=variable.scale.accepted,
    )


def binned_weights(variable: Variable, marker: Binned, value: Any) -> Array:
    """Share of each state's range that a reading on the variable's scale allows.

    An exact number falls into one state; `80+`, `<70` or `[60, 75)` allow several, a state cut by a
    bound in proportion to what is left of its range.
    """
    if variable.scale is None:
        raise QuestionError(f"{variable.id} has no numeric scale")
    edges = np.array(variable.scale.edges)
    parts = _INTERVAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if parts:
        bounds = np.array([parse_reading(parts[1], marker)[0], parse_reading(parts[2], marker)[0]])
        above = spread_over_states(edges, bounds, np.array([1, 1]))
        return above[:, 0] - above[:, 1]
    number, censored = parse_reading(_plus_sign(value), marker)
    return spread_over_states(edges, np.array([number]), np.array([censored]))[:, 0]


def spread_over_states(edges: Array, numbers: Array, censored: Array) -> Array:
    """Axes (state, row): the state a number falls into, or the shares that a bound leaves.

    >>> spread_over_states(np.array([0.0, 10.0, 20.0]), np.array([12.0, 5.0]), np.array([0, 1]))
    array([[0. , 0.5],
           [1. , 1. ]])
    """
    low, high = edges[:-1, None], edges[1:, None]
    exact = (numbers >= low) & (numbers < high)
    exact[-1] |= numbers == edges[-1]
    above = np.clip((high - numbers) / (high - low), 0.0, 1.0)
    return np.where(censored == 0, exact, np.where(censored > 0, above, 1.0 - above)).astype(float)


def biomarker_value(marker: Biomarker, value: Any) -> tuple[float, int]:
    """Number (or code) and censoring (-1 below, 0 exact, 1 above) of one reading of a marker."""
    if isinstance(marker, Ordinal):
        levels = [level.id for level in marker.levels]
        level = plain(str(value))
        if level not in levels:
            raise UnknownNameError(f"level of {marker.id}", str(value), levels)
        return float(levels.index(level)), 0
    if isinstance(marker, Declared):
        said = str(value).strip().lower()
        if said not in YES | NO:
            raise QuestionError(f"{marker.id}: found {value!r}, expected yes or no")
        return float(said in YES), 0
    return parse_reading(_plus_sign(value), marker)


def _plus_sign(value: Any) -> Any:
    """`80+` as `>=80`."""
    if isinstance(value, str) and value.strip().endswith("+"):
        return ">=" + value.strip()[:-1]
    return value


def _state(variable: Variable, text: str) -> str | None:
    name = plain(text)
    if name in variable.states:
        return name
    return variable.state_aliases.get(name)


def _given_weights(variable: Variable, weights: Mapping[Any, Any]) -> Array:
    """Virtual evidence: a weight a state; states left out weigh nothing."""
    result = np.zeros(len(variable.states))
    for state, weight in weights.items():
        name = _state(variable, str(state))
        if name is None:
            raise UnknownNameError(f"state of {variable.id}", str(state), variable.states)
        number = _number(weight)
        if number is None or not math.isfinite(number) or number < 0:
            raise QuestionError(
                f"{variable.id}: weight of {name}: found {weight!r}, expected a finite number not below 0"
            )
        result[variable.states.index(name)] = number
    if result.sum() == 0:
        raise QuestionError(f"{variable.id}: all weights are 0; give at least one state a positive weight")
    return result


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
