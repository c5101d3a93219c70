"""How shells ask what can stand next: `name=` stays open for its value, whatever a shell takes for a word."""

from __future__ import annotations

import os

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ZshComplete,
    add_completion_class,
    shell_complete,
    split_arg_string,
)

from bn.commands.app import app
from cpds.knowledge import KnowledgeError

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


def complete(variable: str, instruction: str) -> int:
    """Answer a shell, whose `variable` holds what it asks for, such as `bash_source` or `zsh_complete`; the exit code.

    Broken data have no names to offer.
    """
    try:
        return shell_complete(app, {}, "myorisk", variable, instruction)
    except KnowledgeError:
        return 1
