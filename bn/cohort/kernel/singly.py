"""Rows answered each by itself, which for a few rows is less work than contracting the network for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bn.core.answer import LEVEL, interval_of
from bn.core.conditioned import Conditioned
from bn.core.errors import ImpossibleEvidenceError
from bn.core.evidence import Evidence
from bn.core.model import Draws
from bn.engine import infer
from bn.engine.cache import Cache
from cpds.logistic import cpd
from cpds.table import Array, Table

if TYPE_CHECKING:
    from bn.core.model import Model

DRAWS_AT_ONCE = 400
KEPT = 1 << 27

Family = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Single:
    """One row's P(state) of the columns, axis (column), natural log of the evidence, and the risk's interval."""

    probabilities: Array
    log_evidence: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Singly:
    """Answers one row after the other; the CPDs of rows that know the same states are built once.

    `columns` are (variable, index of state) pairs, `risk_of` the one whose interval is asked for.
    """

    model: Model
    columns: tuple[tuple[str, int], ...]
    risk_of: tuple[str, int]
    interval: bool

    def answer(self, evidence: Evidence) -> Single | None:
        """The answer to the findings of one row, None where they cannot occur together."""
        try:
            person = Conditioned.on(self._point, evidence)
        except ImpossibleEvidenceError:
            return None
        targets = {name for name, _ in self.columns if name not in person.known}
        found = infer(person.tables, targets)
        total = float(found.total.values[0])
        if not total > 0:
            return None
        sure = [float(person.known.get(name, -1) == state) for name, state in self.columns]
        shares = [
            found.joints[name].values[state, 0] / total if name in targets else one
            for (name, state), one in zip(self.columns, sure, strict=True)
        ]
        return Single(np.array(shares), float(np.log(total)) + person.log_scale, self._ends(person))

    def _ends(self, person: Conditioned) -> tuple[float, float] | None:
        """Interval of the risk over the draws."""
        if not self.interval:
            return None
        name, state = self.risk_of
        if name in person.known:
            sure = float(person.known[name] == state)
            return sure, sure
        parts = []
        for cpds in self._draws:
            joint = infer([*cpds.given(person.known), *person.likelihoods], keep=(name,)).total.values
            parts.append(joint[state] / joint.sum(axis=0))
        low, high = interval_of(np.concatenate(parts), LEVEL)
        return float(low), float(high)

    @cached_property
    def _point(self) -> _KeptDraws:
        return _KeptDraws(self.model.knowledge, self.model.point)

    @cached_property
    def _draws(self) -> list[_KeptDraws]:
        parameters = {name: values[1:] for name, values in self.model.parameters.items()}
        count = max(len(values) for values in parameters.values())
        starts = range(0, count, DRAWS_AT_ONCE)
        return [
            _KeptDraws(
                self.model.knowledge,
                {name: values[start : start + DRAWS_AT_ONCE] for name, values in parameters.items()},
            )
            for start in starts
        ]


@dataclass(frozen=True)
class _KeptDraws(Draws):
    """CPDs of which those asked for last are kept, up to `KEPT` bytes. Threads may share them."""

    _kept: Cache[tuple[str, Family], Table] = field(default_factory=lambda: Cache(KEPT))

    def given(self, known: Mapping[str, int]) -> list[Table]:
        """Without axes of the known variables."""
        return [self._cpd(name, self._of_family(name, known)) for name in self.knowledge.variables]

    def _of_family(self, name: str, known: Mapping[str, int]) -> Family:
        """What is known of a variable and its parents."""
        family = (name, *(parent.id for parent in self.knowledge.variables[name].parents))
        return tuple((one, known[one]) for one in family if one in known)

    def _cpd(self, name: str, known: Family) -> Table:
        key, variables = (name, known), self.knowledge.variables
        return self._kept.get(key) or self._kept.put(key, cpd(variables[name], variables, self.parameters, dict(known)))
