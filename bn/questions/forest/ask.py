"""The question: which studies are about a name, and what the network says to each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bn.core.answer import interval_of
from bn.core.errors import QuestionError, UnknownNameError
from bn.core.names import plain, range_of
from bn.counterfactual.treatments import intervention_names
from bn.questions.forest.result import HEADINGS, LEVEL, SPREADS, Forest, StudyRow, Verdict
from bn.studies.execute import MOST_DRAWS, Figure, execute
from cpds.effects import log_odds_from_smd
from cpds.knowledge import Knowledge, nearest
from cpds.records import Study, Trial
from cpds.study_rule import NONE_PROBABILITY, NONE_READING, about, names_of

if TYPE_CHECKING:
    from bn.core.model import Model

WANTED = {"improves": -1, "better": -1, "worsens": 1, "worse": 1, "no_effect": 0}
"""Sign of the log odds of the worse by what a study says."""

TINY = 1e-9
"""What is no more than that is none: sums of floating-point numbers are hardly ever zero."""

COPIED = (
    *("id", "use", "why", "people", "age", "sex", "bmi", "n", "species", "held", "given"),
    *("printed", "scale", "source", "read", "log_odds"),
)
"""Fields that a row takes over from its study."""

Titles = Mapping[str, str]
Figures = Mapping[str, Figure | QuestionError]


def evidence(model: Model, name: str | None = None) -> Forest:
    """See `bn.RiskModel.evidence`."""
    known = None if name is None else resolved(model, name)
    studies = studies_about(model.knowledge, known)
    return forest(model, known, studies, execute(model, [study for study in studies if study.use != "outside"]))


def studies_about(knowledge: Knowledge, known: str | None) -> list[Study]:
    """The trials and associations about an intervention, variable or marker by its id; all of them without one."""
    every = (*knowledge.trials, *knowledge.associations)
    return [study for study in every if known is None or known in about(knowledge, study)]


def forest(model: Model, known: str | None, studies: Sequence[Study], figures: Figures) -> Forest:
    """Studies beside the network's answers to them, `figures`, which those of use `outside` have none of."""
    knowledge = model.knowledge
    titles = model.titles | {entry.id: entry.title for entry in knowledge.interventions.values()}
    every = (*knowledge.trials, *knowledge.associations)
    rows = [_row(knowledge, titles, study, figures.get(study.id)) for study in studies]
    uses = list(HEADINGS)
    rows.sort(key=lambda row: uses.index(row.use))
    if known is None:
        order = list(dict.fromkeys(_first(study) for study in every))
        rows.sort(key=lambda row: (not row.about, order.index(row.about)))
    sources = {row.source: knowledge.sources[row.source] for row in rows if row.source in knowledge.sources}
    drawn = min(MOST_DRAWS, max(map(len, model.parameters.values())) - 1)
    title = _in_words(knowledge, titles, known) if known else "All studies"
    return Forest(known, title, tuple(rows), sources, drawn, titles=titles)


def resolved(model: Model, name: str) -> str:
    """The id behind a typed name of an intervention, variable or marker; a QuestionError where there is none."""
    knowledge = model.knowledge
    interventions = intervention_names(knowledge)
    found = interventions.get(plain(name)) or model.names.find(name)
    if found is None and plain(name) in knowledge.pending:
        found = plain(name)
    if found is None:
        known = [*interventions, *model.names.ids, *knowledge.pending]
        hint = nearest(name, known) or "; without a name all trials and studies are shown"
        raise UnknownNameError("intervention, variable or marker", name, known, hint)
    return found


def _first(study: Study) -> str:
    """The first thing that was done, or what was seen; empty where the network has none."""
    first = next((name for key, name in names_of(study) if key in ("acts", "subject")), "")
    return first.partition("=")[0]


def _row(knowledge: Knowledge, titles: Titles, study: Study, figure: Figure | QuestionError | None) -> StudyRow:
    asked = figure if isinstance(figure, Figure) else None
    low, high = interval_of(asked.log_odds[1:], LEVEL) if asked else (None, None)
    verdict, agrees = _verdict(study, asked)
    trial = isinstance(study, Trial)
    outcome = f"{study.outcome}={study.state}" if study.state else study.outcome
    return StudyRow(
        **{name: getattr(study, name) for name in COPIED},
        how="doing" if trial else "seeing",
        design=getattr(study, "design", "association"),
        tissue=getattr(study, "tissue", ""),
        says=getattr(study, "says", ""),
        compared=_compared(knowledge, titles, study),
        outcome=_in_words(knowledge, titles, outcome) if outcome else "",
        names=tuple(sorted(about(knowledge, study))),
        about=_first(study),
        note=study.note or "",
        ratio=study.inputs.get("ratio") if trial else None,
        low=_end(study, -1),
        high=_end(study, 1),
        network=float(asked.log_odds[0]) if asked else None,
        network_low=None if low is None else float(low),
        network_high=None if high is None else float(high),
        asked=asked.event.text if asked else "",
        verdict=verdict,
        agrees=agrees,
        unasked="" if asked else _unasked(knowledge, study, figure),
    )


def _end(study: Study, side: int) -> float | None:
    """An end of the 95 % interval of a study."""
    return None if study.log_odds is None or study.spread is None else study.log_odds + side * SPREADS * study.spread


def _verdict(study: Study, asked: Figure | None) -> tuple[Verdict, bool | None]:
    """Whether the network lies inside the interval, or has the right sign; and whether a sign that counts is right."""
    if asked is None:
        return "not asked", None
    value, low, high = float(asked.log_odds[0]), _end(study, -1), _end(study, 1)
    if study.log_odds is not None and low is not None and high is not None:
        agrees = value * study.log_odds > TINY if low * high > 0 else None
        return ("inside" if low <= value <= high else "outside"), agrees
    wanted = WANTED[str(getattr(study, "says", ""))]
    if wanted:
        agrees = wanted * value > TINY
    elif asked.event.of_marker:
        agrees = abs(value) < log_odds_from_smd(NONE_READING)
    else:
        agrees = abs(float(asked.difference[0])) < NONE_PROBABILITY
    return ("right sign" if agrees else "wrong sign"), agrees


def _unasked(knowledge: Knowledge, study: Study, figure: object) -> str:
    """Why the network has no answer to a study."""
    if study.use == "outside":
        return study.why
    if missing := [name for _, name in names_of(study) if name in knowledge.pending]:
        return f"not in the network yet: {', '.join(dict.fromkeys(missing))}"
    return str(figure)


def _compared(knowledge: Knowledge, titles: Titles, study: Study) -> str:
    """What was done, and against what; or by what people were compared."""
    if not isinstance(study, Trial):
        subject = getattr(study, "subject", None)
        return _in_words(knowledge, titles, subject) if subject else ""
    arms = [" and ".join(_in_words(knowledge, titles, act) for act in acts) for acts in (study.acts, study.against)]
    return " against ".join(arm for arm in arms if arm)


def _in_words(knowledge: Knowledge, titles: Titles, name: str) -> str:
    """A name, or `variable=state`, by titles and ranges."""
    thing, _, state = name.partition("=")
    title = titles.get(thing, thing.replace("_", " "))
    variable = knowledge.variables.get(thing)
    if variable and variable.scale and state in variable.states:
        return f"{title} {range_of(variable.scale, variable.states.index(state))}"
    return f"{title} {state.replace('_', ' ')}".strip()
