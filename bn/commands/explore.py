"""`myorisk explore`: every question in a browser, and as JSON over HTTP."""

from __future__ import annotations

from pathlib import Path

import click

from bn.commands.common import load_model, with_data
from bn.core.errors import QuestionError

NEEDED = "the explorer needs more than is installed; run: pip install 'myorisk[explore]'"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; others can ask unless loopback.")
@click.option("--port", type=click.IntRange(0, 65535), default=8017, show_default=True, help="0 for any that is free.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@with_data
def explore(host: str, port: int, no_browser: bool, data: Path | None) -> None:
    """Every question in a browser, and as JSON over HTTP.

    Runs on this computer until Ctrl-C. Findings are neither kept nor logged. The JSON is described at /api.
    """
    try:
        from bn.web.server import serve
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] in ("starlette", "uvicorn"):
            raise QuestionError(NEEDED) from None
        raise
    serve(load_model(data), host, port, not no_browser, data)
