"""A running explorer, and asking it as a program would, with every header in the test's hands."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

import bn
from bn.web.app import Explorer
from bn.web.beliefs import Explored
from bn.web.server import listening, settings
from bn.web.work import Workers

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    port: int, path: str, question: Any = None, *, method: str | None = None, raw: bytes | None = None, **headers: str
) -> Answered:
    """A GET, or a POST where there is a question or a raw body; header names have `_` for `-`."""
    body = raw if raw is not None else None if question is None else json.dumps(question).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        connection.request(
            method or ("GET" if body is None else "POST"), path, body, {**(JSON if body else {}), **sent}
        )
        answer = connection.getresponse()
        return Answered(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@contextmanager
def running(model: bn.RiskModel) -> Iterator[int]:
    """The port of an explorer on the loopback address, stopped at the end."""
    place = listening("127.0.0.1", 0)
    patient = [Workers(2, waiting=200, patience=300, seconds=300) for _ in range(3)]  # a test may share its machine
    server = uvicorn.Server(settings(Explorer(Explored(model), "127.0.0.1", None, *patient)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
    thread.start()
    try:
        yield place.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(30)
        place.close()
