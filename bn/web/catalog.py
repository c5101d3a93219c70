"""What the explorer can be asked about, as one JSON record: variables, arcs, biomarkers, interventions, cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from math import exp
from typing import TYPE_CHECKING, Any

import numpy as np

import bn
from bn.core.answer import LEVEL, interval_of
from bn.core.arcs import arcs_of
from bn.report.text.definitions import definition_records
from bn.web.library import mentioned, plain, population, studies_of_arc, times_studied, trials_of_act
from bn.web.usual import state_title
from cpds import ABOUT, NOTE
from cpds.knowledge import Knowledge
from cpds.logistic import effect_names
from cpds.priors import Prior, priors
from cpds.records import (
    CONTEXT_ROLES,
    UNIT_FIELDS,
    Biomarker,
    Declared,
    Figure,
    Intervention,
    Ordinal,
    Parent,
    Quantity,
    Variable,
    provenances,
)
from cpds.units import accepted_units, in_words

if TYPE_CHECKING:
    from bn.api import RiskModel
    from bn.web.beliefs import Explored

Json = dict[str, Any]


def catalog(explored: Explored) -> Json:
    """Everything that stays as it is while the explorer runs; keys are those of the records in `cpds/data`."""
    model, knowledge = explored.model, explored.model.knowledge
    outcome, state = model.risk_of
    studied = times_studied(knowledge)
    return {
        "version": bn.__version__,
        "about": ABOUT,
        "notice": NOTE,
        "population": population(knowledge),
        "population_name": model.population.name if model.population else "",
        "speaks_for": model.speaks_for,
        "stale": model.stale,
        "risk_of": {"variable": outcome, "state": state},
        "level": LEVEL,
        "anybody": explored.anybody,
        "variables": [{**one, "studied": studied[one["id"]]} for one in _variables(knowledge)],
        "arcs": list(_arcs(model)),
        "biomarkers": [
            {**_biomarker(explored, marker), "studied": studied[name]} for name, marker in knowledge.biomarkers.items()
        ],
        "parts": list(_parts(knowledge)),
        "interventions": [
            {
                **_intervention(knowledge, one),
                "studied": studied[name],
                "trials": trials_of_act(knowledge, name, outcome),
            }
            for name, one in knowledge.interventions.items()
        ],
        "cases": [
            {**plain(case), "risk": explored.point.posterior(case.findings).risk} for case in knowledge.cases.values()
        ],
        "definitions": definition_records(knowledge),
        "settings": [{"id": one.id, "title": one.title} for one in knowledge.settings.values()],
        "grades": [
            {"id": one.id, "title": one.title, "odds_ratio": one.odds_ratio} for one in knowledge.grades.values()
        ],
    }


def _variables(knowledge: Knowledge) -> Iterator[Json]:
    depth: dict[str, int] = {}
    for name, variable in knowledge.variables.items():
        depth[name] = max((depth[parent.id] + 1 for parent in variable.parents), default=0)
        scale = variable.scale
        yield {
            "id": name,
            "title": variable.title,
            "short": variable.short or variable.title,
            "role": variable.role,
            "context": variable.role in CONTEXT_ROLES,
            "section": variable.section,
            "definition": variable.definition,
            "note": variable.note,
            "aliases": list(variable.aliases),
            "depth": depth[name],
            "risk": variable.risk,
            "claims": list(variable.claims),
            "event": list(variable.event_states),
            "states": [
                {"id": state, "title": state_title(variable, at), "people": _people(variable, state)}
                for at, state in enumerate(variable.states)
            ],
            "scale": scale
            and {
                "unit": scale.unit,
                "unit_in_words": in_words(scale.unit),
                "edges": list(scale.edges),
                "accepted": list(scale.accepted),
            },
        }


def _people(variable: Variable, state: str) -> Json | None:
    return plain(variable.people[state]) if state in variable.people else None


def _arcs(model: RiskModel) -> Iterator[Json]:
    """Every arc; `size` is its log odds ratio over the parent's whole range."""
    knowledge = model.knowledge
    known = priors(knowledge)
    for arc in arcs_of(model):
        (parent,) = (one for one in knowledge.variables[arc.child].parents if one.id == arc.parent)
        yield {
            "parent": arc.parent,
            "child": arc.child,
            "sign": parent.sign,
            "size": arc.size,
            "claims": list(parent.claims),
            "note": parent.note,
            "mentions": mentioned(knowledge, parent.note, *(figure.why for figure in parent.figures)),
            "studies": studies_of_arc(knowledge, arc.parent, arc.child),
            "effects": [_effect(model, parent, known[name]) for name in effect_names(arc.child, parent)],
        }


