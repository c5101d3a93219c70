"""A validation from a table or file: read once, then measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bn.cohort.files.places import Options
from bn.cohort.files.run import shown_on_terminal
from bn.cohort.frames.tables import Progress
from bn.cohort.outcome import read_outcome
from bn.cohort.outcome.criteria import Beyond
from bn.cohort.reading.summary import Summary, counted, warn
from bn.core.answer import Note
from bn.core.errors import QuestionError
from bn.core.model import Model
from bn.core.names import as_tuple
from bn.validation.calibration import bins, curve
from bn.validation.decision import THRESHOLDS, decision_curve, net_benefit
from bn.validation.discrimination import auc_influence
from bn.validation.people import People, people
from bn.validation.performance import Intervals, Mask, performance, replicate, resampled
from bn.validation.plan import Plan, Request, Use, plan
from bn.validation.reference import cross_validated
from bn.validation.result import CalibrationCurve, Estimate, Group, Performance, Reference, Validation
from bn.validation.rows import rows_of
from cpds.table import Array

ADVISED = 100
"""Assumed: fewer people of either kind leave calibration uncertain, which a caution says."""
CLASSES, DRAWN = 20, 101
"""Classes of the histogram of risks, and points of the calibration curve."""
SINGLE = "the outcome is a single reading, so its probability holds the noise of one; that of the usual value differs"
LIBRARIES = ("sklearn", "statsmodels", "model_diagnostics")


def validate(
    model: Model,
    table: Any,
    outcome: str,
    *,
    use: Use | None = None,
    by: str | Iterable[str] | None = None,
    bootstrap: int = 0,
    references: bool = False,
    seed: int = 0,
    options: Options | None = None,
    progress: Progress | None = None,
    tell: Callable[[Summary], None] = warn,
) -> Validation:
    """How well the network's probabilities of an outcome fit the people of a table; see `RiskModel.validate`.

    `tell` is given what became of rows and columns.
    """
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise QuestionError(f"{', '.join(missing)} is not installed; run: pip install 'myorisk[validate]'")
    if isinstance(bootstrap, bool) or not isinstance(bootstrap, int) or not (bootstrap == 0 or bootstrap >= 50):
        raise QuestionError(f"bootstrap: found {bootstrap!r}, expected 0 for none, or at least 50 resamples")
    request = Request(
        read_outcome(model, outcome),
        use or Use(),
        None if by is None else as_tuple(by),
        Intervals(bootstrap, seed),
        references,
    )
    options = options or Options()
    rows, asked = rows_of(model.names, table, options, lambda headings: plan(request, headings), tell, progress)
    title = Path(table).name if isinstance(table, str | Path) else f"a table of {len(rows.places)} rows"
    return _measured(request, asked, people(rows, asked, request.use), title)


def _measured(request: Request, asked: Plan, found: People, source: str) -> Validation:
    event, risk, design, how = found.event, found.risk, found.design, request.intervals
    masks = [np.ones(len(event), dtype=bool), *(inside for _, _, inside in found.groups)]
    measured = [performance(event, risk, design, inside, how) for inside in masks]
    references = list(_references(request, found, measured[0])) if request.references else []
    if how.bootstrap:
        measured = _resampled(event, risk, found, masks, measured, how)
    overall, *parts = measured
    quantile = how.quantile(design)
    counts = [np.histogram(risk, CLASSES, (0, 1), weights=design.weights * one)[0] for one in (1 - event, event)]
    question = asked.question
    return Validation(
        outcome=question.outcome.text,
        criteria=question.outcome.told,
        source=source,
        inputs={name: int((~np.isnan(row)).sum()) for name, row in zip(question.inputs, found.inputs, strict=True)},
        speaking=asked.speaking,
        left_out=asked.left_out,
        flow=found.flow,
        overall=overall,
        groups=tuple(Group(by, name, part) for (by, name, _), part in zip(found.groups, parts, strict=True)),
        curve=_curve(found, quantile),
        bins=bins(event, risk, design, quantile),
        histogram=np.column_stack(counts),
        decision=decision_curve(event, risk, design, quantile),
        references=tuple(references),
        design=design.stated,
        intervals=_told(how, found),
        level=how.level,
        notes=tuple(_notes(asked, found)),
        about={"version": _version(), "setting": request.outcome.model.setting},
    )


def _version() -> str:
    try:
        return version("myorisk")
    except PackageNotFoundError:  # run from its folder
        return ""


def _references(request: Request, found: People, network: Performance) -> Iterator[Reference]:
    """Each reference model, and how far the network's AUC is from its, on the same people."""
    event, design, how = found.event, found.design, request.intervals
    weights, everybody = design.weights, np.ones(len(event), dtype=bool)
    area = network.measures["auc"].value
    own = auc_influence(event, found.risk, weights, area)
    for title, risk in cross_validated(found.inputs, event, design, how.seed):
        measured = performance(event, risk, design, everybody, how)
        other = measured.measures["auc"].value
        half = how.quantile(design) * design.error(own - auc_influence(event, risk, weights, other))
        difference = Estimate(area - other, area - other - half, area - other + half)
        yield Reference(title, measured, difference, net_benefit(event, risk, weights, THRESHOLDS))


