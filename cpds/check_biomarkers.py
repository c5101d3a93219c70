"""Rules for the biomarkers and their panels; each reads the knowledge and yields problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cpds.knowledge import Knowledge, nearest
from cpds.records import Binned, Declared, Graded, Measured, Ordinal, Quantity, Referred, Threshold
from cpds.units import ReadingError, accepted_units, conversion

TOLERANCE = 1e-9


def names(knowledge: Knowledge) -> Iterator[str]:
    """A marker's variable, panel and claims exist."""
    for marker in knowledge.biomarkers.values():
        if marker.variable not in knowledge.variables:
            yield _unknown(marker.id, "variable", marker.variable, list(knowledge.variables))
        if marker.panel is not None and marker.panel not in knowledge.panels:
            yield _unknown(marker.id, "panel", marker.panel, list(knowledge.panels))
        for claim in marker.claims:
            if claim not in knowledge.claims:
                yield _unknown(marker.id, "claims", claim, list(knowledge.claims))


def derived(knowledge: Knowledge) -> Iterator[str]:
    """What voids a marker or is implied is declared; a product's factors are quantities, and it has a tolerance."""
    for marker in knowledge.biomarkers.values():
        for key, wanted, others in (
            ("voided_by", Declared, marker.voided_by),
            ("implies", Declared, getattr(marker, "implies", ())),
            ("product_of", Quantity, getattr(marker, "product_of", ())),
        ):
            for other in others:
                if other not in knowledge.biomarkers:
                    yield _unknown(marker.id, key, other, list(knowledge.biomarkers))
                elif not isinstance(knowledge.biomarkers[other], wanted):
                    kind = knowledge.biomarkers[other].kind
                    yield f"{_file(marker.id)}: {key}: '{other}' is {kind}; name another marker"
        if isinstance(marker, Threshold) and bool(marker.product_of) != (marker.tolerance is not None):
            yield (
                f"{_file(marker.id)}: tolerance: goes with product_of, and only with it; it says how far the product "
                "may lie from its factors"
            )


def panels(knowledge: Knowledge) -> Iterator[str]:
    """Members measure their panel's variable; no panel is empty."""
    for panel in knowledge.panels.values():
        if not any(marker.panel == panel.id for marker in knowledge.biomarkers.values()):
            yield f"panels.toml: {panel.id}: no marker belongs to it; remove it or name it in a marker's file"
    for marker in knowledge.biomarkers.values():
        joined = knowledge.panels.get(str(marker.panel))
        if joined and joined.variable != marker.variable:
            yield (
                f"{_file(marker.id)}: panel: '{joined.id}' is about {joined.variable}, the marker about "
                f"{marker.variable}; choose another panel or variable"
            )
        if joined and isinstance(marker, Binned):
            yield f"{_file(marker.id)}: panel: a binned marker names its state with certainty; remove its panel"


def states(knowledge: Knowledge) -> Iterator[str]:
    """Markers that split people in two measure a variable with two states; a binned one has a scale."""
    for marker in knowledge.biomarkers.values():
        variable = knowledge.variables.get(marker.variable)
        if variable is None:
            continue
        of_everyone = isinstance(marker, Measured) and marker.reference.of == "everyone"
        splits = isinstance(marker, Threshold) or of_everyone
        if splits and len(variable.states) != 2:
            yield (
                f"{_file(marker.id)}: kind: {variable.id} has {len(variable.states)} states, a {marker.kind} marker "
                "with this reference needs two; use 'graded', 'ordinal', or 'measured' of the first state"
            )
        if isinstance(marker, Referred) and (marker.reference.of == "each") != isinstance(marker, Graded):
            yield f"{_file(marker.id)}: reference.of: 'each' goes with kind 'graded', and only with it"
        if isinstance(marker, Declared) and len(marker.yes.probabilities) != len(variable.states):
            yield f"{_file(marker.id)}: yes: needs a probability for each of {', '.join(variable.states)}"
        if isinstance(marker, Binned) and variable.scale is None:
            yield f"{_file(marker.id)}: kind: {variable.id} has no numeric scale to bin by; choose another kind"


