"""Answers in notebooks, as plain HTML at home on light and dark pages: one function for each kind of answer."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bn.core.answer import LEVEL, interval_of
from bn.questions.mediation.result import EFFECTS
from bn.questions.sensitivity.result import SHOWN
from bn.questions.what_if.result import NOTICEABLE
from bn.report.html_tables import tables
from bn.report.text import notes_html
from bn.report.text.definitions import definitions_html
from bn.report.text.knowledge import ASK, contents, lead

if TYPE_CHECKING:
    import pandas as pd

    from bn.cohort.reading.columns_report import ColumnsReport
    from bn.core.answer import Posterior
    from bn.core.model import Model
    from bn.questions.explain import Explanation
    from bn.questions.forest import Forest
    from bn.questions.joint import MostProbable
    from bn.questions.mediation import Mediation
    from bn.questions.next_test import NextTests
    from bn.questions.sensitivity import Sensitivity
    from bn.questions.what_if import Comparison, WhatIf
    from bn.revision import Diff
    from bn.validation.result import Validation


TRACK = "position:relative;width:11em;height:0.8em;border:1px solid currentColor;opacity:0.85"
BAR = "position:absolute;left:0;top:0;bottom:0;background:#56B4E9"
SPAN = "position:absolute;top:45%;height:2px;background:currentColor"
TICK = "position:absolute;top:-2px;bottom:-2px;width:2px;background:#D55E00"
CELL = "text-align:left;padding:0.15em 0.6em"


def posterior_html(post: Posterior) -> str:
    """A row a variable: prior, posterior, interval, and a bar with the interval as a line and the prior as a tick."""
    low, high = post.interval(level=LEVEL)
    rows = []
    for name in post.about:
        weight = ' style="font-weight:bold"' if name == post.risk_of[0] else ""
        for line in post.lines(name):
            prior, draws = float(line.of(post.priors[name])[0]), line.of(post.posteriors[name])
            now, (least, most) = float(draws[0]), map(float, interval_of(draws[1:], LEVEL))
            figures = [f"{prior:.2f}", f"{now:.2f}", f"{least:.2f} to {most:.2f}", _bar(prior, now, least, most)]
            said = ("&emsp;" if line.part else "") + escape(line.name)
            cells = "".join(f'<td style="{CELL}">{cell}</td>' for cell in (said, *figures))
            rows.append(f"<tr{weight}>{cells}</tr>")
    heads = ("", "prior", "posterior", f"{LEVEL:.0%} interval", "bar: posterior, line: interval, tick: prior")
    head = "".join(f'<th scope="col" style="{CELL}">{text}</th>' for text in heads)
    risk = escape(post.titles.get(post.risk_of[0], post.risk_of[0].replace("_", " ")))
    return (
        f"<p>{risk}: <b>{post.risk:.2f}</b> ({LEVEL:.0%} interval {low:.2f} to {high:.2f}), given this structure</p>"
        f"{definitions_html(post)}{notes_html(post.notes)}"
        f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _bar(prior: float, now: float, low: float, high: float) -> str:
    return (
        f'<div style="{TRACK}"><div style="{BAR};width:{now:.1%}"></div>'
        f'<div style="{SPAN};left:{low:.1%};width:{high - low:.1%}"></div>'
        f'<div style="{TICK};left:{prior:.1%}"></div></div>'
    )


def model_html(model: Model) -> str:
    """The same, with a table of the variables."""
    import pandas as pd

    variables = model.knowledge.variables.values()
    rows = [
        (each.title, each.id, each.role, len(each.states), ", ".join(parent.id for parent in each.parents))
        for each in variables
    ]
    frame = pd.DataFrame(rows, columns=["title", "name", "role", "states", "parents"])
    ask = pd.DataFrame(list(ASK.items()), columns=["question", "methods"])
    return tables(f"{lead(model)}. {contents(model)}.", ("Variables", frame), ("Questions", ask))


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
    """The states that change noticeably, and an event of several states before its own."""
    frame = answer.to_frame()
    shown = [
        name in answer.changed
        and abs(difference) >= NOTICEABLE
        and (len(answer.states[name]) > 2 or state != answer.states[name][0])
        for name, state, difference in zip(frame["variable"], frame["state"], frame["difference"], strict=True)
    ]
    return tables(repr(answer)[1:-1], ("", _with_events(answer, frame[shown])), notes=answer.notes)


def diff(answer: Diff) -> str:
    """Answers, verdicts and targets that moved noticeably, in parts; why some are not compared stands in the frame."""
    moved = {part: answer.to_frame(part) for part in ("answers", "claims", "targets")}
    for part in ("answers", "targets"):
        moved[part] = moved[part][[one.size >= one.least for one in getattr(answer, part)]]
    shown = ["title", "do", "name", "before", "after", "difference", "error"]
    sides = "; ".join(f"{side.name}: {side.told or 'its draws were fitted to it'}" for side in (answer.old, answer.new))
    return tables(
        f"Whose answers moved. {sides}. {'; '.join(answer.changes[:SHOWN])}",
        ("Answers", moved["answers"].head(SHOWN)[shown]),
        ("Claims", moved["claims"].drop(columns=["values", "reason"], errors="ignore")),
        ("Targets", moved["targets"].head(SHOWN).filter(["id", "use", "before", "after", "difference", "error"])),
    )


def _with_events(answer: WhatIf, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows, with one more for each event of several states, before those of its states."""
    import pandas as pd

    rows = []
    for name, own in frame.groupby("variable", sort=False):
        event = answer.event(str(name))
        if len(event) > 1:
            row = answer.line_rows(str(name))[0]
            said = (name, " or ".join(event), row.before, row.after, row.difference, row.low, row.high)
            rows.append(pd.DataFrame([said], columns=frame.columns))
        rows.append(own)
    return pd.concat(rows) if rows else frame


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


