"""Starts the explorer: a socket, the server on it, and a browser before it."""

from __future__ import annotations

import socket
import sys
import threading
import webbrowser
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from bn.core.errors import QuestionError
from bn.web.app import Explorer
from bn.web.beliefs import Explored
from bn.web.guard import everywhere, is_loopback

if TYPE_CHECKING:
    from bn.api import RiskModel

CONNECTIONS = 500
STOPPING = 3


def serve(model: RiskModel, host: str, port: int, browser: bool, data: Path | None = None) -> None:
    """Serve until interrupted. Raises QuestionError where nothing can be served at that place."""
    with closing(listening(host, port)) as place:
        address = url(host, place.getsockname()[1])
        if not is_loopback(host):
            print(
                f"myorisk: warning: --host {host} lets other computers ask, without a password and unencrypted; "
                "findings are health data",
                file=sys.stderr,
            )
        print(f"The explorer is at {address} (Ctrl-C stops it)", file=sys.stderr, flush=True)
        if browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        server = uvicorn.Server(settings(Explorer(Explored(model), host, data)))
        with suppress(KeyboardInterrupt):  # the server has stopped by then
            server.run(sockets=[place])
    print("The explorer has stopped", file=sys.stderr)


def settings(explorer: Explorer) -> uvicorn.Config:
    """The server's settings: nothing that is asked is logged."""
    return uvicorn.Config(
        explorer.app(),
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=STOPPING,
        limit_concurrency=CONNECTIONS,
        ws="none",
        lifespan="on",
    )


def listening(host: str, port: int) -> socket.socket:
    """A socket at that place. Raises QuestionError where there is none, or it is taken."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError, OverflowError):
        raise QuestionError(f"--host {host}: no such address; expected a name or number of this computer") from None
    found = socket.socket(family, kind, protocol)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(place)
        found.listen()
    except OSError as error:
        found.close()
        raise QuestionError(
            f"port {port} at {host}: {(error.strerror or str(error)).lower()}; choose another with --port, "
            "or --port 0 for any that is free"
        ) from None
    return found


def url(host: str, port: int) -> str:
    """The address for a browser on this computer."""
    name = "127.0.0.1" if everywhere(host) else host.strip("[]")
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"
