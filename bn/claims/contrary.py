"""Null and opposite figures of the wider literature, put to the network like claims."""

from __future__ import annotations

from bn.claims.scene import Scene, Setting
from bn.claims.verdict import Kind, Outcome, Verdict
from cpds.records import Contrary

NONE_PROBABILITY = 0.02
"""A change of probability that studies of this size would call none."""
NONE_READING = 0.1
"""The same for a reading, in SDs."""


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
    if row.subject in knowledge.interventions:
        return "apply", Setting(given=tuple(row.given.items())), scene.treated(row.subject, given=row.given)
    if row.subject in knowledge.biomarkers:
        ends = scene.extremes(row.subject)
    else:
        ends = scene.ends(row.subject)
        if knowledge.variables[row.subject].role != "outcome":
            low, high = (scene.set_to([row.subject], end, row.given) for end in range(2))
            return scene.kind(row.subject), low, high
    low, high = (Setting(given=((row.subject, end), *row.given.items())) for end in ends)
    return ("observe" if row.subject in knowledge.biomarkers else "associate"), low, high


def _change(scene: Scene, row: Contrary, low: Setting, high: Setting) -> tuple[float, str]:
    """Change of the object between two settings, and its unit where it is not a probability."""
    if row.object in scene.knowledge.biomarkers:
        (upper, spread), (lower, _) = scene.reading(row.object, high), scene.reading(row.object, low)
        return (upper - lower) / spread, " (SDs)"
    return scene.last(row.object, high) - scene.last(row.object, low), ""
