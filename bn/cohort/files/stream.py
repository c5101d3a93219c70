"""Bytes of a text file or of standard input, unpacked, with a count of what was taken from the disk."""

from __future__ import annotations

import gzip
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, cast

from bn.core.errors import RunError

PIPE = "-"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Stream:
    """`size` is the number of bytes on the disk, None where it is not known beforehand."""

    file: BinaryIO
    raw: BinaryIO
    size: int | None

    def read(self, length: int) -> bytes:
        """Up to so many bytes, none at the end. Raises RunError when packed data break off or are damaged."""
        try:
            return self.file.read(length)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise RunError(f"the packed file is damaged or not whole: {error}") from None

    @property
    def taken(self) -> int:
        """Bytes taken from the disk so far, 0 for a pipe."""
        return 0 if self.size is None else self.raw.tell()


def standard_input() -> int | None:
    """The number of the file that is standard input, None where a program has put something else there."""
    with suppress(OSError, ValueError):  # no file, or a closed one
        return sys.stdin.fileno()
    return None


@contextmanager
def open_stream(source: str) -> Iterator[Stream]:
    """The bytes of a file, or of standard input where it is called `-`; gzip is told by its first bytes."""
    if source == PIPE:
        yield _unpacked(cast(BinaryIO, sys.stdin.buffer), None)
        return
    with open(source, "rb") as file:
        status = os.fstat(file.fileno())
        yield _unpacked(file, status.st_size if stat.S_ISREG(status.st_mode) else None)


def _unpacked(raw: BinaryIO, size: int | None) -> Stream:
    packed = raw.peek(2)[:2] == _GZIP  # type: ignore[attr-defined]  # both kinds of files here are buffered
    return Stream(cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw, raw, size)
