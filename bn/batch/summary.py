"""What became of a cohort: rows scored, errors by kind, columns recognized and passed through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpds.knowledge import Knowledge

if TYPE_CHECKING:
    from bn.batch.columns import Columns, Recognized

SHOWN = 8


@dataclass(frozen=True)
class Summary:
    """Counts and columns of one run.

    `errors` maps a kind of error to its rows, counted from 1 without the header; a row may have several.
    `passed` maps unrecognized columns to a hint at the nearest name. `without` counts the rows that were
    scored without the root variable, by its name. `outcomes` were themselves measured among the inputs.
    """

    rows: int
    failed: int
    errors: Mapping[str, tuple[int, ...]]
    recognized: tuple[Recognized, ...]
    passed: Mapping[str, str]
    outcomes: tuple[str, ...]
    without: Mapping[str, int]

    @classmethod
    def of(cls, knowledge: Knowledge, columns: Columns) -> Summary:
        """The summary of a scored frame."""
        problems, variables = columns.problems, knowledge.variables
        speaking = {
            knowledge.biomarkers[column.name].variable if column.name in knowledge.biomarkers else column.name
            for column in columns.recognized
            if columns.given[column.name].any()
        }
        fine = problems.fine
        without = {}
        for name, variable in variables.items():
            if variable.role == "root":
                weight = columns.observed.weights.get(name)
                without[name] = int((fine & ((weight == 1).all(axis=0) if weight is not None else True)).sum())
        return cls(
            rows=len(fine),
            failed=int((~fine).sum()),
            errors={kind: tuple((rows + 1).tolist()) for kind, rows in problems.kinds.items()},
            recognized=tuple(columns.recognized),
            passed=dict(columns.passed),
            outcomes=tuple(name for name in variables if name in speaking and variables[name].role == "outcome"),
            without=without,
        )

    def __str__(self) -> str:
        lines = [f"{self.rows - self.failed} of {self.rows} rows scored, {self.failed} with errors"]
        for kind, rows in list(self.errors.items())[:SHOWN]:
            first = ", ".join(map(str, rows[:3])) + (", ..." if len(rows) > 3 else "")
            lines.append(f"  {len(rows)}x {kind} (row {first})")
        if len(self.errors) > SHOWN:
            lines.append(f"  and {len(self.errors) - SHOWN} other kinds of error")
        for column in self.recognized:
            lines.append(f"  {column.header} -> {column.name}" + (f" [{column.unit}]" if column.unit else ""))
        for header, hint in self.passed.items():
            lines.append(f"  {header} passed through{hint}")
        for name, count in self.without.items():
            if count:
                lines.append(f"  {count} rows without {name}: summed over the population's")
        for outcome in self.outcomes:
            lines.append(f"  note: {outcome} was itself measured in this file")
        return "\n".join(lines)
