"""Text of one reading -> a number in the unit of its marker, and whether it is only a limit.

Unit spelling is mapped to what pint reads; pint itself is imported only when a unit is neither the
marker's own nor one of its explicit `factors`, because the import costs 0.3 s.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from cpds.knowledge import nearest
from cpds.records import Declared, Ordinal, Quantity

if TYPE_CHECKING:
    from cpds.records import Biomarker

BELOW, EXACT, ABOVE = -1, 0, 1
_CENSORING = {"<": BELOW, "<=": BELOW, "≤": BELOW, ">": ABOVE, ">=": ABOVE, "≥": ABOVE, "": EXACT}
_READING = re.compile(
    r"(?P<sign><=|>=|[<>≤≥]|)\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*"
    r"(?P<unit>(?:[^\W\d_]|[%µ]).*|)"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_SAID = {"year": "years", "1": ""}
_YES = {"yes": 1.0, "y": 1.0, "true": 1.0, "1": 1.0, "no": 0.0, "n": 0.0, "false": 0.0, "0": 0.0}
_SPELLING = {
    "µ": "u",
    "μ": "u",
    "²": "2",
    "³": "3",
    "⋅": "*",
    "·": "*",
    "Å": "angstrom",
}


class ReadingError(ValueError):
    """A reading that cannot be used; the message names the marker and says what is accepted."""


class NotANumberError(ReadingError):
    """The text holds no finite number, no level or no yes/no."""


class UnitError(ReadingError):
    """The unit is unknown or measures something else."""


class RangeError(ReadingError):
    """The number lies outside the accepted range of the marker."""


def parse_reading(text: str | float, marker: Biomarker, unit: str | None = None) -> tuple[float, int]:
    """Value in the canonical unit and censoring: -1 a limit below which it lies, +1 above (`>80`, `80+`), else 0.

    `unit` is that of a text without one, by default the marker's own. Levels of an ordinal marker become their index,
    a declared yes / no becomes 1 / 0.

    >>> from cpds.records import Binned
    >>> bmi = Binned(id="bmi", title="BMI", variable="adiposity", tissue="body", direction="+",
    ...              unit="kg/m2", accepted=(10, 100), note="-")
    >>> parse_reading("31.2", bmi), parse_reading(">40 kg/m²", bmi)
    ((31.2, 0), (40.0, 1))
    """
    written = str(text).strip()
    if isinstance(marker, Ordinal):
        return _level(written, marker), EXACT
    if isinstance(marker, Declared):
        return _yes(written, marker), EXACT
    match = _READING.fullmatch(f">={written[:-1]}" if written.endswith("+") else written)
    if match is None or not math.isfinite(float(match["number"])):
        expected = f"expected a number such as {_examples(marker)}{_without_comma(written)}"
        raise NotANumberError(f"{marker.id}: found '{written}', {expected}")
    factor, offset = conversion(marker, match["unit"].strip() or unit or marker.unit)
    value = float(match["number"]) * factor + offset
    check_range(value, marker, written)
    return value, _CENSORING[match["sign"]]


def check_range(value: float, marker: Quantity, written: str | None = None) -> None:
    """Raise RangeError unless `value` (canonical unit) is one that a person could have."""
    low, high = marker.accepted
    if not low <= value <= high:
        found = written if written is not None else f"{value:g}"
        why = "a negative reading; " if value < 0 else ""
        expected = _with_unit(f"{_plain(low)} to {_plain(high)}", marker)
        check = ", check the unit" if len(accepted_units(marker)) > 1 else ""
        raise RangeError(f"{marker.id}: found '{found}', {why}expected {expected}{check}")


def factor(marker: Quantity, unit: str) -> float:
    """What multiplies numbers in `unit` into the canonical unit, for a whole column."""
    multiplier, offset = conversion(marker, unit)
    if offset:
        raise UnitError(f"{marker.id}: '{unit}' also needs an offset; use conversion(), which gives both")
    return multiplier


def conversion(marker: Quantity, unit: str) -> tuple[float, float]:
    """Factor and offset that turn numbers in `unit` into the canonical unit: x * factor + offset."""
    for known, figure in marker.factors.items():
        if spell(known) == spell(unit):
            shift = marker.offsets.get(known)
            return figure.number, shift.number if shift else 0.0
    if spell(unit) == spell(marker.unit):
        return 1.0, 0.0
    return _pint_factor(marker, unit), 0.0


def accepted_units(marker: Quantity) -> tuple[str, ...]:
    """The canonical unit first, then every other one that the marker's file names."""
    return (marker.unit, *marker.units, *marker.factors)


