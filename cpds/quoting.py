"""Text from outside as it may stand in a message: on one line, without control characters, and not too long."""

from __future__ import annotations

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
