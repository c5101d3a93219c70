"""What to measure next, as data, as a frame, and in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bn.core.answer import Answer

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.answer import Note


@dataclass(frozen=True)
class NextTest:
    """One thing that could be measured, and what is expected of it.

    `bits` is the mutual information of its reading and the outcome, `share` that of the present
    uncertainty. `expected_change` is the mean distance by which the risk moves, `low` and `high` the
    central 90 % of the risk after it. With a threshold, `crossing` is the probability that the risk
    ends on its other side and `value` the expected gain in net benefit (see `bn.questions.next_test.gain`).
    With a cost, `bits_per_cost` and `value_per_cost`.
    """

    id: str
    title: str
    variable: str
    tissue: str
    measures_outcome: bool
    bits: float
    share: float
    expected_change: float
    low: float
    high: float
    crossing: float | None
    value: float | None
    cost: float | None

    @property
    def bits_per_cost(self) -> float | None:
        """Certainty for each unit of cost; None without a cost."""
        return None if self.cost is None else self.bits / self.cost

    @property
    def value_per_cost(self) -> float | None:
        """Net benefit for each unit of cost; None without a cost or a threshold."""
        return None if self.cost is None or self.value is None else self.value / self.cost

    def to_dict(self) -> dict[str, Any]:
        """Everything, in plain types that JSON takes."""
        return {**asdict(self), "bits_per_cost": self.bits_per_cost, "value_per_cost": self.value_per_cost}


@dataclass(frozen=True)
class NextTests(Answer):
    """What to measure next in one person, the most telling first, at the point of the parameters.

    `uncertainty` is the entropy of the outcome now, in bits. `left_out` says of markers that would tell
    nothing why, `notes` are those on the findings.
    """

    risk_of: tuple[str, str]
    risk: float
    uncertainty: float
    threshold: float | None
    tests: tuple[NextTest, ...]
    left_out: Mapping[str, str]
    notes: tuple[Note, ...] = ()

    @property
    def of_mechanisms(self) -> tuple[NextTest, ...]:
        """Tests of everything but the outcomes."""
        return tuple(test for test in self.tests if not test.measures_outcome)

    @property
    def of_outcomes(self) -> tuple[NextTest, ...]:
        """Measurements of the outcomes themselves."""
        return tuple(test for test in self.tests if test.measures_outcome)

    def __getitem__(self, name: str) -> NextTest:
        return next(test for test in self.tests if test.id == name)

    def to_frame(self) -> pd.DataFrame:
        """One row a test, in their order."""
        import pandas as pd

        return pd.DataFrame([test.to_dict() for test in self.tests])

    def to_dict(self) -> dict[str, Any]:
        """Everything, in plain types that JSON takes."""
        found = {**asdict(self), "risk_of": list(self.risk_of)}
        return {**found, "tests": [test.to_dict() for test in self.tests]}

    def __repr__(self) -> str:
        variable, state = self.risk_of
        best = ", ".join(f"{test.id} {test.bits:.3f}" for test in self.of_mechanisms[:3])
        return (
            f"<NextTests: P({variable} = {state}) = {self.risk:.3f}, {self.uncertainty:.3f} bits unsure; {best} bits>"
        )