def in_words(unit: str) -> str:
    """A unit as people say it behind a number.

    >>> in_words("year"), in_words("mg/L"), in_words("1")
    ('years', 'mg/L', '')
    """
    return _SAID.get(unit, unit)


def spell(unit: str) -> str:
    """A unit as pint writes it: powers with **, u for micro, no blanks, ratios without a name.

    >>> spell("kg/m²"), spell("µIU/mL"), spell("mL kg-1 min-1"), spell("1"), spell("%")
    ('kg/m**2', 'uU/mL', 'mL*kg**-1*min**-1', 'dimensionless', 'percent')
    """
    for odd, plain in _SPELLING.items():
        unit = unit.replace(odd, plain)
    unit = re.sub(r"\s*([*/])\s*", r"\1", unit.strip())
    unit = re.sub(r"[\s]+", "*", unit)
    unit = re.sub(r"(?<=[A-Za-z])\^?(-?\d)", r"**\1", unit)
    unit = re.sub(r"\bmcg\b", "ug", unit)
    unit = re.sub(r"\b(u|m|)I[Uu]\b", r"\1U", unit)
    unit = re.sub(r"\b([mkunpfd]?)l\b", r"\1L", unit)
    unit = re.sub(r"\bsec\b", "s", unit)
    unit = re.sub(r"\b(hr|hour)\b", "h", unit)
    unit = re.sub(r"\b(y|yr|yrs|yo|years)\b", "year", unit)
    unit = unit.replace("%", "percent")
    return unit if unit not in ("", "1", "ratio", "AU") else "dimensionless"


@cache
def _registry() -> Any:
    """The pint registry, built once."""
    import pint

    return pint.UnitRegistry()


def _pint_factor(marker: Quantity, unit: str) -> float:
    import pint

    accepted = accepted_units(marker)
    same = next((known for known in accepted if spell(known).lower() == spell(unit).lower()), None)
    hint = f" (did you mean '{same}'?)" if same else nearest(unit, list(accepted))
    try:
        return _ratio(spell(unit), spell(marker.unit))
    except pint.DimensionalityError:
        problem = f"which is no {marker.unit}{hint if same else ''}"
    except Exception:  # pint fails in many ways on text that is no unit
        problem = f"which is not known{hint}"
    raise UnitError(f"{marker.id}: found unit '{unit}', {problem}; accepted units: {', '.join(accepted)}")


@cache
def _ratio(unit: str, into: str) -> float:
    """What multiplies numbers in one unit into another, by pint."""
    return float(_registry().Quantity(1.0, unit).to(into).magnitude)


def _level(written: str, marker: Ordinal) -> float:
    names = [level.id for level in marker.levels]
    name = written.lower()
    if name not in names:
        raise NotANumberError(
            f"{marker.id}: found '{written}', expected one of {', '.join(names)}{nearest(name, names)}"
        )
    return float(names.index(name))


def _yes(written: str, marker: Declared) -> float:
    answer = _YES.get(written.lower().removesuffix(".0"))
    if answer is None:
        raise NotANumberError(f"{marker.id}: found '{written}', expected yes or no (also 1 / 0, true / false)")
    return answer


def _without_comma(written: str) -> str:
    """How to write a number in which commas stand: what they may mean.

    >>> _without_comma("19,5 kg"), _without_comma("1,050"), _without_comma("1,050.5"), _without_comma("high")
    ("; write '19.5 kg'", "; write '1050' or '1.050'", "; write '1050.5'", '')
    """
    number = re.search(r"[\d.,]*,[\d.,]*", written)
    if not number:
        return ""
    meant = [written.replace(",", "")] if _THOUSANDS.fullmatch(number[0]) else []
    meant += [written.replace(",", ".")] if re.fullmatch(r"\d*,\d+", number[0]) else []
    return f"; write {' or '.join(map(repr, meant))}" if meant else ""


def _examples(marker: Quantity) -> str:
    """A reading in the middle of what is accepted: as a number, as a limit, and with the unit where there is one."""
    low, high = marker.accepted
    middle = _plain(float(f"{math.sqrt(max(low, high / 1e4) * high):.2g}"))
    *first, last = dict.fromkeys([f"'{middle}'", f"'<{middle}'", f"'{_with_unit(middle, marker)}'"])
    return f"{', '.join(first)} or {last}"


def _with_unit(numbers: str, marker: Quantity) -> str:
    """The numbers with the marker's unit as people say it, where it has one."""
    return f"{numbers} {in_words(marker.unit)}".strip()


def _plain(number: float) -> str:
    """A number as people write it, without an exponent.

    >>> _plain(1000.0), _plain(1e6), _plain(0.01), _plain(4.1)
    ('1000', '1000000', '0.01', '4.1')
    """
    return f"{Decimal(f'{number:g}'):f}"
