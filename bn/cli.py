"""The command line: whatever goes wrong is one clear line and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

INTERRUPTED = 130
COMPLETE = "_MYORISK_COMPLETE"
"""The variable by which a shell asks what can stand next on the line."""
SELDOM = (100_000, 50, 1000)
"""How often to look for garbage: what imports make stays, and looking through it takes a tenth of the start."""


def main() -> None:
    """Run the command line; what goes wrong is one clear line, never a traceback.

    All else is imported in here, so that an interruption meanwhile is told, too.
    """
    gc.set_threshold(*SELDOM)
    if sys.stderr is None:  # closed by the caller; print() would then write into the results
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for as long as the run
    try:
        _run()
    except KeyboardInterrupt:
        _end("interrupted", INTERRUPTED)


def _run() -> None:
    import click

    from bn.commands.app import app
    from bn.core.errors import QuestionError, RunError
    from cpds.knowledge import KnowledgeError

    try:
        with _flushed():
            if asked := os.environ.get(COMPLETE):
                from bn.commands.completion import complete

                sys.exit(complete(app, COMPLETE, asked))
            with app.make_context("myorisk", sys.argv[1:] or ["--help"]) as context:
                app.invoke(context)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "myorisk"
        _end(f"{error.format_message()} See {command} --help", error.exit_code)
    except click.ClickException as error:
        _end(error.format_message(), error.exit_code)
    except (QuestionError, KnowledgeError) as error:
        _end(str(error), 2)
    except RunError as error:
        _end(str(error), 1)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        _end(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), 1)


@contextmanager
def _flushed() -> Iterator[None]:
    """What was printed is written out here, so that an error of that is told, not met as the interpreter ends."""
    try:
        yield
    finally:
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except OSError:  # nobody listens, or a full disk: what is left goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise


def _end(said: str, code: int) -> NoReturn:
    print(f"myorisk: {said}", file=sys.stderr)
    sys.exit(code)
