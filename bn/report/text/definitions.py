"""Other definitions of outcomes: which there are, with criteria, sources and shares; and a person's answer by them."""

from __future__ import annotations

from html import escape as escape_html
from typing import Any

from rich.markup import escape
from rich.table import Table

from bn.cohort.outcome.outcome import criteria_of
from bn.core.answer import LEVEL, ByDefinition, Posterior
from bn.core.names import Names
from bn.questions.definitions import event_of
from bn.report.text import console
from cpds.knowledge import Knowledge
from cpds.records import Definition


def definition_records(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Each definition as plain numbers and text, for JSON."""
    return [_record(Names(knowledge), one) for one in knowledge.definitions.values()]


def _record(names: Names, definition: Definition) -> dict[str, Any]:
    criteria = []
    for told, read in zip(definition.criteria, criteria_of(names, definition), strict=True):
        cut = told.at_least
        source = names.knowledge.sources.get(cut.source) if cut and cut.source else None
        criteria.append(
            {
                "criterion": read.text,
                "basis": cut.basis if cut else None,
                "source": source.id if source else None,
                "title": source.title if source else None,
                "address": source.address if source else None,
                "locator": cut.locator if cut else None,
                "why": cut.why if cut else None,
            }
        )
    return {
        "id": definition.id,
        "aliases": list(definition.aliases),
        "variable": definition.variable,
        "event": list(event_of(names.knowledge, definition)),
        "title": definition.title,
        "note": definition.note,
        "criteria": criteria,
        "shares": [
            {"where": one.where, "share": one.number, "se": one.spread, "source": one.source, "locator": one.locator}
            for one in definition.strata
        ],
    }


def definition_table(knowledge: Knowledge) -> None:
    """By outcome its own definition, then the others: names, criteria, how common, where the cuts come from."""
    out, records = console(), definition_records(knowledge)
    for name in dict.fromkeys(record["variable"] for record in records):
        variable = knowledge.variables[name]
        out.print(f"\n[bold]{escape(variable.title)}[/], the network's own: {escape(variable.definition)}")
        table = Table("definition", "is met by", "share", "cuts from", box=None, pad_edge=False)
        for record in (each for each in records if each["variable"] == name):
            shares = [one["share"] for one in record["shares"]]
            names = [record["id"], *(f"= {alias}" for alias in record["aliases"])]
            met = " or ".join(one["criterion"] for one in record["criteria"])
            sources = dict.fromkeys(one["source"] or one["basis"] for one in record["criteria"] if one["basis"])
            whole = tuple(record["event"]) == variable.event_states
            of = "" if whole else f" ({' or '.join(record['event'])})"
            spread = f"{min(shares):.2f} to {max(shares):.2f}"
            table.add_row("\n".join(names), escape(met + of), spread, "\n".join(map(escape, sources)))
        out.print(table)
    out.print(
        "\nShare: the least and the greatest of a stratum. `myorisk show SOURCE` tells of a source; --json gives all."
    )


def print_definitions(post: Posterior) -> None:
    """Two lines for each definition that the answer was asked by."""
    for one in post.definitions:
        console().print(
            f"By [bold]{one.id}[/]: {escape(event_in_words(post, one))} [bold]{one.probability:.2f}[/]{_ends(one)}"
        )
        console().print(f"  {escape(_more(one))}")


def definitions_html(post: Posterior) -> str:
    """A paragraph for each."""
    return "".join(
        f"<p>By {escape_html(one.id)}: {escape_html(event_in_words(post, one))} <b>{one.probability:.2f}</b>"
        f"{_ends(one)}<br>{escape_html(_more(one))}</p>"
        for one in post.definitions
    )


def event_in_words(post: Posterior, one: ByDefinition) -> str:
    """What it is the probability of, with states where these are not what the title stands for."""
    title = post.titles.get(one.variable, one.variable.replace("_", " ")).lower()
    return title if one.event == post.event(one.variable) else f"{title} ({' or '.join(one.event)})"


def _more(one: ByDefinition) -> str:
    return f"{one.title}. {one.way[0].upper()}{one.way[1:]}. By the network's own definition {one.own:.2f}."


def _ends(one: ByDefinition) -> str:
    return f"  ({100 * LEVEL:g} % interval {one.interval[0]:.2f} to {one.interval[1]:.2f})" if one.interval else ""
