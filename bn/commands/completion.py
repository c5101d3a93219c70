"""What can stand next on the command line: names from the data and their states, told as each shell asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ZshComplete,
    add_completion_class,
    shell_complete,
    split_arg_string,
)

from bn.core.names import Names
from cpds.knowledge import Knowledge, KnowledgeError, load
from cpds.records import LATENT, Biomarker, Declared, Intervention, Ordinal, Variable

Items = list[CompletionItem]
YES_NO = ("yes", "no")
Titled = Variable | Biomarker | Intervention


def findings(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """`name=` of what was not said yet; the states, levels, or yes and no, behind it."""
    knowledge = _knowledge(context)
    return _pairs(knowledge, _observable(knowledge), incomplete, context.params.get(str(parameter.name)) or ())


def findings_or_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """The same, and files where no name begins like that."""
    return findings(context, parameter, incomplete) or files(context, parameter, incomplete)


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Files, which the shell lists itself."""
    return [CompletionItem(incomplete, type="file")]


def dictionaries_or_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Dictionaries of columns, and files where no name begins like that."""
    known = _knowledge(context).dictionaries.values()
    named = [CompletionItem(one.id, help=one.title) for one in known if one.id.startswith(incomplete)]
    return named or files(context, parameter, incomplete)


def treatments(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Interventions, and variables with their states."""
    knowledge = _knowledge(context)
    return [
        *_named(knowledge.interventions.values(), incomplete),
        *_pairs(knowledge, _variables(knowledge), incomplete),
    ]


def variables(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Variables."""
    return _named(_variables(_knowledge(context)), incomplete)


def observables(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Variables and biomarkers."""
    return _named(_observable(_knowledge(context)), incomplete)


def costs(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """`biomarker=`, and files where no name begins like that."""
    found = _named(_knowledge(context).biomarkers.values(), incomplete, "=")
    return found or files(context, parameter, incomplete)


def populations_or_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Shipped populations; files where no name begins like that."""
    from cpds.populations import every

    found = [CompletionItem(one.name, help=one.title) for one in every(_knowledge(context))]
    return [item for item in found if item.value.startswith(incomplete)] or files(context, parameter, incomplete)


def definitions(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Definitions."""
    return [
        CompletionItem(name, help=one.title)
        for one in _knowledge(context).definitions.values()
        for name in (one.id, *one.aliases)
        if name.startswith(incomplete)
    ]


def studied(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Whatever some trial or study is about."""
    from cpds.study_rule import things_studied

    knowledge = _knowledge(context)
    about = things_studied(knowledge)
    titled = (*knowledge.interventions.values(), *knowledge.variables.values(), *knowledge.biomarkers.values())
    pending = [CompletionItem(name) for name in knowledge.pending if name in about and name.startswith(incomplete)]
    return [*_named((entry for entry in titled if entry.id in about), incomplete), *pending]


def entries(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Variables, biomarkers and interventions; sources and claims where nothing else begins like that."""
    knowledge = _knowledge(context)
    titled = (*knowledge.variables.values(), *knowledge.biomarkers.values(), *knowledge.interventions.values())
    found = _named(titled, incomplete)
    if found or not incomplete:
        return found
    return [CompletionItem(name) for name in (*knowledge.claims, *knowledge.sources) if name.startswith(incomplete)]


def _variables(knowledge: Knowledge) -> tuple[Variable, ...]:
    """Those that can be observed and set."""
    return tuple(variable for variable in knowledge.variables.values() if variable.role != LATENT)


def _observable(knowledge: Knowledge) -> tuple[Variable | Biomarker, ...]:
    return *_variables(knowledge), *knowledge.biomarkers.values()


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


BREAKS = "=:"
"""Where Bash ends a word, unless it says otherwise."""

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' response completion type value
    response=$(env COMP_WORDS="${COMP_LINE:0:$COMP_POINT}" COMP_BREAKS="$COMP_WORDBREAKS" \
%(complete_var)s=bash_complete "$1")
    COMPREPLY=()
    for completion in $response; do
        IFS=',' read -r type value <<< "$completion"
        if [[ $type == dir ]]; then
            compopt -o dirnames
        elif [[ $type == file ]]; then
            compopt -o default
        elif [[ $type == plain ]]; then
            [[ $value == *= ]] && compopt -o nospace
            COMPREPLY+=("$value")
        fi
    done
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a response whole open
    local type key help
    (( ! $+commands[%(prog_name)s] )) && return 1
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
%(complete_var)s=zsh_complete %(prog_name)s)}")
    for type key help in ${response}; do
        if [[ "$type" == dir ]]; then
            _path_files -/
        elif [[ "$type" == file ]]; then
            _path_files -f
        elif [[ "$type" == plain ]]; then
            [[ "$help" == _ ]] && help="" || help=":$help"
            if [[ "$key" == *= ]]; then open+=("$key$help"); else whole+=("$key$help"); fi
        fi
    done
    (( $#whole )) && _describe -V whole whole -U
    (( $#open )) && _describe -V open open -U -S ''
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""


@add_completion_class
class Bash(BashComplete):
    """Bash ends a word at `=` and replaces only what stands behind, so the line is read here, and values are cut."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """Whole words before the cursor, and the one that the cursor stands at the end of."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)[1:]
        return (words, "") if not words or line[-1:].isspace() else (words[:-1], words[-1])

    def format_completion(self, item: CompletionItem) -> str:
        """Without what stands before the last break of the word, which Bash keeps."""
        _, word = self.get_completion_args()
        breaks = set(BREAKS) & set(os.environ.get("COMP_BREAKS", BREAKS))
        kept = max((word.rfind(mark) + 1 for mark in breaks), default=0)
        return f"{item.type},{item.value.removeprefix(word[:kept])}"


@add_completion_class
class Zsh(ZshComplete):
    """Zsh with names that stay open; `_describe` ends a name at a colon, with a description or without."""

    source_template = _ZSH

    def format_completion(self, item: CompletionItem) -> str:
        """Type, value and description, a line each."""
        return "\n".join((item.type, item.value.replace(":", "\\:"), item.help or "_"))


def complete(app: click.Command, variable: str, instruction: str) -> int:
    """Answer a shell, whose `variable` holds what it asks for, such as `bash_source` or `zsh_complete`; the exit code.

    Broken data have no names to offer.
    """
    try:
        return shell_complete(app, {}, "myorisk", variable, instruction)
    except KnowledgeError:
        return 1
