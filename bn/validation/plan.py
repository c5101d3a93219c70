"""What is asked of a validation, and what that means for a table once its columns are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bn.cohort.outcome import Outcome
from bn.cohort.reading.headings import Headings
from bn.core.errors import QuestionError
from bn.core.heading import Heading
from bn.core.names import Names, as_tuple
from bn.validation.groups import Bands, ByColumn, Division, divisions
from bn.validation.performance import Intervals
from bn.validation.question import OutcomeQuestion
from cpds.knowledge import nearest
from cpds.text import quotable


@dataclass(frozen=True)
class Use:
    """What is used of a table: `inputs` (all if None) less those to `leave_out`, by name; headers of the design.

    `weights`, `strata` and `clusters` are None where there is no such column.
    """

    inputs: str | Iterable[str] | None = None
    leave_out: str | Iterable[str] = ()
    weights: str | None = None
    strata: str | None = None
    clusters: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """Those of strata and clusters."""
        return tuple(header for header in (self.strata, self.clusters) if header is not None)

    def check(self, headings: Headings) -> None:
        """Raise QuestionError for a column that is not there, and for weights that are read as a finding."""
        for said in ("weights", "strata", "clusters"):
            header = getattr(self, said)
            if header is not None and header not in headings.headers:
                hint = nearest(header, list(headings.headers))
                raise QuestionError(f"{said}: no column '{quotable(header)}'{hint}")
        position = headings.headers.index(self.weights) if self.weights is not None else -1
        if position in headings.columns:
            header, read = quotable(str(self.weights)), headings.columns[position].id
            way = f'leave it alone as a finding: "{header}" = "" in meaning or --columns'
            raise QuestionError(f"weights: column '{header}' is read as {read}; {way}")


@dataclass(frozen=True)
class Request:
    """What is asked: the outcome, what is used of the table, groups, how sure; `references` adds reference models."""

    outcome: Outcome
    use: Use = field(default_factory=Use)
    by: tuple[str, ...] | None = None
    intervals: Intervals = field(default_factory=Intervals)
    references: bool = False


@dataclass(frozen=True)
class Plan:
    """The question that is put to each row, groups, and further columns: as `numbers` and as `texts`, by header.

    `exact` are the columns of inputs that the question knows by state only, whose numbers reference models see: by
    input the column's position and heading. `speaking` are findings that are no inputs since they speak of the outcome,
    `left_out` those left out on request.
    """

    question: OutcomeQuestion
    by: tuple[Division, ...]
    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    exact: Mapping[str, tuple[int, Heading]]
    speaking: tuple[str, ...]
    left_out: tuple[str, ...]


def plan(request: Request, headings: Headings) -> Plan:
    """The plan for a table with these columns.

    Raises QuestionError where no column gives the outcome or an input that was named, where an input speaks of the
    outcome, and where none is left; for design and groups as these do.
    """
    outcome, names = request.outcome, headings.names
    use = request.use
    use.check(headings)
    derived = (one.derivation.id for one in headings.derived)
    given = tuple(dict.fromkeys([*(one.id for one in headings.findings.values()), *derived]))
    if missing := outcome.missing_sources(given):
        found = f"no column gives {missing[0]}, which the outcome takes ({outcome.text})"
        raise QuestionError(f"{found}; columns give {', '.join(given)}")
    speaking = tuple(name for name in given if outcome.speaks(name))
    wanted = given if use.inputs is None else _named(names, as_tuple(use.inputs), given, "inputs")
    left_out = tuple(dict.fromkeys(_named(names, as_tuple(use.leave_out), given, "leave_out")))
    if use.inputs is not None and (both := [name for name in wanted if outcome.speaks(name)]):
        raise QuestionError(f"inputs: {', '.join(both)} speaks of the outcome itself ({outcome.text}); leave it out")
    inputs = tuple(name for name in given if name in wanted and name not in (*speaking, *left_out))
    if not inputs:
        raise QuestionError(f"no input is left: columns give {', '.join(given)}, all of which are left out")
    by = divisions(names, headings, request.by, outcome.variables)
    columns = [one for one in by if isinstance(one, ByColumn)]
    weights = [use.weights] if use.weights is not None else []
    numbers = dict.fromkeys([*weights, *(one.header for one in columns if one.cuts)])
    texts = dict.fromkeys([*use.texts, *(one.header for one in columns if not one.cuts)])
    question = OutcomeQuestion(
        outcome.model,
        outcome,
        inputs,
        frozenset({*given} - {*inputs}),
        tuple(one for one in by if isinstance(one, Bands)),
        request.references,
    )
    others = tuple(name for name in given if name not in (*inputs, *speaking))
    exact = {
        one.id: (position, one)
        for position, one in headings.findings.items()
        if request.references and one.id in inputs and one.says_state and one.numeric is not None
    }
    return Plan(question, by, tuple(numbers), tuple(texts), exact, speaking, others)


def _named(names: Names, said: Iterable[str], given: tuple[str, ...], option: str) -> tuple[str, ...]:
    """Ids of findings that a user names, each given by a column."""
    found = tuple(names.resolve(name) for name in said)
    for name in found:
        if name not in given:
            raise QuestionError(f"{option}: no column gives {name}; columns give {', '.join(given)}")
    return found
