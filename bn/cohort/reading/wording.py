"""What is told of a table's columns beside its answers, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bn.core.lexicon import has_line, toml_line
from cpds.text import quotable

if TYPE_CHECKING:
    from bn.cohort.reading.headings import Headings
    from bn.cohort.reading.suspect import Suspect
    from bn.cohort.reading.unread import Unread
    from bn.core.derive import PartHeading
    from bn.core.heading import Heading

PROPOSED = 20


@dataclass(frozen=True)
class InAnotherUnit:
    """That a column is probably in another unit, and what it is `if_so` and `if_not`, as `meaning` takes it."""

    header: str
    told: str
    if_so: str | dict[str, Any]
    if_not: str | dict[str, Any]
    factors: str

    @property
    def line(self) -> str:
        """The line for a file for `--columns` if it is so, with the other way behind it; empty where there is none."""
        if not has_line(self.header):
            return ""
        checked = f"; {self.factors}" if self.factors else ""
        return f"{toml_line(self.header, self.if_so)}  # if not: {toml_line(self.header, self.if_not)}{checked}"

    def __str__(self) -> str:
        return f"{self.told}; if so: {self.line}" if self.line else self.told

    @property
    def argument(self) -> str:
        """The same for a caller of Python."""
        if not has_line(self.header):
            return self.told
        ways = [f"meaning={ {self.header: said}!r}" for said in (self.if_so, self.if_not)]
        return f"{self.told}. If so: {ways[0]}{f' ({self.factors})' if self.factors else ''}; if not: {ways[1]}"


def unread_columns(unread: Unread) -> list[str]:
    """What the rows were answered without."""
    told = []
    if unread.proposals:
        several = len(unread.proposals) > 1
        what = f"{len(unread.proposals)} columns that look" if several else "a column that looks"
        told.append(f"{what} like findings {'were' if several else 'was'} not read; rows are answered without")
    if unread.missed:
        told.append(f"no column gives any of {', '.join(unread.missed)}; they are summed over the population's")
    return told


def repeated_ids(unread: Unread) -> list[str]:
    """That rows of one person count as several."""
    return [f"{header} repeats: its rows are answered as those of independent people" for header in unread.repeated]


def suspect_unit(
    headings: Headings, suspects: Mapping[str, Suspect], ways: Mapping[str, Any] | None = None
) -> list[InAnotherUnit]:
    """Columns that are probably in another unit; what is said of them otherwise stays, and so do `ways`, by header."""
    knowledge = headings.names.knowledge
    read: dict[int, Heading | PartHeading] = {**headings.found, **headings.parts}
    at = {heading.id: position for position, heading in read.items()}
    told = []
    for name, one in suspects.items():
        header = headings.headers[at[name]]
        meaning = headings.meanings.get(at[name])
        keys = {**(meaning.keys if meaning else {}), **(ways or {}).get(header, {})}
        so, no = (_said(name, unit, keys) for unit in (one.unit, one.read_as))
        what, _, unit = one.follows.partition(" ")
        whose = f" of {what} that follows" if what else ""
        why = (
            f"{quotable(header)}: the median {one.median:.3g}{whose} is {one.times:.2g} times what is usual "
            f"({one.center:.3g} {unit.strip('[]') or one.read_as}); in {one.unit} it would fit"
        )
        told.append(InAnotherUnit(header, why, so, no, _factors(knowledge.biomarkers.get(name), one)))
    return told


def stated_units(
    headings: Headings, stated: Mapping[tuple[str, str], str], ways: Mapping[str, Any]
) -> list[InAnotherUnit]:
    """Columns of which some cells are another unit, by header and unit with the places; else as `suspect_unit`."""
    columns: dict[int, Heading | PartHeading] = {**headings.found, **headings.parts}
    at = {headings.headers[position]: (position, one) for position, one in columns.items()}
    told = []
    for (header, unit), places in stated.items():
        position, heading = at[header]
        assert heading.numeric is not None
        read_as = heading.unit or heading.numeric.unit
        meaning = headings.meanings.get(position)
        keys = {**(meaning.keys if meaning else {}), **ways.get(header, {})}
        so, no = (_said(heading.id, one, keys) for one in (unit, read_as))
        holds = f"{places} holds the unit '{quotable(unit)}' in place of a value"
        why = f"{quotable(header)}: {holds}, but numbers are read in {read_as}"
        told.append(InAnotherUnit(header, why, so, no, ""))
    return told


def _said(name: str, unit: str, keys: Mapping[str, Any]) -> str | dict[str, Any]:
    rest = {key: said for key, said in keys.items() if key not in ("is", "unit")}
    return {"is": name, "unit": unit, **rest} if rest else f"{name} [{unit}]"


def in_summary(unread: Unread, others: Sequence[InAnotherUnit]) -> list[str]:
    """The lines of a summary that come first, each marked."""
    lines = []
    told = unread_columns(unread)
    for text in told:
        lines.append(f"  WARNING: {text}")
        if unread.proposals and text == told[0]:
            lines.append("    if they are what they seem, put these lines into a file and pass it with --columns;")
            lines.append('    an empty text, "NAME" = "", leaves a column alone')
            lines += (f"    {proposal.line}" for proposal in unread.proposals[:PROPOSED])
            if len(unread.proposals) > PROPOSED:
                lines.append(f"    and {len(unread.proposals) - PROPOSED} more")
    for one in others:
        lines.append(f"  WARNING: {one.told}" + ("; if so, the line for --columns is" if one.line else ""))
        lines += [f"    {one.line}"] if one.line else []
    return lines + [f"  WARNING: {text}" for text in repeated_ids(unread)]


def _factors(marker: object, one: Suspect) -> str:
    """Which factor the unit takes, where the marker's file has another one for it."""
    factors = getattr(marker, "factors", {})
    if not any(unit.startswith(f"{one.unit}@") for unit in one.like):
        return ""
    others = ", ".join(f"[{unit}]" for unit in one.like)
    return f"{1 / factors[one.unit].number:.4g} {one.unit} a {one.read_as}; {others} is in use too"
