"""Studies and the network side by side, as plain numbers; and how many agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bn.core.answer import Answer
from bn.core.errors import UnknownNameError
from cpds.records import Source, Use

if TYPE_CHECKING:
    import pandas as pd

SPREADS = 1.959964
"""Half a 95 % interval, in standard deviations."""

LEVEL = 0.95
"""Of both intervals: that of a study and that of the network over its draws."""

Verdict = Literal["inside", "outside", "right sign", "wrong sign", "not asked"]
HEADINGS: Mapping[Use, str] = {
    "fit": "For the fit: rows that the written rule admits to a fit",
    "check": "Checks: held against the network, never fitted",
    "order": "Order and sign only: no size that converts to log odds",
    "contrary": "Contrary findings: kept and asked",
    "outside": "Outside: the network has no such agent, marker or outcome",
}
"""Uses of rows in the order in which they are shown, and what each means."""


@dataclass(frozen=True, kw_only=True)
class StudyRow:
    """One study, and the network's answer to its question. All log odds are natural, and of the worse.

    `compared` is what was done or seen, `outcome` what was measured, in words; `names` are all that the study is about,
    `about` the first of them. People: as printed, and `given` as the network takes them. `log_odds`, `low` and `high`
    are the `printed` effect as the written rule converts it, with its 95 % interval; `ratio` is that of new cases,
    treated to untreated. `why` the rule uses the row as it does. `network` is the answer at the posterior mean,
    `network_low` and `network_high` its 95 % interval over the draws, `asked` the event that it speaks of. `agrees`:
    whether the sign is right, None where the study leaves that open or nothing was asked, and `unasked` says why.
    """

    id: str
    how: Literal["doing", "seeing"]
    use: Use
    why: str
    compared: str
    outcome: str
    names: tuple[str, ...]
    about: str
    people: str
    age: str
    sex: str
    bmi: str
    n: str
    species: str
    held: str
    given: Mapping[str, str]
    design: str
    tissue: str
    scale: str
    printed: str
    says: str
    log_odds: float | None
    low: float | None
    high: float | None
    ratio: float | None
    asked: str
    network: float | None
    network_low: float | None
    network_high: float | None
    verdict: Verdict
    agrees: bool | None
    unasked: str
    note: str
    source: str
    read: str


class Count(NamedTuple):
    """`right` of `asked`."""

    right: int
    asked: int

    def __str__(self) -> str:
        return f"{self.right} of {self.asked}"


@dataclass(frozen=True)
class Forest(Answer):
    """Every study about `name` (None: all that are known), with the network's answer to each."""

    name: str | None
    title: str
    rows: tuple[StudyRow, ...]
    sources: Mapping[str, Source]
    draws: int
    level: float = LEVEL
    titles: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, study: str) -> StudyRow:
        found = {row.id: row for row in self.rows}
        if study not in found:
            raise UnknownNameError("study", study, found)
        return found[study]

    @property
    def counts(self) -> dict[str, Count]:
        """How many agree, by what is counted; animals and contrary findings are counted by themselves."""
        human = [row for row in self.rows if row.species == "human" and row.use != "contrary"]
        sized = [row for row in human if row.log_odds is not None]
        fit, check = ([row for row in sized if row.use == use] for use in ("fit", "check"))
        return {
            "for the fit, inside": _inside(fit),
            "of these with an interval that excludes zero": _inside(filter(_excludes_zero, fit)),
            "checks, inside": _inside(check),
            "of checks with an interval that excludes zero": _inside(filter(_excludes_zero, check)),
            "right sign, interval excludes zero": _signs(sized),
            "right sign, no size": _signs(row for row in human if row.log_odds is None),
            "pairs of trials in order of new cases": _ordered(human),
            "right sign, animals": _signs(row for row in self.rows if row.species != "human"),
            "contrary findings met": _signs(row for row in self.rows if row.use == "contrary"),
        }

    @property
    def not_asked(self) -> int:
        """Rows to which the network has no answer, each of which tells why."""
        return sum(row.verdict == "not asked" for row in self.rows)

    @property
    def summary(self) -> str:
        """The counts in a sentence."""
        parts = [f"{name} {count}" for name, count in self.counts.items() if count.asked]
        if self.not_asked:
            parts.append(f"not asked {self.not_asked}")
        return f"{len(self.rows)} {'study' if len(self.rows) == 1 else 'studies'}: " + ("; ".join(parts) or "none")

    def to_frame(self) -> pd.DataFrame:
        """One row a study, with the title and address of its source; NaN where there is no number."""
        import pandas as pd

        frame = pd.DataFrame([self._record(row) for row in self.rows])
        numbers = ["log_odds", "low", "high", "ratio", "network", "network_low", "network_high"]
        return frame.astype(dict.fromkeys(numbers, float)) if len(frame) else frame

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON, with the counts."""
        return {
            "name": self.name,
            "title": self.title,
            "level": self.level,
            "draws": self.draws,
            "counts": {name: count._asdict() for name, count in self.counts.items()},
            "not_asked": self.not_asked,
            "studies": [self._record(row) for row in self.rows],
        }

    def _record(self, row: StudyRow) -> dict[str, Any]:
        source = self.sources.get(row.source)
        found = asdict(row) | {"names": list(row.names)}
        keys = ("title", "authors", "year", "address")
        return found | {f"source_{key}": getattr(source, key, None) for key in keys}

    def __repr__(self) -> str:
        return f"<Forest: {self.name or 'everything'}, {self.summary}>"


def _excludes_zero(row: StudyRow) -> bool:
    return row.low is not None and row.high is not None and row.low * row.high > 0


def _inside(rows: Iterable[StudyRow]) -> Count:
    asked = [row.verdict == "inside" for row in rows if row.verdict != "not asked"]
    return Count(sum(asked), len(asked))


def _signs(rows: Iterable[StudyRow]) -> Count:
    asked = [row.agrees for row in rows if row.agrees is not None]
    return Count(sum(asked), len(asked))


def _ordered(rows: Iterable[StudyRow]) -> Count:
    """Pairs of trials of new cases: the one with the lower ratio must lower the same outcome more."""
    trials = [(row.asked, row.ratio, row.network) for row in rows if row.ratio is not None and row.network is not None]
    pairs = [
        (ratio - other_ratio) * (network - other_network) > 0
        for (asked, ratio, network), (other, other_ratio, other_network) in combinations(trials, 2)
        if asked == other and ratio != other_ratio
    ]
    return Count(sum(pairs), len(pairs))
