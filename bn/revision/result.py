"""What moved between two states of the knowledge, as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bn.core.answer import Answer

if TYPE_CHECKING:
    import pandas as pd

NOTICEABLE = 0.0005
"""Least change of a probability that three decimals show."""
NOTICEABLE_RESIDUAL = 0.05
"""Least change of a residual, in spreads, that the report's one decimal shows."""
ERRORS = 3.0
"""A difference of fewer errors than that may be none: among hundreds of answers some differ by two by chance."""

Part = Literal["answers", "claims", "targets"]
State = Literal["fitted", "reweighted", "foreseen", "before"]


@dataclass(frozen=True)
class Side:
    """One of the two: its name, and what its answers rest on.

    `state`: draws that were `fitted` to this knowledge; draws from before, `reweighted` to its priors by every
    question; a rerun of the synthesis `foreseen` by weighing the other side's draws, while other questions answer as
    before; or draws of the knowledge `before` a change that needs the rerun. `told` says so, and what changed.
    `effective` is the effective number of `draws` after weighing, also where that is too small to trust; without any
    it is all of them.
    """

    name: str
    state: State
    told: str
    draws: int
    effective: float


@dataclass(frozen=True)
class Moved:
    """A number before and after, None where one of the two has none and `why` says why; and the difference's error."""

    before: float | None
    after: float | None
    error: float | None
    why: str = field(default="", kw_only=True)

    @property
    def least(self) -> float:
        """Least difference that is worth a word."""
        return NOTICEABLE

    @property
    def difference(self) -> float | None:
        """After less before."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def size(self) -> float:
        """How far it moved, for an order; -1 where nobody knows."""
        return -1.0 if self.difference is None else abs(self.difference)

    @property
    def clear(self) -> bool:
        """Whether it moved noticeably, and by more than `ERRORS` times its error."""
        return self.size >= self.least and self.error is not None and self.size > ERRORS * self.error


@dataclass(frozen=True)
class MovedAnswer(Moved):
    """P(event of `variable`) of an item's person; with `do`, what the acts would change of it (the risk alone)."""

    item: str
    title: str
    do: tuple[str, ...]
    variable: str
    name: str
    of_risk: bool


@dataclass(frozen=True)
class MovedTarget(Moved):
    """Residual of a target in its spreads; `said` and `wanted` are log odds, before and after."""

    id: str
    use: str
    said: tuple[float | None, float | None]
    wanted: tuple[float | None, float | None]

    @property
    def least(self) -> float:
        """Least difference that is worth a word."""
        return NOTICEABLE_RESIDUAL


@dataclass(frozen=True)
class MovedClaim:
    """A claim, or a contrary finding, whose verdict is another; outcomes are empty where one side has none."""

    claim: str
    pointer: str
    question: str
    before: str
    after: str
    values: tuple[float | None, float | None]
    reason: str = ""


@dataclass(frozen=True)
class Diff(Answer):
    """Whose answers moved. Answers and targets are ordered by how far they moved, those without a difference last.

    `changes` says what of the knowledge that bears on answers differs. `claims` are those whose verdict changed, of
    `executed` verdicts in all (0 where claims cannot be compared). `missing` says what could not be compared as a
    whole, and why.
    """

    old: Side
    new: Side
    changes: tuple[str, ...]
    answers: tuple[MovedAnswer, ...]
    claims: tuple[MovedClaim, ...]
    targets: tuple[MovedTarget, ...]
    executed: int
    titles: Mapping[str, str]
    missing: tuple[str, ...] = ()

    def to_frame(self, part: Part = "answers") -> pd.DataFrame:
        """One row an answer, claim or target; the columns are the fields of its record, with `difference`."""
        import pandas as pd

        return pd.DataFrame(self._records(part))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return {
            "old": asdict(self.old),
            "new": asdict(self.new),
            "changes": list(self.changes),
            "answers": self._records("answers"),
            "claims": self._records("claims"),
            "claims_executed": self.executed,
            "targets": self._records("targets"),
            "missing": list(self.missing),
        }

    def _records(self, part: Part) -> list[dict[str, Any]]:
        records = []
        for one in getattr(self, part):
            extra = {"difference": one.difference, "clear": one.clear} if isinstance(one, Moved) else {}
            records.append(asdict(one) | extra)
        return records

    def __repr__(self) -> str:
        clear = sum(one.clear for one in self.answers)
        first = self.answers[0] if self.answers else None
        most = f"; most {first.title}, {first.name}: {first.difference:+.3f}" if first and first.difference else ""
        return f"<Diff: {clear} of {len(self.answers)} answers moved, {len(self.claims)} verdicts{most}>"
