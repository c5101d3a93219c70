"""The explorer as an ASGI application: pages, questions as JSON, and files."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bn.core.errors import QuestionError, RunError
from bn.web import cohort
from bn.web.answers import answer, failure
from bn.web.api_page import api_page, openapi
from bn.web.beliefs import Explored
from bn.web.body import BodyError, question_of
from bn.web.catalog import catalog
from bn.web.guard import Guard, Hosts, is_loopback
from bn.web.library import library
from bn.web.questions import QUESTIONS, Asked
from bn.web.reading import MOST_FINDINGS, FindingsError
from bn.web.work import BusyError, GoneError, TooLongError, Workers

HERE = Path(__file__).parent
QUESTION_BYTES = 1_000_000
SECONDS = 60.0
LONG = 120.0
PATIENCE = 120.0
WAITING = 200
Endpoint = Callable[[Request], Awaitable[Response]]
mimetypes.add_type("text/javascript", ".js")  # what a system says of it may be something that browsers do not run


@dataclass
class Explorer:
    """A model served to whoever asks at `host`; what is said of people is neither kept nor logged."""

    explored: Explored
    host: str = "127.0.0.1"
    data: Path | None = None
    quick: Workers = field(default_factory=lambda: Workers(2, WAITING, PATIENCE, SECONDS))
    slow: Workers = field(default_factory=lambda: Workers(2, WAITING, PATIENCE, SECONDS))
    long: Workers = field(default_factory=lambda: Workers(1, WAITING, PATIENCE, LONG))
    files: cohort.Files = field(init=False)

    def __post_init__(self) -> None:
        self.files = cohort.Files(self.data, self.explored.model.population)

    def app(self) -> ASGIApp:
        """The application, guarded."""
        questions = [
            Route(f"/api/{name}", guarded(self._question(kind)), methods=["POST"]) for name, kind in QUESTIONS.items()
        ]
        routes = [
            Route("/", guarded(_page)),
            Route("/favicon.ico", guarded(_icon)),
            Mount("/static", StaticFiles(directory=HERE / "static")),
            Route("/api", guarded(self._api_page)),
            Route("/api/openapi.json", guarded(self._once("openapi"))),
            Route("/api/catalog", guarded(self._once("catalog"))),
            Route("/api/library", guarded(self._once("library"))),
            Route("/api/claims", guarded(self._once("claims"))),
            Route("/api/file", guarded(self._file(score=False)), methods=["POST"]),
            Route("/api/file/score", guarded(self._file(score=True)), methods=["POST"]),
            *questions,
        ]
        app = Starlette(routes=routes, exception_handlers={HTTPException: _http_failure}, lifespan=self._life)
        return Guard(app, Hosts(self.host))

    @asynccontextmanager
    async def _life(self, _: Starlette) -> AsyncIterator[None]:
        """What is asked first is made while the browser opens; at the end nothing that waits is begun."""
        first = asyncio.get_running_loop().run_in_executor(None, lambda: self.catalog)
        yield
        first.cancel()
        self.quick.close()
        self.slow.close()
        self.long.close()

    @cached_property
    def catalog(self) -> dict[str, Any]:
        """See `bn.web.catalog`, with what this server allows."""
        limits = {
            "findings": MOST_FINDINGS,
            "question_bytes": QUESTION_BYTES,
            "file_bytes": cohort.FILE_BYTES,
            "seconds": SECONDS,
        }
        place = {"local": is_loopback(self.host), "host": self.host}
        return {**catalog(self.explored), "limits": limits, **place}

    @cached_property
    def library(self) -> dict[str, Any]:
        """See `bn.web.catalog.library`."""
        return library(self.explored.model.knowledge)

    @cached_property
    def claims(self) -> dict[str, Any]:
        """The review, executed."""
        from bn.claims import record

        model = self.explored.model
        return model.told(record(model.network, model.knowledge))

    @cached_property
    def openapi(self) -> dict[str, Any]:
        """The description of the interface."""
        return openapi()

    def _once(self, name: str) -> Endpoint:
        """An answer that is the same for everyone, made when it is first asked for."""
        workers = self.long if name == "claims" else self.slow

        async def endpoint(request: Request) -> Response:
            return answer(await workers.run(lambda: getattr(self, name), _gone(request)))

        return endpoint

    async def _api_page(self, _: Request) -> Response:
        return HTMLResponse(api_page(self.openapi))

    def _question(self, kind: type[Asked]) -> Endpoint:
        lanes = {"quick": self.quick, "slow": self.slow, "long": self.long}

        async def endpoint(request: Request) -> Response:
            asked = await question_of(request, QUESTION_BYTES, kind)
            return answer(await lanes[asked.lane].run(lambda: asked.record(self.explored), _gone(request)))

        return endpoint

    def _file(self, score: bool) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            asked = await question_of(request, cohort.REQUEST_BYTES, cohort.FileAsked)
            return await self.files.answer(asked, score, _gone(request))

        return endpoint


async def _page(_: Request) -> Response:
    page = HERE / "templates" / "index.html"
    return FileResponse(page, media_type="text/html; charset=utf-8", headers={"cache-control": "no-cache"})


async def _icon(_: Request) -> Response:
    return FileResponse(HERE / "static" / "favicon.svg", media_type="image/svg+xml")


def _gone(request: Request) -> Callable[[], Awaitable[Any]]:
    """Waits until whoever asked has left; the body must have been read."""

    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    return left


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint with everything that may go wrong in it told as JSON."""

    async def told(request: Request) -> Response:
        try:
            return await endpoint(request)
        except FindingsError as error:
            return failure(422, str(error), error.left_out)
        except QuestionError as error:
            return failure(422, str(error))
        except RunError as error:
            return failure(422, str(error))
        except BodyError as error:
            return failure(error.status, str(error))
        except BusyError:
            return failure(503, "too many questions at once; ask again in a moment", headers={"retry-after": "2"})
        except TooLongError:
            return failure(504, "this took longer than a question may; ask it on the command line")
        except GoneError:
            return failure(499, "nobody waits for the answer")
        except asyncio.CancelledError:
            return failure(503, "the explorer is stopping")
        except Exception as error:
            _tell_of(error)
            return failure(500, "something went wrong in the program; what was asked is not kept")

    return told


def _tell_of(error: Exception) -> None:
    """Where it went wrong, on standard error: not what was asked, which is about a person."""
    places = "".join(traceback.format_tb(error.__traceback__))
    print(f"myorisk: error: {type(error).__name__} at\n{places}", file=sys.stderr)


async def _http_failure(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = {404: "there is nothing at this address", 405: "this address does not take that method"}
    return failure(error.status_code, said.get(error.status_code, error.detail), headers=error.headers)
