"""The command line: `myorisk risk | score | show | claims | export`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bn.errors import QuestionError
from cpds.knowledge import KnowledgeError

NOTE = (
    "A research and teaching instrument, not a diagnostic device. "
    "The risk is the probability that insulin resistance is present now."
)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=f"An executable review of aging muscle and insulin resistance. {NOTE}",
)
Data = Annotated[Path | None, typer.Option("--data", help="Another data folder in place of the shipped one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@app.command()
def risk(
    findings: Annotated[
        list[str], typer.Argument(help="What is known, as name=value: age=68 sex=female bmi=31.2 hscrp='4.1 mg/L'.")
    ],
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Risk of one person, with interval and every mechanism."""
    import bn

    model = bn.load(data)
    post = model.posterior(dict(_pair(text) for text in findings))
    if as_json:
        _print_json(_risk_record(post))
        return
    from bn.show import risk_table

    risk_table(model, post, NOTE)


@app.command()
def score(
    source: Annotated[str, typer.Argument(help="Cohort file: .csv, .csv.gz, .parquet, or - for standard input.")],
    output: Annotated[str, typer.Option("-o", "--output", help="File to write, or - for standard output.")],
    no_interval: Annotated[bool, typer.Option("--no-interval", help="Skip risk_low and risk_high.")] = False,
    require: Annotated[
        list[str] | None, typer.Option("--require", help="Rows without this finding are errors.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the output.")] = False,
    data: Data = None,
) -> None:
    """Score every row of a cohort file. Exit code 3 when some rows have errors."""
    import bn
    from bn.batch.files import score_file

    summary = score_file(
        bn.load(data), source, output, interval=not no_interval, require=tuple(require or ()), force=force
    )
    print(summary, file=sys.stderr)
    if summary.failed:
        raise typer.Exit(3)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A variable, biomarker, intervention, source or claim.")],
    data: Data = None,
) -> None:
    """Follow each number of an entry to its basis, claim and source."""
    import bn
    from bn.show import entry

    entry(bn.load(data), name)


@app.command()
def claims(as_json: AsJson = False, data: Data = None) -> None:
    """The review, executed: what became of every claim."""
    import bn
    from bn.claims import execute, execute_contrary

    model = bn.load(data)
    verdicts = execute(model.network, model.knowledge)
    contrary = execute_contrary(model.network, model.knowledge)
    if as_json:
        from dataclasses import asdict

        _print_json({"claims": [asdict(v) for v in verdicts], "contrary": [asdict(v) for v in contrary]})
        return
    from bn.show import claim_table

    claim_table(model.knowledge, verdicts, contrary)


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="File to write; its suffix names the format: .bif .xmlbif .net .xdsl")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    data: Data = None,
) -> None:
    """Write the network for other programs."""
    import bn

    bn.load(data).export(path, overwrite=force)
    print(f"wrote {path}", file=sys.stderr)


def _pair(text: str) -> tuple[str, Any]:
    """`name=value`; a value such as {present=3, absent=1} gives weights of states."""
    name, equals, value = text.partition("=")
    if not equals or not name or not value.strip():
        raise QuestionError(f"'{text}': expected name=value, such as age=68")
    value = value.strip()
    if value.startswith("{") and value.endswith("}"):
        return name, dict(_pair(part.strip().replace(":", "=", 1)) for part in value[1:-1].split(","))
    return name, value


def _risk_record(post: Any) -> dict[str, Any]:
    low, high = post.interval()
    frame = post.to_frame()
    return {
        "risk": post.risk,
        "interval": [low, high],
        "level": 0.9,
        "log_evidence": post.log_evidence,
        "outcomes_measured": list(post.outcomes_measured),
        "posterior": frame.to_dict(orient="records"),
    }


def _print_json(record: object) -> None:
    print(json.dumps(record, indent=2, allow_nan=False))


def main() -> None:
    """Run the command line; what goes wrong is one clear line, never a traceback."""
    try:
        app()
    except (QuestionError, KnowledgeError) as error:
        print(f"myorisk: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        print(f"myorisk: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("myorisk: interrupted", file=sys.stderr)
        sys.exit(130)
