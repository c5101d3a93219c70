"""What can stand next on the command line: names from the data, and states after `=`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
from click.shell_completion import CompletionItem

from bn.core.names import Names
from cpds.knowledge import Knowledge, load
from cpds.records import Biomarker, Declared, Intervention, Ordinal, Variable

Items = list[CompletionItem]
YES_NO = ("yes", "no")
Titled = Variable | Biomarker | Intervention


def findings(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """`name=` of what was not said yet; the states, levels, or yes and no, behind it."""
    knowledge = _knowledge(context)
    entries = (*knowledge.variables.values(), *knowledge.biomarkers.values())
    return _pairs(knowledge, entries, incomplete, context.params.get(str(parameter.name)) or ())


def findings_or_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """The same, and files where no name begins like that."""
    return findings(context, parameter, incomplete) or files(context, parameter, incomplete)


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Files, which the shell lists itself."""
    return [CompletionItem(incomplete, type="file")]


def treatments(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Interventions, and variables with their states."""
    knowledge = _knowledge(context)
    return [
        *_named(knowledge.interventions.values(), incomplete),
        *_pairs(knowledge, knowledge.variables.values(), incomplete),
    ]


def variables(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Variables."""
    return _named(_knowledge(context).variables.values(), incomplete)


def observables(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Variables and biomarkers."""
    knowledge = _knowledge(context)
    return _named((*knowledge.variables.values(), *knowledge.biomarkers.values()), incomplete)


def costs(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """`biomarker=`, and files where no name begins like that."""
    found = _named(_knowledge(context).biomarkers.values(), incomplete, "=")
    return found or files(context, parameter, incomplete)


def entries(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Variables, biomarkers and interventions; sources and claims where nothing else begins like that."""
    knowledge = _knowledge(context)
    titled = (*knowledge.variables.values(), *knowledge.biomarkers.values(), *knowledge.interventions.values())
    found = _named(titled, incomplete)
    if found or not incomplete:
        return found
    return [CompletionItem(name) for name in (*knowledge.claims, *knowledge.sources) if name.startswith(incomplete)]


def _knowledge(context: click.Context) -> Knowledge:
    return load(context.params.get("data"))


def _named(titled: Iterable[Titled], incomplete: str, end: str = "") -> Items:
    """Ids that begin like that; where none does, aliases without a blank."""
    told = list(titled)
    ids = [CompletionItem(entry.id + end, help=entry.title) for entry in told if entry.id.startswith(incomplete)]
    return ids or [
        CompletionItem(alias + end, help=entry.title)
        for entry in told
        for alias in entry.aliases
        if alias.startswith(incomplete) and not set(alias) & set(" =:")
    ]


def _pairs(
    knowledge: Knowledge, entries: Iterable[Variable | Biomarker], incomplete: str, given: Iterable[str] = ()
) -> Items:
    """`name=`, or `name=value` where a name stands before the `=`; the names in `given` are left out."""
    name, equals, value = incomplete.partition("=")
    names = Names(knowledge)
    if not equals:
        said = {names.find(text.partition("=")[0]) for text in given}
        return _named((entry for entry in entries if entry.id not in said), name, "=")
    found = names.find(name)
    allowed = next((entry for entry in entries if entry.id == found), None)
    return [CompletionItem(f"{name}={known}") for known in _values(allowed) if known.startswith(value)]


def _values(entry: Variable | Biomarker | None) -> Iterator[str]:
    """What can be said of an entry, unless it is a number."""
    if isinstance(entry, Variable):
        yield from entry.states
    elif isinstance(entry, Ordinal):
        yield from (level.id for level in entry.levels)
    elif isinstance(entry, Declared):
        yield from YES_NO
