"""Answers in notebooks: one function for each kind of answer, found by its name in lower case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bn.core.posterior import LEVEL
from bn.questions.mediation.result import EFFECTS
from bn.questions.sensitivity.result import SHOWN
from bn.questions.what_if.result import NOTICEABLE
from bn.report.html.posterior import posterior_html
from bn.report.html.tables import tables

if TYPE_CHECKING:
    from bn.core.posterior import Posterior
    from bn.questions.explain import Explanation
    from bn.questions.mediation import Mediation
    from bn.questions.most_probable import MostProbable
    from bn.questions.next_test import NextTests
    from bn.questions.sensitivity import Sensitivity
    from bn.questions.what_if import Comparison, WhatIf


def posterior(answer: Posterior) -> str:
    """Every variable with a bar."""
    return posterior_html(answer)


def mostprobable(answer: MostProbable) -> str:
    """A column a joint state: its probability and interval, then the state of each variable."""
    import pandas as pd

    columns = {
        f"{rank}": [f"{each.probability:.3f}", f"{each.low:.3f} to {each.high:.3f}", *each.states.values()]
        for rank, each in enumerate(answer.best, 1)
    }
    frame = pd.DataFrame({"": ["probability", f"{LEVEL:.0%} interval", *answer.over], **columns})
    return tables(f"Most probable joint states of {len(answer.over)} variables", ("", frame), notes=answer.notes)


def nexttests(answer: NextTests) -> str:
    """Tests of mechanisms, then of outcomes."""
    frame = answer.to_frame()
    shown = frame.drop(columns=["title", "measures_outcome"]).dropna(axis="columns", how="all")
    return tables(
        repr(answer)[1:-1],
        ("", shown[~frame["measures_outcome"]]),
        ("Measurements of an outcome itself", shown[frame["measures_outcome"]]),
        notes=answer.notes,
    )


def sensitivity(answer: Sensitivity) -> str:
    """Parameters, findings, sources and settings, the strongest of each."""
    sources = answer.to_frame("sources").head(SHOWN)
    for column in ("parameters", "targets"):
        if len(sources):
            sources[column] = [f"{len(ids)}" if len(ids) > 2 else ", ".join(ids) for ids in sources[column]]
    return tables(
        repr(answer)[1:-1],
        ("Parameters, each alone at the ends of its interval", answer.to_frame().head(SHOWN)),
        ("Findings, each left out", answer.to_frame("findings").head(SHOWN)),
        ("Sources, if one were wrong", sources),
        ("Structure, fitted with another setting", answer.to_frame("settings")),
        notes=answer.notes,
    )


def explanation(answer: Explanation) -> str:
    """Findings, mechanisms, and how surprising each finding is."""
    findings = answer.to_frame().astype({"error": float, "in_context": float, "in_context_error": float})
    shown = ("Findings, log odds", findings.dropna(axis="columns", how="all"))
    return (
        tables(repr(answer)[1:-1], shown, form="+.3f", notes=answer.notes)
        + tables("", ("Mechanisms that carry the change", answer.to_frame("mechanisms")))
        + tables("", ("Surprise of each finding given the others", answer.to_frame("surprises")))
    )


def comparison(answer: Comparison) -> str:
    """A row for each question that is compared."""
    shown = (
        answer.to_frame()
        .drop(columns=[answer.by, "interval_error", "interval_draws"])
        .rename(columns={"title": answer.by})
    )
    if not shown["notes"].any():
        shown = shown.drop(columns="notes")
    return tables(f"Intervals of the difference from {answer.drawn_in_words}", ("", shown), notes=answer.notes)


def whatif(answer: WhatIf) -> str:
    """The states that change noticeably."""
    frame = answer.to_frame()
    shown = [
        name in answer.changed
        and abs(difference) >= NOTICEABLE
        and (len(answer.states[name]) > 2 or state != answer.states[name][0])
        for name, state, difference in zip(frame["variable"], frame["state"], frame["difference"], strict=True)
    ]
    return tables(repr(answer)[1:-1], ("", frame[shown]), notes=answer.notes)


def mediation(answer: Mediation) -> str:
    """A table for each outcome."""
    frame = answer.to_frame()
    ends = [f"{kind}_{end}" for kind in EFFECTS for end in ("low", "high")]
    by_outcome = [
        (f"{split.outcome} = {split.state}: {split.before.value:.3f} to {split.after.value:.3f}", here)
        for split in answer.splits
        for here in [frame[frame["outcome"] == split.outcome].drop(columns=["outcome", *ends])]
    ]
    return tables(repr(answer)[1:-1], *by_outcome, form=".4f")
