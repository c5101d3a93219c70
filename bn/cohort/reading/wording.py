"""What is told of a table's columns beside its answers, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bn.core.meant import Meant
from cpds.quoting import quotable

if TYPE_CHECKING:
    from bn.cohort.reading.headings import Headings
    from bn.cohort.reading.suspect import Suspect
    from bn.cohort.reading.unread import Unread

PROPOSED = 12


def as_line(header: str, meant: Meant) -> str:
    """How a file for `--columns` says what a column is."""
    return meant.toml(quotable(header))


def as_argument(header: str, meant: Meant) -> str:
    """How a caller of Python says what a column is."""
    return "meaning=" + repr({quotable(header): meant.said})


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
    headings: Headings, suspects: Mapping[str, Suspect], line: Callable[[str, Meant], str] = as_line
) -> list[str]:
    """Columns that are probably in another unit, each with the line that says so."""
    knowledge = headings.names.knowledge
    ids = {heading.header: heading.id for heading in headings.found.values()}
    told = []
    for header, one in suspects.items():
        name = ids[header]
        told.append(
            f"{quotable(header)}: the median {one.median:.3g} is {one.times:.2g} times what is usual ({one.center:.3g} "
            f"{one.read_as}); in {one.unit} it would fit. If so: {line(header, Meant(name, one.unit))}"
            f"{_factors(knowledge.biomarkers[name], one)}; if not: {line(header, Meant(name, one.read_as))}"
        )
    return told


def in_summary(unread: Unread, headings: Headings, suspects: Mapping[str, Suspect]) -> list[str]:
    """The lines of a summary that come first, each marked."""
    lines = []
    told = unread_columns(unread)
    for text in told:
        lines.append(f"  WARNING: {text}")
        if unread.proposals and text == told[0]:
            lines.append("    if they are what they seem, put these lines into a file and pass it with --columns;")
            lines.append('    an empty text, "NAME" = "", leaves a column alone')
            lines += (f"    {one.line}" for one in unread.proposals[:PROPOSED])
            if len(unread.proposals) > PROPOSED:
                lines.append(f"    and {len(unread.proposals) - PROPOSED} more")
    return lines + [f"  WARNING: {text}" for text in (*suspect_unit(headings, suspects), *repeated_ids(unread))]


def _factors(marker: object, one: Suspect) -> str:
    """Which factor the unit takes, where the marker's file has another one for it."""
    factors = getattr(marker, "factors", {})
    if not any(unit.startswith(f"{one.unit}@") for unit in one.like):
        return ""
    others = ", ".join(f"[{unit}]" for unit in one.like)
    return f" ({1 / factors[one.unit].number:.4g} {one.unit} a {one.read_as}; {others} is in use too)"
