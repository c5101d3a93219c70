"""The explanation of one person's risk, as data, as frames, and in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bn.core.answer import Answer, Note
from bn.core.errors import QuestionError
from bn.questions.explain.agreement import Surprise
from bn.questions.explain.support import Carried, Support
from cpds.logistic import expit

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Contribution:
    """Share of one finding in the change of the log odds of the risk; `error` is None where it is exact.

    `log_odds` is its share among all findings, `in_context` that among what was found once the context
    is known, None for the context itself; either with its standard error.
    """

    finding: str
    said: str
    log_odds: float
    error: float | None
    in_context: float | None
    in_context_error: float | None


@dataclass(frozen=True)
class Explanation(Answer):
    """Why the risk of one person is what it is, at the point of the parameters.

    `before` and `after` are the log odds of the risk without any finding and with all, `context` those with
    age, sex and the like alone. Contributions (Shapley values) add up: `log_odds` to after - before,
    `in_context` to after - context. `conflict` is that of the findings given the context,
    `conflict_overall` that of everything, None where nothing could conflict. `outcomes_measured` lists outcomes
    that were themselves observed, `notes` are those on the findings.
    """

    risk_of: tuple[str, str]
    before: float
    context: float
    after: float
    contributions: tuple[Contribution, ...]
    mechanisms: tuple[Carried, ...]
    conflict: float | None
    conflict_overall: float | None
    surprises: tuple[Surprise, ...]
    supports: tuple[Support, ...]
    outcomes_measured: tuple[str, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def risk(self) -> float:
        """Probability that the outcome is present now."""
        return float(expit(np.array(self.after)))

    @property
    def against(self) -> tuple[Contribution, ...]:
        """Findings that pull the other way than all of them together, the strongest first."""
        change = self.after - self.before
        found = [row for row in self.contributions if row.log_odds * change < 0 and abs(row.log_odds) > 1e-9]
        return tuple(sorted(found, key=lambda row: -abs(row.log_odds)))

    @property
    def claims(self) -> dict[str, float]:
        """Weight of each claim: that of all arcs and markers that it speaks for, the heaviest first."""
        return _ranked((claim, abs(row.weight)) for row in self.supports for claim in row.claims)

    @property
    def sources(self) -> dict[str, float]:
        """Weight of each source: that of all arcs and markers with a number from it, the heaviest first."""
        return _ranked((source, abs(row.weight)) for row in self.supports for source in row.sources)

    @property
    def bases(self) -> dict[str, float]:
        """Share of each basis in the weight of all arcs, the largest first."""
        arcs = [row for row in self.supports if row.kind == "arc"]
        total = sum(abs(row.weight) for row in arcs)
        return _ranked((row.basis[0], abs(row.weight) / total) for row in arcs)

    def to_frame(self, part: str = "contributions") -> pd.DataFrame:
        """One part as a DataFrame: contributions, mechanisms, surprises, supports, claims or sources."""
        import pandas as pd

        if part in ("claims", "sources"):
            return pd.DataFrame(getattr(self, part).items(), columns=[part.removesuffix("s"), "weight"])
        if part not in ("contributions", "mechanisms", "surprises", "supports"):
            raise QuestionError(
                f"part: found '{part}', expected contributions, mechanisms, surprises, supports, claims or sources"
            )
        return pd.DataFrame([asdict(row) for row in getattr(self, part)])

    def to_dict(self) -> dict[str, Any]:
        """Everything, in plain types that JSON takes."""
        found = asdict(self)
        del found["titles"]
        found["risk_of"] = list(self.risk_of)
        found["against"] = [row.finding for row in self.against]
        return {"risk": self.risk, **found, "claims": self.claims, "sources": self.sources, "bases": self.bases}

    def __repr__(self) -> str:
        variable, state = self.risk_of
        strongest = sorted(self.contributions, key=lambda row: -abs(row.log_odds))
        shares = ", ".join(f"{row.finding} {row.log_odds:+.2f}" for row in strongest)
        odds = f"log odds {self.before:+.2f} to {self.after:+.2f}"
        return f"<Explanation: P({variable} = {state}) = {self.risk:.3f}; {odds}: {shares}>"


def _ranked(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Sums by name, the largest first, ties by name."""
    sums: dict[str, float] = {}
    for name, weight in pairs:
        sums[name] = sums.get(name, 0.0) + weight
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))
