"""A model in a few lines: what it holds, and what it can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpds.records import SCORED_ROLES

if TYPE_CHECKING:
    from bn.core.model import Model

ASK = {
    "of one person": "posterior, what_if, rank, sweep, explain, next_test, sensitivity, most_probable, joint, notes",
    "of a table": "score, posterior_array, what_if_frame",
    "of the network": "mediation, plot, export, to_pgmpy, to_pyagrum",
}
"""Methods that put a question, by what it is about."""


def model_text(model: Model) -> str:
    """Name and answer, contents, and questions, a line each."""
    asked = [f"  {about}: {methods}" for about, methods in ASK.items()]
    return "\n".join([f"<{lead(model)}", f"  {contents(model)}", *asked]) + ">"


def lead(model: Model) -> str:
    """What the model answers, and where it comes from."""
    name, state = model.risk_of
    return f"RiskModel: the risk is P({name} = {state}); setting '{model.setting}', data {model.knowledge.root}"


def contents(model: Model) -> str:
    """How much it holds."""
    knowledge = model.knowledge
    variables = knowledge.variables.values()
    draws = max((len(values) for values in model.parameters.values()), default=1) - 1
    return (
        f"{len(variables)} variables ({sum(each.role in SCORED_ROLES for each in variables)} answered), "
        f"{sum(len(each.parents) for each in variables)} arcs, {len(model.parameters)} parameters, {draws} draws, "
        f"{len(knowledge.biomarkers)} biomarkers, {len(knowledge.interventions)} interventions"
    )
