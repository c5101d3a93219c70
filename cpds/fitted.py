"""What a posterior was fitted to, as a record beside it, and how today's knowledge differs from that.

A posterior answers for the priors, the structure, the targets and the markers that it was computed from. When one of
them changes, it goes on giving the old answers; the record tells so, and names what changed. Titles, notes, sources
and whatever else does not enter the synthesis are not in it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

from cpds.differences import alike, differences, plainly
from cpds.knowledge import Knowledge, KnowledgeError
from cpds.priors import Prior, priors
from cpds.records import Act, Biomarker, Figure, Intervention, Record, Stratum, Study, Target, Threshold, Variable
from cpds.study_rule import names_of
from cpds.text import finite

NAME = "fitted_to.json"

_OF_MARKERS = (
    *("kind", "variable", "direction", "unit", "reference", "share", "shift", "informative"),
    *("cut", "within", "error", "yes", "levels", "panel"),
)
"""Keys of a marker's file that bear on what a reading in its own unit says."""

_OF_PRODUCTS = ("product_of", "divisor")


def fitted_to(knowledge: Knowledge) -> dict[str, dict[str, Any]]:
    """All that enters the synthesis, by kind and id: numbers, texts, and lists and mappings of them."""
    targets = {name: target for name, target in knowledge.targets.items() if target.use == "fit"}
    every = (*knowledge.trials, *knowledge.associations)
    studies = {study.id: study for study in every if study.use == "fit"}
    findings = _named(targets)
    named = findings | {name.partition("=")[0] for study in studies.values() for _, name in names_of(study)}
    done = [entry for name, entry in knowledge.interventions.items() if name in named]
    markers = {name: one for name, one in knowledge.biomarkers.items() if name in named or _computed(one, findings)}
    panels = {str(marker.panel) for marker in markers.values() if marker.panel}
    return {
        "priors": {
            name: {"value": prior.value, "spread": prior.spread} | ({"sign": prior.sign} if prior.sign else {})
            for name, prior in priors(knowledge).items()
        },
        "variables": {name: _variable(variable) for name, variable in knowledge.variables.items()},
        "targets": {name: _target(knowledge, target) for name, target in targets.items()},
        "studies": {name: _study(study) for name, study in studies.items()},
        "interventions": {entry.id: _acts(knowledge, entry) for entry in done},
        "markers": {name: _marker(knowledge, marker, findings) for name, marker in markers.items()},
        "panels": {name: _panel(knowledge, name) for name in sorted(panels)},
        "settings": {one.id: {"parameter": one.parameter, "value": one.value} for one in knowledge.settings.values()},
    }


def bearing_on_answers(knowledge: Knowledge) -> dict[str, dict[str, Any]]:
    """All that answers follow from: what enters the synthesis, and what acts when a question is asked.

    That is every marker and panel, not only those of targets, and what interventions do; targets that are only checked.
    """
    return fitted_to(knowledge) | {
        "targets": {name: _target(knowledge, one) | {"use": one.use} for name, one in knowledge.targets.items()},
        "markers": {
            name: _marker(knowledge, marker, knowledge.biomarkers.keys())
            for name, marker in knowledge.biomarkers.items()
        },
        "panels": {name: _panel(knowledge, name) for name in knowledge.panels},
        "interventions": {
            name: {act.variable: _act(knowledge, act) for act in one.acts} | _beside(one)
            for name, one in knowledge.interventions.items()
        },
    }


def _act(knowledge: Knowledge, act: Act) -> dict[str, Any]:
    if act.shift is None:
        return {"set": act.set}
    return {"shift": knowledge.number(act.shift), "spread": knowledge.spread(act.shift)}


def write_fitted_to(knowledge: Knowledge, folder: Path) -> None:
    """Put the record into a posterior's folder, an entry a line; the last of the synthesis' files to be written."""
    kinds = []
    for kind, entries in sorted(fitted_to(knowledge).items()):
        lines = [f'    "{name}": {json.dumps(entry, sort_keys=True)}' for name, entry in sorted(entries.items())]
        kinds.append(f'  "{kind}": {{\n' + ",\n".join(lines) + "\n  }")
    (folder / NAME).write_text("{\n" + ",\n".join(kinds) + "\n}\n", encoding="utf-8")


def changes(knowledge: Knowledge, folder: Path) -> list[str]:
    """How the knowledge differs from what the posterior in `folder` was fitted to, a text each; none if it does not.

    Raises KnowledgeError where the record is missing or damaged, OSError as the system does.
    """
    return list(differences(_read(folder / NAME), fitted_to(knowledge)))


def changed_priors(knowledge: Knowledge, folder: Path, setting: str) -> list[tuple[Prior, Prior]] | None:
    """Each prior of a setting whose numbers changed, as it was when the posterior was fitted and as it is now.

    None where something else that enters the synthesis changed as well, or nobody can tell: then the draws do not
    come from another prior alone.
    """
    try:
        was, now = _read(folder / NAME), plainly(fitted_to(knowledge))
    except (KnowledgeError, OSError):
        return None
    if any(not alike(was.get(kind), now[kind]) for kind in now if kind not in ("priors", "settings")):
        return None
    today = priors(knowledge)
    before = {name: _as_recorded(prior, was.get("priors", {}).get(name)) for name, prior in today.items()}
    if set(was.get("priors", {})) != set(today) or None in before.values():
        return None
    pairs = {name: (old, today[name]) for name, old in before.items() if old is not None}
    if setting in knowledge.settings:
        entry, after = was.get("settings", {}).get(setting), knowledge.settings[setting]
        name, center = (entry.get("parameter"), finite(entry.get("value"))) if isinstance(entry, dict) else ("", 0.0)
        if name not in pairs or after.parameter not in pairs or not abs(center) > 0:
            return None
        pairs[name] = pairs[name][0].centered(center), pairs[name][1]
        pairs[after.parameter] = pairs[after.parameter][0], pairs[after.parameter][1].centered(after.value)
    return [(old, new) for old, new in pairs.values() if not alike([old.value, old.spread], [new.value, new.spread])]


