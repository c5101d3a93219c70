"""An update from a table or file: read once for each outcome, then the ladder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from msgspec.structs import replace as changed

from bn.cohort.files.places import PIPE, Options
from bn.cohort.frames.tables import Progress
from bn.cohort.outcome import Outcome, read_outcome
from bn.cohort.outcome.criteria import Beyond
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.summary import Summary, warn
from bn.core.answer import LEVEL, Note
from bn.core.errors import QuestionError
from bn.core.model import Model
from bn.core.names import as_tuple
from bn.updating.cohort import MOST, Cohort, KeepingQuestion
from bn.updating.ladder import climb, place_of
from bn.updating.result import Ladder, Update
from bn.updating.revision import MOST as MOST_REVISED
from bn.updating.revision import revised
from bn.validation.people import people
from bn.validation.plan import DesignColumns, Plan, Request, plan
from bn.validation.rows import rows_of
from cpds.populations import FORMAT, STEPS, Population, Step
from cpds.text import quotable

MATCHED = 50
"""Rows of either kind from which on an exact ratio of their numbers is hardly chance."""
ASSAY = "an assay that reads higher looks the same as people whose values are higher: both move the level"


def update(
    model: Model,
    table: Any,
    outcome: str | Iterable[str],
    *,
    step: str | None = None,
    name: str = "updated",
    title: str | None = None,
    inputs: str | Iterable[str] | None = None,
    leave_out: str | Iterable[str] = (),
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    selected_on_outcome: bool = False,
    seed: int = 0,
    options: Options | None = None,
    progress: Progress | None = None,
    tell: Callable[[Summary], None] = warn,
) -> Update:
    """The network moved to the people of a table; see `RiskModel.update`. `tell` is given what became of the rows."""
    asked = _step(step)
    if selected_on_outcome and weights is None:
        way = "give sampling fractions: weights=, a column of 1 over the share of cases and of controls that were taken"
        raise QuestionError(f"people who were selected on the outcome do not tell how common it is; {way}")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise QuestionError(f"name: found {quotable(repr(name))}, expected what the population is to be called")
    texts = as_tuple(outcome)
    if isinstance(table, str | Path) and str(table) == PIPE and len(texts) > 1:
        raise QuestionError("standard input is read once for each outcome; name one, or give the rows as a file")
    if asked == "full revision" and len(texts) > 1:
        raise QuestionError("a full revision takes one outcome, as all else that is known of people counts beside it")
    source = Path(table).name if isinstance(table, str | Path) else "a table"
    earlier = model.population
    found = _empty(name, title, source) if earlier is None else _after(earlier, name, title, source)
    ladders: list[Ladder] = []
    columns: dict[str, None] = dict.fromkeys(found.columns)
    notes: list[Note] = []
    current = model
    design = DesignColumns(weights, strata, clusters)
    given = None if inputs is None else as_tuple(inputs)
    for text in _in_order(model, texts):
        request = Request(read_outcome(current, text), given, as_tuple(leave_out), (), design)
        most = MOST_REVISED if asked == "full revision" else MOST
        cohort, own = _read(request, table, options or Options(), tell, progress, seed, most)
        ladder, move = climb(cohort, None if asked == "full revision" else asked)
        if asked == "full revision":
            ladder, draws = revised(cohort, replace(ladder, asked=True))
            move, found = None, changed(found, moves=(), draws=draws)
            if strata or clusters:
                notes.append(Note("caution", (), "a full revision takes rows as independent, whatever their clusters"))
        ladders.append(ladder)
        columns |= dict.fromkeys(own)
        notes += _notes(request.outcome, ladder)
        if move is not None:
            found = changed(found, moves=(*found.moves, move))
            current = model.moved_to(found)
    largest = max((one.step for one in ladders), key=STEPS.index)
    found = changed(
        found,
        step=max(found.step, largest, key=STEPS.index),
        rows=max(one.rows for one in ladders),
        columns=tuple(columns),
        notes=tuple(f"{one.outcome}: {one.step}" for one in ladders),
    )
    return Update(
        model.moved_to(found), found, tuple(ladders), source, tuple(columns), LEVEL, tuple(dict.fromkeys(notes))
    )


def _step(said: str | None) -> Step | None:
    if said is None or said in STEPS:
        return said
    raise QuestionError(f"step: found '{quotable(said)}', expected one of: {', '.join(get_args(Step))}")


def _empty(name: str, title: str | None, source: str) -> Population:
    told = title or f"the people of {source}"
    return Population(FORMAT, name, told, "leave it", source=source, made=datetime.now(UTC).date())


def _after(earlier: Population, name: str, title: str | None, source: str) -> Population:
    """A population that goes on from another one."""
    told = title or f"the people of {source}, from {earlier.name}"
    return changed(earlier, name=name, title=told, source=source, made=datetime.now(UTC).date())


def _in_order(model: Model, texts: Sequence[str]) -> list[str]:
    """Outcomes by their variables, causes first: what is moved there bears on those after."""
    if not texts:
        raise QuestionError("no outcome; name at least one, such as 'homa_ir>2.5'")
    order = list(model.knowledge.variables)
    places = [order.index(place_of(read_outcome(model, text)).variable) for text in texts]
    if len({*places}) < len(places):
        raise QuestionError("two outcomes are about the same variable, whose level moves once; name one of them")
    return [text for _, text in sorted(zip(places, texts, strict=True))]


def _read(
    request: Request,
    table: Any,
    options: Options,
    tell: Callable[[Summary], None],
    progress: Progress | None,
    seed: int,
    most: int,
) -> tuple[Cohort, Sequence[str]]:
    """The people of the table, and the findings that their probabilities rest on."""

    def ask(headings: Headings) -> Plan:
        found = plan(request, headings)
        return replace(found, question=KeepingQuestion.of(found.question))

    rows, asked = rows_of(request.outcome.model.names, table, options, ask, tell, progress)
    question = asked.question
    assert isinstance(question, KeepingQuestion)
    return Cohort.of(question, rows, people(rows, asked, request.design), seed, most), question.inputs


def _notes(outcome: Outcome, ladder: Ladder) -> Iterator[Note]:
    if outcome.definition is None and any(isinstance(one, Beyond) for one in outcome.criteria) and ladder.moved:
        yield Note("caution", (outcome.criteria[0].about,), ASSAY)
    if ladder.asked and ladder.log_score["update"] > ladder.log_score["network"]:
        yield Note("caution", (), f"{ladder.outcome}: the step that was asked for fits worse in rows it did not see")
    few, many = sorted((ladder.events, ladder.rows - ladder.events))
    if few >= MATCHED and many % few == 0 and many // few <= 4:
        told = f"{ladder.outcome}: {ladder.events} of {ladder.rows} rows have it, exactly 1 to {many // few}"
        yield Note("caution", (), f"{told}, as if selected on the outcome; then sampling fractions are needed")
