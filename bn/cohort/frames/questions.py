"""The questions that are asked of every row: scoring, and what-if."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bn.cohort.kernel import Kernel
from bn.cohort.kernel.query import Columns as StateColumns
from bn.cohort.kernel.query import Posteriors
from bn.cohort.reading.columns import Columns
from bn.cohort.reading.question import ERROR
from bn.core.errors import QuestionError
from bn.core.evidence import Indices
from bn.core.names import Names, as_tuple
from cpds.records import SCORED_ROLES
from cpds.table import Array
from cpds.text import quotable

if TYPE_CHECKING:
    from bn.cohort.outcome.by_definition import Conversion
    from bn.core.model import Model
    from bn.counterfactual.treatments import Change

IMPOSSIBLE = "these findings cannot occur together; check each of them"
ADDED = ("risk_before", "risk_after", "difference")
ROWS_COPIED = 1 << 10


@dataclass(frozen=True)
class ModelQuestion:
    """A model asked of every row; see `bn.cohort.reading.question.Question`.

    What was contracted for some rows serves the next. A pickled copy travels without it.
    """

    model: Model

    def __getstate__(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def names(self) -> Names:
        """What the model knows."""
        return self.model.names

    @cached_property
    def risk_of(self) -> tuple[str, int]:
        """Variable and index of the state whose probability is the risk."""
        variable, state = self.model.risk_of
        return variable, self.model.knowledge.variables[variable].states.index(state)


@dataclass(frozen=True)
class Scoring(ModelQuestion):
    """The posteriors of every row, exactly as one person gets them, with `interval` and `posteriors` or without.

    A table comes back with its own columns unchanged and the results after them, in the kind in which it came:

    | in | out |
    | --- | --- |
    | pandas DataFrame | DataFrame, same index |
    | polars DataFrame | DataFrame |
    | pyarrow Table, RecordBatch | Table, RecordBatch; metadata kept |
    | pyarrow RecordBatchReader | RecordBatchReader that scores what is read from it; memory stays bounded |
    | polars LazyFrame | LazyFrame that scores when collected, also in the streaming engine |
    | dask DataFrame | dask DataFrame that scores partition by partition when computed |
    | anything with `__arrow_c_stream__` | pyarrow Table |

    Adds risk, risk_low and risk_high (unless `interval` is off), a probability for every mechanism,
    signaling variable and outcome (`p_<variable>` of its event, and `p_<variable>_<state>` of each state but the first
    where it has more than two; none of them where `posteriors` is off), log_evidence and error, which is empty where
    the row is fine; where it is not, the results are missing (NaN in pandas and dask, else null).
    For each `definition`, an id or alias, there is the probability of its event by it, `by_<id>`, and unless `interval`
    is off `by_<id>_low` and `by_<id>_high`; see `bn.cohort.outcome.by_definition`. All other columns stay the network's
    own. Where a row does not tell what a definition differs by, they are missing, and the summary counts such rows.

    `bn.cohort.reading.meaning.ReadOptions` says how columns are read. What follows from parts (height and weight) fills
    the gaps of what is given. `progress` is called with rows done and rows in all, where the table is in memory. With
    `summary` it is the table and a `bn.cohort.reading.summary.Summary` of what became of rows and columns; a pandas
    frame always holds that as a dictionary, `scored.attrs["myorisk"]`.

    Warns of columns that were not read and look as if they matter (UnreadColumnsWarning), and of numbers that suit
    another unit than the one in which they were read (SuspectUnitWarning).
    Raises QuestionError for a table of another kind, for columns that are ambiguous, named like a result, or
    none of them known, and for a summary of a table that is not in memory.
    """

    interval: bool = True
    posteriors: bool = True
    definition: str | Iterable[str] = ()
    done: ClassVar[str] = "scored"

    def __post_init__(self) -> None:
        object.__setattr__(self, "definition", as_tuple(self.definition))
        self.conversions  # noqa: B018  # refuses what is not known at once
        for name in ("interval", "posteriors"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise QuestionError(f"{name}: found {quotable(repr(getattr(self, name)))}, expected True or False")

    @property
    def added(self) -> list[str]:
        """Names of the added columns; see above."""
        ends = ["risk_low", "risk_high"] if self.interval else []
        return ["risk", *ends, *self.shown, *self._by_definition, "log_evidence", ERROR]

    @property
    def _by_definition(self) -> list[str]:
        """Columns of the definitions."""
        ends = ("", "_low", "_high") if self.interval else ("",)
        return [f"by_{one.id}{end}" for one in self.conversions for end in ends]

    @property
    def notes(self) -> tuple[str, ...]:
        """Which definition a column speaks by."""
        return tuple(f"by_{one.id}: by another definition: {one.definition.title}" for one in self.conversions)

    @cached_property
    def conversions(self) -> tuple[Conversion, ...]:
        """What carries answers over to each definition."""
        if not self.definition:
            return ()
        from bn.cohort.outcome.by_definition import Conversion

        return Conversion.several(self.model, self.definition)

    @cached_property
    def columns(self) -> StateColumns:
        """Variables that are asked for and their states after the first, as (variable, index)."""
        return tuple(
            (name, state)
            for name, variable in self.model.knowledge.variables.items()
            if (variable.role in SCORED_ROLES if self.posteriors else name == self.risk_of[0])
            for state in range(1, len(variable.states))
        )

    @property
    def shown(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Columns with the variable and the indices of states that each sums; none for the risk alone.

        A variable has one for its event and, where it has more than two states, one for each but the first.
        """
        shown: dict[str, tuple[str, tuple[int, ...]]] = {}
        for name in dict.fromkeys(name for name, _ in self.columns) if self.posteriors else ():
            variable = self.model.knowledge.variables[name]
            shown[f"p_{name}"] = name, variable.indices()
            if len(variable.states) > 2:
                shown |= {f"p_{name}_{state}": (name, (at,)) for at, state in enumerate(variable.states) if at}
        return shown

    def answer(self, columns: Columns, results: Array) -> None:
        """Score the rows; findings that cannot occur together are a problem."""
        fine = np.flatnonzero(columns.problems.fine)
        answers = self._kernel.answer(columns.findings, fine)
        first = 1
        if answers.interval is not None:
            results[1:3] = answers.interval
            first = 3
        wanted = [(self.risk_of[0], (self.risk_of[1],)), *self.shown.values()]
        for start in range(0, columns.problems.rows, ROWS_COPIED):  # a few at a time, so that they stay in the cache
            some = slice(start, start + ROWS_COPIED)
            risk, *shown = self._of_states(answers.probabilities[some].T, wanted)
            results[0, some] = risk
            for place, share in enumerate(shown, first):
                results[place, some] = share
        results[-1] = answers.log_evidence
        place = len(wanted) + first - 1
        for conversion in self.conversions:
            place = self._convert(conversion, columns, fine, results, place)
        _note_impossible(columns, fine, answers.log_evidence)

    def _convert(self, conversion: Conversion, columns: Columns, fine: Indices, results: Array, place: int) -> int:
        """Write the columns of a definition from `place` on; gives the place after them."""
        variable, states = conversion.event
        if (variable, *states) == self.risk_of:
            own = results[: 3 if self.interval else 1]
        else:
            own = conversion.own(columns.findings, fine, self.interval)
        found = conversion.convert(columns.findings, fine, own, results[-1])
        for why, rows in found.why_not.items():
            columns.remark(f"by_{conversion.id} is empty: {why}", rows)
        results[place : place + len(own)] = found.values
        return place + len(own)

    def _of_states(self, probabilities: Array, wanted: Iterable[tuple[str, tuple[int, ...]]]) -> Iterator[Array]:
        """P(one of some states) of each, axis (row), from `probabilities`, axes (column, row), of `columns`."""
        for name, states in wanted:
            if 0 in states:  # the first state has no column: what the others leave
                others = [place for place, (other, at) in enumerate(self.columns) if other == name and at not in states]
                yield 1 - probabilities[others].sum(axis=0)
            else:
                first, *more = (probabilities[self.columns.index((name, state))] for state in states)
                yield sum(more, start=first)

    @cached_property
    def _kernel(self) -> Kernel:
        knowledge = self.model.knowledge
        draws = {name: values[1:] for name, values in self.model.parameters.items()}
        return Kernel(
            Posteriors(knowledge, self.model.point, self.columns),
            Posteriors(knowledge, draws, (self.risk_of,), np.float32) if self.interval else None,
        )


