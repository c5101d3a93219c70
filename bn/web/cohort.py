"""A file dropped on the explorer: what would be read as what, and the file scored. Nothing of it is kept."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct
from starlette.responses import Response

from bn.core.errors import QuestionError
from bn.questions.definitions import NOT_AFTER_ACTS
from bn.web.answers import answer
from bn.web.look import look
from bn.web.work import BusyError, GoneError, TooLongError
from cpds.populations import Population
from cpds.text import quotable

FILE_BYTES = 20_000_000
REQUEST_BYTES = FILE_BYTES * 4 // 3 + 1_000_000
SECONDS = 120.0
WAITING = 8
SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".psv")
_PACKED = b"\x1f\x8b"
Text = Annotated[str, Meta(max_length=200)]


class FileAsked(Struct, forbid_unknown_fields=True, kw_only=True):
    """A file as base64, and what is to be said of it as on the command line; with `do` the question is a what-if."""

    name: Annotated[str, Meta(max_length=300)]
    content: bytes
    columns: Annotated[dict[str, Any], Meta(max_length=5000)] = {}
    missing: Annotated[list[Text], Meta(max_length=100)] = []
    delimiter: Text | None = None
    decimal: Text | None = None
    encoding: Text | None = None
    definition: Annotated[list[Text], Meta(max_length=100, description="Also by other definitions of outcomes")] = []
    do: Annotated[list[Text], Meta(max_length=100)] = []

    def refuse(self) -> None:
        """Raise QuestionError for what the page does not take; the command takes it."""
        name = quotable(Path(self.name).name)
        way = f"the command takes any size and kind: myorisk score {name} -o scored.csv"
        if not self.name.lower().endswith(SUFFIXES):
            raise QuestionError(f"{name}: this page takes {', '.join(SUFFIXES[:2])} and .txt; {way}")
        if len(self.content) > FILE_BYTES:
            size = f"{len(self.content) / 1e6:.0f} MB; this page takes {FILE_BYTES / 1e6:.0f} MB"
            raise QuestionError(f"{name} has {size}; {way}")
        if self.content.startswith(_PACKED):
            raise QuestionError(f"{name} is packed; {way}")
        if self.do and self.definition:
            raise QuestionError(f"definition '{quotable(self.definition[0])}': {NOT_AFTER_ACTS}")

    def options(self, data: Path | None, population: Population | None, posteriors: bool) -> dict[str, Any]:
        """What `bn.web.scoring` is told."""
        return {
            "data": str(data) if data else None,
            "population": population and population.text(),
            "definition": self.definition,
            "do": self.do,
            "posteriors": posteriors,
            "meaning": self.columns,
            "missing": self.missing,
            "delimiter": self.delimiter,
            "decimal": self.decimal,
            "encoding": self.encoding,
        }


@dataclass
class Files:
    """Scores files, one at a time, each in a process that ends when nobody waits for it or it takes too long."""

    data: Path | None = None
    population: Population | None = None
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _asked: int = 0

    async def answer(self, asked: FileAsked, score: bool, gone: Callable[[], Awaitable[Any]]) -> Response:
        """The scored file, or what it would be."""
        asked.refuse()
        if self._asked > WAITING:
            raise BusyError
        self._asked += 1
        try:
            async with self._one:
                text, told = await self._run(asked, score, gone)
        finally:
            self._asked -= 1
        if "error" in told:
            raise QuestionError(told["error"].replace("standard input", quotable(Path(asked.name).name), 1))
        if score:
            headers = {"content-disposition": 'attachment; filename="scored.csv"'}
            return Response(text, media_type="application/octet-stream", headers=headers)
        return answer(await asyncio.to_thread(look, quotable(Path(asked.name).name), len(asked.content), text, told))

    async def _run(
        self, asked: FileAsked, score: bool, gone: Callable[[], Awaitable[Any]]
    ) -> tuple[bytes, dict[str, Any]]:
        head = json.dumps(asked.options(self.data, self.population, posteriors=score)).encode() + b"\n"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "bn.web.scoring"), stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_environment()
        )
        talk = asyncio.ensure_future(process.communicate(head + asked.content))
        left = asyncio.ensure_future(gone())
        try:
            await asyncio.wait({talk, left}, timeout=SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not talk.done():
                raise GoneError if left.done() else TooLongError
            text, told = talk.result()
            if process.returncode not in (0, 2):
                raise RuntimeError(f"the process that scores a file ended with {process.returncode}")
            record: dict[str, Any] = json.loads(told.splitlines()[-1])
            return text, record
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            left.cancel()
            talk.cancel()
            await process.wait()


def _environment() -> dict[str, str]:
    """The same for the process, which finds this package first and nothing in the folder that it is started in."""
    home = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])}
