"""The range of a state on a numeric scale as people say it, open where only what is accepted ends it."""

from __future__ import annotations

from cpds.records import Scale
from cpds.units import in_words


def range_of(scale: Scale, state: int, between: str = " to ", with_unit: bool = True) -> str:
    """The range of the state with that index, with `between` its ends, with or without the unit.

    >>> from cpds import load
    >>> age = load().variables["age"].scale
    >>> range_of(age, 0), range_of(age, 8), range_of(age, 13), range_of(age, 13, with_unit=False)
    ('20 to 25 years', '60 to 65 years', '85 years and over', '85 and over')
    """
    low, high = scale.edges[state : state + 2]
    unit = f" {in_words(scale.unit)}" if with_unit else ""
    if high >= scale.accepted[1]:
        return f"{low:g}{unit} and over"
    return f"{low:g}{between}{high:g}{unit}"
