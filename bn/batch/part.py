"""Some rows of a frame with the same measured variables, weighed against the contracted network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bn.batch.contract import Contraction, contract
from bn.evidence import Evidence, Indices, Observed, weigh
from cpds.measurement import Readings, strata_variables
from cpds.records import Criterion, Measured, Threshold
from cpds.table import Array, Table

if TYPE_CHECKING:
    from bn.model import RiskModel

CONTEXT = frozenset({"root", "context"})
DRAWS_AT_ONCE = 40


@dataclass(frozen=True)
class Part:
    """Some rows with the same measured variables, expanded where a context has to be summed by hand.

    `rows[e]` is the row that expanded row e belongs to; `weights` has axes (expanded row, measured state);
    `scale` is the logarithm of what was taken out of the weights.
    """

    model: RiskModel
    count: int
    rows: Indices
    context: Mapping[str, Indices]
    measured: tuple[str, ...]
    weights: Array
    scale: Array

    @classmethod
    def of(cls, model: RiskModel, observed: Observed, chosen: Indices, measured: tuple[str, ...]) -> Part:
        """The chosen rows of what was observed, expanded and weighed."""
        variables = model.knowledge.variables
        names = tuple(name for name, variable in variables.items() if variable.role in CONTEXT)
        local = _take(observed, chosen)
        rows, context, extra = _expand(model, local, names)
        expanded = _take(local, rows)
        at = {name: np.maximum(context[name], 0) for name in names}
        inner = replace(expanded, weights={name: w for name, w in expanded.weights.items() if name not in names})
        evidence = weigh(model.knowledge, inner, at)
        weights, scale = _weights(model, evidence, measured, len(rows))
        return cls(model, len(chosen), rows, context, measured, weights, scale + extra)

    def point(self, names: Sequence[str]) -> tuple[dict[str, Array], Array]:
        """Posterior of each variable, axes (state, row), and the log evidence, -inf where impossible."""
        joint = contract(self.model.knowledge, self.model.point, tuple(self.context), self.measured, names)
        products = self._products(joint, slice(None))[..., 0]
        top = self._peak()
        summed = self._sum(products * np.exp(self.scale - top[self.rows])[:, None])
        total = summed[:, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = summed / total[:, None]
            logs = np.log(total) + top
        found, start = {}, 0
        for name in names:
            size = joint.sizes[name]
            found[name] = shares[:, start : start + size].T
            start += size
        return found, logs

    def risk(self, draws: int) -> Array:
        """Probability of the risk state, axes (row, point and draws)."""
        variable, state = self.model.risk_of
        index = self.model.knowledge.variables[variable].states.index(state)
        top = self._peak()
        scale = np.exp(self.scale - top[self.rows])[:, None, None]
        parts = []
        for start in range(0, draws, DRAWS_AT_ONCE):
            some = {
                name: values[start : min(start + DRAWS_AT_ONCE, draws)]
                for name, values in self.model.parameters.items()
            }
            joint = contract(self.model.knowledge, some, tuple(self.context), self.measured, [variable])
            summed = self._sum(self._products(joint, [index, -1]) * scale)
            with np.errstate(invalid="ignore"):
                parts.append(summed[:, 0] / summed[:, 1])
        return np.concatenate(parts, axis=1)

    def _products(self, joint: Contraction, columns: object) -> Array:
        """Row weights times the joint of the row's context slice: axes (expanded row, column, draw)."""
        slices = joint.slices(self.context, len(self.rows))
        values = joint.values[:, :, columns]  # type: ignore[index]
        result = np.empty((len(self.rows), *values.shape[2:]))
        order = np.argsort(slices, kind="stable")
        found, starts = np.unique(slices[order], return_index=True)
        for index, here in zip(found, np.split(order, starts[1:]), strict=True):
            flat = values[int(index)].reshape(values.shape[1], -1)
            result[here] = (self.weights[here] @ flat).reshape(len(here), *values.shape[2:])
        return result

    def _sum(self, values: Array) -> Array:
        """Expanded rows added up to the rows that they came from."""
        if len(self.rows) == self.count:
            return values
        total = np.zeros((self.count, *values.shape[1:]))
        np.add.at(total, self.rows, values)
        return total

    def _peak(self) -> Array:
        peak = np.full(self.count, -np.inf)
        np.maximum.at(peak, self.rows, self.scale)
        return np.where(np.isfinite(peak), peak, 0.0)