def _as_recorded(prior: Prior, entry: object) -> Prior | None:
    """The prior with the numbers of a record; None where they are none, or the sign is another."""
    if not isinstance(entry, dict) or entry.get("sign") != prior.sign:
        return None
    value, spread = finite(entry.get("value")), finite(entry.get("spread"))
    if math.isnan(value) or not spread > 0 or (prior.sign and not (value > 0 if prior.sign == "+" else value < 0)):
        return None
    return replace(prior, value=value, spread=spread)


def _variable(variable: Variable) -> dict[str, Any]:
    """States, their places on a scale, shares, scores, link, and the form of each arc; its numbers are priors."""
    entry: dict[str, Any] = {"states": variable.states}
    if variable.link != "cumulative":
        entry["link"] = variable.link
    if variable.scale:
        entry |= {"edges": variable.scale.edges, "midpoints": variable.scale.midpoints}
    if variable.shares:
        entry["shares"] = variable.shares.values
    if variable.scores:
        entry["scores"] = variable.scores.values
    bent = [parent for parent in variable.parents if parent.knots]
    return entry | {f"arc from {parent.id}": {"knots": parent.knots, "per": parent.per} for parent in bent}


def _target(knowledge: Knowledge, target: Target) -> dict[str, Any]:
    """What is asked, states by their own names, and the figure that is wanted."""

    def stated(said: Mapping[str, str]) -> dict[str, str]:
        variables = knowledge.variables
        return {name: variables[name].state_aliases.get(x, x) if name in variables else x for name, x in said.items()}

    entry: dict[str, Any] = {"event": stated(target.event), "given": stated(target.given), "do": target.do}
    entry |= {"versus": target.versus and stated(target.versus), "value": target.value, "spread": target.spread}
    return {key: part for key, part in entry.items() if part not in ({}, None)}


def _study(study: Study) -> dict[str, Any]:
    """What was done or seen in whom, and the center and spread that pull."""
    keys = ("given", "acts", "against", "subject", "outcome", "state", "conversion", "log_odds", "spread")
    return {key: value for key in keys if (value := getattr(study, key, None)) not in ({}, (), None)}


def _acts(knowledge: Knowledge, entry: Intervention) -> dict[str, Any]:
    """The state that each variable is set to, or how far it is shifted, and what is lost beside it."""
    acts: dict[str, Any] = {
        act.variable: act.set if act.shift is None else knowledge.number(act.shift) for act in entry.acts
    }
    return acts | {name: said for name, said in _beside(entry).items() if name == "dominates"}


def _beside(entry: Intervention) -> dict[str, Any]:
    """What is lost beside an intervention, and what cannot be done beside it."""
    said = {"dominates": entry.dominates, "excludes": entry.excludes}
    return {name: others for name, others in said.items() if others}


def _named(targets: Mapping[str, Target]) -> set[str]:
    """Variables and markers that targets speak of."""
    said = [part for target in targets.values() for part in (target.event, target.given, target.versus or {})]
    return {name for part in said for name in part}


def _computed(marker: Biomarker, named: Set[str]) -> bool:
    """Whether the marker is computed from readings of those named."""
    return isinstance(marker, Threshold) and bool(marker.product_of) and named >= set(marker.product_of)


def _marker(knowledge: Knowledge, marker: Biomarker, named: Set[str]) -> dict[str, Any]:
    keys = (*_OF_MARKERS, *_OF_PRODUCTS) if _computed(marker, named) else _OF_MARKERS
    return {key: _plain(knowledge, getattr(marker, key)) for key in keys if getattr(marker, key, None) is not None}


def _panel(knowledge: Knowledge, name: str) -> dict[str, Any]:
    """How its members go together."""
    return {"rho": _plain(knowledge, knowledge.panels[name].rho)}


def _plain(knowledge: Knowledge, value: object) -> Any:
    """Numbers and texts of a record without where they come from; strata by whom they are about."""
    if isinstance(value, Figure):
        return knowledge.number(value)
    if isinstance(value, tuple) and value and isinstance(value[0], Stratum):
        return {_whom(one): _plain(knowledge, one) for one in value}
    if isinstance(value, Record):
        left_out = {"basis", "source", "locator", "conversion", "inputs", "grade", "why", "where"}
        parts = {key: getattr(value, key) for key in value.__struct_fields__ if key not in left_out}
        return {key: _plain(knowledge, part) for key, part in parts.items() if part is not None}
    if isinstance(value, tuple):
        return [_plain(knowledge, one) for one in value]
    return value


def _whom(stratum: Stratum) -> str:
    places = sorted(stratum.where.items())
    return ", ".join(f"{name} {list(at) if isinstance(at, tuple) else at}" for name, at in places)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """The record; a KnowledgeError where there is none, or it is no such record."""
    where = f"{path.parent.name}/{path.name}"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problem = f"{where}: missing, so nobody can tell what the posterior was fitted to"
        raise KnowledgeError([f"{problem}; rerun `python -m bn.synthesis`"]) from None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or not all(isinstance(entries, dict) for entries in record.values()):
        problem = f"{where}: damaged: no record of what the posterior was fitted to"
        raise KnowledgeError([f"{problem}; rerun `python -m bn.synthesis`"])
    return record
