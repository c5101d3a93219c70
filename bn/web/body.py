"""The body of a request, no larger and no slower than allowed."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from bn.web.work import GoneError

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
        raise BodyError(413, f"found a request of more than {most / 1e6:g} MB, which is the most that is taken here")
    return bytes(body)


__all__ = ["BodyError", "body_of"]
