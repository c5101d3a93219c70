"""The written rule of `data/targets.md` as code: how a row of trials or associations is used, and its target.

Decided before the first fit. A use is the first that applies, so each has one reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set

from cpds import estimates
from cpds.estimates import NOT_CONVERTIBLE, Estimate
from cpds.knowledge import Knowledge
from cpds.records import Association, Study, Trial, Use, event_parts

Finding = tuple[str, str, bool]
"""A contrary finding: its source, what it speaks of, and whether it finds nothing there."""

TYPICAL = 0.8
"""SD of true log odds ratios with resistance: the root mean square of those that 1000 people or more gave (0.76)."""

LEAST_KEPT = 0.5
"""No center is shrunk below this share of the printed log odds ratio."""

TABULATED = 2.0
"""Spread of a figure that was found again on no page, as a multiple."""

NONE_PROBABILITY = 0.02
"""A change of probability that studies of this size would call none."""

NONE_READING = 0.1
"""The same for a reading, in SDs."""

RANDOMIZED = frozenset({"meta_analysis", "randomized", "crossover", "genetic"})
MEASURED_IN = frozenset({"muscle", "blood", "urine", "whole body"})


def use_of(study: Study, contrary: Set[Finding]) -> tuple[Use, str]:
    """How a row is used, and why; `contrary` holds the contrary findings."""
    return next(_uses(study, contrary))


def target_of(study: Study, direction: float) -> Estimate | None:
    """Center and spread in log odds of the worse, none where the scale cannot be converted.

    `direction` is -1 where a higher reading is better, so that the printed sign is turned round. The spread is
    the sampling error, doubled for a figure found on no page, widened by a printed I2, never by more. An
    association is shrunk as if true ones scattered around none with SD `TYPICAL`, but kept by at least half; its spread
    stays the sampling error.

    Raises ValueError or TypeError where the inputs do not fit the conversion.
    """
    if study.conversion is None:
        return None
    value, spread = converted(study)
    spread = predicted(spread, study.i2 or 0.0, study.studies or 1) * (TABULATED if study.read == "table" else 1.0)
    return Estimate(direction * (shrunk(value, spread) if isinstance(study, Association) else value), spread)


def converted(study: Study) -> Estimate:
    """The printed effect as the named function converts it, with the sign as printed."""
    estimate: Estimate = getattr(estimates, str(study.conversion))(**study.inputs)
    return estimate


def shrunk(log_odds: float, spread: float) -> float:
    """Log odds ratio times T^2 / (T^2 + spread^2), T = 0.8, or times a half if that is more.

    >>> round(shrunk(2.0, 0.4), 9), shrunk(2.0, 2.0)  # 0.64 / 0.8; 0.64 / 4.64 is less than a half
    (1.6, 1.0)
    """
    return log_odds * max(LEAST_KEPT, TYPICAL**2 / (TYPICAL**2 + spread**2))


def predicted(spread: float, i2: float, studies: int) -> float:
    """Spread of the effect in one more study like those pooled: sqrt(spread^2 + tau^2), tau^2 = I2 k spread^2.

    A pooled random effect of k studies has variance (tau^2 + s^2) / k, and I2 is tau^2 / (tau^2 + s^2). The interval of
    prediction is that of source prediction_interval. Nothing is added without a printed I2.

    >>> predicted(0.1, 0.75, 4)  # sqrt(0.01 + 0.75 * 4 * 0.01)
    0.2
    """
    return spread * math.sqrt(1 + i2 * studies)


def direction_of(study: Study, knowledge: Knowledge) -> float:
    """-1 where an odd number of subject and outcome are markers of which less is worse, else 1."""
    names = (getattr(study, "subject", None), study.outcome)
    signs = [marker.direction for name in names if (marker := knowledge.biomarkers.get(str(name)))]
    return -1.0 if signs.count("-") == 1 else 1.0


def contrary_findings(knowledge: Knowledge) -> Set[Finding]:
    """Every contrary finding."""
    return {(row.row, event_parts(row.object)[0], row.relation == "no_effect") for row in knowledge.contrary}


def studies(knowledge: Knowledge) -> Mapping[str, tuple[Study, ...]]:
    """All rows by the file that holds them."""
    return {"trials.tsv": knowledge.trials, "associations.tsv": knowledge.associations}


def names_of(study: Study) -> Iterator[tuple[str, str]]:
    """Key and name of whatever a row needs of the network: interventions, variables, markers, `variable=state`."""
    if isinstance(study, Trial):
        yield from (("acts", act) for act in (*study.acts, *study.against))
    if isinstance(study, Association) and study.subject:
        yield "subject", study.subject
    if study.outcome:
        yield "outcome", study.outcome
        if study.state:
            yield "state", f"{study.outcome}={study.state}"
    yield from (("given", f"{name}={value}") for name, value in study.given.items())


def about(knowledge: Knowledge, study: Study) -> Set[str]:
    """What a study is about: what was done or compared and what was measured, each marker also by its variable."""
    things = {name.partition("=")[0] for key, name in names_of(study) if key != "given"}
    return things | {knowledge.biomarkers[name].variable for name in things & knowledge.biomarkers.keys()}


def things_studied(knowledge: Knowledge) -> Set[str]:
    """Whatever some trial or study is about."""
    return {thing for rows in studies(knowledge).values() for study in rows for thing in about(knowledge, study)}


def _uses(study: Study, contrary: Set[Finding]) -> Iterator[tuple[Use, str]]:
    doer = study.acts if isinstance(study, Trial) else getattr(study, "subject", None)
    if not doer or study.outcome is None:
        yield "outside", f"the network has no {'such outcome' if doer else 'such agent or marker'}"
    if (study.source, study.outcome, getattr(study, "says", "") == "no_effect") in contrary:
        yield "contrary", "stands among the contrary findings and is executed there"
    if study.species != "human":
        yield "order", f"an experiment in the {study.species}: order and sign, apart from what people can do"
    if study.scale in NOT_CONVERTIBLE:
        yield "order", NOT_CONVERTIBLE[study.scale]
    if study.read == "secondary":
        yield "check", "read only in a page about the study"
    if isinstance(study, Trial) and study.design not in RANDOMIZED:
        yield "check", "no randomized control"
    if isinstance(study, Association) and study.tissue not in MEASURED_IN:
        yield "check", f"measured in {study.tissue}, of which no variable speaks"
    if study.apart:
        yield "check", study.apart
    if isinstance(study, Trial) and study.routes:
        yield "check", f"other routes: {study.routes}"
    if study.covered_by:
        yield "check", f"{study.covered_by} tells the same with more people"
    if isinstance(study, Trial):
        yield "fit", "randomized or genetic, one route, on a convertible scale"
    yield "fit", "measured in people, on a convertible scale, shrunk by its sampling error"
