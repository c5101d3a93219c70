"""Sections of the report on trials and associations, and on what the shared causes and the arcs beside them rest on."""

from __future__ import annotations

from collections.abc import Iterator

from bn.core.answer import interval_of
from bn.synthesis.run import Run
from cpds.records import LATENT, Trial

SPREADS = 1.96
"""Half the width of a study's 95 % interval, in its spreads."""

Row = tuple[object, ...]


def study_rows(run: Run) -> tuple[str, list[str], list[Row]]:
    """A sentence on the fitted studies, then header and rows of their table."""
    fitted = run.problem.studies
    rows: list[Row] = []
    for study, said, wanted, spread in zip(fitted.studies, run.studied, fitted.wanted, fitted.spreads, strict=True):
        low, high = interval_of(said[1:], 0.9)
        off = (said[0] - wanted) / spread
        rows.append(
            (
                study.id,
                "done" if isinstance(study, Trial) else "seen",
                study.outcome or "",
                f"{wanted:+.2f}",
                f"{spread:.2f}",
                f"{said[0]:+.2f}",
                f"{low:+.2f} to {high:+.2f}",
                f"{off:+.1f}" + ("" if abs(off) < SPREADS else " (missed)"),
            )
        )
    missed = sum(str(row[-1]).endswith("(missed)") for row in rows)
    sentence = (
        "Log odds of the worse, as `targets.md` converts them; studies pull by Student's t distribution. "
        f"{len(rows) - missed} of {len(rows)} lie inside their 95 % interval. `myorisk evidence` shows them, and those "
        "that are only checked."
    )
    return sentence, ["study", "how", "outcome", "wanted", "spread", "got", "interval", "residual"], rows


def loading_rows(run: Run) -> tuple[str, list[str], list[Row]]:
    """What decides each loading of a shared cause, and the arcs by which the same child acts on others.

    A loading and an arc tell seeing from doing only where both have been seen and done: else a prior decides.
    """
    sentence = (
        "A loading makes a mechanism *seen* tell of what it does not *do*; the arcs from it are what it does. Beside "
        "each, the ratio of its SD to the prior's (1: the prior decides, 0: the targets do) and how far it moved, in "
        "prior SDs."
    )
    return sentence, ["child", "loading", "SD ratio", "moved", "arcs from it: SD ratio, moved"], list(_loadings(run))


def _loadings(run: Run) -> Iterator[Row]:
    priors = list(run.problem.priors.values())
    shared = {name for name, one in run.problem.knowledge.variables.items() if one.role == LATENT}
    ratios = [float(run.parameters[row, 1:].std() / prior.deviation) for row, prior in enumerate(priors)]
    for row, prior in enumerate(priors):
        if prior.parent in shared:
            arcs = [
                f"{other.child} {ratios[place]:.2f}, {run.moved[place]:+.1f}"
                for place, other in enumerate(priors)
                if other.parent == prior.child
            ]
            child = "@".join([prior.child, *prior.name.split("@")[1:]])
            numbers = f"{run.parameters[row, 0]:.2f}", f"{ratios[row]:.2f}", f"{run.moved[row]:+.1f}"
            yield child, *numbers, "; ".join(arcs) or "none"
