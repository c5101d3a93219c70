"""What a marker could read: a grid of readings, and the density of each given the states of the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bn.core.evidence import Observed, weigh
from bn.engine import condition
from bn.questions.findings import Finding, independent_groups, repeated
from cpds.knowledge import Knowledge
from cpds.measurement import Readings
from cpds.records import Biomarker, Ordinal, Referred, Threshold
from cpds.strata import reaches, references
from cpds.table import Array, Table

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_TINY = 1e-300
_EXACT = np.zeros(1, dtype=np.int8)


@dataclass(frozen=True)
class Grid:
    """Readings in the canonical unit (levels: their index) and the length that each stands for.

    An integral over readings is a sum with `lengths`; they are 1 for levels and yes / no.
    """

    values: Array
    lengths: Array

    def with_reading(self, value: float) -> Grid:
        """The same grid with one more reading, which stands for no length; it comes last."""
        return Grid(np.append(self.values, value), np.append(self.lengths, 0.0))


def grid(knowledge: Knowledge, marker: Biomarker, breaks: Iterable[float] = ()) -> Grid:
    """Every reading that matters: all levels, or Gauss-Legendre nodes in pieces about half an SD long.

    Numbers reach as far as anything is left of the densities. Pieces end at `breaks` (canonical unit), at
    the ends of the informative range and at the cut, so that sums over a side of a break are exact.
    """
    if isinstance(marker, Ordinal):
        return Grid(np.arange(float(len(marker.levels))), np.ones(len(marker.levels)))
    if not isinstance(marker, Referred):
        return Grid(np.arange(2.0), np.ones(2))
    log = marker.reference.scale == "log"
    edges = _edges(knowledge, marker, np.log(list(breaks)) if log else np.array(list(breaks)))
    half = np.diff(edges)[:, None] / 2
    scaled, lengths = (edges[:-1, None] + half * (_NODES + 1)).ravel(), (half * _WEIGHTS).ravel()
    return Grid(np.exp(scaled), lengths * np.exp(scaled)) if log else Grid(scaled, lengths)


def _edges(knowledge: Knowledge, marker: Referred, breaks: Array) -> Array:
    """Ends of the pieces, rising, on the marker's scale; `breaks` too."""
    reach, piece = reaches(knowledge)[marker.id], float(np.nanmin(references(knowledge)[marker.id].sd)) / 2
    if isinstance(marker, Threshold):
        piece = min(piece, marker.within.number)
    low, high = (float(reach.far_end(np.array(-np.inf), side)) for side in (-1, 1))
    inner = np.append(breaks, reach.edges)
    ends = np.unique([low, *inner[(low < inner) & (inner < high)], high])
    counts = np.ceil(np.diff(ends) / piece).astype(int)
    pieces = zip(ends, ends[1:], counts, strict=False)
    return np.concatenate([*(np.linspace(a, b, n, endpoint=False) for a, b, n in pieces), [high]])


def densities(
    knowledge: Knowledge,
    marker: Biomarker,
    at: Grid,
    others: Mapping[str, Readings],
    known: Mapping[str, int],
    partners: int = 0,
) -> Table | None:
    """Density of each reading of the grid, axes (variable, *strata) less the known ones, readings last.

    `others` are readings that bear on this one's weight, one row each (see `companions`), `partners` the number of
    those that are correlated with it (see `discounted`). Where the reading bears on several variables, each joint
    state has its own density. None where it would not count.
    """
    rows = len(at.values) + 1
    readings = {name: repeated(reading, rows) for name, reading in others.items()}
    readings[marker.id] = Readings(np.append(at.values, np.nan), np.zeros(rows, dtype=np.int8))
    strata = {name: np.full(rows, state) for name, state in known.items()}
    changed = [
        Table(table.axes, table.values[..., :-1] - table.values[..., -1:])
        for table in weigh(knowledge, Observed(rows, {}, readings), strata).soft
        if (table.values != table.values[..., -1:]).any()
    ]
    if not changed:
        return None
    axes = tuple(dict.fromkeys(axis for table in changed for axis in table.axes))
    logs = np.sum(np.broadcast_arrays(*(table.over(axes) for table in changed)), axis=0)
    table = Table(axes, _normalized(logs, at.lengths))
    if partners and marker.panel:
        table = discounted(table, at.lengths, partners, knowledge.panels[marker.panel].rho.number)
    return condition([table], known)[0]


def companions(knowledge: Knowledge, marker: Biomarker, findings: Sequence[Finding]) -> dict[str, Readings]:
    """Readings among the findings that the density of one more depends on.

    Factors of a product and the like; not the partners of its panel, whose part `discounted` plays.
    """
    fresh = Finding(marker.id, "", marker.variable, Observed(1, {}, {marker.id: Readings(np.array([np.nan]), _EXACT)}))
    others = [finding for finding in findings if finding.id != marker.id]
    (group,) = (group for group in independent_groups(knowledge, [*others, fresh]) if fresh in group)
    partners = correlated(knowledge, marker)
    return {f.id: f.reading for f in group if f.reading and f is not fresh and f.id not in partners}


def correlated(knowledge: Knowledge, marker: Biomarker) -> frozenset[str]:
    """The other markers of its panel, where the panel's members share noise."""
    if marker.panel is None:
        return frozenset()
    return frozenset(m.id for m in knowledge.biomarkers.values() if m.panel == marker.panel and m.id != marker.id)


def discounted(density: Table, lengths: Array, partners: int, rho: float) -> Table:
    """The same marker when `partners` others of its panel, correlated by `rho`, have been read before.

    Of normal markers with one shift d and common correlation, the next one is worth a lone marker with
    shift d sqrt((1 - rho) / ((1 + (n - 1) rho) (1 + n rho))) once n are known; log likelihood ratios are
    scaled by that root, and each state's density is made to integrate to one again.
    """
    root = np.sqrt((1 - rho) / ((1 + (partners - 1) * rho) * (1 + partners * rho))) if partners else 1.0
    logs = np.log(np.maximum(density.values, _TINY))
    return Table(density.axes, _normalized(logs[:1] + root * (logs - logs[:1]), lengths))


def _normalized(logs: Array, lengths: Array) -> Array:
    """Densities whose sums with `lengths` along the last axis are 1."""
    density: Array = np.exp(logs - _log_mass(logs, lengths))
    return density


def _log_mass(logs: Array, lengths: Array) -> Array:
    """Log of the sum with `lengths` along the last axis, which is kept with length 1."""
    peak = logs.max(axis=-1, keepdims=True)
    mass: Array = peak + np.log(np.exp(logs - peak) @ lengths)[..., None]
    return mass
