"""Text of one reading -> a number in the unit of its marker, and whether it is only a limit.

A unit is looked up among those that the marker's file declares, however it is spelled. Others of the same dimension
are converted, unless the marker's unit is a ratio or a scale with an offset: there a spelling that happens to fit
(`rad` for an index, `mmol/mol` of something else for a percentage) would be read as another thing.
"""

from __future__ import annotations

import math
import re
from numbers import Real
from typing import TYPE_CHECKING

from cpds.knowledge import nearest
from cpds.records import Declared, Ordinal, Quantity
from cpds.strata import usual
from cpds.text import LONGEST, NUMBER, quotable, shown, whole, without_marks
from cpds.unit_grammar import KNOWN, declared, parts, ratio

if TYPE_CHECKING:
    from cpds.records import Biomarker

BELOW, EXACT, ABOVE = -1, 0, 1
_CENSORING = {"<": BELOW, "<=": BELOW, "≤": BELOW, ">": ABOVE, ">=": ABOVE, "≥": ABOVE, "": EXACT}
_READING = re.compile(
    rf"(?P<sign><=|>=|[<>≤≥]|)\s*(?P<number>{NUMBER})\s*"
    r"(?P<unit>(?:[^\W\d_]|[%µ\[]).*|)"
)
_SAID = {"year": "years", "1": ""}
_YES = {"yes": 1.0, "y": 1.0, "true": 1.0, "1": 1.0, "no": 0.0, "n": 0.0, "false": 0.0, "0": 0.0}


class ReadingError(ValueError):
    """A reading that cannot be used; the message names the marker and says what is accepted."""


class NotANumberError(ReadingError):
    """The text holds no finite number, no level or no yes/no."""


class UnitError(ReadingError):
    """The unit is unknown or measures something else."""


class RangeError(ReadingError):
    """The number lies outside the accepted range of the marker."""


def parse_reading(text: str | float, marker: Biomarker | Quantity, unit: str | None = None) -> tuple[float, int]:
    """Value in the canonical unit and censoring: -1 a limit below which it lies, +1 above (`>80`, `80+`), else 0.

    `unit` is that of a text without one, by default the marker's own; one with a choice of its factor behind it
    (`pmol/L@6.945`) is also that of a text with the same unit without the choice. Levels of an ordinal marker become
    their index, a declared yes / no becomes 1 / 0.

    >>> from cpds.records import Binned
    >>> bmi = Binned(id="bmi", title="BMI", variable="adiposity", tissue="body", direction="+",
    ...              unit="kg/m2", accepted=(10, 100), note="-")
    >>> parse_reading("31.2", bmi), parse_reading(">40 kg/m²", bmi)
    ((31.2, 0), (40.0, 1))
    """
    written = as_text(text, marker.id)
    if isinstance(marker, Ordinal):
        return _level(written, marker), EXACT
    if isinstance(marker, Declared):
        return _yes(written, marker), EXACT
    sign, number, stated = _apart(text, written, marker)
    supposed = unit or marker.unit
    factor, offset = conversion(marker, chosen_unit(stated, unit) or marker.unit)
    value = number * factor + offset
    low, high = marker.accepted
    if not low <= value <= high:
        check_range(value, marker, written, _better_unit(number, marker, stated, supposed))
    return value, _CENSORING[sign]


def chosen_unit(stated: str, unit: str | None) -> str | None:
    """The unit of a reading that states one under a name that has one, too: with the choice of a factor, if any."""
    if not stated or unit is None:
        return stated or unit
    bare, choice, _ = unit.partition("@")
    return unit if choice and declared([bare], stated) else stated


def as_text(value: object, name: str) -> str:
    """What was given for `name`, without blanks around it; NotANumberError for more than a reading can be.

    The length is looked at before any pattern is tried. It leaves room for a number of 24 characters, the most that
    one needs, beside a unit of 40, for an interval, and for every state and level.
    """
    try:
        written = str(value).strip()
    except ValueError:  # Python writes no whole number of thousands of digits
        raise NotANumberError(f"{name}: found a number of too many digits, expected at most {LONGEST}") from None
    if len(written) > LONGEST:
        found = f"{name}: found '{quotable(written, 40)}' of {len(written)} characters"
        raise NotANumberError(f"{found}, expected at most {LONGEST}")
    return written


def typed_unit(value: object, unit: str | None = None) -> str | None:
    """The unit that stands behind the number of a reading, else `unit`, which is said of all of its kind.

    >>> typed_unit("<5.6 mmol/L"), typed_unit("5.6"), typed_unit(5.6, "mmol/L")
    ('mmol/L', None, 'mmol/L')
    """
    match = _READING.fullmatch(str(value).strip()) if isinstance(value, str) else None
    return (match["unit"].strip() if match else "") or unit


def _apart(given: object, written: str, marker: Quantity) -> tuple[str, float, str]:
    """Sign of a limit, number and unit of a reading."""
    match = _READING.fullmatch(f">={written[:-1]}" if written.endswith("+") else written)
    number = float(match["number"]) if match else math.nan
    if match is None or not math.isfinite(number):
        expected = f"expected a number such as {_examples(marker)}{without_marks(written)}"
        raise NotANumberError(f"{marker.id}: found '{quotable(written)}', {expected}")
    if isinstance(given, Real) and not isinstance(given, bool):
        number = float(given)  # a number of another precision is what it is, not what it prints as
    return match["sign"], number, match["unit"].strip()


