"""Rules for the names of columns: they mean what the network knows, in a unit and codes that it reads."""

from __future__ import annotations

from collections.abc import Iterator

from cpds.knowledge import Knowledge, nearest
from cpds.records import Quantity
from cpds.units import ReadingError, conversion

FILE = "column_words.toml: column_word"


def meanings(knowledge: Knowledge) -> Iterator[str]:
    """What a column may mean is a variable, a biomarker or a part, and its unit is one of those."""
    known = {**knowledge.variables, **knowledge.biomarkers, **knowledge.parts}
    for word in knowledge.column_words.values():
        if word.meaning is None:
            continue
        if word.meaning not in known:
            hint = nearest(word.meaning, list(known))
            yield f"{FILE} {word.id}: meaning: unknown '{word.meaning}'{hint}"
        elif word.unit:
            marker = _measured(knowledge, word.meaning)
            try:
                if marker is None:
                    yield f"{FILE} {word.id}: unit: {word.meaning} has none; remove it"
                else:
                    conversion(marker, word.unit)
            except ReadingError as error:
                yield f"{FILE} {word.id}: unit: {error}"


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
    for word in knowledge.column_words.values():
        for key in ("names", "words"):
            for text in getattr(word, key):
                other = seen.setdefault(f"{key} {text.lower()}", word.id)
                if other != word.id:
                    yield f"{FILE} {word.id}: {key}: '{text}' stands in {other} too; keep one"


def sources(knowledge: Knowledge) -> Iterator[str]:
    """A named source is listed among the sources."""
    for word in knowledge.column_words.values():
        if word.source and word.source not in knowledge.sources:
            yield f"{FILE} {word.id}: source: unknown '{word.source}'{nearest(word.source, list(knowledge.sources))}"


RULES = (meanings, named_once, sources)
