"""Answers as JSON, and what went wrong as one clear line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from bn.web.reading import LeftOut

JSON = "application/json"


def answer(record: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A record as JSON; a number that is none is an error."""
    return Response(json.dumps(record, allow_nan=False), status, headers, JSON)


def failure(
    status: int, message: str, errors: Sequence[LeftOut] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """What went wrong, in the words of the command line; `errors` are the findings that it is about."""
    return answer({"error": message, "errors": [asdict(one) for one in errors]}, status, headers)