def check_range(value: float, marker: Quantity, written: str | None = None, hint: str | None = None) -> None:
    """Raise RangeError unless `value` (canonical unit) is one that a person could have; `hint` is what to do then."""
    low, high = marker.accepted
    if not low <= value <= high:
        found = quotable(written) if written is not None else f"{value:g}"
        why = "a negative reading; " if value < 0 else ""
        expected = _with_unit(f"{shown(low)} to {shown(high)}", marker)
        check = ", check the unit" if len(accepted_units(marker)) > 1 else ""
        raise RangeError(f"{marker.id}: found '{found}', {why}expected {expected}{hint or check}")


def _better_unit(number: float, marker: Quantity, typed: str, supposed: str) -> str:
    """Of a number out of range: what it is once converted, and which unit would fit best if none was `typed`.

    The number was then read in the unit `supposed`. Empty where there is nothing to say.
    """
    factor, offset = conversion(marker, typed or supposed)
    converted = _with_unit(f"{number * factor + offset:.4g}", marker)
    told = "" if (factor, offset) == (1.0, 0.0) else f"; {number:.4g} {quotable(typed or supposed)} is {converted}"
    low, high = marker.accepted
    fitting = {}
    for unit in () if typed else accepted_units(marker):
        factor, offset = conversion(marker, unit)
        if low <= number * factor + offset <= high:
            fitting[unit] = number * factor + offset
    if not fitting:
        return told
    known = usual(marker)
    center = known[0] if known else math.sqrt(max(low, high / 1e4) * high)
    unit = min(fitting, key=lambda one: abs(math.log(fitting[one] / center)))
    fits = "would fit" if unit == marker.unit else f"would be {_with_unit(f'{fitting[unit]:.3g}', marker)}"
    return f"{told}; {number:.4g} {unit} {fits}, so type the unit if that is meant"


def factor(marker: Quantity, unit: str) -> float:
    """What multiplies numbers in `unit` into the canonical unit, for a whole column."""
    multiplier, offset = conversion(marker, unit)
    if offset:
        raise UnitError(f"{marker.id}: '{quotable(unit)}' also needs an offset; use conversion(), which gives both")
    return multiplier


def conversion(marker: Quantity, unit: str) -> tuple[float, float]:
    """Factor and offset that turn numbers in `unit` into the canonical unit: x * factor + offset."""
    known = declared(accepted_units(marker), unit)
    if known is None:
        return _by_dimension(marker, unit), 0.0
    if known == marker.unit:
        return 1.0, 0.0
    if known in marker.factors:
        shift = marker.offsets.get(known)
        return marker.factors[known].number, shift.number if shift else 0.0
    factor = _between(known, marker.unit, bare=True)
    if factor is None:
        raise UnitError(f"{marker.id}: '{known}' cannot be converted to {marker.unit}; give its factor under [factors]")
    return factor, 0.0


def accepted_units(marker: Quantity) -> tuple[str, ...]:
    """The canonical unit first, then every other one that the marker's file names."""
    return (marker.unit, *marker.units, *marker.factors)


def in_words(unit: str) -> str:
    """A unit as people say it behind a number.

    >>> in_words("year"), in_words("mg/L"), in_words("1")
    ('years', 'mg/L', '')
    """
    return _SAID.get(unit, unit)


def _by_dimension(marker: Quantity, unit: str) -> float:
    """What multiplies numbers in a unit that the marker's file does not name, by way of one that it names."""
    accepted = accepted_units(marker)
    if not marker.offsets:
        for other in accepted:
            factor = _between(unit, other)
            if factor is not None:
                return factor * conversion(marker, other)[0]
    found = parts(unit)
    told = f"{marker.id}: found unit '{quotable(unit, 40)}'"
    if accepted == ("1",):
        raise UnitError(f"{told}, but it has none; write the number alone")
    known = found is not None and all(name in KNOWN for name, _ in found)
    problem = f"which is no {marker.unit}" if known else "which is not known"
    raise UnitError(f"{told}, {problem}; accepted units: {', '.join(accepted)}")


def _between(unit: str, into: str, bare: bool = False) -> float | None:
    """What multiplies numbers in one unit into another, None where the two measure different things."""
    found, wanted = parts(unit), parts(into)
    return ratio(found, wanted, bare) if found and wanted else None


def _level(written: str, marker: Ordinal) -> float:
    names = [level.id for level in marker.levels]
    name = written.lower()
    if name not in names:
        raise NotANumberError(
            f"{marker.id}: found '{quotable(written)}', expected one of {', '.join(names)}{nearest(name, names)}"
        )
    return float(names.index(name))


def _yes(written: str, marker: Declared) -> float:
    answer = _YES.get(whole(written.lower()))
    if answer is None:
        raise NotANumberError(
            f"{marker.id}: found '{quotable(written)}', expected yes or no (also 1 / 0, true / false)"
        )
    return answer


def _examples(marker: Quantity) -> str:
    """A reading in the middle of what is accepted: as a number, as a limit, and with the unit where there is one."""
    low, high = marker.accepted
    middle = shown(float(f"{math.sqrt(max(low, high / 1e4) * high):.2g}"))
    *first, last = dict.fromkeys([f"'{middle}'", f"'<{middle}'", f"'{_with_unit(middle, marker)}'"])
    return f"{', '.join(first)} or {last}"


def _with_unit(numbers: str, marker: Quantity) -> str:
    """The numbers with the marker's unit as people say it, where it has one."""
    return f"{numbers} {in_words(marker.unit)}".strip()
