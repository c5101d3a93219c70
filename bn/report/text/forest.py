"""Studies and the network side by side, as a table of numbers and a list of what each study is and where to read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bn.questions.forest.result import HEADINGS
from bn.report.text import console
from cpds.study_rule import things_studied

if TYPE_CHECKING:
    from bn.core.model import Model
    from bn.questions.forest import Forest, StudyRow
    from cpds.knowledge import Knowledge
    from cpds.records import Source

WIDTH = 120
"""Columns of a table about one name; tables of all studies are as wide as the terminal."""


def forest_tables(model: Model, found: Forest, note: str) -> None:
    """Counts, a table a use (or, of all studies, an agent or marker), how to read it, then every study in words."""
    out = console()
    out.print(f"\n[bold]{escape(found.title)}[/]: the network beside {len(found.rows)} trials and studies")
    for name, count in found.counts.items():
        if count.asked:
            out.print(f"  {name}: [bold]{count}[/]")
    if found.not_asked:
        out.print(f"  not asked, each with its reason: {found.not_asked}")
    for heading, rows in sections(found):
        out.print(f"\n[bold]{escape(heading)}[/]")
        out.print(_table(rows, "" if found.name else heading))
    if found.rows:
        out.print(f"\n{READING.format(level=found.level, draws=found.draws)}")
        out.print("\n[bold]Studies[/]")
    else:
        out.print(f"  none; `myorisk show {found.name}` tells where its numbers come from")
    for row in found.rows:
        _in_full(row, found.sources.get(row.source))
    if contrary := [row.row for row in model.knowledge.contrary if found.name in (None, row.subject, row.object)]:
        out.print(
            f"\nNull and contrary findings of the wider literature that name it as cause or effect: "
            f"{', '.join(dict.fromkeys(contrary))}. `myorisk claims` executes them."
        )
    if others := _alike(model.knowledge, found.name):
        out.print(f"\nSee also: {', '.join(f'`myorisk evidence {name}`' for name in others)}.")
    out.print(f"\n[dim]{note}[/]")


def _alike(knowledge: Knowledge, name: str | None) -> list[str]:
    """Other interventions that are studied, there or to come, whose kind (last word) is the same: kinds of training."""
    studied = things_studied(knowledge)
    to_come = (each.name for each in knowledge.pending.values() if each.kind == "intervention")
    known = [*knowledge.interventions, *to_come]
    kind = (name or "").rpartition("_")[2] if name in known else None
    return [other for other in known if other in studied and other != name and other.rpartition("_")[2] == kind]


READING = (
    "Numbers are log odds of the worse, + for more of it (0.69: odds twice as high), with {level:.0%} intervals: of a "
    "study\nfrom sampling alone, of the network over {draws} draws given this structure. Inside: the network's answer "
    "lies within the\nstudy's interval. Doing: people as in the trial are found first, then it is done. Seeing: people "
    "are compared as found."
)


def sections(found: Forest) -> Iterable[tuple[str, list[StudyRow]]]:
    """Rows under a heading each: by use, or, of all studies, by what was done or seen."""
    if found.name is not None:
        return [(HEADINGS[use], list(rows)) for use, rows in groupby(found.rows, key=lambda row: row.use)]
    by_first = groupby(found.rows, key=lambda row: row.about)
    titles = {"": "No such agent or marker", **found.titles}
    return [(titles.get(about, about.replace("_", " ")), list(rows)) for about, rows in by_first]


def _table(rows: Sequence[StudyRow], agent: str) -> Table:
    """A row a study; where all are about one `agent`, it is not repeated, and the use is told instead."""
    table = Table(box=None, pad_edge=False, width=None if agent else min(WIDTH, console().width))
    table.add_column("", no_wrap=True)
    for heading in ("done or seen", "outcome", *(["use"] if agent else [])):
        table.add_column(heading)
    table.add_column("study says", justify="right", no_wrap=True)
    table.add_column("network says", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        cells = (
            row.id,
            compared(row, agent),
            short(row.outcome),
            *([row.use] if agent else []),
            study_text(row),
            network_text(row),
        )
        table.add_row(*map(escape, cells), _verdict(row))
    return table


def short(title: str) -> str:
    """A title without what explains it.

    >>> short("HOMA-IR, homeostasis model"), short("Disposal in a clamp (M value)")
    ('HOMA-IR', 'Disposal in a clamp')
    """
    return title.partition(",")[0].partition(" (")[0]


def compared(row: StudyRow, agent: str = "") -> str:
    """What was done, or by what people were compared; the note on a study of which the network has neither."""
    how = "done" if row.how == "doing" else "seen"
    if not row.compared:
        return row.note
    if row.compared == agent:
        return how
    return row.compared if row.how == "doing" else f"seen: {short(row.compared)}"


def study_text(row: StudyRow) -> str:
    """The effect with its interval; without a size, what the study says."""
    return _interval(row.log_odds, row.low, row.high) or row.says.replace("_", " ")


def network_text(row: StudyRow) -> str:
    """The answer with its interval, empty where nothing was asked."""
    return _interval(row.network, row.network_low, row.network_high)


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return ""
    return f"{value:+.2f} ({low:+.2f} to {high:+.2f})"


def _verdict(row: StudyRow) -> str:
    if row.verdict == "outside" and row.agrees is False:
        return "[bold]wrong sign[/]"
    return f"[bold]{row.verdict}[/]" if row.verdict in ("outside", "wrong sign") else row.verdict


def _in_full(row: StudyRow, source: Source | None) -> None:
    """What a study is, what it printed, why it is used so, and where to read it."""
    out = console()
    held = ", ".join(f"{name} {value}" for name, value in row.given.items())
    who = row.people + (f", {row.species}" if row.species != "human" else "")
    out.print(f"\n[bold]{escape(row.id)}[/] {escape(who)}; n {escape(row.n)}; {row.design.replace('_', ' ')}")
    asked = row.asked and f"by {row.how}, {row.asked}" + (f" given {held}" if held else "")
    parts = {
        "printed": row.printed,
        "asked": asked,
        "not asked": row.unasked,
        "use": f"{row.use}: {row.why}",
        "note": row.note,
    }
    for name, text in parts.items():
        if text:
            out.print(f"  {name}: {escape(text)}")
    out.print(f"  source: {escape(cited(source, row.source))}")


def cited(source: Source | None, name: str) -> str:
    """Authors, title, year and address of a source, whatever of it is known."""
    if source is None:
        return f"{name}, which sources.toml lacks"
    parts = (source.authors, source.title, source.year, source.address)
    return ". ".join(str(part) for part in parts if part)
