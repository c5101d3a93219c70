"""One spelling of a name, however people write it."""

from __future__ import annotations

import re

_GAP = re.compile(r"[\s.\-/]+")


def plain(name: str) -> str:
    """Lower case, with runs of blanks, dots, dashes and slashes as one underscore.

    >>> plain(" hs-CRP ")
    'hs_crp'
    """
    return _GAP.sub("_", name.strip().lower())
