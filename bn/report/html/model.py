"""A model in notebooks: what it holds, with a table of its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bn.report.html.tables import tables
from bn.report.text.model import ASK, contents, lead

if TYPE_CHECKING:
    from bn.core.model import Model


def model_html(model: Model) -> str:
    """The same, with a table of the variables."""
    import pandas as pd

    variables = model.knowledge.variables.values()
    rows = [
        (each.title, each.id, each.role, len(each.states), ", ".join(parent.id for parent in each.parents))
        for each in variables
    ]
    frame = pd.DataFrame(rows, columns=["title", "name", "role", "states", "parents"])
    ask = pd.DataFrame(list(ASK.items()), columns=["question", "methods"])
    return tables(f"{lead(model)}. {contents(model)}.", ("Variables", frame), ("Questions", ask))
