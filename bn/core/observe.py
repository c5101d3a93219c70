"""What is observed of one person, as numbers and weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from bn.core.errors import QuestionError
from bn.core.evidence import Observed
from bn.core.heading import Heading
from bn.core.names import Names
from bn.core.told import told
from cpds.measurement import Readings
from cpds.misfits import misfits
from cpds.table import Array
from cpds.text import quotable
from cpds.units import ReadingError


def observe_person(names: Names, observations: Any) -> Observed:
    """One person's observations, as `bn.core.told` takes them, as an `Observed` of one row.

    A variable takes a state, a mapping of all its states to weights, or, where it has a numeric scale, a
    number or text such as `80+`. A biomarker takes a number in its unit, text with a unit, a censored
    value such as `<0.3`, a level, or yes / no. Of what is missing, nothing is said. Raises QuestionError for what
    cannot be read, or cannot be together.
    """
    findings = told(names, observations)
    weights: dict[str, Array] = {}
    readings: dict[str, Readings] = {}
    said: dict[str, str] = {}
    for header, value in findings.items():
        heading = Heading.known(names, header)
        if heading.id in said:
            raise QuestionError(
                f"'{quotable(header)}' and '{quotable(said[heading.id])}' both give {heading.id}; keep one"
            )
        said[heading.id] = header
        try:
            if heading.says_state:
                join(weights, heading.variable.id, heading.weights(value)[:, None])
            else:
                number, censored = heading.reading(value)
                readings[heading.id] = Readings(np.array([number]), np.array([censored], dtype=np.int8))
        except ReadingError as error:
            raise QuestionError(str(error)) from None
        if heading.says_state and not weights[heading.variable.id].any():
            raise QuestionError(
                f"'{quotable(header)}' contradicts what else was said of {heading.variable.id}; check both"
            )
    for misfit in misfits(names.knowledge, readings):
        raise QuestionError(misfit.told(0))
    return Observed(1, weights, readings)


def join(weights: dict[str, Array], variable: str, weight: Array) -> None:
    """Add what one more finding says of a variable's state: likelihoods multiply, axes (state, row)."""
    weights[variable] = weights[variable] * weight if variable in weights else weight
