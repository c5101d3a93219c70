"""The executed review: every claim put to the network, and what came of it.

What makes a test more than a repetition: an arc that the review asserts keeps its sign, so most claims
of a sign come out true by construction, and the table says so. A claim counts as `by construction` when
all directed paths between its ends carry asserted signs with the same product; then no data could have
made it fail. Everything that runs through an arc without an asserted sign (all that age does through
adiposity and activity), every association, and every figure could have come out otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from bn.claims import figures, trials
from bn.claims.figures import execute_row
from bn.claims.scene import Scene
from bn.claims.trials import Trial
from bn.claims.verdict import Kind, Outcome, Verdict
from bn.core.model import Network
from cpds.knowledge import Knowledge
from cpds.pointers import Pointer, parse_pointers
from cpds.records import Claim

_BY_POINTER = {
    "arc": trials.direct,
    "total": trials.total,
    "lagged": trials.lagged,
    "biomarker": trials.observe,
    "intervention": trials.apply,
    "target": figures.target,
    "variable": trials.define,
}


def execute(network: Network, knowledge: Knowledge, claims: Iterable[str] | None = None) -> tuple[Verdict, ...]:
    """Verdicts on all claims, or on those named, in their order; at the network's first batch entry."""
    scene = Scene(knowledge, network)
    wanted = knowledge.claims if claims is None else claims
    return tuple(verdict for name in wanted for verdict in _verdicts(scene, knowledge.claims[name]))


def execute_contrary(network: Network, knowledge: Knowledge) -> tuple[Verdict, ...]:
    """Verdicts on the null and opposite figures of the wider literature."""
    scene = Scene(knowledge, network)
    return tuple(execute_row(scene, row) for row in knowledge.contrary)


def record(network: Network, knowledge: Knowledge) -> dict[str, list[dict[str, Any]]]:
    """All verdicts, as JSON takes them."""
    return {
        "claims": [asdict(one) for one in execute(network, knowledge)],
        "contrary": [asdict(one) for one in execute_contrary(network, knowledge)],
    }


def _verdicts(scene: Scene, claim: Claim) -> Iterator[Verdict]:
    """One verdict for each thing that encodes the claim, one for its figure, or one that nothing is executed."""
    if claim.status in ("context", "not_encodable"):
        yield Verdict(claim.id, claim.status, "none", "not executable", reason=claim.reason or "")
        return
    printed = [figure for figure in scene.knowledge.age_figures if figure.claim == claim.id]
    pointers = parse_pointers(claim.encoded_as)
    for pointer in pointers:
        yield from _tests(Trial(scene, claim, pointer), pointers, figures_too=bool(printed))
    yield from (figures.reading(scene, claim, figure) for figure in printed)


def _tests(trial: Trial, pointers: tuple[Pointer, ...], *, figures_too: bool) -> Iterator[Verdict]:
    pointer = trial.pointer
    if pointer.kind == "parameter":
        yield trials.direct(trial) if len(pointer.knots) == 2 else figures.onset(trial)
        return
    if pointer.kind == "biomarker" and figures_too:
        return
    if pointer.kind == "intervention" and any(other.kind == "lagged" for other in pointers):
        return
    if trial.associates and pointer.kind in ("total", "lagged"):
        yield trials.associate(trial, pointer.parent, pointer.child)
        return
    yield _BY_POINTER[pointer.kind](trial)
    if trial.associates and pointer.kind == "arc":
        yield trials.associate(trial, pointer.parent, pointer.child)
    if pointer.kind == "intervention":
        left = figures.blockade(trial)
        if left:
            yield left


__all__ = ["Kind", "Outcome", "Verdict", "execute", "execute_contrary", "record"]
