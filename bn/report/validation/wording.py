"""What every telling of a validation shares: numbers as text, the flow of the rows, and sections of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from bn.cohort.reading.summary import counted
from bn.report.text import sentence
from bn.validation.result import MEASURES, Estimate, Group, Performance

if TYPE_CHECKING:
    from bn.validation.result import Flow, Validation

COLUMNS = ("observed", "predicted", "auc", "intercept", "slope", "ici", "brier")
"""Measures of a row of a table of groups."""
HEADS = ("observed", "predicted", "AUC", "intercept", "slope", "ICI", "Brier")
"""What they are called where there is little room: the intercept is calibration in the large."""
SIGNED = {"intercept"}
MORE = "AUC of the network less"
FEW = "too few people of either kind"
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def number(name: str, value: float | None) -> str:
    """A measure to three decimals, with its sign where it may be negative; empty where there is none."""
    if value is None or value != value:
        return ""
    return f"{value:+.3f}" if name in SIGNED else f"{value:.3f}"


def interval(name: str, found: Estimate | None) -> str:
    """Both ends, empty where there are none."""
    if found is None or found.low is None or found.high is None:
        return ""
    return f"{number(name, found.low)} to {number(name, found.high)}"


def value(name: str, performance: Performance) -> str:
    """A measure by itself, empty where there is none."""
    found = performance.measures.get(name)
    return number(name, found.value) if found else ""


def difference(found: Estimate) -> str:
    """A difference with its sign and interval."""
    return f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


def with_interval(name: str, performance: Performance) -> str:
    """A measure and its interval in brackets."""
    ends = interval(name, performance.measures.get(name))
    return value(name, performance) + (f" ({ends})" if ends else "")


def overall_rows(found: Validation) -> list[tuple[str, str, str]]:
    """Title, value and interval of each measure in all people."""
    measures = found.overall.measures
    return [
        (title, number(name, measures[name].value), interval(name, measures[name]))
        for name, title in MEASURES.items()
        if name in measures
    ]


def flow_lines(flow: Flow) -> list[str]:
    """What became of the rows, a line each."""
    lines = [f"{counted(flow.read, 'row')} read"]
    if flow.failed:
        lines.append(f"{flow.failed} with errors")
    lines += [f"{count} without the outcome: {reason}" for reason, count in flow.without.items()]
    lines += [f"{count} without a probability: {reason}" for reason, count in flow.unpredicted.items()]
    if flow.weightless:
        lines.append(f"{flow.weightless} with weight 0")
    return [*lines, f"{flow.used} used"]


def input_lines(found: Validation) -> list[str]:
    """Each input with how many people lack it, then what was left out and why."""
    n = max(found.overall.n, 1)
    lines = [
        f"{name}: in all" if count == n else f"{name}: missing in {n - count} of {n} ({1 - count / n:.1%})"
        for name, count in found.inputs.items()
    ]
    if found.speaking:
        lines.append(f"left out, since they speak of the outcome: {', '.join(found.speaking)}")
    if found.left_out:
        lines.append(f"left out on request: {', '.join(found.left_out)}")
    return lines


def outcome_lines(found: Validation) -> list[str]:
    """What each criterion is about, after the title of a definition of several."""
    return [found.outcome, *found.criteria] if len(found.criteria) > 1 else list(found.criteria)


def interval_line(found: Validation) -> str:
    """How intervals were made, and what has none."""
    measures = found.overall.measures.items()
    bare = [MEASURES[name] for name, one in measures if one.low is None]
    return f"{found.intervals}." + (f" From resamples only: {', '.join(bare)}." if bare else "")


def group_rows(found: Validation, told: Callable[[str, Performance], str] = with_interval) -> Iterator[tuple[str, ...]]:
    """People, n, events and `COLUMNS`, all people first; a single text in place of measures where there are too few."""
    for group in (Group("", "all", found.overall), *found.groups):
        one = group.performance
        title = f"{group.by.replace('_', ' ')}: {group.group}" if group.by else group.group
        yield title, str(one.n), str(one.events), *([told(name, one) for name in COLUMNS] if one.measures else [FEW])


def reference_rows(found: Validation) -> list[tuple[str, ...]]:
    """Each reference model with `COLUMNS`, and how much higher the network's AUC is."""
    return [
        (one.title, *(value(name, one.performance) for name in COLUMNS), difference(one.auc_difference))
        for one in found.references
    ]


def decision_rows(found: Validation) -> Iterator[tuple[str, ...]]:
    """Threshold, then net benefit of the network, of acting on everybody, and of each reference model."""
    curve = found.decision
    for threshold in THRESHOLDS:
        at = int(np.argmin(np.abs(curve.thresholds - threshold)))
        every = (curve.model, curve.everybody, *(one.net_benefit for one in found.references))
        yield f"{threshold:.1f}", *(f"{one[at]:.3f}" for one in every)


def note_lines(found: Validation) -> list[str]:
    """Each note as a sentence."""
    return [sentence(note) for note in found.notes]
