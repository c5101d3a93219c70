"""What a posterior was fitted to, as a record beside it, and how today's knowledge differs from that.

A posterior answers for the priors, the structure, the targets and the markers that it was computed from. When one of
them changes, it goes on giving the old answers; the record tells so, and names what changed. Titles, notes, sources
and whatever else does not enter the synthesis are not in it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from cpds.knowledge import Knowledge, KnowledgeError
from cpds.priors import priors
from cpds.records import Biomarker, Figure, Record, Stratum, Target, Threshold, Variable
from cpds.text import quotable

NAME = "fitted_to.json"
ALIKE = 1e-9
"""Relative difference of two numbers that are one number written in two ways."""

_OF_MARKERS = (
    *("kind", "variable", "direction", "unit", "reference", "share", "shift", "informative"),
    *("cut", "within", "error", "yes", "levels", "panel"),
)
"""Keys of a marker's file that bear on what a reading in its own unit says."""

_OF_PRODUCTS = ("product_of", "divisor")
_ONE = {
    "priors": "prior of ",
    "variables": "variable ",
    "targets": "target ",
    "markers": "marker ",
    "panels": "panel ",
    "settings": "setting ",
}


def fitted_to(knowledge: Knowledge) -> dict[str, dict[str, Any]]:
    """All that enters the synthesis, by kind and id: numbers, texts, and lists and mappings of them."""
    targets = {name: target for name, target in knowledge.targets.items() if target.use == "fit"}
    named = _named(targets)
    markers = {name: one for name, one in knowledge.biomarkers.items() if name in named or _computed(one, named)}
    panels = {str(marker.panel) for marker in markers.values() if marker.panel}
    return {
        "priors": {
            name: {"value": prior.value, "spread": prior.spread} | ({"sign": prior.sign} if prior.sign else {})
            for name, prior in priors(knowledge).items()
        },
        "variables": {name: _variable(variable) for name, variable in knowledge.variables.items()},
        "targets": {name: _target(knowledge, target) for name, target in targets.items()},
        "markers": {name: _marker(knowledge, marker, named) for name, marker in markers.items()},
        "panels": {name: _panel(knowledge, name) for name in sorted(panels)},
        "settings": {one.id: {"parameter": one.parameter, "value": one.value} for one in knowledge.settings.values()},
    }


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
    was = _read(folder / NAME)
    now = json.loads(json.dumps(fitted_to(knowledge)))
    return [
        f"{_ONE.get(kind, kind + ' ')}{quotable(name)}{text}"
        for kind in now
        for name in sorted({*was.get(kind, {}), *now[kind]}, key=str)
        for text in _differences(was.get(kind, {}).get(name), now[kind].get(name))
    ]


def _differences(was: object, now: object, inside: str = "") -> Iterator[str]:
    """Texts such as ": value was 0.3 when the posterior was fitted and is 0.5 now"."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted({*was, *now}):
            yield from _differences(was.get(key), now.get(key), f"{inside}, {key}" if inside else f": {key}")
    elif not _alike(was, now):
        if was is None:
            yield f"{inside} is new since the posterior was fitted" + (
                "" if isinstance(now, dict) else f": {_said(now)}"
            )
        elif now is None:
            yield f"{inside} is gone since the posterior was fitted"
        else:
            yield f"{inside} was {_said(was)} when the posterior was fitted and is {_said(now)} now"


def _alike(was: object, now: object) -> bool:
    if isinstance(was, list) and isinstance(now, list):
        return len(was) == len(now) and all(map(_alike, was, now))
    if isinstance(was, int | float) and isinstance(now, int | float):
        return math.isclose(was, now, rel_tol=ALIKE)
    return was == now


def _said(value: object) -> str:
    return quotable(value if isinstance(value, str) else json.dumps(value))


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
