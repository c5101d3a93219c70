"""What a sensitivity analysis found, as records and as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bn.core.answer import LEVEL, Answer

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.answer import Note

SHOWN = 12
"""Rows of each table in a notebook."""

Part = Literal["parameters", "findings", "sources", "settings"]


@dataclass(frozen=True)
class Parameter:
    """One parameter moved alone from `low` to `high`, its 5th and 95th percentile, in log odds.

    `risk_low` and `risk_high` are the risks there. `share` is its share of the variance of the log odds
    of the risk, `if_known` the share that would go if this parameter alone were known.
    """

    name: str
    basis: str
    origin: str
    value: float
    low: float
    high: float
    risk_low: float
    risk_high: float
    share: float
    if_known: float

    @property
    def swing(self) -> float:
        """How far the risk moves between the two ends."""
        return abs(self.risk_high - self.risk_low)


@dataclass(frozen=True)
class Finding:
    """One finding, and the risk without it."""

    name: str
    said: str
    risk: float


@dataclass(frozen=True)
class Source:
    """A study, what leans on it, and the risk if it is worth nothing; `markers` are then left out."""

    id: str
    parameters: tuple[str, ...]
    targets: tuple[str, ...]
    markers: tuple[str, ...]
    risk: float


@dataclass(frozen=True)
class Setting:
    """A structural setting, and the risk under it with its interval."""

    id: str
    title: str
    risk: float
    low: float
    high: float


@dataclass(frozen=True)
class Sensitivity(Answer):
    """How sure one person's risk is, with the 90 % interval over the draws (`low`, `high`).

    Parameters are ordered by swing, findings and sources by how far they move the risk. `bases` are the
    shares of the interval's variance by basis; with `remainder`, what is not linear, they add up to 1.
    """

    risk_of: tuple[str, str]
    risk: float
    low: float
    high: float
    parameters: tuple[Parameter, ...]
    bases: Mapping[str, float]
    remainder: float
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    settings: tuple[Setting, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def to_frame(self, part: Part = "parameters") -> pd.DataFrame:
        """One row a parameter, finding, source or setting; the columns are the fields of its record."""
        import pandas as pd

        return pd.DataFrame([asdict(entry) for entry in getattr(self, part)])

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values for JSON."""
        record = asdict(self)
        return {"risk": self.risk, "interval": [self.low, self.high], "level": LEVEL} | {
            key: record[key] for key in ("bases", "remainder", "parameters", "findings", "sources", "settings", "notes")
        }

    def __repr__(self) -> str:
        first = self.parameters[0]
        return (
            f"<Sensitivity: P({self.risk_of[0]} = {self.risk_of[1]}) = {self.risk:.3f}, {self.low:.3f} to "
            f"{self.high:.3f}; widest swing {first.name}, {first.risk_low:.3f} to {first.risk_high:.3f}>"
        )
