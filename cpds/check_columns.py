"""Rules for names of columns, and for parts and the findings derived from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cpds.deriving import OF_DATES, arguments
from cpds.knowledge import Knowledge, nearest
from cpds.records import Quantity
from cpds.text import plain
from cpds.units import ReadingError, accepted_units, conversion


def names(knowledge: Knowledge) -> Iterator[str]:
    """No id or alias of a part stands for anything else."""
    owners: dict[str, str] = {}
    for entry in (*knowledge.variables.values(), *knowledge.biomarkers.values()):
        owners.update({plain(name): entry.id for name in (entry.id, *entry.aliases)})
    for part in knowledge.parts.values():
        for name in (part.id, *part.aliases):
            owner = owners.setdefault(plain(name), part.id)
            if owner != part.id:
                yield f"parts.toml: part {part.id}: '{name}' already stands for {owner}; keep it in one place"


def units(knowledge: Knowledge) -> Iterator[str]:
    """Every unit that a part accepts can be converted, by a positive factor."""
    for part in knowledge.parts.values():
        for unit in accepted_units(part.quantity) if part.quantity else ():
            try:
                multiplier, _ = conversion(part.quantity, unit)  # type: ignore[arg-type]  # it has a unit
            except ReadingError as error:
                yield f"parts.toml: part {part.id}: units: {error}"
                continue
            if not multiplier > 0:
                yield f"parts.toml: part {part.id}: factors: '{unit}' has factor {multiplier:g}, expected above 0"


def use(knowledge: Knowledge) -> Iterator[str]:
    """Every part serves some finding, and no part two of them."""
    served: dict[str, str] = {}
    for derivation in knowledge.derivations.values():
        for part in derivation.of.values():
            if served.setdefault(part, derivation.id) != derivation.id:
                yield f"derivations.toml: {derivation.id}: of: '{part}' already serves {served[part]}; one is enough"
    for name in knowledge.parts:
        if name not in served:
            yield f"parts.toml: part {name}: nothing is derived from it; remove it or name it in derivations.toml"


def derivations(knowledge: Knowledge) -> Iterator[str]:
    """What is derived takes numbers; its rule gets the arguments it has, of the kind it takes; figures are positive."""
    for derivation in knowledge.derivations.values():
        where = f"derivations.toml: {derivation.id}"
        marker, variable = knowledge.biomarkers.get(derivation.id), knowledge.variables.get(derivation.id)
        if marker is None and variable is None:
            hint = nearest(derivation.id, [*knowledge.biomarkers, *knowledge.variables])
            yield f"{where}: id: unknown finding{hint}; name a biomarker or a variable"
        elif not (isinstance(marker, Quantity) or (variable and variable.scale)):
            yield f"{where}: id: takes no numbers; name a biomarker with a unit or a variable with a scale"
        wanted = arguments(derivation.rule)
        if set(derivation.of) != set(wanted):
            yield f"{where}: of: {derivation.rule} takes {', '.join(wanted)}, found {', '.join(derivation.of)}"
        for part in derivation.of.values():
            if part not in knowledge.parts:
                yield f"{where}: of: unknown part '{part}'{nearest(part, list(knowledge.parts))}; correct it or add it"
            elif (knowledge.parts[part].unit is None) != (derivation.rule in OF_DATES):
                kind = "dates" if derivation.rule in OF_DATES else "numbers"
                yield f"{where}: of: {derivation.rule} takes {kind}, and '{part}' is none; name another part"
        for key, figure in (("factor", derivation.factor), ("tolerance", derivation.tolerance)):
            if figure is not None and not figure.number > 0:
                yield f"{where}: {key}: found {figure.number:g}, expected above 0"


def meanings(knowledge: Knowledge) -> Iterator[str]:
    """What a column may mean is a variable, a biomarker or a part, and its unit is one of those."""
    known = {**knowledge.variables, **knowledge.biomarkers, **knowledge.parts}
    for where, word in knowledge.column_entries:
        if word.meaning is None:
            continue
        if word.meaning not in known:
            hint = nearest(word.meaning, list(known))
            yield f"{where}: meaning: unknown '{word.meaning}'{hint}"
        elif word.unit:
            marker = _measured(knowledge, word.meaning)
            try:
                if marker is None:
                    yield f"{where}: unit: {word.meaning} has none; remove it"
                else:
                    conversion(marker, word.unit)
            except ReadingError as error:
                yield f"{where}: unit: {error}"


def _measured(knowledge: Knowledge, name: str) -> Quantity | None:
    """What reads numbers under a name: a biomarker, a part, a variable with a scale."""
    if name in knowledge.parts:
        return knowledge.parts[name].quantity
    scale = knowledge.variables[name].scale if name in knowledge.variables else None
    if scale is not None:
        return Quantity(
            id=name,
            title=name,
            variable=name,
            tissue="",
            direction="+",
            note="",
            unit=scale.unit,
            accepted=scale.accepted,
        )
    marker = knowledge.biomarkers.get(name)
    return marker if isinstance(marker, Quantity) else None


def named_once(knowledge: Knowledge) -> Iterator[str]:
    """A whole name stands in one entry, and so does a word."""
    seen: dict[str, str] = {}
    for where, word in knowledge.column_entries:
        for key in ("names", "words"):
            for text in getattr(word, key):
                other = seen.setdefault(f"{key} {text.lower()}", word.id)
                if other != word.id:
                    yield f"{where}: {key}: '{text}' stands in {other} too; keep one"


def by_names(knowledge: Knowledge) -> Iterator[str]:
    """A dictionary goes by whole names."""
    for dictionary in knowledge.dictionaries.values():
        for word in dictionary.columns:
            if word.words or word.use not in ("means", "warns"):
                where = f"dictionaries/{dictionary.id}.toml: columns: {word.id}"
                yield f"{where}: a dictionary takes names that mean or warn"


def codes(knowledge: Knowledge) -> Iterator[str]:
    """No code says two things."""
    for where, word in knowledge.column_entries:
        for code in set(word.values) & set(word.missing):
            yield f"{where}: missing: code {code} stands in values too; keep one"


def sources(knowledge: Knowledge) -> Iterator[str]:
    """A named source is listed among the sources."""
    for where, word in knowledge.column_entries:
        if word.source and word.source not in knowledge.sources:
            yield f"{where}: source: unknown '{word.source}'{nearest(word.source, list(knowledge.sources))}"


RULES: tuple[Callable[[Knowledge], Iterator[str]], ...] = (
    meanings,
    named_once,
    by_names,
    codes,
    sources,
    names,
    units,
    use,
    derivations,
)
