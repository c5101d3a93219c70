"""The command line: every command in its place, and errors as one clear line."""

from __future__ import annotations

import sys

import typer

from bn.commands.claims import claims
from bn.commands.common import NOTE
from bn.commands.explain import explain
from bn.commands.export import export
from bn.commands.mediation import mediation
from bn.commands.most_probable import most_probable
from bn.commands.next_test import next_test
from bn.commands.risk import risk
from bn.commands.score import score, with_address
from bn.commands.sensitivity import sensitivity
from bn.commands.show import show
from bn.commands.what_if import what_if
from bn.errors import QuestionError, RunError
from cpds.knowledge import KnowledgeError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=f"An executable review of aging muscle and insulin resistance. {NOTE}",
)
for command in (risk, what_if, explain, next_test, sensitivity, most_probable, mediation, score, show, claims, export):
    app.command()(command)


def main() -> None:
    """Run the command line; what goes wrong is one clear line, never a traceback."""
    try:
        app(args=with_address(sys.argv[1:]))
    except (QuestionError, KnowledgeError) as error:
        print(f"myorisk: {error}", file=sys.stderr)
        sys.exit(2)
    except RunError as error:
        print(f"myorisk: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        print(f"myorisk: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("myorisk: interrupted", file=sys.stderr)
        sys.exit(130)