def forest(answer: Forest) -> str:
    """A table a section, each study with its source as a link."""
    import pandas as pd

    from bn.report.text.forest import READING, cited, compared, network_text, sections, short, study_text

    shown = []
    for heading, rows in sections(answer):
        cells = [
            {
                "study": row.id,
                "people": row.people,
                "done or seen": compared(row),
                "outcome": short(row.outcome),
                "study says": study_text(row),
                "network says": network_text(row),
                "verdict": row.verdict,
                "printed": row.printed,
                "use and reason": row.unasked or f"{row.use}: {row.why}",
                "source": cited(answer.sources.get(row.source), row.source),
            }
            for row in rows
        ]
        shown.append((heading, pd.DataFrame(cells)))
    reading = READING.format(level=answer.level, draws=answer.draws).replace("\n", " ")
    return tables(f"{answer.title}. {answer.summary}. {reading}", *shown)


def columnsreport(answer: ColumnsReport) -> str:
    """A row a column, and what looks wrong."""
    import pandas as pd

    from bn.report.text.columns import ABOUT, HEADS, cells, sections_html

    frame = pd.DataFrame([cells(one, answer.rows) for one in answer.columns], columns=list(HEADS))
    return tables(f"{repr(answer)[1:-1]}. {ABOUT}.", ("", frame)) + sections_html(answer)


def validation(answer: Validation) -> str:
    """Every measure, then the groups, each with its interval."""
    import pandas as pd

    from bn.report.validation.wording import HEADS, group_rows, overall_rows

    overall = pd.DataFrame(overall_rows(answer), columns=["", "value", f"{answer.level:.0%} interval"])
    groups = pd.DataFrame(list(group_rows(answer)), columns=["people", "n", "events", *HEADS])
    told = f"{answer.outcome}: {answer.overall.n} people, {answer.overall.events} with the outcome; {answer.intervals}"
    return tables(told, ("Performance", overall), ("By group", groups), notes=answer.notes)
