"""Text from outside: quoted in messages, names in one spelling, and numbers as people write them."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from numbers import Real

LONGEST = 80


def quotable(text: object, longest: int = LONGEST) -> str:
    r"""The text with everything that does not print as its escape, and its middle left out where it is too long.

    >>> quotable("CRP\x1b[31m"), quotable("4.1 mg/L"), quotable("4" * 16000, longest=12)
    ('CRP\\x1b[31m', '4.1 mg/L', '44444...4444')
    """
    try:
        whole = str(text)
    except ValueError:  # Python writes no whole number of thousands of digits
        whole = "a number of too many digits"
    cut = whole if len(whole) <= 2 * longest else f"{whole[:longest]}{whole[-longest:]}"
    plain = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in cut)
    if len(whole) <= longest >= len(plain):
        return plain
    end = (longest - 3) // 2
    return f"{plain[: longest - 3 - end]}...{plain[-end:]}"


_GAP = re.compile(r"[\s.\-/]+")


def plain(name: str) -> str:
    """Lower case, with runs of blanks, dots, dashes and slashes as one underscore.

    >>> plain(" hs-CRP ")
    'hs_crp'
    """
    return _GAP.sub("_", name.strip().lower())


NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_APART = r"'\u2019 \u00a0\u2009\u202f"
_MARKED = re.compile(rf"[<>=\u2264\u2265\s+-]*(?P<number>[0-9.,][0-9.,{_APART}]*[0-9])(?:\s*[^\W\d_%].*|\s*%|\+|)")
_GROUPS = {
    mark: re.compile(rf"(?P<whole>[1-9][0-9]{{0,2}}(?:{apart}[0-9]{{3}})+)(?:{mark}(?P<rest>[0-9]+))?")
    for mark, apart in ((r"\.", f"[,{_APART}]"), (",", f"[.{_APART}]"))
}
_DECIMALS = re.compile(r"[0-9]*,[0-9]+")


def plain_number(text: str) -> float:
    """The finite number that a text alone is, NaN for any other text and for one longer than LONGEST.

    Digits are 0 to 9, and nothing stands between them but a point: Python's own reader takes more.

    >>> plain_number("4.1"), plain_number("-.5e3"), plain_number("1_000"), plain_number("١٢"), plain_number("inf")
    (4.1, -500.0, nan, nan, nan)
    """
    if len(text) > LONGEST or "_" in text or not text.isascii():
        return math.nan
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def finite(value: object) -> float:
    """The finite number that a value is, or that a text alone is; NaN for anything else, yes and no included.

    >>> finite(4), finite("4.1"), finite(True), finite(10**400), finite(None)
    (4.0, 4.1, nan, nan, nan)
    """
    if isinstance(value, str):
        return plain_number(value)
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return math.nan
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def whole(text: str) -> str:
    """A text that is a whole number without its decimals, any other as it is.

    >>> whole("1.0"), whole("01"), whole("1.5"), whole("yes")
    ('1', '1', '1.5', 'yes')
    """
    number = plain_number(text)
    return f"{number:.0f}" if number.is_integer() else text


def without_marks(written: str) -> str:
    """How to write a number with commas, apostrophes or blanks in it: what they may mean; empty for other texts.

    >>> without_marks("19,5 kg"), without_marks("1,050"), without_marks("high")
    ("; write '19.5 kg'", "; write '1050' or '1.050'", '')
    >>> without_marks("1.234,56"), without_marks("1'234.5")
    ("; thousands take no mark: write '1234.56'", "; thousands take no mark: write '1234.5'")
    """
    reading = _MARKED.fullmatch(written)
    if reading is None:
        return ""
    found = reading["number"]
    meant = [
        re.sub(r"[^0-9]", "", groups["whole"]) + (f".{groups['rest']}" if groups["rest"] else "")
        for groups in (pattern.fullmatch(found) for pattern in _GROUPS.values())
        if groups
    ]
    thousands = "thousands take no mark: " if meant and not _DECIMALS.fullmatch(found) else ""
    if _DECIMALS.fullmatch(found):
        meant.append(found.replace(",", "."))
    texts = dict.fromkeys(f"'{quotable(written.replace(found, number, 1))}'" for number in meant)
    return f"; {thousands}write {' or '.join(texts)}" if texts else ""


def shown(number: float) -> str:
    """A number as people write it, without an exponent.

    >>> shown(1000.0), shown(1e6), shown(0.01), shown(4.1)
    ('1000', '1000000', '0.01', '4.1')
    """
    return f"{Decimal(f'{number:g}'):f}"


def mid(text: str) -> str:
    """A title as it stands within a sentence.

    >>> mid("Insulin resistance"), mid("ER stress"), mid("IKKb/NF-kB activation")
    ('insulin resistance', 'ER stress', 'IKKb/NF-kB activation')
    """
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
