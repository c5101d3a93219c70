"""A model in a few lines: what it holds, and what it can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bn.show.html import tables
from cpds.records import SCORED_ROLES

if TYPE_CHECKING:
    from bn.model import RiskModel

ASK = {
    "of one person": "posterior, what_if, rank, sweep, explain, next_test, sensitivity, most_probable, joint, notes",
    "of a table": "score, posterior_array, what_if_frame",
    "of the network": "mediation, plot, export, to_pgmpy, to_pyagrum",
}
"""Methods that put a question, by what it is about."""


def model_text(model: RiskModel) -> str:
    """Name and answer, contents, and questions, a line each."""
    asked = [f"  {about}: {methods}" for about, methods in ASK.items()]
    return "\n".join([f"<{_lead(model)}", f"  {_contents(model)}", *asked]) + ">"


def model_html(model: RiskModel) -> str:
    """The same, with a table of the variables."""
    import pandas as pd

    variables = model.knowledge.variables.values()
    rows = [
        (each.title, each.id, each.role, len(each.states), ", ".join(parent.id for parent in each.parents))
        for each in variables
    ]
    frame = pd.DataFrame(rows, columns=["title", "name", "role", "states", "parents"])
    ask = pd.DataFrame(list(ASK.items()), columns=["question", "methods"])
    return tables(f"{_lead(model)}. {_contents(model)}.", ("Variables", frame), ("Questions", ask))


def _lead(model: RiskModel) -> str:
    name, state = model.risk_of
    return f"RiskModel: the risk is P({name} = {state}); setting '{model.setting}', data {model.knowledge.root}"


def _contents(model: RiskModel) -> str:
    knowledge = model.knowledge
    variables = knowledge.variables.values()
    draws = max((len(values) for values in model.parameters.values()), default=1) - 1
    return (
        f"{len(variables)} variables ({sum(each.role in SCORED_ROLES for each in variables)} answered), "
        f"{sum(len(each.parents) for each in variables)} arcs, {len(model.parameters)} parameters, {draws} draws, "
        f"{len(knowledge.biomarkers)} biomarkers, {len(knowledge.interventions)} interventions"
    )