def _effect(model: RiskModel, parent: Parent, prior: Prior) -> Json:
    """One effect of an arc as an odds ratio, with interval, and where its prior comes from."""
    draws = np.exp(model.parameters[prior.name])
    low, high = interval_of(draws[1:], LEVEL)
    scale = model.knowledge.variables[parent.id].scale
    return {
        "id": prior.name,
        "label": prior.name.partition("|")[2].partition(":")[2],
        "per": parent.per,
        "unit": in_words(scale.unit) if scale and parent.per else None,
        "odds_ratio": float(draws[0]),
        "low": float(low),
        "high": float(high),
        "prior": exp(prior.value),
        **_provenance(prior.figure),
    }


def _provenance(figure: Any) -> Json:
    return {key: getattr(figure, key) for key in ("basis", "source", "locator", "grade", "why")}


def _biomarker(explored: Explored, marker: Biomarker) -> Json:
    variable = explored.model.knowledge.variables[marker.variable]
    quantity = marker if isinstance(marker, Quantity) else None
    usual = explored.ranges.of(marker.id, {})
    return {
        "id": marker.id,
        "title": marker.title,
        "short": marker.short or marker.title,
        "kind": marker.kind,
        "variable": marker.variable,
        "context": variable.role in CONTEXT_ROLES,
        "outcome": variable.role == "outcome",
        "tissue": marker.tissue,
        "biopsy": "biopsy" in marker.tissue,
        "direction": marker.direction,
        "aliases": list(marker.aliases),
        "panel": marker.panel,
        "claims": list(marker.claims),
        "note": marker.note.strip(),
        "mentions": mentioned(explored.model.knowledge, marker.note),
        "unit": quantity and quantity.unit,
        "unit_in_words": quantity and in_words(quantity.unit),
        "units": list(accepted_units(quantity)) if quantity else [],
        "accepted": quantity and list(quantity.accepted),
        "levels": [level.id for level in marker.levels] if isinstance(marker, Ordinal) else None,
        "yes_no": isinstance(marker, Declared),
        "usual": usual and asdict(usual),
        "numbers": list(_numbers(marker)),
    }


def _numbers(marker: Biomarker) -> Iterable[Json]:
    """The numbers by which a reading is weighed; those that only convert units are left out."""
    for path, number in provenances(marker):
        if UNIT_FIELDS.isdisjoint(path):
            values = {key: value for key, value in plain(number).items() if key not in _WORDS}
            yield {"key": " ".join(key for key in path if not key.isdigit()), "values": values, **_provenance(number)}


_WORDS = frozenset({"basis", "source", "locator", "grade", "why", "conversion", "inputs", "id"})


def _parts(knowledge: Knowledge) -> Iterator[Json]:
    gives = {part: one.id for one in knowledge.derivations.values() for part in one.of.values()}
    for part in knowledge.parts.values():
        yield {
            "id": part.id,
            "title": part.title,
            "aliases": list(part.aliases),
            "unit": part.unit,
            "units": list(accepted_units(part.quantity)) if part.quantity else [],
            "gives": gives.get(part.id),
        }


def _intervention(knowledge: Knowledge, one: Intervention) -> Json:
    acts = [
        {
            "variable": act.variable,
            "set": act.set,
            "shift": _log_odds(knowledge, act.shift),
            **(_provenance(act.shift) if act.shift else {}),
        }
        for act in one.acts
    ]
    return {
        "id": one.id,
        "title": one.title,
        "group": one.done_by,
        "had": one.had,
        "dosed": all(act.set is None for act in one.acts),
        "acts": acts,
        "aliases": list(one.aliases),
        "claims": list(one.claims),
        "sources": list(dict.fromkeys([*one.sources, *mentioned(knowledge, one.note)])),
        "excludes": sorted(_excluded(knowledge.interventions, one)),
        "note": one.note.strip(),
    }


def _log_odds(knowledge: Knowledge, shift: Figure | None) -> float | None:
    return None if shift is None else knowledge.number(shift)


def _excluded(interventions: Mapping[str, Intervention], one: Intervention) -> set[str]:
    """Those that cannot be combined with it, in whichever of the two files that stands."""
    return {*one.excludes, *(other.id for other in interventions.values() if one.id in other.excludes)}
