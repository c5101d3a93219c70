"""Tables as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from bn.report.text import notes_html

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.answer import Note

STYLE = (
    "<style>table.myorisk{border-collapse:collapse;border:none;margin:0.3em 0 1em 0;table-layout:auto}"
    "table.myorisk caption{text-align:left;font-weight:bold;padding:0.2em 0.6em;color:inherit}"
    "table.myorisk th,table.myorisk td{text-align:left;vertical-align:top;padding:0.15em 0.6em;border:none}"
    "table.myorisk thead th{border-bottom:1px solid currentColor}"
    "table.myorisk .number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}</style>"
)


def tables(lead: str, *captioned: tuple[str, pd.DataFrame], form: str = ".3f", notes: Iterable[Note] = ()) -> str:
    """A line of text (unless empty), notes on the findings, then each frame that has rows under its caption.

    Numbers are in the format `form`.
    """
    head = (f"<p>{escape(lead)}</p>" if lead else "") + notes_html(notes)
    return head + "".join(_table(caption, frame, form) for caption, frame in captioned if len(frame)) + STYLE


def _table(caption: str, frame: pd.DataFrame, form: str) -> str:
    numeric = [frame[column].dtype.kind in "fi" for column in frame.columns]
    kinds = [' class="number"' if number else "" for number in numeric]
    heads = "".join(
        f'<th scope="col"{kind}>{escape(str(column).replace("_", " "))}</th>'
        for column, kind in zip(frame.columns, kinds, strict=True)
    )
    rows = (
        "".join(f"<td{kind}>{_cell(value, form)}</td>" for value, kind in zip(row, kinds, strict=True))
        for row in frame.itertuples(index=False)
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<table class="myorisk">{title}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _cell(value: Any, form: str) -> str:
    """One value as text; nothing where there is none.

    >>> _cell(0.25, "+.2f"), _cell(None, ".3f"), _cell(float("nan"), ".3f"), _cell(("a", "b"), ".3f"), _cell(True, "")
    ('+0.25', '', '', 'a, b', 'yes')
    """
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, tuple):
        return escape(", ".join(map(str, value)))
    return format(value, form) if isinstance(value, float) else escape(str(value))
