"""What the commands share: one way to ask a question, and one to tell its answer."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from bn.commands.completion import definitions, findings, populations_or_files
from bn.core.errors import QuestionError
from bn.core.typed import observations
from cpds import NOTE
from cpds.text import quotable

if TYPE_CHECKING:
    from bn.api import RiskModel

FILE = click.Path(path_type=Path)
Option = Callable[[Any], Any]
POPULATION = "bn.population"
WITH_JSON = "with --json, which tells all"
WITHOUT_OUTPUT = "without a file to write"

with_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


with_definition = click.option(
    "--definition",
    multiple=True,
    metavar="ID",
    shell_complete=definitions,
    help="Also by another definition of an outcome (`myorisk definitions`). Repeatable.",
)


def without_definition(why: str) -> Option:
    """An option that says why a command does not answer by other definitions; the help does not show it."""

    def refuse(_: click.Context, __: click.Parameter, said: tuple[str, ...]) -> None:
        if said:
            raise QuestionError(f"--definition {quotable(said[0])}: {why}; ask `myorisk risk` or `myorisk score`")

    return click.option("--definition", multiple=True, hidden=True, expose_value=False, callback=refuse)


def refuse_idle(why: str, *options: str) -> None:
    """Raise QuestionError for an option that was given and does nothing here; `why` follows 'does nothing'."""
    context = click.get_current_context()
    for one in context.command.params:
        if one.name in options and context.get_parameter_source(one.name) is ParameterSource.COMMANDLINE:
            raise QuestionError(f"{one.opts[-1]} does nothing {why}; leave it out")


def with_findings(required: bool = True) -> Option:
    """The argument for what is known of a person."""
    return click.argument("findings", metavar="NAME=VALUE...", nargs=-1, required=required, shell_complete=findings)


_with_folder = click.option("--data", type=FILE, help="Another data folder in place of the shipped one.")


def _keep_population(context: click.Context, _: click.Parameter, said: str | None) -> None:
    context.meta[POPULATION] = said


_with_population = click.option(
    "--population",
    metavar="NAME|FILE",
    shell_complete=populations_or_files,
    expose_value=False,
    callback=_keep_population,
    help="The people that answers are for: a shipped population (`myorisk populations`), or a file of `update`.",
)


def with_data(command: Any) -> Any:
    """The command with the options that say which network it asks; `load_model` knows the population."""
    return _with_folder(_with_population(command))


def _checked(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a suffix that no picture has, and say that matplotlib is missing, before anything is computed."""
    if path is not None:
        from bn.report.figures.style import check_format

        check_format(path)
    return path


def _picture(option: str, drawn: str) -> Option:
    help_text = f"{drawn}: .svg, .png or .pdf."
    return click.option(option, type=FILE, metavar="FILE", callback=_checked, help=help_text)


PLOT = _picture("--plot", "Also draw the answer")
PLOT_NETWORK = _picture("--plot-network", "Also draw it on the network")


def question(
    *plots: Option, of_person: bool = True, required: bool = True, of_tables: tuple[str, ...] = ()
) -> Callable[[Callable[..., Any]], click.Command]:
    """A command that puts a question to the model: `ask(model, case, **options)`, or without a case.

    A person may have no findings where these are not `required`. `plots` are the pictures it offers; options named in
    `of_tables` go to the tables of the answer, not to `ask`.
    """

    def make(ask: Callable[..., Any]) -> click.Command:
        def command(data: Path | None, findings: tuple[str, ...] | None = None, **options: Any) -> None:
            told = {
                name: options.pop(name) for name in ("as_json", "plot", "plot_network", *of_tables) if name in options
            }
            if told.get("as_json"):
                refuse_idle(WITH_JSON, *of_tables)
            model = load_model(data)
            case = () if findings is None else (observations(findings),)
            tell(model, ask(model, *case, **options), **told)

        command.__doc__ = ask.__doc__
        for option in (with_data, *reversed(plots), with_json):
            command = option(command)
        vars(command)["__click_params__"] += getattr(ask, "__click_params__", [])
        return click.command(ask.__name__.replace("_", "-"))(with_findings(required)(command) if of_person else command)

    return make


def tell(
    model: RiskModel,
    answer: Any,
    as_json: bool,
    plot: Path | None = None,
    plot_network: Path | None = None,
    **options: Any,
) -> None:
    """Tell an answer of any kind: pictures where files are named for them, then JSON or tables with their `options`."""
    for path, picture in ((plot, answer.plot), (plot_network, lambda: model.plot(answer))):
        if path is not None:
            from bn.report.figures.style import save

            print(f"picture: {save(picture(), path)}", file=sys.stderr)
    if as_json:
        print_json(answer.to_dict(), model)
        return
    from bn.report.registry import print_tables

    print_tables(model, answer, f"Answers are {model.speaks_for}. {NOTE}" if model.population else NOTE, **options)


def load_model(data: Path | None) -> RiskModel:
    """The network of the data folder, for the population that was asked for.

    What there is to be said of its posterior goes to stderr in one line, and whom it speaks for in another.
    """
    import bn

    context = click.get_current_context(silent=True)
    population = context.meta.get(POPULATION) if context else None

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", bn.StalePosteriorWarning)
        model = bn.load(data, population=population)
    for warning in caught:
        print(f"myorisk: warning: {warning.message}", file=sys.stderr)
    if model.population:
        print(f"myorisk: {model.speaks_for}", file=sys.stderr)
    return model


def print_json(record: Mapping[str, Any], model: RiskModel) -> None:
    """The record as indented JSON; a number that is none is an error."""
    print(json.dumps(model.told(record), indent=2, allow_nan=False))
