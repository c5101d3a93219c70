"""Probabilities of observations given others, in a network, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from bn.core.evidence import Evidence, weigh
from bn.core.names import Names
from bn.core.network import Network
from bn.core.observe import observe_person
from bn.engine import infer
from cpds.table import Array, Table


def probability(
    network: Network, names: Names, event: Mapping[str, Any], given: Mapping[str, Any] | None = None
) -> Array:
    """P(event | given), one number a draw of the network; both are observations as a person states them.

    An event on a measured marker must be a bound (`>2.5`): a density is no probability.
    """
    conditions = tables_of(network, weigh(names.knowledge, observe_person(names, given or {})))
    happening = event_tables(network, weigh(names.knowledge, observe_person(names, event)))
    everything = list(network.tables.values())
    below = infer([*everything, *conditions]).total.values
    return infer([*everything, *conditions, *happening]).total.values / below


def event_tables(network: Network, evidence: Evidence) -> list[Table]:
    """P(event | states): one-hot where a state is known, else the probabilities of bounds, levels, yes and no."""
    return [*_known_tables(network, evidence), *(Table(one.axes, np.exp(one.values)) for one in evidence.soft)]


def tables_of(network: Network, evidence: Evidence) -> list[Table]:
    """The evidence as likelihood tables of a condition: one-hot where a state is known, else its likelihoods.

    Each table is scaled so that its largest entry is 1, since readings far out have tiny densities; ratios,
    which are all that a condition uses, are untouched. An event must not be scaled.
    """
    return [
        *_known_tables(network, evidence),
        *(Table(table.axes, np.exp(table.values - _peak(table))) for table in evidence.soft),
    ]


def _known_tables(network: Network, evidence: Evidence) -> Iterable[Table]:
    for name, index in evidence.known.items():
        size = len(network.states[name])
        one_hot = np.eye(size)[:, index]
        yield Table((name,), np.where(index < 0, 1.0, one_hot))


def _peak(table: Table) -> Array:
    """Largest log likelihood in each row; 0 where every state is impossible."""
    peak: Array = table.values.max(axis=tuple(range(len(table.axes))))
    return np.where(np.isfinite(peak), peak, 0.0)