def levels(knowledge: Knowledge) -> Iterator[str]:
    """The levels of an ordinal marker have probabilities for every state that sum to 1 over the levels."""
    for marker in knowledge.biomarkers.values():
        if not isinstance(marker, Ordinal) or marker.variable not in knowledge.variables:
            continue
        wanted = knowledge.variables[marker.variable].states
        counts = {len(level.probabilities) for level in marker.levels}
        if counts != {len(wanted)}:
            yield f"{_file(marker.id)}: levels: need a probability for each of {', '.join(wanted)}"
            continue
        if len({level.id for level in marker.levels}) != len(marker.levels):
            yield f"{_file(marker.id)}: levels: two levels share an id; give each its own"
        for position, state in enumerate(wanted):
            total = sum(level.probabilities[position] for level in marker.levels)
            if abs(total - 1) > TOLERANCE:
                yield (
                    f"{_file(marker.id)}: levels: probabilities given '{state}' sum to {total:.10g}, expected 1; "
                    "correct them, nothing is rescaled"
                )


def figures(knowledge: Knowledge) -> Iterator[str]:
    """Shares and errors are probabilities, shifts positive, cuts accepted, within-person SDs below the reference's."""
    for marker in knowledge.biomarkers.values():
        share = getattr(marker, "share", None)
        if share is not None and not 0 < share.number < 1:
            yield f"{_file(marker.id)}: share: found {share.number}, expected a share between 0 and 1"
        if isinstance(marker, Measured) and not marker.shift.number > 0:
            yield f"{_file(marker.id)}: shift: found {marker.shift.number}, expected above 0; `direction` says where to"
        if isinstance(marker, Threshold):
            yield from _cut(marker)
        if isinstance(marker, Threshold) and marker.tolerance and not marker.tolerance.number > 0:
            yield f"{_file(marker.id)}: tolerance: found {marker.tolerance.number}, expected above 0"
        if isinstance(marker, Threshold) and not 0 < marker.error.number < 0.5:
            yield f"{_file(marker.id)}: error: found {marker.error.number}, expected between 0 and 0.5"
    for panel in knowledge.panels.values():
        if not 0 <= panel.rho.number < 1:
            yield f"panels.toml: {panel.id}: rho: found {panel.rho.number}, expected between 0 and 1"


def ranges(knowledge: Knowledge) -> Iterator[str]:
    """On a log scale nothing accepted is zero or less; what is informative can be read."""
    for marker in _referred(knowledge):
        low, high = marker.accepted
        if marker.reference.scale == "log" and low <= 0:
            yield f"{_file(marker.id)}: accepted: starts at {low:g}, but a log scale needs values above 0"
        informative = marker.informative if isinstance(marker, Measured) else None
        if informative and not low <= informative[0] < informative[1] <= high:
            yield f"{_file(marker.id)}: informative: {list(informative)} does not rise within {list(marker.accepted)}"


def units(knowledge: Knowledge) -> Iterator[str]:
    """Every unit that a marker accepts can be converted; factors are positive and offsets have one."""
    for marker in knowledge.biomarkers.values():
        if not isinstance(marker, Quantity):
            continue
        for unit in accepted_units(marker):
            try:
                multiplier, _ = conversion(marker, unit)
            except ReadingError as error:
                yield f"{_file(marker.id)}: units: {error}"
                continue
            if not multiplier > 0:
                yield f"{_file(marker.id)}: factors: '{unit}' has factor {multiplier:g}, expected above 0"
        for unit in marker.offsets:
            if unit not in marker.factors:
                yield f"{_file(marker.id)}: offsets: '{unit}' has no factor; add it under [factors]"


def _cut(marker: Threshold) -> Iterator[str]:
    low, high = marker.accepted
    if not low <= marker.cut.number <= high:
        yield f"{_file(marker.id)}: cut: {marker.cut.number:g} lies outside accepted {low:g} to {high:g}"
    narrowest = min(stratum.sd for stratum in marker.reference.strata)
    if not 0 < marker.within.number < narrowest:
        yield (
            f"{_file(marker.id)}: within: found {marker.within.number:g}, expected between 0 and {narrowest:g}, "
            "the smallest SD of the reference: one person varies less than people do"
        )


def _referred(knowledge: Knowledge) -> Iterator[Referred]:
    for marker in knowledge.biomarkers.values():
        if isinstance(marker, Referred):
            yield marker


def _file(name: str) -> str:
    return f"biomarkers/{name}.toml"


def _unknown(name: str, key: str, found: str, known: list[str]) -> str:
    return f"{_file(name)}: {key}: unknown '{found}'{nearest(found, known)}; correct it or add its file"


RULES: tuple[Callable[[Knowledge], Iterator[str]], ...] = (
    names,
    derived,
    panels,
    states,
    levels,
    figures,
    ranges,
    units,
)
