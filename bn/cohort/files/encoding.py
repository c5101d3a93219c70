"""How text came as bytes, and how what is added to it goes out.

Work is done on bytes in which ASCII stands for itself. Where it does not (UTF-16) the text is turned into UTF-8 as
it comes and back as it goes, which returns every byte.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass

from bn.core.errors import QuestionError, RunError

BOM = codecs.BOM_UTF8
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_START = 32
_ASCII = bytes(range(128))


@dataclass(frozen=True)
class Encoding:
    """A codec by its Python name."""

    codec: str

    @classmethod
    def named(cls, name: str, head: bytes) -> Encoding:
        """The encoding a user names; UTF-16 takes its byte order from the mark in `head`, or little-endian.

        Raises QuestionError for one that is unknown or in which a delimiter may be part of a character.
        """
        try:
            codec = codecs.lookup(name).name
        except LookupError:
            raise QuestionError(
                f"unknown encoding '{name}'; expected utf-8, utf-16, latin-1, cp1252 or the like"
            ) from None
        if codec in ("utf-8", "utf-8-sig"):
            return cls("utf-8")
        if codec in ("utf-16", "utf-16-le", "utf-16-be"):
            return cls(_MARKS.get(head[:2], "utf-16-le") if codec == "utf-16" else codec)
        if len(bytes(range(256)).decode(codec, "replace")) != 256 or _ASCII.decode(codec, "replace") != _ASCII.decode():
            raise QuestionError(f"encoding '{name}' is not supported; convert the file to UTF-8")
        return cls(codec)

    @classmethod
    def of(cls, head: bytes) -> Encoding:
        """The encoding of a text by its start: UTF-16 by mark or zeros, UTF-8 where that is valid, else Latin-1."""
        if head[:2] in _MARKS:
            return cls(_MARKS[head[:2]])
        for first, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
            if set(head[first:_START:2]) == {0} and 0 not in head[1 - first : _START : 2]:
                return cls(codec)
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeDecodeError:
            return cls("iso8859-1")
        return cls("utf-8")

    @property
    def wide(self) -> bool:
        """Whether a character takes two bytes or more, so that the text is worked on as UTF-8."""
        return self.codec.startswith("utf-16")

    @property
    def title(self) -> str:
        """The name people use."""
        return {"iso8859-1": "Latin-1"}.get(self.codec, self.codec.upper())

    def incoming(self) -> Callable[[bytes, bool], bytes]:
        """Turns a file's bytes, piece by piece, into those that are worked on; the flag marks the last piece."""
        if not self.wide:
            return lambda piece, last: piece
        decoder = codecs.getincrementaldecoder(self.codec)("surrogatepass")

        def convert(piece: bytes, last: bool) -> bytes:
            try:
                return decoder.decode(piece, last).encode("utf-8", "surrogatepass")
            except UnicodeDecodeError as error:
                raise RunError(f"cannot be read as {self.title}: {error.reason}") from None

        return convert

    def outgoing(self, text: bytes) -> bytes:
        """Bytes that were worked on, as they stand in the file."""
        return text.decode("utf-8", "surrogatepass").encode(self.codec, "surrogatepass") if self.wide else text

    def read(self, text: bytes) -> str:
        """A cell as text; one that is not valid in this encoding is read as Latin-1."""
        try:
            return text.decode("utf-8" if self.wide else self.codec)
        except UnicodeDecodeError:
            return text.decode("latin-1")

    def write(self, text: str) -> bytes:
        """Text to be added; characters that the encoding lacks become question marks."""
        return text.encode("utf-8" if self.wide else self.codec, "replace")
