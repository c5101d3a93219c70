"""Who may ask, and how: the checks that every request passes before anything is done, and headers on every answer.

The explorer has no log-in, so a page of somebody else in the same browser must not reach it: requests must name this
server as their host (or a name that somebody points to it would do), questions must be JSON (which a foreign page
cannot send without being allowed to), and must not come from another origin.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bn.web.answers import failure

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
POLICY = "; ".join(
    [
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "connect", "font", "manifest")),
        "img-src 'self' data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Hosts:
    """Names under which the server may be asked: those of the loopback address, and the `host` it was told.

    Told to listen everywhere, it takes any address and the machine's own name, but no other name.
    """

    host: str

    def allow(self, header: str) -> bool:
        """Whether a Host header names this server."""
        name = _without_port(header)
        if name in LOOPBACK or name == self.host.strip("[]").lower():
            return True
        if not everywhere(self.host):
            return False
        return _address(name) is not None or name == socket.gethostname().lower()


def is_loopback(host: str) -> bool:
    """Whether only this machine can ask there."""
    address = _address(host)
    return host.lower() == "localhost" or bool(address and address.is_loopback)


def everywhere(host: str) -> bool:
    """Whether the host stands for every address of the machine."""
    address = _address(host)
    return bool(address and address.is_unspecified)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None


def _without_port(header: str) -> str:
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


@dataclass(frozen=True)
class Guard:
    """The application with these checks before it."""

    app: ASGIApp
    hosts: Hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or let pass with the headers added."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        refusal = self._refusal(scope["method"], bool(scope["query_string"]), Headers(scope=scope))
        answer: Any = failure(*refusal) if refusal else self.app
        await answer(scope, receive, send_guarded)

    def _refusal(self, method: str, query: bool, headers: Headers) -> tuple[int, str] | None:
        """Status and reason of a refusal, None where the request may pass."""
        host = headers.get("host", "")
        if not self.hosts.allow(host):
            return 421, "this server goes by another name; ask it by the address that myorisk explore printed"
        if method in ("GET", "HEAD"):
            return None
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if (origin is not None and origin.lower() != f"http://{host.lower()}") or site not in (None, "same-origin"):
            return 403, "questions are answered to the explorer's own page only, and to programs on this computer"
        if method == "POST" and query:
            return 400, "this address takes nothing behind its ?; what is asked stands in the body"
        if method == "POST" and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return 415, "expected a POST with Content-Type: application/json"
        return None