def _take(observed: Observed, rows: Indices) -> Observed:
    return Observed(
        len(rows),
        {name: weight[:, rows] for name, weight in observed.weights.items()},
        {name: Readings(reading.values[rows], reading.censored[rows]) for name, reading in observed.readings.items()},
    )


def _expand(model: RiskModel, observed: Observed, names: Sequence[str]) -> tuple[Indices, dict[str, Indices], Array]:
    """Rows whose context must be summed by hand, once a state; the others as they are.

    That is a context said softly (`80+`), or one that cuts the strata of a marker measured in the row
    and is not known. Returns the row behind each expanded row, its context states (-1 where it may stay
    missing) and the log of its weight.
    """
    rows = np.arange(observed.rows)
    context: dict[str, Indices] = {}
    extra = np.zeros(observed.rows)
    for name in names:
        size = len(model.knowledge.variables[name].states)
        weight = observed.weights.get(name, np.ones((size, observed.rows)))
        possible = (weight > 0).sum(axis=0)
        single = np.where(possible == 1, weight.argmax(axis=0), -1)
        silent = (weight == 1).all(axis=0)
        by_hand = (single < 0) & (~silent | _needed(model, observed, name))
        states = np.where(
            by_hand[rows][:, None], np.arange(size), np.where(np.arange(size) == 0, single[rows][:, None], -2)
        )
        keep = states > -2
        states[:, 0] = np.where(by_hand[rows], 0, single[rows])
        repeat = np.nonzero(keep | (np.arange(size) == 0))
        chosen_states = states[repeat]
        rows, extra = rows[repeat[0]], extra[repeat[0]]
        context = {other: values[repeat[0]] for other, values in context.items()}
        context[name] = chosen_states
        with np.errstate(divide="ignore"):
            extra = extra + np.where(chosen_states >= 0, np.log(weight[np.maximum(chosen_states, 0), rows]), 0.0)
    return rows, context, extra


def _needed(model: RiskModel, observed: Observed, name: str) -> Array:
    """Rows with a reading whose marker's strata are cut by the variable."""
    needed = np.zeros(observed.rows, dtype=bool)
    cut = {
        marker.id
        for marker in model.knowledge.biomarkers.values()
        if isinstance(marker, Measured | Threshold | Criterion) and name in strata_variables(marker)
    }
    for marker_id in cut:
        marker = model.knowledge.biomarkers[marker_id]
        factors = marker.product_of if isinstance(marker, Threshold) else ()
        for source in (marker_id, *factors):
            if source in observed.readings:
                needed |= observed.readings[source].measured
    return needed


def _weights(model: RiskModel, evidence: Evidence, measured: tuple[str, ...], rows: int) -> tuple[Array, Array]:
    """Outer product over the measured variables of each row's likelihoods, and the log of what was taken out."""
    logs = {name: np.zeros((len(model.knowledge.variables[name].states), rows)) for name in measured}
    for table in evidence.soft:
        if table.axes[0] not in logs:
            continue
        logs[table.axes[0]] = logs[table.axes[0]] + _only_axis(table)
    for name, index in evidence.known.items():
        if name in logs:
            states = np.arange(len(logs[name]))[:, None]
            logs[name] = np.where((index >= 0) & (states != index), -np.inf, logs[name])
    weights, scale = np.ones((rows, 1)), np.zeros(rows)
    for name in measured:
        peak = logs[name].max(axis=0)
        peak = np.where(np.isfinite(peak), peak, 0.0)
        likelihood = np.exp(logs[name] - peak).T
        scale = scale + peak
        weights = (weights[:, :, None] * likelihood[:, None, :]).reshape(rows, -1)
    return weights, scale


def _only_axis(table: Table) -> Array:
    if len(table.axes) != 1:
        raise ValueError(f"likelihood of {table.axes[0]} still depends on {table.axes[1:]}")
    return table.values
