"""A note on findings, and the same said of many rows at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["conflict", "caution", "unused", "derived"]
KINDS: tuple[Kind, ...] = ("conflict", "caution", "unused", "derived")


@dataclass(frozen=True)
class Note:
    """What is worth knowing of some findings of one person.

    A `conflict`: findings that hardly go together. A `caution`: one that may not mean what it seems to. `unused`: one
    that has no part, or not its whole part, in the answer. `derived`: one that follows from others (body-mass index).
    `findings` are the names of what it is about.
    """

    kind: Kind
    findings: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Remark:
    """The same of `rows`: `about` says what they have in common, `told` gives the words for one row."""

    kind: Kind
    findings: tuple[str, ...]
    about: str
    rows: NDArray[np.bool_]
    told: Callable[[int], str]

    @classmethod
    def alike(cls, kind: Kind, findings: tuple[str, ...], about: str, rows: NDArray[np.bool_]) -> Remark:
        """In the same words for every row."""
        return cls(kind, findings, about, rows, lambda _: about)

    def note(self, row: int) -> Note:
        """What it says of one row."""
        return Note(self.kind, self.findings, self.told(row))
