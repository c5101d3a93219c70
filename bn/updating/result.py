"""What an update found: tests, what moved and by how much, whether it overfits, and the population; no picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from bn.core.answer import Answer, Note
from bn.core.atomic_write import atomic_write
from cpds.populations import Population, Step

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.model import Model


@dataclass(frozen=True)
class Tested:
    """One likelihood-ratio test of the ladder: `step` against one `before` it, which is rejected where p < `chance`."""

    step: Step
    before: Step
    statistic: float
    freedom: int
    p: float
    chance: float
    taken: bool


@dataclass(frozen=True)
class Moved:
    """A number that moved: `what` (level, factor, offset of a marker, or a parameter) from `was`, with its interval.

    `estimated` is the same from the rows alone, before it was drawn to the network's.
    """

    what: str
    parameters: tuple[str, ...]
    was: float
    value: float
    low: float
    high: float
    estimated: float | None = None


@dataclass(frozen=True)
class Ladder:
    """What was decided on one outcome, or, where findings tell of it themselves (`told_by`), on a variable or marker.

    Of the latter `outcome` is the id, and `events` are the rows with such a finding. `log_score` is the mean of minus
    the natural log of the probability of what was observed: of the network, and of the update, each row by an update
    from the other folds. `rows` were used of `read` that have all it takes. `asked` says that the step was asked for,
    whatever the tests say; `pareto_k` belongs to a full revision.
    """

    outcome: str
    variable: str
    step: Step
    asked: bool
    tests: tuple[Tested, ...]
    moved: tuple[Moved, ...]
    read: int
    rows: int
    events: int
    log_score: Mapping[str, float]
    pareto_k: float | None = None
    told_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Update(Answer):
    """The network as it speaks for the people of a table: `model`, and `population`, which `save` writes to a file.

    `ladders` say outcome by outcome what was decided, and by what; `beside` does so of variables and markers that the
    findings tell of themselves. `level` is that of the intervals.
    """

    model: Model
    population: Population
    ladders: tuple[Ladder, ...]
    beside: tuple[Ladder, ...]
    source: str
    inputs: tuple[str, ...]
    level: float
    notes: tuple[Note, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row a number that moved: outcome, variable, step, what, was, value, low, high, estimated."""
        import pandas as pd

        rows = [
            {"outcome": one.outcome, "variable": one.variable, "step": one.step}
            | {key: value for key, value in asdict(moved).items() if key != "parameters"}
            for one in (*self.beside, *self.ladders)
            for moved in one.moved
        ]
        heads = ["outcome", "variable", "step", "what", "was", "value", "low", "high", "estimated"]
        return pd.DataFrame(rows, columns=heads)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and texts, for JSON."""
        return {
            "source": self.source,
            "step": self.population.step,
            "inputs": list(self.inputs),
            "level": self.level,
            "ladders": [asdict(one) for one in self.ladders],
            "beside": [asdict(one) for one in self.beside],
            "notes": [asdict(one) for one in self.notes],
        }

    def described(self, *, source: str, notes: tuple[str, ...]) -> Update:
        """The same with other words on where the rows came from, and notes that the population carries."""
        population = replace(self.population, source=source, notes=notes)
        return dataclasses.replace(self, population=population, model=self.model.moved_to(population))

    def save(self, path: Path | str, overwrite: bool = False) -> Path:
        """Write the population as a file for `bn.load(population=...)`. Raises QuestionError where one exists."""
        with atomic_write(Path(path), overwrite) as file:
            file.write(self.population.text().encode("utf-8"))
        return Path(path)

    def __repr__(self) -> str:
        steps = "; ".join(f"{one.outcome}: {one.step}" for one in self.ladders)
        return f"<Update from {self.source}: {steps}>"
