"""What became of a cohort: rows scored, errors by kind, columns recognized and passed through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bn.batch.columns import Recognized
    from bn.batch.score import Scores
    from bn.model import RiskModel

SHOWN = 8


@dataclass(frozen=True)
class Summary:
    """Counts and columns of one run; `errors` maps a reason to its rows (counted from 1, without the header)."""

    rows: int
    errors: Mapping[str, tuple[int, ...]]
    recognized: tuple[Recognized, ...]
    passed: Mapping[str, str]
    outcomes: tuple[str, ...]
    without_age: int

    @classmethod
    def of(cls, model: RiskModel, scores: Scores) -> Summary:
        """The summary of a scored frame."""
        columns = scores.columns
        errors: dict[str, list[int]] = {}
        for row, reason in enumerate(columns.errors, 1):
            if reason:
                errors.setdefault(reason, []).append(row)
        knowledge = model.knowledge
        measured = {
            knowledge.biomarkers[c.name].variable if c.name in knowledge.biomarkers else c.name
            for c in columns.recognized
        }
        outcomes = tuple(
            name for name in knowledge.variables if name in measured and knowledge.variables[name].role == "outcome"
        )
        root = next(name for name, variable in knowledge.variables.items() if variable.role == "root")
        weight = columns.observed.weights.get(root)
        silent = columns.fine if weight is None else columns.fine & (weight == weight[:1]).all(axis=0)
        kept = {reason: tuple(rows) for reason, rows in errors.items()}
        return cls(len(columns.errors), kept, tuple(columns.recognized), columns.passed, outcomes, int(silent.sum()))

    @property
    def failed(self) -> int:
        """Rows with an error."""
        return sum(len(rows) for rows in self.errors.values())

    def __str__(self) -> str:
        lines = [f"{self.rows - self.failed} of {self.rows} rows scored, {self.failed} with errors"]
        for reason, rows in list(self.errors.items())[:SHOWN]:
            first = ", ".join(map(str, rows[:3])) + (", ..." if len(rows) > 3 else "")
            lines.append(f"  {len(rows)}x {reason} (row {first})")
        if len(self.errors) > SHOWN:
            lines.append(f"  and {len(self.errors) - SHOWN} other kinds of error")
        for column in self.recognized:
            lines.append(f"  {column.header} -> {column.name}" + (f" [{column.unit}]" if column.unit else ""))
        for header, hint in self.passed.items():
            lines.append(f"  {header} passed through{hint}")
        if self.without_age:
            lines.append(f"  {self.without_age} rows without age: summed over the population's")
        for outcome in self.outcomes:
            lines.append(f"  note: {outcome} was itself measured in this file")
        return "\n".join(lines)
