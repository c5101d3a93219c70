"""Rules for numbers: each has a basis, its source was opened, and a conversion gives what the file says."""

from __future__ import annotations

import inspect
import math
import tomllib
from collections.abc import Callable, Iterator
from types import ModuleType

from cpds import distributions, effects
from cpds.knowledge import Knowledge, nearest
from cpds.records import Figure, Provenance, Stratum, provenances

COMPUTED = "nhanes"
TOLERANCE = 5e-3
CORRECT = "correct it, or give the number a basis and source of its own"


def numbers(knowledge: Knowledge) -> Iterator[tuple[str, Provenance]]:
    """Every number of the knowledge with the file and key where it stands."""
    folders = {
        "variables": knowledge.variables,
        "biomarkers": knowledge.biomarkers,
        "interventions": knowledge.interventions,
    }
    for folder, records in folders.items():
        for name, record in records.items():
            yield from _inside(record, f"{folder}/{name}.toml:")
    for name, panel in knowledge.panels.items():
        yield from _inside(panel, f"panels.toml: panel {name}:")
    for name, grade in knowledge.grades.items():
        yield f"grades.toml: grade {name}", grade
    for name, setting in knowledge.settings.items():
        yield f"settings.toml: setting {name}", setting
    for name, definition in knowledge.definitions.items():
        yield from _inside(definition, f"definitions.toml: definition {name}:")
    for name, target in knowledge.targets.items():
        yield f"targets.toml: target {name}", target


def _inside(value: object, where: str) -> Iterator[tuple[str, Provenance]]:
    return ((" ".join([where, *path]), number) for path, number in provenances(value))


def sources(knowledge: Knowledge) -> Iterator[str]:
    """A named source is listed among the sources."""
    for where, number in numbers(knowledge):
        if number.source and number.source not in knowledge.sources:
            hint = nearest(number.source, list(knowledge.sources))
            yield f"{where}: source: unknown '{number.source}'{hint}; add it to sources.toml"


def located(knowledge: Knowledge) -> Iterator[str]:
    """A figure from the review says where in it; one from the survey equals the computed figure that it names."""
    computed = survey_figures(knowledge)
    for where, number in numbers(knowledge):
        if number.basis not in ("reported", "converted"):
            continue
        if number.source in ("review", COMPUTED) and not number.locator:
            yield f"{where}: locator: missing; name the section and bracket, or the computed figure"
        elif number.source == COMPUTED and number.basis == "reported":
            yield from _computed(where, number, computed)


def _computed(where: str, number: Provenance, computed: dict[str, float]) -> Iterator[str]:
    locator = str(number.locator)
    if isinstance(number, Stratum):
        stem, unweighted, _ = locator.partition(".unweighted")
        for part in ("mean", "sd"):
            name = f"{stem}.{part}{unweighted}"
            if name not in computed:
                yield f"{where}: locator: no computed figure '{name}'{nearest(name, list(computed))}"
                return
        mean, sd = computed[f"{stem}.mean{unweighted}"], computed[f"{stem}.sd{unweighted}"]
        if (
            abs(number.sd - sd) > 1e-3 * sd
            or min(abs(number.center / math.exp(mean) - 1), abs(number.center / mean - 1)) > 1e-3
        ):
            yield (
                f"{where}: center {number.center} and sd {number.sd} differ from the computed figure '{locator}', mean "
                f"{mean} and sd {sd}; {CORRECT}"
            )
        return
    if locator not in computed:
        yield f"{where}: locator: no computed figure '{locator}'{nearest(locator, list(computed))}"
        return
    stated = getattr(number, "value", None)
    stated = number.values[0] if stated is None and hasattr(number, "values") else stated
    if isinstance(stated, float) and abs(stated - computed[locator]) > 1e-6 * max(1.0, abs(stated)):
        yield f"{where}: value: found {stated}, but the computed figure '{locator}' is {computed[locator]}; {CORRECT}"


def survey_figures(knowledge: Knowledge) -> dict[str, float]:
    """Figures computed from the survey, by id."""
    document = tomllib.loads((knowledge.root / f"{COMPUTED}.toml").read_text(encoding="utf-8"))
    return {figure["id"]: figure["value"] for figure in document["figure"]}


def conversions(knowledge: Knowledge) -> Iterator[str]:
    """A converted value is what its conversion gives for its inputs."""
    known = {**_functions(effects), **_functions(distributions)}
    for where, number in numbers(knowledge):
        if number.basis != "converted":
            continue
        function = known.get(str(number.conversion))
        if function is None:
            yield f"{where}: conversion: unknown '{number.conversion}'{nearest(str(number.conversion), list(known))}"
            continue
        try:
            result = function(**number.inputs)
        except (TypeError, ValueError) as error:
            yield f"{where}: inputs: {error}"
            continue
        stated = (number.center, number.sd) if isinstance(number, Stratum) else (getattr(number, "value", None),)
        given = result if isinstance(result, tuple) else (result,)
        for found, expected in zip(stated, given, strict=False):
            if found is None or abs(found - expected) > TOLERANCE * max(abs(expected), 1e-3):
                yield f"{where}: found {found}, but {number.conversion} gives {expected:.6g}; correct inputs or value"


def _functions(module: ModuleType) -> dict[str, Callable[..., object]]:
    return {name: f for name, f in inspect.getmembers(module, inspect.isfunction) if f.__module__ == module.__name__}


def grades(knowledge: Knowledge) -> Iterator[str]:
    """A graded number names a grade of the table."""
    for where, number in numbers(knowledge):
        if number.basis == "graded" and number.grade not in knowledge.grades:
            yield f"{where}: grade: unknown '{number.grade}'{nearest(str(number.grade), list(knowledge.grades))}"


def spreads(knowledge: Knowledge) -> Iterator[str]:
    """Every parameter has a prior: a value with a spread or an interval."""
    for variable in knowledge.variables.values():
        for figure in (*variable.intercepts, *(effect for parent in variable.parents for effect in parent.figures)):
            if isinstance(figure, Figure) and figure.basis != "graded" and figure.spread is None and figure.low is None:
                where = f"variables/{variable.id}.toml: value {figure.value}"
                yield f"{where}: spread: missing; a prior needs spread, or low and high"


RULES = (sources, located, conversions, grades, spreads)
