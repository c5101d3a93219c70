"""Rules for trials and associations: known names, a source, whole people, a conversion, and the use the rule gives."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from cpds.estimates import NEW_CASES, NOT_CONVERTIBLE
from cpds.knowledge import Knowledge, nearest
from cpds.records import Study
from cpds.study_rule import contrary_findings, direction_of, names_of, studies, target_of, use_of

UNPRINTED = "not printed"
SURVEY = "nhanes"
SPREADS = frozenset({"log_sd", "sd", "baseline", "units"})
"""Inputs that another source or the survey gives, which the note of a row names."""

SIZES = frozenset({"n", "n_1", "n_2", "sign"})
_SAME = 6e-5
"""Half a unit of the fourth digit, and a little for its own rounding."""


def rows(knowledge: Knowledge) -> Iterator[tuple[str, Study]]:
    """Every row with the file and id where it stands."""
    for file, found in studies(knowledge).items():
        yield from ((f"{file}: {study.id}", study) for study in found)


def identity(knowledge: Knowledge) -> Iterator[str]:
    """Ids are unique over both files; a row that another covers names a row or the survey."""
    counts = Counter(study.id for _, study in rows(knowledge))
    for where, study in rows(knowledge):
        if counts[study.id] > 1:
            yield f"{where}: id: the same id stands twice; give each row its own"
        if study.covered_by and study.covered_by != SURVEY and study.covered_by not in counts:
            hint = nearest(study.covered_by, list(counts))
            yield f"{where}: covered_by: unknown '{study.covered_by}'{hint}; name a row or '{SURVEY}'"


def sources(knowledge: Knowledge) -> Iterator[str]:
    """Every row has a source with the page that was opened and what it prints."""
    for where, study in rows(knowledge):
        source = knowledge.sources.get(study.source)
        if source is None:
            hint = nearest(study.source, list(knowledge.sources))
            yield f"{where}: source: unknown '{study.source}'{hint}; add it to sources.toml"
        elif not source.printed:
            yield f"{where}: source: '{study.source}' has no 'printed'; add the figure as its page prints it"


def names(knowledge: Knowledge) -> Iterator[str]:
    """Acts, outcomes, subjects and people are in the network, or wait in pending.tsv."""
    for where, study in rows(knowledge):
        for key, name in names_of(study):
            if name not in knowledge.pending and not _known(knowledge, name):
                known = [*knowledge.interventions, *knowledge.variables, *knowledge.biomarkers, *knowledge.pending]
                yield f"{where}: {key}: unknown '{name}'{nearest(name, known)}; correct it or add it to pending.tsv"


def pending(knowledge: Knowledge) -> Iterator[str]:
    """What waits is used by a row and not there yet."""
    used = {name for _, study in rows(knowledge) for _, name in names_of(study)}
    for name in knowledge.pending:
        if name not in used:
            yield f"pending.tsv: {name}: no row of trials.tsv or associations.tsv uses it; remove it"
        if _known(knowledge, name):
            yield f"pending.tsv: {name}: the network has it; remove it here"


def people(knowledge: Knowledge) -> Iterator[str]:
    """In what is fitted, `given` holds age, sex and body-mass index where they are printed, and only there."""
    for where, study in rows(knowledge):
        if study.use != "fit":
            continue
        for key, held in (("age", {"age"}), ("sex", {"sex"}), ("bmi", {"adiposity", "bmi"})):
            printed = getattr(study, key) != UNPRINTED
            if printed != bool(held & set(study.given)) and not _compared(study, held):
                need = f"lacks it; add {' or '.join(sorted(held))}" if printed else f"holds it; print {key} or drop it"
                yield f"{where}: given: {key} is {getattr(study, key)!r} and given {need}"


def targets(knowledge: Knowledge) -> Iterator[str]:
    """A convertible scale has a conversion, no other has; log odds and spread are what it and the rule give."""
    for where, study in rows(knowledge):
        if study.conversion and study.scale in NOT_CONVERTIBLE:
            yield f"{where}: conversion: scale {study.scale} has none: {NOT_CONVERTIBLE[study.scale]}; remove it"
            continue
        if not study.conversion and study.scale not in NOT_CONVERTIBLE and study.use != "outside":
            yield f"{where}: conversion: missing; scale {study.scale} is converted by a function of cpds/estimates.py"
        try:
            target = target_of(study, direction_of(study, knowledge))
        except AttributeError:
            yield f"{where}: conversion: unknown '{study.conversion}'; name a function of cpds/estimates.py"
            continue
        except (TypeError, ValueError, ZeroDivisionError) as error:
            yield f"{where}: inputs: {error}"
            continue
        for key, wanted in (target._asdict() if target else {"log_odds": None, "spread": None}).items():
            found = getattr(study, key)
            if (found is None) != (wanted is None) or (found is not None and abs(found - wanted) > _SAME):
                expected = "nothing" if wanted is None else f"{wanted:.4f}"
                yield f"{where}: {key}: found {found}, but {study.conversion} and the rule give {expected}; correct it"


def copied(knowledge: Knowledge) -> Iterator[str]:
    """Inputs stand in `printed` or, where they had to be worked out or come from elsewhere, in `note`."""
    for where, study in rows(knowledge):
        text = f"{study.printed} {study.note or ''}"
        there = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]
        for key, value in study.inputs.items() if study.conversion else ():
            if key in SPREADS and not study.note:
                yield f"{where}: note: missing; say where {key} {value:g} comes from"
            if key not in SPREADS | SIZES and not any(abs(abs(value) - number) < 1e-9 for number in there):
                yield f"{where}: inputs: {key} {value:g} is not in printed; correct it or derive it in the note"


def ratios(knowledge: Knowledge) -> Iterator[str]:
    """A trial of new cases keeps the ratio by which it is ordered among the others, on the side that it says."""
    for trial in knowledge.trials:
        if trial.use != "order" or trial.scale not in NEW_CASES:
            continue
        where, ratio = f"trials.tsv: {trial.id}", trial.inputs.get("ratio", 0.0)
        if set(trial.inputs) != {"ratio"} or ratio <= 0:
            yield f"{where}: inputs: found {trial.inputs}, expected the ratio of treated to untreated alone"
        elif (ratio < 1) != (trial.says == "improves"):
            yield f"{where}: says: found '{trial.says}' with a ratio of {ratio:g}; correct one"


def uses(knowledge: Knowledge) -> Iterator[str]:
    """A row is used as the written rule says, with its reason."""
    contrary = contrary_findings(knowledge)
    for where, study in rows(knowledge):
        use, why = use_of(study, contrary)
        if (study.use, study.why) != (use, why):
            yield f"{where}: use: found '{study.use}' ({study.why}), but the rule gives '{use}' ({why}); correct it"


def signs(knowledge: Knowledge) -> Iterator[str]:
    """What a row says agrees with its log odds where these are beyond two standard deviations."""
    for where, study in rows(knowledge):
        if study.log_odds is None or study.spread is None or abs(study.log_odds) < 2 * study.spread:
            continue
        says = str(getattr(study, "says"))  # noqa: B009
        wanted = {"improves": -1, "better": -1, "worsens": 1, "worse": 1}.get(says, 0)
        if wanted * study.log_odds <= 0:
            yield f"{where}: says: found '{says}', but the log odds of the worse are {study.log_odds}; correct one"


def _known(knowledge: Knowledge, name: str) -> bool:
    """Whether a name, or `variable=state`, is in the network; a variable with a scale also takes ranges."""
    thing, _, state = name.partition("=")
    if not state:
        return name in knowledge.interventions or name in knowledge.variables or name in knowledge.biomarkers
    variable = knowledge.variables.get(thing)
    return variable is not None and (variable.scale is not None or state in variable.states)


def _compared(study: Study, held: set[str]) -> bool:
    """Whether the row compares people by this very thing."""
    doers = [*getattr(study, "acts", ()), str(getattr(study, "subject", "")), str(study.outcome)]
    return any(doer.partition("=")[0] in held for doer in doers)


RULES: tuple[Callable[[Knowledge], Iterator[str]], ...] = (
    identity,
    sources,
    names,
    pending,
    people,
    targets,
    copied,
    ratios,
    uses,
    signs,
)
