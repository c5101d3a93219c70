"""What is answered where an act is on a variable that nobody can set, such as the root of the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bn.core.answer import Note
from bn.core.names import range_of
from cpds.knowledge import Knowledge
from cpds.records import CONTEXT_ROLES


def said_of_unsettable(knowledge: Knowledge, sets: Mapping[str, str]) -> Iterator[Note]:
    """A note for each variable in `sets` that says who a person is and that no intervention acts on.

    `sets` maps variables to states. The answer is a counterfactual: the same noises with another value from the
    first. For the root, which stands for time, it is easily taken for acts that began earlier in life.
    """
    settable = {act.variable for one in knowledge.interventions.values() for act in one.acts}
    for name, state in sets.items():
        variable = knowledge.variables[name]
        if variable.role not in CONTEXT_ROLES or name in settable:
            continue
        place = variable.states.index(state)
        been = range_of(variable.scale, place) if variable.scale else state
        told = f"nobody can set {name}: the answer is about the same person, had {name} been {been}"
        told += ", with all that follows from it"
        if variable.role == "root":
            told += " (a start in the past is another question, which a network without a course of time cannot answer)"
        yield Note("caution", (name,), told)
