"""A unit as text -> names with exponents by a small closed grammar, and the ratio of two units by pint.

A unit is names joined by `*`, `.`, `·`, a blank, `/` or "per", each with an exponent of at most two digits: `mg/dL`,
`mL kg-1 min-1`, `mL/(kg*min)`, `kg/m**2`, `mmol·L⁻¹`, and in UCUM `m[IU]/L`, `[lb_av]`, `mmol/mol{Hb}`. Names have one
spelling afterwards, so that two texts say the same unit when their parts are equal.

pint is imported when first asked, because the import costs 0.3 s. International units are a dimension of their own
here: pint's `U` is an enzyme's, so many moles a minute, and no insulin is measured in those.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

Parts = tuple[tuple[str, int], ...]

LONGEST = 40
_RATIO = frozenset({"", "1", "ratio", "AU"})
_SIGNS = {"u": "\u00b5\u03bc", "-": "\u2212", "*": "\u22c5\u00b7\u00d7\u2219", "/": "\u2215\u2044"}
_LETTERS = str.maketrans({letter: sign for sign, letters in _SIGNS.items() for letter in letters})
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_BLANK = re.compile(r"[ \t\u00a0\u2009\u202f]+")
_NOTE = re.compile(r"\{[^{}]*\}")
_POWER = re.compile(r"([A-Za-z\]]) ?(?:\^|\*\*) ?([+-]?[0-9])")
_GROUP = re.compile(r"/\(([^()/]+)\)")
_NAME = r"(?:[A-Za-z]|\[[A-Za-z][A-Za-z0-9_]*\])+|%"
_WORD = re.compile(_NAME)
_TERM = re.compile(rf"(?P<mark>[*/]|)(?P<name>{_NAME})(?P<power>[+-]?[0-9]{{1,2}}|)(?![0-9])")

_PREFIXES = {prefix: prefix for prefix in ("d", "c", "m", "u", "n", "p", "f", "k")} | {
    **{"mc": "u", "deci": "d", "centi": "c", "milli": "m", "micro": "u"},
    **{"nano": "n", "pico": "p", "femto": "f", "kilo": "k"},
}
_WITH_PREFIX = {
    "g": ("g", "gram", "grams"),
    "L": ("L", "l", "liter", "liters", "litre", "litres"),
    "m": ("m", "meter", "meters", "metre", "metres"),
    "mol": ("mol", "mole", "moles"),
    "M": ("M", "molar"),
    "IU": ("IU", "U", "iU", "Iu", "[IU]", "[iU]"),
}
_ALONE = {
    "percent": ("%", "percent", "pct"),
    "s": ("s", "sec", "second", "seconds"),
    "min": ("min", "minute", "minutes"),
    "h": ("h", "hr", "hour", "hours"),
    "day": ("d", "day", "days"),
    "week": ("wk", "week", "weeks"),
    "month": ("mo", "month", "months"),
    "year": ("year", "years", "y", "yr", "yrs", "yo", "a"),
    "lb": ("lb", "lbs", "pound", "pounds", "[lb_av]"),
    "oz": ("oz", "ounce", "ounces", "[oz_av]"),
    "stone": ("stone", "[stone_av]"),
    "inch": ("in", "inch", "inches", "[in_i]"),
    "foot": ("ft", "foot", "feet", "[ft_i]"),
    "yard": ("yd", "yard", "yards", "[yd_i]"),
    "mile": ("mi", "mile", "miles", "[mi_i]"),
    "N": ("N", "newton", "newtons"),
    "kgf": ("kgf",),
    "lbf": ("lbf", "[lbf_av]"),
}
NAMES = {
    **{prefix + way: short + name for prefix, short in _PREFIXES.items() for name in _WITH_PREFIX
       for way in _WITH_PREFIX[name]},
    **{way: name for names in (_WITH_PREFIX, _ALONE) for name, ways in names.items() for way in ways},
}  # fmt: skip
_LOWER = {way.lower(): name for way, name in NAMES.items()} | {
    way: name for way, name in NAMES.items() if way.islower()
}
KNOWN = frozenset(NAMES.values())
_METRIC = ("mol", "g", "L")
_TENS = {"": 0, "k": 3, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}


def parts(unit: str) -> Parts | None:
    """Names and exponents in order of the names, none for a ratio without a name; None for what is no unit.

    What is not in the list of names stays as it is written. A name above and below the line is no unit.

    >>> parts("mL kg-1 min-1") == parts("ml/kg/min") == parts("mL/(min·kg)")
    True
    >>> parts("mmol mol⁻¹"), parts("µIU/mL"), parts("1"), parts("furlong/min")
    ((('mmol', 1), ('mol', -1)), (('mL', -1), ('uIU', 1)), (), (('furlong', 1), ('min', -1)))
    >>> parts("mg**9**9**9"), parts("mg+mg"), parts("kg/kg"), parts("m100")
    (None, None, None, None)
    """
    return _parts(unit.strip()) if len(unit) <= LONGEST else None


def declared(known: Sequence[str], unit: str) -> str | None:
    """Which of the `known` texts the unit is: letter by letter, else by its parts, else without regard to capitals.

    Capitals are passed over only where a single unit is meant then.

    >>> declared(["mg/dL", "mmol/L"], "MMOL/L"), declared(["mg/dL", "mmol/L"], "mmol L-1"), declared(["mg/L"], "g/L")
    ('mmol/L', 'mmol/L', None)
    """
    if unit in known:
        return unit
    found = parts(unit)
    if found is None:
        return None
    same = next((text for text in known if parts(text) == found), None)
    if same is None:
        typed = _folded(unit)
        alike = {parts(text): text for text in reversed(known) if _folded(text) == typed is not None}
        same = next(iter(alike.values())) if len(alike) == 1 else None
    return same


def in_moles(unit: str) -> bool:
    """Whether a unit counts an amount of substance.

    >>> in_moles("mmol/L"), in_moles("mmol/mol"), in_moles("uM"), in_moles("mg/dL")
    (True, True, True, False)
    """
    return any(name in KNOWN and name.endswith(("mol", "M")) for name, _ in parts(unit) or ())


def spell(unit: str) -> str:
    """A unit with its names and signs in one spelling, in the order in which they are written.

    >>> spell("kg/m²"), spell("µIU/mL"), spell("years"), spell("1"), spell("%"), spell("mcg_ml")
    ('kg/m2', 'uIU/mL', 'year', 'dimensionless', 'percent', 'ug_mL')
    """
    plain = _plain(unit)
    if plain in _RATIO:
        return "dimensionless"
    return _WORD.sub(lambda word: NAMES.get(word[0]) or _LOWER.get(word[0].lower(), word[0]), plain)


@lru_cache(maxsize=1024)
def _parts(unit: str) -> Parts | None:
    plain = _GROUP.sub(lambda group: "/" + group[1].replace("*", "/"), _plain(unit))
    if plain.startswith("1/"):
        plain = plain[1:]
    found: dict[str, int] = {}
    place = 0
    while place < len(plain):
        term = _TERM.match(plain, place)
        if term is None or (term["mark"] == "*" if place == 0 else not term["mark"]):
            return None
        power = int(term["power"] or 1) * (-1 if term["mark"] == "/" else 1)
        name = NAMES.get(term["name"], term["name"])
        if power * found.get(name, power) <= 0:
            return None
        found[name] = found.get(name, 0) + power
        place = term.end()
    return tuple(sorted(found.items()))


def _folded(unit: str) -> Parts | None:
    """Parts without regard to capitals."""
    found = parts(unit.lower())
    return found and tuple(sorted((_LOWER.get(name, name), power) for name, power in found))


def _plain(unit: str) -> str:
    """One sign for each operation, no blanks around it, no braces; a ratio without a name is empty."""
    text = _BLANK.sub(" ", _NOTE.sub("", unit.translate(_LETTERS).translate(_RAISED))).strip()
    text = re.sub(r" ?([*/()]) ?", r"\1", _POWER.sub(r"\1\2", text).replace(" per ", "/"))
    text = re.sub(r"[. ]", "*", text)
    return "" if text in _RATIO else text


@lru_cache(maxsize=1024)
def ratio(unit: Parts, into: Parts, bare: bool = False) -> float | None:
    """What multiplies numbers in `unit` into those in `into`; None unless both have one dimension.

    A ratio of two alike, such as a mass by a mass, has a dimension only where `bare` says that both are of one kind.

    >>> ratio((("dL", -1), ("mg", 1)), (("L", -1), ("mg", 1)))
    10.0
    >>> ratio((("g", -1), ("ug", 1)), (("mg", -1), ("ng", 1)), bare=True)
    1.0
    >>> ratio((("mol", -1), ("umol", 1)), (("mg", -1), ("ng", 1))) is None
    True
    """
    if not (_measurable(unit) and _measurable(into)):
        return None
    (ten, dimension), (other_ten, other_dimension) = _metric(unit), _metric(into)
    if dimension and dimension == other_dimension:
        return float(Fraction(10) ** (ten - other_ten))
    one, other = _unit(unit), _unit(into)
    if one.dimensionality != other.dimensionality or (one.dimensionless and not bare):
        return None
    return float(_registry().Quantity(Fraction(1), one).to(other).magnitude)


def _metric(unit: Parts) -> tuple[int, frozenset[tuple[str, int]]]:
    """Power of ten and dimension of metric masses, volumes and amounts, for which pint need not be asked.

    The dimension is empty for other units, and for a ratio of two alike.

    >>> _metric((("dL", -1), ("mg", 1))) == (-2, frozenset({("L", -1), ("g", 1)}))
    True
    """
    ten, powers = 0, dict.fromkeys(_METRIC, 0)
    for name, power in unit:
        base = next((base for base in _METRIC if name.removesuffix(base) in _TENS), None)
        if base is None:
            return 0, frozenset()
        ten += power * _TENS[name.removesuffix(base)]
        powers[base] += power
    alike = len(unit) > sum(power != 0 for power in powers.values())
    return ten, frozenset() if alike else frozenset((base, power) for base, power in powers.items() if power)


def _measurable(unit: Parts) -> bool:
    """Whether all of its names are known ones that have a dimension."""
    return bool(unit) and all(name in KNOWN and name != "percent" for name, _ in unit)


def _unit(unit: Parts) -> Any:
    """The product of the names, each looked up by itself."""
    whole = _registry().Unit("")
    for name, power in unit:
        whole = whole * _registry().Unit(name) ** power
    return whole


@cache
def _registry() -> Any:
    """The pint registry, built once; with fractions, because a last bit may decide at the end of a range."""
    import pint

    registry: Any = pint.UnitRegistry(non_int_type=Fraction)
    registry.define("international_unit = [international_unit] = IU")
    return registry
