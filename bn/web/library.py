"""What stands behind the numbers, as JSON: claims, sources, and what trials and other studies found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from cpds.knowledge import Knowledge
from cpds.records import Association, Trial
from cpds.study_rule import about

_CITED = re.compile(r"\b[A-Z]\d{3}\b|\b[a-z]+_[a-z_0-9]+\b")
Json = dict[str, Any]


def library(knowledge: Knowledge) -> Json:
    """Claims, sources, trials and associations by id, and the null and opposite findings of the wider literature."""
    return {
        "claims": {
            name: {**plain(claim), "says": f"{claim.subject} {claim.relation} {claim.object}".replace("_", " ")}
            for name, claim in knowledge.claims.items()
        },
        "sources": {name: plain(source) for name, source in knowledge.sources.items()},
        "trials": {row.id: plain(row) for row in knowledge.trials},
        "associations": {row.id: plain(row) for row in knowledge.associations},
        "contrary": [plain(row) for row in knowledge.contrary],
    }


def plain(record: Any) -> Json:
    """A record as JSON takes it, without what is left at its default."""
    found: Json = msgspec.to_builtins(record)
    return found


def population(knowledge: Knowledge) -> str:
    """Whom the shares of the first variable are about, as their source says."""
    roots = [variable.shares for variable in knowledge.variables.values() if variable.role == "root"]
    sources = [knowledge.sources[shares.source] for shares in roots if shares and shares.source]
    return next((source.population for source in sources if source.population), "")


def mentioned(knowledge: Knowledge, *texts: str | None) -> list[str]:
    """Sources that texts name by their id."""
    named = (word for text in texts if text for word in _CITED.findall(text))
    return [word for word in dict.fromkeys(named) if word in knowledge.sources]


def times_studied(knowledge: Knowledge) -> Mapping[str, int]:
    """How many trials and associations are about an intervention, variable or marker, by its id."""
    return Counter(name for row in (*knowledge.trials, *knowledge.associations) for name in about(knowledge, row))


def trials_of_act(knowledge: Knowledge, name: str, outcome: str) -> list[Json]:
    """Log odds of the worse in trials in people of an intervention alone against nothing, where they have a size.

    Only trials that saw the variable `outcome`, or one of its markers, and that the written rule fits or checks.
    """
    return [
        {"id": row.id, "log_odds": row.log_odds}
        for row in knowledge.trials
        if (row.acts, row.against, row.species) == ((name,), (), "human")
        and row.log_odds is not None
        and row.use in ("fit", "check")
        and _about(knowledge, row.outcome) == outcome
    ]


def studies_of_arc(knowledge: Knowledge, parent: str, child: str) -> list[str]:
    """Trials that set the parent, and associations with it, whose outcome is the child or one of its markers."""
    rows: tuple[Trial | Association, ...] = (*knowledge.trials, *knowledge.associations)
    return [row.id for row in rows if _about(knowledge, row.outcome) == child and parent in _subjects(knowledge, row)]


def _subjects(knowledge: Knowledge, row: Trial | Association) -> set[str | None]:
    """Variables that a study is about: what was set, or what was seen."""
    if isinstance(row, Association):
        return {_about(knowledge, row.subject)}
    return {act.partition("=")[0] for act in row.acts if "=" in act}


def _about(knowledge: Knowledge, name: str | None) -> str | None:
    """The variable behind the name of a variable or a marker."""
    marker = knowledge.biomarkers.get(name or "")
    return marker.variable if marker else name
