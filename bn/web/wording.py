"""Numbers and findings as people say and draw them in a report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def of_100(probability: float) -> str:
    """How many of a hundred: whole people, one decimal below 2 or above 99, where a whole one is much.

    >>> of_100(0.601), of_100(0.0149), of_100(0.9951), of_100(1), of_100(0.0004)
    ('60', '1.5', '99.5', '100', '0')
    """
    share = 100 * probability
    return f"{share:.1f}" if 0.05 <= share < 2 or 99 < share < 99.95 else f"{share:.0f}"


def signed(difference: float) -> str:
    """A difference of probabilities as people of a hundred, with a sign.

    >>> signed(-0.351), signed(0.0112)
    ('-35', '+1.1')
    """
    size = of_100(abs(difference))
    return size if size == "0" else f"{'-' if difference < 0 else '+'}{size}"


def weights_in_words(said: Any) -> str:
    """What was said in words of its own, or weights of states."""
    if isinstance(said, Mapping):
        return ", ".join(f"{state} {weight}" for state, weight in said.items()).replace("_", " ")
    return str(said)


def strip(low: float, high: float, value: float) -> dict[str, float]:
    """Where usual readings and the value lie on a strip from 0 to 100, by their ratio where all are positive."""
    ends = [low, high, value]
    points = [math.log(end) for end in ends] if min(ends) > 0 else ends
    left, right = min(points[0], points[2]), max(points[1], points[2])
    margin = 0.25 * (right - left) or 1.0
    place = [100 * (point - left + margin) / (right - left + 2 * margin) for point in points]
    return {"low": place[0], "high": place[1], "value": place[2]}
