"""Changes to a copy of the data folder."""

import re
from pathlib import Path


def edit(path: Path, old: str, new: str) -> None:
    """Replace the first match of a pattern, which must be there."""
    text, count = re.subn(old, new, path.read_text(encoding="utf-8"), count=1)
    assert count == 1, f"{old!r} not in {path.name}"
    path.write_text(text, encoding="utf-8")
