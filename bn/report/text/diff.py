"""Whose answers moved, as tables on the terminal and as Markdown for a changelog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bn.report.text import console
from bn.revision.result import ERRORS, NOTICEABLE, Diff, Moved, MovedAnswer, MovedClaim, MovedTarget, Side

if TYPE_CHECKING:
    from bn.core.model import Model

CHANGES = 10
"""Changes of the knowledge that are listed; JSON has all."""
RERUN = "`python -m bn.synthesis`"
STATES = {
    "fitted": "its draws were fitted to it ({draws} draws)",
    "reweighted": "its draws are from before, reweighted to its priors ({left}); a rerun gives it draws of its own",
    "foreseen": "what a rerun would bring, foreseen by weighing the draws of the other ({left}); every other question "
    f"answers as before until {RERUN} is rerun",
    "before": f"its draws are those of the knowledge before a change: rerun {RERUN}",
}
FEW = "; weighing them would leave {left}, too few to trust"


def diff_tables(_: Model, found: Diff, note: str, top: int) -> None:
    """What differs, then answers, claims and targets that moved, largest first, at most `top` of each."""
    out = console()
    for side, name in ((found.old, "Old"), (found.new, "New")):
        out.print(f"[bold]{name}[/]: {escape(side.name)}: {escape(_rests(side))}")
        if "fitted" not in (found.old.state, found.new.state):
            out.print(escape(side.told))
    out.print()
    for text in _changes(found):
        out.print(escape(text))
    for title, rows in _sections(found):
        shown = _shown(rows, top)
        if shown:
            out.print(f"\n[bold]{title}[/]")
            out.print(_table(shown))
    _claims(found, top)
    targets = _shown(found.targets, top)
    if targets:
        out.print("\n[bold]Targets[/], residuals in spreads")
        out.print(_table(targets))
    out.print()
    for text in (*_summary(found), *_lacking(found)):
        out.print(escape(text))
    out.print(f"?: by no more than {ERRORS:g} times its error, which chance alone may do. More rows: --top, --json.")
    out.print(f"[dim]{note}[/]")


def markdown(found: Diff, top: int) -> str:
    """The same as Markdown: answers that moved clearly, claims, targets."""
    parts = [f"From `{found.old.name}` to `{found.new.name}`. {_sides(found)}"]
    parts.append("\n".join(f"- {text}" for text in _changes(found)))
    for title, rows in _sections(found):
        if shown := _shown(rows, top, clear=True):
            parts.append(f"{title}\n\n" + _markdown_table(shown))
    if found.claims:
        heading = ("claim", "old verdict", "new verdict", "about")
        cells = [(one.claim, *_outcomes(one), one.question) for one in found.claims]
        parts.append(_markdown_rows(heading, cells))
    if targets := _shown(found.targets, top, clear=True):
        parts.append("Residuals of targets, in spreads\n\n" + _markdown_table(targets))
    parts.append("\n".join(f"- {text}" for text in (*_summary(found), *_lacking(found))))
    return "\n\n".join(part for part in parts if part) + "\n"


def _rests(side: Side) -> str:
    """What the answers of one side rest on."""
    text = STATES[side.state] + (FEW if side.state == "before" and side.effective < side.draws else "")
    return text.format(draws=side.draws, left=f"{side.effective:.0f} effective draws of {side.draws}")


def _sides(found: Diff) -> str:
    return " ".join(
        f"{name}: {_rests(side)}." for side, name in ((found.old, "Old"), (found.new, "New")) if side.state != "fitted"
    )


def _changes(found: Diff) -> Iterator[str]:
    """What of the knowledge differs, a line each."""
    if not found.changes:
        yield "No prior, arc, target, marker or intervention differs between the two."
    yield from found.changes[:CHANGES]
    if len(found.changes) > CHANGES:
        yield f"and {len(found.changes) - CHANGES} more changes (--json names all)"


def _sections(found: Diff) -> Iterator[tuple[str, Sequence[MovedAnswer]]]:
    """Answers by what is asked: the risk of people, what acts would change of it, and what else is believed."""
    risk = [one for one in found.answers if not one.do and one.of_risk]
    yield "Risk", risk
    yield "What acts would change of the risk", [one for one in found.answers if one.do]
    yield "Other beliefs", [one for one in found.answers if not one.do and not one.of_risk]


def _shown(rows: Sequence[Moved], top: int, clear: bool = False) -> list[Moved]:
    """The first rows that moved noticeably: the clear ones, then, unless they alone are wanted, the others."""
    noticed = [one for one in rows if one.size >= one.least and (one.clear or not clear)]
    return sorted(noticed, key=lambda one: not one.clear)[:top]


def _cells(row: Moved) -> dict[str, str]:
    """What is shown of a row, by heading; a question mark where it may not have moved."""
    sign, decimals = "", 3
    if isinstance(row, MovedTarget):
        of, sign, decimals = {"target": row.id, "use": row.use}, "+", 2
    elif isinstance(row, MovedAnswer):
        of, sign = {"who": _who(row)} | ({} if row.of_risk else {"belief": row.name}), "+" if row.do else ""
    numbers = {"old": f"{row.before:{sign}.{decimals}f}", "new": f"{row.after:{sign}.{decimals}f}"}
    moved = {"difference": f"{row.difference:+.{decimals}f}", "error": f"{row.error:.{decimals + 1}f}"}
    return of | numbers | moved | {"": "" if row.clear else "?"}


def _who(row: MovedAnswer) -> str:
    return f"{row.title}: {' and '.join(row.do)}" if row.do else row.title


NUMBERS = ("old", "new", "difference", "error", "")


def _table(rows: Sequence[Moved]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in _cells(rows[0]):
        number = name in NUMBERS
        table.add_column(name, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, _cells(row).values()))
    return table


def _markdown_table(rows: Sequence[Moved]) -> str:
    return _markdown_rows([*_cells(rows[0])][:-1], [[*_cells(row).values()][:-1] for row in rows])


def _markdown_rows(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _outcomes(claim: MovedClaim) -> tuple[str, str]:
    before, after = (
        "none" if not outcome else outcome if value is None else f"{outcome} ({value:+.4f})"
        for outcome, value in zip((claim.before, claim.after), claim.values, strict=True)
    )
    return before, after


def _claims(found: Diff, top: int) -> None:
    if not found.claims:
        return
    out = console()
    table = Table("claim", "old", "new", "about", box=None, pad_edge=False)
    for one in found.claims[:top]:
        table.add_row(one.claim, *_outcomes(one), escape(one.question))
    out.print("\n[bold]Claims[/] with another verdict")
    out.print(table)


def _summary(found: Diff) -> Iterator[str]:
    """How much of everything moved."""
    comparable = [one for one in found.answers if one.difference is not None]
    clear = sum(one.clear for one in comparable)
    yield (
        f"{clear} of {len(comparable)} answers moved by {NOTICEABLE:g} or more and by more than {ERRORS:g} times their "
        "Monte Carlo error."
    )
    if found.executed:
        yield f"{len(found.claims) or 'None'} of {found.executed} verdicts on claims changed."
    moved = sum(one.clear for one in found.targets)
    if found.targets:
        yield f"The residuals of {moved or 'none'} of {len(found.targets)} targets moved."


def _lacking(found: Diff) -> Iterator[str]:
    """What could not be compared, and why; the same reason of many answers once."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for one in found.answers:
        if one.difference is None:
            reasons.setdefault(one.why, {}).setdefault(_who(one), []).append(one.name)
    for why, people in reasons.items():
        (who, names), *others = people.items()
        answers = names[0] if len(names) == 1 else f"{len(names)} answers"
        more = f", and of {len(others)} more of the battery" if others else ""
        yield f"Not compared: {who}: {answers}{more} ({why})."
    for target in found.targets:
        if target.difference is None:
            yield f"Not compared: target {target.id} ({target.why})."
    for text in found.missing:
        yield f"Not compared: {text}."
