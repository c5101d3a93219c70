"""The body of a request, no larger and no slower than allowed, and the question that it holds as JSON."""

from __future__ import annotations

import asyncio
import json
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from bn.web.work import GoneError
from cpds.text import quotable

T = TypeVar("T")

DRAINED = 200_000_000
"""Bytes of a body too large that are read and forgotten, so that its sender gets to read why."""
SECONDS = 60.0


class BodyError(Exception):
    """A body that is not taken, with the HTTP status that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def body_of(request: Request, most: int) -> bytes:
    """The body. Raises BodyError where it is larger than `most` bytes or does not come in time."""
    body = bytearray()
    read = 0
    try:
        async with asyncio.timeout(SECONDS):
            async for piece in request.stream():
                read += len(piece)
                if read <= most:
                    body += piece
                elif read > DRAINED:
                    break
                else:
                    body.clear()
    except TimeoutError:
        raise BodyError(408, f"the request did not arrive within {SECONDS:g} seconds") from None
    except ClientDisconnect:
        raise GoneError from None
    if read > most:
        raise BodyError(413, f"found a request of more than {most / 1e6:.3g} MB, which is the most that is taken here")
    return bytes(body)


async def question_of(request: Request, most: int, kind: type[T]) -> T:
    """The question in the body. Raises BodyError for what is no such question, or says something twice."""
    body = await body_of(request, most)
    try:
        asked = msgspec.json.decode(body, type=kind)
        json.loads(body, object_pairs_hook=_once, parse_int=str, parse_float=str)  # msgspec takes the last of two
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BodyError(400, f"the request is not what is expected: {quotable(error, 200)}") from None
    except RecursionError:
        raise BodyError(400, "the request is not what is expected: lists or objects in too many others") from None
    return asked


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            said = f"{quotable(found[name])} and {quotable(value)}"
            raise BodyError(400, f"'{quotable(name)}' is given twice, as {said}; keep one")
        found[name] = value
    return found


__all__ = ["BodyError", "body_of", "question_of"]
