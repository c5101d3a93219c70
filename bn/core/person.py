"""Inference for one person: the network narrowed to what is known, all draws at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from bn.core.errors import ImpossibleEvidenceError
from bn.core.evidence import Evidence
from bn.engine import Answer, infer, narrow
from cpds.knowledge import Knowledge
from cpds.logistic import cpd
from cpds.records import Variable
from cpds.table import Array, Table


@dataclass(frozen=True)
class Narrowed:
    """The network cut down to what is known of one person, with the findings as likelihoods.

    `known` holds the state index of every variable that is known for certain; the tables have no axis
    for it. The natural logarithm of what was divided out of the likelihoods is `log_scale`.
    """

    tables: tuple[Table, ...]
    known: Mapping[str, int]
    log_scale: float

    def __repr__(self) -> str:
        return f"<Narrowed: {len(self.tables)} tables; known: {', '.join(self.known) or 'nothing'}>"


def narrowed(
    knowledge: Knowledge, parameters: Mapping[str, Array], evidence: Evidence, only: Collection[str] | None = None
) -> Narrowed:
    """One person's network at the given draws; `evidence` is that of one row, `only` limits it to these variables.

    Raises ImpossibleEvidenceError when the findings on one variable exclude each other.
    """
    alone = findings_alone(evidence, only)
    variables = knowledge.variables
    cpds = [cpd(variable, variables, parameters, alone.known) for variable in variables.values()]
    return Narrowed((*cpds, *alone.tables), alone.known, alone.log_scale)


def findings_alone(evidence: Evidence, only: Collection[str] | None = None) -> Narrowed:
    """The same without the CPDs: what is known, and the likelihoods of the findings on the other variables."""
    known = {
        name: int(index[0])
        for name, index in evidence.known.items()
        if index[0] >= 0 and (only is None or name in only)
    }
    tables = []
    scale = 0.0
    for table in evidence.soft:
        if only is None or table.axes[0] in only:
            (cut,) = narrow([table], known)
            peak = float(cut.values.max())
            if np.isneginf(peak):
                raise ImpossibleEvidenceError(f"the findings on {table.axes[0]} exclude every state that is left")
            scale += peak
            tables.append(Table(cut.axes, np.exp(cut.values - peak)))
    return Narrowed(tuple(tables), known, scale)


def possible(total: Array, evidence: Evidence) -> Array:
    """The probability of the findings, one number a draw, or an ImpossibleEvidenceError where it is zero."""
    if not (total > 0).all():
        raise ImpossibleEvidenceError(
            f"these findings cannot occur together: {', '.join(_about(evidence))}; check each of them"
        )
    return total


def beliefs(
    knowledge: Knowledge, parameters: Mapping[str, Array], evidence: Evidence, only: Collection[str] | None = None
) -> tuple[dict[str, Array], Array]:
    """Posterior of every variable, axes (state, draw), and the log evidence, one number a draw.

    `evidence` is that of one row. `only` limits the evidence to findings on these variables.
    Raises ImpossibleEvidenceError when the findings exclude each other.
    """
    person = narrowed(knowledge, parameters, evidence, only)
    answer = infer(person.tables, [name for name in knowledge.variables if name not in person.known])
    log_evidence = np.log(possible(answer.total.values, evidence)) + person.log_scale
    return _normalized(answer, knowledge.variables, person.known), log_evidence


def _normalized(answer: Answer, variables: Mapping[str, Variable], known: Mapping[str, int]) -> dict[str, Array]:
    total = answer.total.values
    result: dict[str, Array] = {}
    for name, variable in variables.items():
        if name in known:
            size = len(variable.states)
            result[name] = np.broadcast_to(np.eye(size)[known[name]][:, None], (size, len(total)))
        else:
            result[name] = np.broadcast_to(
                answer.joints[name].values / total, (answer.joints[name].values.shape[0], len(total))
            )
    return result


def _about(evidence: Evidence) -> list[str]:
    names = [name for name, index in evidence.known.items() if index[0] >= 0]
    return sorted({*names, *(marker for markers in evidence.used.values() for marker in markers)})
