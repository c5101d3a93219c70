"""What carried the change and what the answer rests on: mechanisms, arcs and markers, each put back or taken out.

A mechanism M carried log odds(risk | findings) - log odds of sum over m of P(risk | m, findings) P0(m), where
P0 is the belief in M before any finding. That is Jeffrey's rule: M is believed as before, everything else
that the findings say of the risk stays. It is exact, it needs no intervention, and it counts all that M stands
for given the findings, its causes and companions as well as its effects. So mechanisms on one path, or with a
common cause, latent ones included, carry the same change twice: the figures rank them and do not add up to the total.

The weight of an effect of the network is the log odds as they are minus those with the effect cut: every
person's child then gets what the effect contributes on average over people, whatever the parent's state, and
everything else stays; nothing is refitted. (Averages, not zeros, so that it does not matter which state of a
parent counts as zero.) The weight of a marker is the log odds minus those without its reading. Both are
exact. A claim weighs as much as all arcs and markers that it speaks for, a source as all numbers that come
from it, in absolute value; an arc may rest on several claims, each of which then has its whole weight.
Intercepts have no "without" and are not weighed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bn.core.conditioned import log_odds, share
from bn.engine import infer
from bn.questions.findings import Finding, conditioned, risk_log_odds
from cpds.logistic import cpd, design, effects_at, intercept_names, logit
from cpds.priors import Prior, priors
from cpds.records import LATENT, SCORED_ROLES, UNIT_FIELDS, Basis, Biomarker, provenances
from cpds.table import Array

if TYPE_CHECKING:
    from bn.core.model import Model


@dataclass(frozen=True)
class Carried:
    """Belief in a mechanism's event before any finding and after all, and the log odds that it carried."""

    mechanism: str
    before: float
    after: float
    log_odds: float


def carried(model: Model, findings: Sequence[Finding]) -> tuple[Carried, ...]:
    """Every mechanism, the one that carried most first."""
    risk, state = model.risk_of
    index = model.network.state_index(risk, state)
    variables = model.knowledge.variables.values()
    names = [variable.id for variable in variables if variable.role in SCORED_ROLES - {"outcome"}]
    stated = {finding.variable for finding in findings if finding.reading is None}
    before = conditioned(model).joints(names)
    after = conditioned(model, findings)
    beside = after.joints([name for name in names if name not in stated], (risk,))
    now = share(after.belief(risk), index)
    rows = []
    for name in names:
        prior = before[name].values[:, 0]
        if name in stated:
            rest = [finding for finding in findings if finding.variable != name or finding.reading is not None]
            joint = conditioned(model, rest).joints([name], (risk,))[name].values[..., 0]
            belief = after.belief(name)
        else:
            joint = beside[name].values[..., 0]
            belief = joint.sum(axis=0)
        held = float(share(joint, index) @ prior)
        event = list(model.knowledge.variables[name].indices())
        ends = float(prior[event].sum()), float(belief[event].sum())
        rows.append(Carried(name, *ends, float(logit(now) - logit(np.array(held)))))
    return tuple(sorted(rows, key=lambda row: -abs(row.log_odds)))


_ROWS = 32


@dataclass(frozen=True)
class Support:
    """One effect of an arc (`child|parent`), one loading or one marker's reading; `weight` in log odds of the risk.

    `kind` is `arc`, `loading` (an effect of a latent variable, which no claim or source speaks of) or `marker`.
    """

    name: str
    kind: str
    weight: float
    basis: tuple[Basis, ...]
    claims: tuple[str, ...]
    sources: tuple[str, ...]


def supports(model: Model, findings: Sequence[Finding]) -> tuple[Support, ...]:
    """Every effect and marker that moves the log odds of the risk, the weightiest first."""

    def told(kept: Sequence[Finding]) -> float:
        return risk_log_odds(model, conditioned(model, kept))

    now = told(findings)
    effects = [prior for prior in priors(model.knowledge).values() if prior.parent]
    rows = [
        _arc(model, prior, now - without)
        for prior, without in zip(effects, _without(model, effects, findings), strict=True)
    ]
    for finding in findings:
        if finding.reading is not None:
            rest = [other for other in findings if other is not finding]
            rows.append(_marker(model, model.knowledge.biomarkers[finding.id], now - told(rest)))
    return tuple(sorted((row for row in rows if abs(row.weight) > 1e-9), key=lambda row: -abs(row.weight)))


def _without(model: Model, effects: Sequence[Prior], findings: Sequence[Finding]) -> Array:
    """Log odds of the risk with each effect cut, one number an effect; a batch of networks at a time."""
    risk, state = model.risk_of
    person = conditioned(model, findings)
    variables = model.knowledge.variables
    people = conditioned(model).joints(list(variables))
    found = []
    for start in range(0, len(effects), _ROWS):
        batch = effects[start : start + _ROWS]
        children = {prior.child for prior in batch}
        changed = _cut(model, batch, {name: people[name].values[:, 0] for name in variables})
        tables = [
            cpd(variable, variables, changed, person.known) if variable.id in children else table
            for variable, table in zip(variables.values(), person.cpds, strict=True)
        ]
        joint = infer([*tables, *person.likelihoods], keep=(risk,)).total.values
        found.append(log_odds(joint, model.network.state_index(risk, state)))
    return np.concatenate(found)


def _cut(model: Model, batch: Sequence[Prior], people: Mapping[str, Array]) -> dict[str, Array]:
    """Parameters, one row an effect of the batch: that effect zero, its mean over people in the intercepts."""
    changed = {name: np.repeat(value, len(batch)) for name, value in model.point.items()}
    for row, prior in enumerate(batch):
        child = model.knowledge.variables[prior.child]
        (arc,) = (parent for parent in child.parents if parent.id == prior.parent)
        steps = design(arc, model.knowledge.variables[arc.id])
        for intercept, step in zip(intercept_names(child), child.states[1:], strict=True):
            names = effects_at(step, child.id, arc)
            if prior.name in names:
                mean = people[arc.id] @ steps[:, names.index(prior.name)]
                changed[intercept][row] += model.point[prior.name][0] * mean
        changed[prior.name][row] = 0.0
    return changed


def _arc(model: Model, prior: Prior, weight: float) -> Support:
    (arc,) = (parent for parent in model.knowledge.variables[prior.child].parents if parent.id == prior.parent)
    source = (prior.figure.source,) if prior.figure.source else ()
    kind = "loading" if model.knowledge.variables[arc.id].role == LATENT else "arc"
    return Support(prior.name, kind, weight, (prior.figure.basis,), arc.claims, source)


def _marker(model: Model, marker: Biomarker, weight: float) -> Support:
    """A marker with the bases and sources of the numbers by which its reading is weighed."""
    panel = [model.knowledge.panels[marker.panel]] if marker.panel else []
    numbers = [number for path, number in provenances((marker, *panel)) if UNIT_FIELDS.isdisjoint(path)]
    basis = tuple(sorted({number.basis for number in numbers}))
    sources = tuple(sorted({number.source for number in numbers if number.source}))
    return Support(marker.id, "marker", weight, basis, marker.claims, sources)
