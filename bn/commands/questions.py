"""The questions about one person, and the one about the network: each is asked of the model, and its answer told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bn.api import RiskModel
from bn.commands.common import PLOT, PLOT_NETWORK, question, with_definition
from bn.commands.completion import costs, studied, variables
from bn.core.errors import QuestionError
from bn.core.typed import once, pair

Case = dict[str, Any]


@question(PLOT, PLOT_NETWORK)
@with_definition
def risk(model: RiskModel, case: Case, definition: tuple[str, ...]) -> Any:
    """Risk of one person, with interval and every mechanism."""
    return model.posterior(case, definition=definition)


@question(PLOT)
@click.option("--seed", type=int, default=0, help="For the sampling that more than 16 findings need.")
def explain(model: RiskModel, case: Case, seed: int) -> Any:
    """Why one person's risk is what it is.

    What each finding did to it, through what, and on which claims and sources that rests.
    """
    return model.explain(case, seed=seed)


@question()
@click.option("--threshold", type=float, help="The risk from which one would act, such as 0.5.")
@click.option(
    "--cost",
    multiple=True,
    metavar="NAME=NUMBER",
    shell_complete=costs,
    help="In any one unit; or a TOML file of such lines, over which a NAME goes. Repeatable.",
)
def next_test(model: RiskModel, case: Case, threshold: float | None, cost: tuple[str, ...]) -> Any:
    """What to measure next in one person.

    How much each thing that could still be measured is expected to tell about the risk.
    """
    files = [text for text in cost if text.endswith(".toml") and "=" not in text]
    of_files = once([line for text in files for line in _costs_of_file(Path(text)).items()])
    by_name = once([pair(text) for text in cost if text not in files])
    return model.next_test(case, threshold=threshold, costs={**of_files, **by_name})


@question(PLOT, required=False, of_tables=("top",))
@click.option(
    "--top", type=click.IntRange(min=1), default=12, help="How many parameters and sources to show.", show_default=True
)
@click.option("--knowledge", is_flag=True, help="Of no person: which parameters would matter most to know, and how.")
def sensitivity(model: RiskModel, case: Case, knowledge: bool) -> Any:
    """How sure one person's risk is.

    What its interval is made of, and what would move it: parameters, findings, sources, structure.
    """
    if knowledge and case:
        raise QuestionError("--knowledge asks a whole battery of people; leave the findings out")
    if not knowledge and not case:
        raise click.MissingParameter(param_hint="'NAME=VALUE...'", param_type="argument")
    return model.worth_knowing() if knowledge else model.sensitivity(case)


@question()
@click.option("--best", type=click.IntRange(min=1), default=5, help="How many joint states.", show_default=True)
@click.option(
    "--over",
    multiple=True,
    metavar="NAME",
    shell_complete=variables,
    help="A variable to include, repeatable; without any, every open mechanism.",
)
def most_probable(model: RiskModel, case: Case, best: int, over: tuple[str, ...]) -> Any:
    """Most probable joint states of the mechanisms in one person.

    Or of the variables named with --over; given the findings.
    """
    return model.most_probable(case, over=list(over) or None, best=best)


@question(PLOT, of_person=False)
@click.option(
    "--from", "before", metavar="VALUE", help="Where the change starts: 30, '[20, 40)'; else the first state."
)
@click.option("--to", "after", metavar="VALUE", help="Where it ends: 80, 75+; else the last state.")
def mediation(model: RiskModel, before: str | None, after: str | None) -> Any:
    """Through what the root variable acts on each outcome.

    How its effect splits over what lies between them.
    """
    return model.mediation(before, after)


@question(PLOT, of_person=False)
@click.argument("name", required=False, shell_complete=studied)
def evidence(model: RiskModel, name: str | None) -> Any:
    """The network beside every trial and study it knows.

    Of those about NAME, an intervention, variable or marker; of all without it. Each with its source.
    """
    return model.evidence(name)


def _costs_of_file(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise QuestionError(f"{path}: no such file; --cost takes name=number, or a TOML file of such lines") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path}: {error}; expected lines such as hscrp = 12") from None
