"""What a validation found: numbers by measure, overall and by group, with the flow of the rows; no picture, no page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bn.core.answer import Answer, Note
from bn.validation.calibration import Bin
from bn.validation.decision import DecisionCurve
from cpds.table import Array

if TYPE_CHECKING:
    import pandas as pd

MEASURES = {
    "auc": "AUC",
    "observed": "Observed share",
    "predicted": "Mean predicted",
    "ratio": "Observed : predicted",
    "intercept": "Calibration in the large",
    "slope": "Calibration slope",
    "ici": "Integrated calibration index",
    "brier": "Brier score",
    "scaled_brier": "Scaled Brier score",
    "miscalibration": "Brier: miscalibration",
    "discrimination": "Brier: discrimination",
    "uncertainty": "Brier: uncertainty",
    "log_score": "Log score",
}
"""What is measured, with its title.

Calibration in the large is the mean of what the log odds lack, the slope held at 1. The Brier score is miscalibration
less discrimination plus uncertainty; scaled it is 1 less its ratio to that of the observed share. The log score is the
mean of minus the natural log of the probability of what was observed.
"""


@dataclass(frozen=True)
class Estimate:
    """A measure with its interval, whose ends are None where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Performance:
    """How risks fit `n` people, of whom `events` have the outcome; `measures` by the names of `MEASURES`.

    A measure that cannot be told is missing: all of them where a group has too few people of either kind.
    """

    n: int
    events: int
    measures: Mapping[str, Estimate]

    def record(self) -> dict[str, Any]:
        """Plain numbers for JSON."""
        return {"n": self.n, "events": self.events} | {name: asdict(one) for name, one in self.measures.items()}


@dataclass(frozen=True)
class Group:
    """People of one `group` of what they are divided `by`."""

    by: str
    group: str
    performance: Performance


@dataclass(frozen=True)
class Reference:
    """A model trained on the same columns of the same people, each predicted by those of the other folds.

    `auc_difference` is the network's AUC less this one's, with its interval for the same people.
    """

    title: str
    performance: Performance
    auc_difference: Estimate
    net_benefit: Array


@dataclass(frozen=True)
class CalibrationCurve:
    """The smoothed share of events at some risks with a pointwise interval, axis (point)."""

    risk: Array
    observed: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Flow:
    """What became of the rows: `read`, of them with `errors`, without the outcome by reason (`without`), and `used`.

    `unpredicted` lack what the probability takes, by reason; `weightless` have weight 0.
    """

    read: int
    errors: Mapping[str, int]
    failed: int
    without: Mapping[str, int]
    unpredicted: Mapping[str, int]
    weightless: int
    used: int


@dataclass(frozen=True)
class Validation(Answer):
    """How well the network's probabilities of an outcome fit the people of a table.

    `outcome` says it in canonical words, `criteria` what each criterion is about; `speaking` are findings left out
    since they speak of it, `left_out` those left out on request. `inputs` gives, by finding, how many of the people
    used have it. `intervals` says how intervals were made, each of `level`; `design` what was stated of it. `histogram`
    counts weight by risk, in `len(histogram)` equal classes, of people without and with the outcome: axes (class,
    without / with).
    """

    outcome: str
    criteria: tuple[str, ...]
    source: str
    inputs: Mapping[str, int]
    speaking: tuple[str, ...]
    left_out: tuple[str, ...]
    flow: Flow
    overall: Performance
    groups: tuple[Group, ...]
    curve: CalibrationCurve | None
    bins: tuple[Bin, ...]
    histogram: Array
    decision: DecisionCurve
    references: tuple[Reference, ...]
    design: tuple[str, ...]
    intervals: str
    level: float
    notes: tuple[Note, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """A row a group, all people first: by, group, n, events, then each measure with `_low` and `_high`."""
        import pandas as pd

        rows = []
        for one in (Group("all", "all", self.overall), *self.groups):
            row: dict[str, Any] = {"by": one.by, "group": one.group, "n": one.performance.n}
            row["events"] = one.performance.events
            for name, found in one.performance.measures.items():
                row[name] = found.value
                if found.low is not None:
                    row |= {f"{name}_low": found.low, f"{name}_high": found.high}
            rows.append(row)
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain numbers and texts, for JSON."""
        curve = self.curve and {name: values.tolist() for name, values in vars(self.curve).items()}
        decision = {name: values.tolist() for name, values in vars(self.decision).items()}
        return {
            "outcome": self.outcome,
            "criteria": list(self.criteria),
            "source": self.source,
            "model": dict(self.about),
            "inputs": dict(self.inputs),
            "speak_of_the_outcome": list(self.speaking),
            "left_out": list(self.left_out),
            "flow": asdict(self.flow),
            "design": list(self.design),
            "intervals": self.intervals,
            "level": self.level,
            "overall": self.overall.record(),
            "groups": [{"by": one.by, "group": one.group} | one.performance.record() for one in self.groups],
            "references": [
                {"model": one.title}
                | one.performance.record()
                | {"auc_difference": asdict(one.auc_difference), "net_benefit": one.net_benefit.tolist()}
                for one in self.references
            ],
            "calibration_curve": curve,
            "calibration_bins": [asdict(one) for one in self.bins],
            "risk_histogram": self.histogram.tolist(),
            "decision_curve": decision,
            "notes": [asdict(note) for note in self.notes],
        }

    def __repr__(self) -> str:
        auc = self.overall.measures["auc"]
        interval = f" ({auc.low:.3f} to {auc.high:.3f})" if auc.low is not None else ""
        people = f"{self.overall.n} people, {self.overall.events} with the outcome"
        return f"<Validation: {self.outcome}: {people}; AUC {auc.value:.3f}{interval}>"
