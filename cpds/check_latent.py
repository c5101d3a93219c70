"""Rules for latent variables: loadings keep their sign, and nothing that is observed or done speaks of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cpds.knowledge import Knowledge
from cpds.records import CONTEXT_ROLES, LATENT, Referred

ANCHORS = 3
"""Loadings along the sign of the others that a contrary one needs beside it."""


def latents(knowledge: Knowledge) -> Iterator[str]:
    """Loadings of a latent variable keep their sign, mostly `+`, and nothing that is observed or done speaks of it."""
    names = {name for name, variable in knowledge.variables.items() if variable.role == LATENT}
    for name in names:
        yield from _loadings(knowledge, name)
    for where, spoken in _spoken(knowledge):
        for name in sorted(names.intersection(spoken)):
            yield f"{where}: {name} is latent: nobody can observe it, set it or say who has it; name another variable"


def _loadings(knowledge: Knowledge, latent: str) -> Iterator[str]:
    arcs = [
        (child, parent) for child in knowledge.variables.values() for parent in child.parents if parent.id == latent
    ]
    anchors = sum(parent.sign == "+" for _, parent in arcs)
    if not arcs:
        yield f"variables/{latent}.toml: no arc leads from it, so it explains nothing; add one or remove the file"
    for child, parent in arcs:
        where = f"variables/{child.id}.toml: parents {latent}"
        if child.role in CONTEXT_ROLES:
            yield f"{where}: {child.id} says who a person is, and a prior knows no latent variable; remove the arc"
        if parent.knots:
            yield f"{where}: knots: a latent variable has scores, no scale; remove knots and per"
        if parent.sign is None:
            yield f"{where}: sign: missing; a loading keeps its sign, or the states could swap"
        elif parent.sign == "-":
            if not all(figure.source for figure in parent.figures):
                yield f"{where}: sign '-': a loading against the others needs a source; add it, or make it '+'"
            if anchors < ANCHORS:
                yield f"{where}: sign '-': found {anchors} loadings with '+', expected {ANCHORS} or more beside it"


def _spoken(knowledge: Knowledge) -> Iterator[tuple[str, Iterable[str]]]:
    """What names variables that are observed, done or said of people, and the names."""
    for marker in knowledge.biomarkers.values():
        yield f"biomarkers/{marker.id}.toml: variable", [marker.variable]
        if isinstance(marker, Referred):
            for stratum in marker.reference.strata:
                yield f"biomarkers/{marker.id}.toml: reference.strata.where", stratum.where
    for intervention in knowledge.interventions.values():
        yield f"interventions/{intervention.id}.toml: acts", [act.variable for act in intervention.acts]
    for target in knowledge.targets.values():
        for key in ("event", "given", "versus", "do"):
            yield f"targets.toml: target {target.id}: {key}", getattr(target, key) or ()
    for definition in knowledge.definitions.values():
        where = f"definitions.toml: definition {definition.id}"
        yield f"{where}: variable", [definition.variable]
        for share in definition.strata:
            yield f"{where}: strata.where", share.where
    for panel in knowledge.panels.values():
        yield f"panels.toml: panel {panel.id}: variable", [panel.variable]
    for arc in knowledge.lagged:
        yield f"lagged.toml: {arc.parent} -> {arc.child}", [arc.parent, arc.child]
    for row in knowledge.contrary:
        yield f"contrary.tsv: {row.row}", [row.subject, row.object, *row.given]
    for file, studies in (("trials.tsv", knowledge.trials), ("associations.tsv", knowledge.associations)):
        for study in studies:
            acts = (*getattr(study, "acts", ()), *getattr(study, "against", ()))
            done = (act.partition("=")[0] for act in acts)
            said = (study.outcome, getattr(study, "subject", None), *study.given, *done)
            yield f"{file}: {study.id}", [name for name in said if name]
    for term in knowledge.terms.values():
        yield f"terms.tsv: {term.term}: refers_to", term.refers_to
    for variable in knowledge.variables.values():
        yield f"variables/{variable.id}.toml: risk", [variable.id] if variable.risk else []


RULES: tuple[Callable[[Knowledge], Iterator[str]], ...] = (latents,)
