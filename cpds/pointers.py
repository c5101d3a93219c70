"""What encodes a claim: the `encoded_as` column of claims.tsv, taken apart.

A cell holds one pointer or several, separated by `;`:

    oxidative_stress -> inflammation            an arc
    sarcopenia: age 40-70                       a parameter of an arc (segment), or one knot: `age 40`
    total inflammation -> insulin_resistance    an effect along all paths, checked and not added as an arc
    lagged oxidative_stress -> er_stress        an arc onto a later time slice
    biomarker hscrp, intervention losartan, target dysglycemia_20_39, variable er_stress
    against ras_overactivity -> sarcopenia      the arc (or `biomarker ...`) that a contradicted claim speaks against
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["arc", "parameter", "total", "lagged", "biomarker", "intervention", "target", "variable"]
_ARC = re.compile(r"(?:(?P<kind>total|lagged) )?(?P<parent>\w+) -> (?P<child>\w+)")
_PARAMETER = re.compile(r"(?P<child>\w+): (?P<parent>\w+) (?P<low>\d+)(?:-(?P<high>\d+))?")
_NAMED = re.compile(r"(?P<kind>biomarker|intervention|target|variable) (?P<name>\w+)")


@dataclass(frozen=True)
class Pointer:
    """One pointer: `parent` and `child` of an arc, an effect or a parameter, else the `name` of an entry."""

    kind: Kind
    name: str = ""
    parent: str = ""
    child: str = ""
    knots: tuple[float, ...] = ()
    against: bool = False

    @property
    def arc(self) -> tuple[str, str] | None:
        """Parent and child of the static arc that it points to; None for other kinds."""
        return (self.parent, self.child) if self.kind in ("arc", "parameter") else None


def parse_pointers(cell: str | None) -> tuple[Pointer, ...]:
    """Pointers of a cell in their order; ValueError where one cannot be read.

    >>> parse_pointers("sarcopenia: age 40-70; total age -> dysglycemia")[0].arc
    ('age', 'sarcopenia')
    >>> parse_pointers("against biomarker p62")[0].against
    True
    """
    return tuple(_pointer(part.strip()) for part in (cell or "").split(";") if part.strip())


def _pointer(text: str) -> Pointer:
    against = text.startswith("against ")
    bare = text.removeprefix("against ")
    if match := _ARC.fullmatch(bare):
        kind = cast(Kind, match["kind"] or "arc")
        return Pointer(kind, parent=match["parent"], child=match["child"], against=against)
    if match := _PARAMETER.fullmatch(bare):
        knots = tuple(float(knot) for knot in (match["low"], match["high"]) if knot)
        return Pointer("parameter", parent=match["parent"], child=match["child"], knots=knots, against=against)
    if match := _NAMED.fullmatch(bare):
        return Pointer(cast(Kind, match["kind"]), name=match["name"], against=against)
    raise ValueError(f"'{text}' points to nothing; write e.g. 'a -> b', 'total a -> b', 'biomarker hscrp'")
