"""Printed figures held against the network: of the review, and null and opposite ones of the wider literature."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log

from bn.claims.scene import Scene, Setting
from bn.claims.trials import TINY, Trial, dominated, show
from bn.claims.verdict import Kind, Outcome, Verdict
from bn.core.conditioned import probability
from cpds.records import AgeFigure, Biomarker, Claim, Contrary, Measured, Ordinal, event_parts
from cpds.study_rule import NONE_PROBABILITY, NONE_READING


def target(trial: Trial) -> Verdict:
    """A target of the synthesis: within 1.96 spreads, on the log-odds scale. One that is fitted is no agreement."""
    scene, wanted = trial.scene, trial.scene.knowledge.targets[trial.pointer.name]
    found = float(probability(scene.network, scene.names, wanted.event, wanted.given)[..., 0])
    gap = abs(log(found / (1 - found)) - log(wanted.value / (1 - wanted.value)))
    low, high = (_expit(log(wanted.value / (1 - wanted.value)) + side * 1.96 * wanted.spread) for side in (-1, 1))
    given = ", ".join(f"{name} {finding}" for name, finding in wanted.given.items())
    question = f"P({_named(scene, wanted.event)}) at {given}, printed {wanted.value:g}"
    fits = gap <= 1.96 * wanted.spread + TINY
    met: Outcome = "fitted" if wanted.use == "fit" else "quantitative"
    return _held(trial.claim, show(trial.pointer), question, found, (low, high), fits, met=met)


def reading(scene: Scene, claim: Claim, figure: AgeFigure) -> Verdict:
    """Expected reading of a marker at two ages: relative change, whole or per decade, against an interval.

    A marker that is read as low, normal or high has levels, whose mean has no percentage: not executable.
    """
    marker = scene.knowledge.biomarkers[figure.biomarker]
    per = " per decade" if figure.per == "decade" else ""
    question = f"change of {marker.id}{per} from {figure.younger} to {figure.older}, printed {claim.figure}"
    pointer = f"biomarker {marker.id}"
    if isinstance(marker, Ordinal):
        reason = "the marker is read as low, normal or high, and a level has no percentage"
        return Verdict(claim.id, claim.status, "figure", "not executable", question, reason=reason, pointer=pointer)
    older, younger = (
        scene.reading(marker.id, Setting(given=(("age", age),)))[0] for age in (figure.older, figure.younger)
    )
    log_scale = isinstance(marker, Measured) and marker.reference.scale == "log"
    ratio = exp(older - younger) if log_scale else older / younger
    change = ratio ** (1 / figure.decades) - 1 if figure.per == "decade" else ratio - 1
    fits = figure.low <= change <= figure.high
    note = "" if fits else _what_moves(scene, marker, claim, figure)
    return _held(claim, pointer, question, change, (figure.low, figure.high), fits, note)


def _what_moves(scene: Scene, marker: Biomarker, claim: Claim, figure: AgeFigure) -> str:
    """Why a reading moves too little or too much between two ages."""
    ages = (figure.younger, figure.older)
    strata = {scene.strata_at(marker, "age", age) for age in ages} if isinstance(marker, Measured) else set()
    how = "and by its reference, which differs between these ages"
    source = f"moved by {marker.variable} {how if len(strata) > 1 else 'alone: its reference is the same at both ages'}"
    return "; ".join(part for part in (source, claim.reason or "") if part)


def onset(trial: Trial) -> Verdict:
    """A single knot: nothing moves before it, something does after it. The bend was put there, so it is fitted."""
    scene, pointer = trial.scene, trial.pointer
    knot = pointer.knots[0]
    before = scene.direct(
        pointer.parent, pointer.child, (f"[{knot - 20:g}, {knot - 15:g})", f"[{knot - 5:g}, {knot:g})")
    )
    after = scene.direct(
        pointer.parent, pointer.child, (f"[{knot:g}, {knot + 5:g})", f"[{knot + 20:g}, {knot + 25:g})")
    )
    question = f"direct effect of {pointer.parent} on {pointer.child} before and after {knot:g}"
    fits = abs(before) <= TINY < after
    note = f"before it {abs(before):.4f}"
    return _held(trial.claim, show(pointer), question, after, (0.0, 1.0), fits, note, met="fitted")


def blockade(trial: Trial) -> Verdict | None:
    """What a dominating intervention leaves of the gain from the one that it dominates; the claim says nothing."""
    scene, claim, pointer = trial.scene, trial.claim, trial.pointer
    outer = scene.knowledge.interventions[pointer.name]
    inner = dominated(outer)
    refers = scene.knowledge.terms[claim.object].refers_to
    events = trial.events(name for name in refers if name in scene.network.states)
    if not inner or not events:
        return None
    untreated = scene.mean(events)
    gain = untreated - scene.mean(events, scene.treated(inner[0]))
    both = scene.mean(events, scene.treated(outer.id, inner[0]))
    left = (scene.mean(events, scene.treated(outer.id)) - both) / gain
    question = f"share of the gain from {inner[0]} that is left under {outer.id}, claimed 0"
    reason = f"against no treatment at all, both together change P by {both - untreated:+.4f}; {claim.reason}"
    return _held(claim, show(pointer), question, left, (-0.1, 0.1), abs(left) <= 0.1, reason)


def _named(scene: Scene, findings: Mapping[str, str]) -> str:
    """An event in words: a variable alone where its own event is meant."""
    variables = scene.knowledge.variables
    other = {name for name, said in findings.items() if name in variables and said != variables[name].event_text}
    return ", ".join(f"{name}={said}" if name in other else name for name, said in findings.items())


def _held(
    claim: Claim,
    pointer: str,
    question: str,
    value: float,
    interval: tuple[float, float],
    fits: bool,
    note: str = "",
    met: Outcome = "quantitative",
) -> Verdict:
    outcome: Outcome = met if fits else "disagrees"
    said = f"{'inside' if fits else 'outside'} [{interval[0]:.3g}, {interval[1]:.3g}]"
    reason = "; ".join(part for part in (said, note or (claim.reason or "")) if part)
    return Verdict(claim.id, claim.status, "figure", outcome, question, value, None, reason, pointer)


def _expit(logit: float) -> float:
    return 1 / (1 + exp(-logit))


def execute_row(scene: Scene, row: Contrary) -> Verdict:
    """Whether the network agrees with one contrary figure."""
    kind, low, high = _settings(scene, row)
    value, unit = _change(scene, row, low, high)
    limit = NONE_READING if unit else NONE_PROBABILITY
    wanted = {"no_effect": 0, "increases": 1, "decreases": -1}[row.relation]
    agrees = abs(value) < limit if wanted == 0 else wanted * value > 0
    outcome: Outcome = ("associational" if kind in ("associate", "observe") else "holds") if agrees else "disagrees"
    held = f" given {', '.join(row.given.values())}" if row.given else ""
    relation = {"no_effect": "no effect of", "increases": "rise under", "decreases": "fall under"}[row.relation]
    question = f"{row.object}{unit}: {relation} {row.subject}{held}"
    return Verdict(row.row, "contrary", kind, outcome, question, value, wanted, row.says, f"source {row.row}")


def _settings(scene: Scene, row: Contrary) -> tuple[Kind, Setting, Setting]:
    """How the subject is varied: treated, set, moved in age, or, for outcomes and markers, only observed."""
    knowledge = scene.knowledge
    name, _ = event_parts(row.subject)
    if row.subject in knowledge.interventions:
        return "apply", Setting(given=tuple(row.given.items())), scene.treated(row.subject, given=row.given)
    if row.subject in knowledge.biomarkers:
        ends = scene.extremes(row.subject)
    else:
        ends = scene.ends(row.subject)
        if knowledge.variables[name].role != "outcome":
            low, high = (scene.set_to([row.subject], end, row.given) for end in range(2))
            return scene.kind(name), low, high
    low, high = (Setting(given=((name, end), *row.given.items())) for end in ends)
    return ("observe" if row.subject in knowledge.biomarkers else "associate"), low, high


def _change(scene: Scene, row: Contrary, low: Setting, high: Setting) -> tuple[float, str]:
    """Change of the object between two settings, and its unit where it is not a probability."""
    if row.object in scene.knowledge.biomarkers:
        (upper, spread), (lower, _) = scene.reading(row.object, high), scene.reading(row.object, low)
        return (upper - lower) / spread, " (SDs)"
    return scene.probability(row.object, high) - scene.probability(row.object, low), ""