def _resampled(
    event: Array, risk: Array, found: People, masks: Sequence[Mask], measured: Sequence[Performance], how: Intervals
) -> list[Performance]:
    """The same with intervals from resamples of the design."""
    replicates: list[list[Mapping[str, float]]] = [[] for _ in masks]
    with shown_on_terminal("resamples") as show:
        for number, weights in enumerate(found.design.replicates(how.bootstrap, how.seed), 1):
            for kept, inside in zip(replicates, masks, strict=True):
                kept.append(replicate(event[inside], risk[inside], weights[inside]))
            show(number, how.bootstrap, len(event))
    return [resampled(one, kept, how.level) for one, kept in zip(measured, replicates, strict=True)]


def _curve(found: People, quantile: float) -> CalibrationCurve | None:
    """Drawn between the 1st and 99th percentile of the risks, beyond which hardly anybody is."""
    smooth = curve(found.event, found.risk, found.design.weights)
    if smooth is None:
        return None
    first, last = np.quantile(found.risk, [0.01, 0.99])
    at = np.linspace(first, last, DRAWN)
    low, high = smooth.band(at, found.design.covariance(smooth.fitted.influences), quantile)
    return CalibrationCurve(at, smooth.at(at), low, high)


def _told(how: Intervals, found: People) -> str:
    """How intervals were made."""
    design, of = found.design, ""
    if {"strata", "clusters"} & {*design.stated}:
        strata = len(np.unique(design.strata))
        of = f" over {counted(len(design.strata), 'cluster')} in {strata} strat{'um' if strata == 1 else 'a'}"
    if not how.bootstrap:
        return f"{how.level:.0%} intervals from linearized variance{of}"
    way = f"{how.bootstrap} resamples of the design (seed {how.seed}){of}"
    return f"{how.level:.0%} intervals from {way}, those of curves and reference models linearized"


def _notes(asked: Plan, found: People) -> Iterator[Note]:
    events = int(found.event.sum())
    few = min(events, len(found.event) - events)
    question = asked.question
    if few < ADVISED:
        kind = "have" if few == events else "do not have"
        yield Note(
            "caution", (), f"only {few} people {kind} the outcome; with fewer than {ADVISED} calibration is uncertain"
        )
    if factors := question.outcome.factors(question.inputs):
        names = ", ".join(factors)
        told = (
            f"{names} stays an input: it measures another variable, and is a factor of the reading that the outcome is"
        )
        yield Note("caution", factors, f"{told}; leave it out to validate without it")
    if found.design.lonely:
        yield Note(
            "caution", (), f"{found.design.lonely} strata have a single cluster, and are centered at the mean of all"
        )
    reading = sorted({one.about for one in question.outcome.criteria if isinstance(one, Beyond)})
    if question.outcome.definition is None and reading:
        yield Note(
            "caution",
            tuple(reading),
            SINGLE,
        )
