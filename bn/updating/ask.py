"""An update from a table or file: read once for each outcome, then the ladder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, get_args

from msgspec.structs import replace as changed

from bn.cohort.files.places import PIPE, Options
from bn.cohort.files.run import shown_on_terminal
from bn.cohort.frames.tables import Progress
from bn.cohort.outcome import Outcome, read_outcome
from bn.cohort.outcome.criteria import Beyond
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.summary import Summary, warn
from bn.core.answer import LEVEL, Note
from bn.core.errors import QuestionError
from bn.core.model import Model
from bn.core.names import as_tuple
from bn.updating.blocks import settled
from bn.updating.choice import blocks_of
from bn.updating.cohort import MOST, Cohort, KeepingQuestion
from bn.updating.ladder import climb, place_of
from bn.updating.result import Ladder, Update
from bn.updating.revision import MOST as MOST_REVISED
from bn.updating.revision import revised
from bn.validation.people import people
from bn.validation.plan import Plan, Request, Use, plan
from bn.validation.rows import rows_of
from cpds.populations import FORMAT, STEPS, Population, Step
from cpds.text import quotable

MATCHED = 50
"""Rows of either kind from which on an exact ratio of their numbers is hardly chance."""
ASSAY = (
    "an assay that reads higher looks the same as people whose values are higher, and would move the level; "
    "where that may be, name the marker under assays"
)


def update(
    model: Model,
    table: Any,
    outcome: str | Iterable[str],
    *,
    step: str | None = None,
    name: str = "updated",
    title: str | None = None,
    use: Use | None = None,
    exposures: str | Iterable[str] = (),
    assays: str | Iterable[str] = (),
    comparable: str | Iterable[str] = (),
    selected_on_outcome: bool = False,
    hashed: bool = False,
    seed: int = 0,
    options: Options | None = None,
    progress: Progress | None = None,
    tell: Callable[[Summary], None] = warn,
) -> Update:
    """The network moved to the people of a table; see `RiskModel.update`. `tell` is given what became of the rows."""
    asked = _step(step)
    use = use or Use()
    if selected_on_outcome and use.weights is None:
        way = "give sampling fractions: weights=, a column of 1 over the share of cases and of controls that were taken"
        raise QuestionError(f"people who were selected on the outcome do not tell how common it is; {way}")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise QuestionError(f"name: found {quotable(repr(name))}, expected what the population is to be called")
    texts = as_tuple(outcome)
    if isinstance(table, str | Path) and str(table) == PIPE and len(texts) > 1:
        raise QuestionError("standard input is read once for each outcome; name one, or give the rows as a file")
    exposures, assays = as_tuple(exposures), as_tuple(assays)
    if asked == "full revision" and (exposures or assays):
        raise QuestionError("a full revision is given who people are and how markers read: no exposures, no assays")
    if asked == "full revision" and len(texts) > 1:
        raise QuestionError("a full revision takes one outcome, as all else that is known of people counts beside it")
    sha256 = _hash_of(table) if hashed else ""
    source = Path(table).name if isinstance(table, str | Path) else "a table"
    earlier = model.population
    found = _empty(name, title, source) if earlier is None else _after(earlier, name, title, source)
    full = asked == "full revision"
    cohorts: list[Cohort] = []
    columns: dict[str, None] = {}
    for text in _in_order(model, texts):
        request = Request(read_outcome(model, text), use, by=())
        cohort, own = _read(request, table, options or Options(), tell, progress, seed, MOST_REVISED if full else MOST)
        cohorts.append(cohort)
        columns |= dict.fromkeys(own)
    notes: list[Note] = []
    if full:
        ladder, draws = revised(cohorts[0], replace(climb(cohorts[0], None)[0], asked=True))
        ladders, found = [ladder], changed(found, moves=(), draws=draws)
        if use.texts:
            notes.append(Note("caution", (), "a full revision takes rows as independent, whatever their clusters"))
    else:
        blocks, said = blocks_of(model, cohorts, tuple(columns), exposures, assays, as_tuple(comparable), asked)
        with shown_on_terminal("update") as show:
            found, ladders = settled(model, found, blocks, lambda done: show(done, len(blocks), cohorts[0].read))
        notes += said
    outcomes = {cohort.outcome.text: cohort.outcome for cohort in cohorts}
    for ladder in ladders:
        if not ladder.told_by:
            notes += _notes(outcomes[ladder.outcome], ladder)
    found = changed(
        found,
        step=max((found.step, *(one.step for one in ladders)), key=STEPS.index),
        rows=max(one.rows for one in ladders),
        sha256=sha256,
        columns=tuple(dict.fromkeys((*found.columns, *columns))),
        notes=tuple(f"{one.outcome}: {one.step}" for one in ladders if one.moved or not one.told_by),
    )
    return Update(
        model.moved_to(found),
        found,
        tuple(one for one in ladders if not one.told_by),
        tuple(one for one in ladders if one.told_by),
        source,
        tuple(columns),
        LEVEL,
        tuple(dict.fromkeys(notes)),
    )


def _hash_of(table: Any) -> str:
    """SHA-256 of a file. Raises QuestionError for a table that is none."""
    if not isinstance(table, str | Path) or str(table) == PIPE:
        raise QuestionError("hash: found rows that are no file, expected the path of one; leave it out")
    with Path(table).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


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
    cohort = Cohort.read_from(question, rows, people(rows, asked, request.use), seed, most)
    return cohort.without(asked.left_out), question.inputs


def _notes(outcome: Outcome, ladder: Ladder) -> Iterator[Note]:
    """What wants care."""
    if outcome.definition is None and any(isinstance(one, Beyond) for one in outcome.criteria) and ladder.moved:
        yield Note("caution", (outcome.criteria[0].about,), ASSAY)
    if ladder.asked and ladder.log_score["update"] > ladder.log_score["network"]:
        yield Note("caution", (), f"{ladder.outcome}: the step that was asked for fits worse in rows it did not see")
    few, many = sorted((ladder.events, ladder.rows - ladder.events))
    if few >= MATCHED and many % few == 0 and many // few <= 4:
        told = f"{ladder.outcome}: {ladder.events} of {ladder.rows} rows have it, exactly 1 to {many // few}"
        yield Note("caution", (), f"{told}, as if selected on the outcome; then sampling fractions are needed")