@dataclass(frozen=True)
class CohortWhatIf(ModelQuestion):
    """Risk before and after a change, and their difference, for every row.

    Tables, options and errors are those of `Scoring`. Columns were found before the change. A row that is already as
    an act would make it keeps its risk.
    """

    change: Change
    done: ClassVar[str] = "answered"
    added: ClassVar[list[str]] = [*ADDED, ERROR]

    @classmethod
    def of(cls, model: Model, do: str | Iterable[str]) -> CohortWhatIf:
        """What is done as a user says it. Raises QuestionError for what cannot be done."""
        from bn.counterfactual.treatments import combine, read_treatments

        return cls(model, combine(model.knowledge, read_treatments(model.names, do)))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth saying of the acts and their combination."""
        return tuple(note.text for note in self.change.notes)

    def answer(self, columns: Columns, results: Array) -> None:
        """Ask of the rows that have no problem; findings that cannot occur together are one."""
        fine = np.flatnonzero(columns.problems.fine)
        answers = self._kernel.answer(columns.findings, fine)
        before, after = answers.probabilities.T
        results[:] = before, after, after - before
        _note_impossible(columns, fine, answers.log_evidence)

    @cached_property
    def _kernel(self) -> Kernel:
        from bn.cohort.kernel.before_after import BeforeAfter

        return Kernel(BeforeAfter(self.model.knowledge, self.model.point, (self.risk_of,), change=self.change))


def _note_impossible(columns: Columns, asked: Indices, log_evidence: Array) -> None:
    columns.problems.add(IMPOSSIBLE, asked[np.isnan(log_evidence[asked])])
