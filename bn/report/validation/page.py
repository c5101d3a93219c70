"""A validation as one self-contained page: no scripts, nothing fetched, in the order of TRIPOD+AI's items."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from bn.report.figures.style import Picture, styled
from bn.report.figures.validation import panels
from bn.report.validation.look import STYLE
from bn.report.validation.tripod import LEFT_TO_AUTHORS
from bn.report.validation.wording import (
    HEADS,
    MORE,
    decision_rows,
    flow_lines,
    group_rows,
    input_lines,
    interval,
    interval_line,
    note_lines,
    outcome_lines,
    overall_rows,
    reference_rows,
    value,
)
from cpds import NOTE

if TYPE_CHECKING:
    from bn.validation.result import Validation


TRAINED = (
    "The network's parameters come from its review, published studies and surveys, not from these people. Where these "
    "people come from a survey that it was fitted to, this is no external evaluation."
)


def page(found: Validation) -> str:
    """The page as HTML."""
    title = f"Validation: {found.outcome}"
    drawn = {name: _svg(picture) for name, picture in panels(found).items()}
    sections = [*_methods(found), *_results(found, drawn), *_discussion(found)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f"<header><h1>{escape(title)}</h1>{_lead(found)}</header>{''.join(sections)}"
        f"<footer>{escape(NOTE)}</footer></main></body></html>\n"
    )


def _lead(found: Validation) -> str:
    """The finding in two sentences, and the few figures that a reader looks for first."""
    n, events = found.overall.n, found.overall.events
    shown = {
        "auc": "AUC",
        "intercept": "Calibration in the large",
        "slope": "Calibration slope",
        "brier": "Brier score",
    }
    tiles = "".join(
        f"<div><dt>{escape(title)}</dt><dd>{value(name, found.overall)}"
        f"<small>{escape(interval(name, found.overall.measures[name]))}</small></dd></div>"
        for name, title in shown.items()
        if name in found.overall.measures
    )
    version = f"myorisk {found.about['version']}" if found.about.get("version") else "myorisk"
    told = f"External evaluation of the network of {version} on {found.source}: {n} people, {events} with the outcome."
    return f"<p>{escape(told)} {escape(found.intervals)}.</p><dl class=tiles>{tiles}</dl>"


def _methods(found: Validation) -> list[str]:
    calculated = (
        "P(outcome | inputs) by exact inference at the posterior mean of the parameters; nothing was fitted to these "
        "people. A missing input is summed over."
    )
    measures = (
        "Discrimination: AUC. Calibration: in the large (slope held at 1; above 0 more people have the outcome than "
        "predicted), slope, smoothed curve (logistic regression on a restricted cubic spline of the log odds) and "
        "integrated calibration index, its mean distance from the diagonal. Brier score: miscalibration less "
        "discrimination plus uncertainty, by isotonic recalibration. "
        f"Clinical utility: net benefit. {interval_line(found)}"
    )
    design = f"Stated of the sampling design: {', '.join(found.design)}." if found.design else "No sampling design."
    return [
        _section(
            "Methods",
            _item("Outcome", "8a", _list(outcome_lines(found))),
            _item("Predictors", "9b, 20b", _list(input_lines(found))),
            _item("How predictions were calculated", "12g", f"<p>{escape(calculated)}</p>"),
            _item("Measures", "12e", f"<p>{escape(measures)}</p>"),
            _item("Sampling design", "12d", f"<p>{escape(design)}</p>"),
            _item("Model updating", "12f, 24", "<p>None.</p>"),
            _item("Training versus evaluation", "16", f"<p>{escape(TRAINED)}</p>"),
        )
    ]


def _results(found: Validation, drawn: dict[str, str]) -> list[str]:
    pictures = (
        f"<figure>{drawn['calibration']}<figcaption>Line and band: smoothed share with the outcome. Dots: tenths of "
        "people by probability. Below: how many have each probability.</figcaption>"
        f"</figure><figure>{drawn['decision']}<figcaption>Net benefit of acting from a threshold on, beside acting on "
        "everybody and on nobody.</figcaption></figure>"
    )
    groups = _table(("people", "n", "events", *HEADS), group_rows(found))
    parts = [
        _item("Participants", "11, 20a, 21", _list(flow_lines(found.flow))),
        _item("Performance", "23a", f"<div class=pair>{pictures}</div>{_overall(found)}"),
        _item("By group", "14, 23a", f"<figure class=wide>{drawn['forest']}</figure>{groups}"),
    ]
    if found.references:
        head = "<p>Trained on the same columns of these people and cross-validated, so they know this population.</p>"
        parts.append(_item("Reference models", "12e, 23a", head + _table(("", *HEADS, MORE), reference_rows(found))))
    heads = ("threshold", "network", "everybody", *(one.title for one in found.references))
    parts.append(_item("Net benefit", "23a", _table(heads, decision_rows(found))))
    return [_section("Results", *parts)]


def _overall(found: Validation) -> str:
    measured = [(title, f"{one} ({ends})" if ends else one) for title, one, ends in overall_rows(found)]
    return _table(("", f"value, {found.level:.0%} interval"), measured)


def _discussion(found: Validation) -> list[str]:
    limits = _list(note_lines(found)) if found.notes else "<p>None that a program can see.</p>"
    left = "".join(f"<li><b>{escape(item)}</b> {escape(text)}</li>" for item, text in LEFT_TO_AUTHORS.items())
    return [
        _section(
            "Discussion",
            _item("Limitations", "26", limits),
            _item("For the authors to add", "TRIPOD+AI", f"<ul class=columns>{left}</ul>"),
        )
    ]


def _section(title: str, *items: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(items)}</section>"


def _item(title: str, number: str, body: str) -> str:
    return f"<div class=item><h3>{escape(title)} <span>{escape(number)}</span></h3>{body}</div>"


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The last cell of a row that is shorter than the head goes to its end."""
    head = "".join(f"<th scope=col>{escape(text)}</th>" for text in heads)
    body = []
    for first, *cells in rows:
        left = len(heads) - 1 - len(cells)
        spans = [*[""] * (len(cells) - 1), f" colspan={left + 1} class=words" if left else ""]
        told = "".join(f"<td{span}>{_cell(text)}</td>" for span, text in zip(spans, cells, strict=True))
        body.append(f"<tr><th scope=row>{escape(first)}</th>{told}</tr>")
    return f"<div class=scroll><table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"


def _cell(text: str) -> str:
    """A value, its interval on a line of its own."""
    first, bracket, ends = text.partition(" (")
    return escape(first) + (f"<small>{escape(ends.removesuffix(')'))}</small>" if bracket else "")


def _svg(picture: Picture) -> str:
    """A picture as an element of the page, as wide as there is room."""
    found = io.StringIO()
    with styled():
        picture.savefig(found, format="svg", metadata={"Date": None})
    text = found.getvalue()
    return text[text.index("<svg") :]
