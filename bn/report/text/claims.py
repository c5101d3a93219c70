"""Claims as tables: what they say, and what became of them when executed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bn.report.text.console import console
from cpds.knowledge import Knowledge
from cpds.records import Claim

if TYPE_CHECKING:
    from bn.claims import Verdict


def cited_claims(knowledge: Knowledge, ids: Sequence[str]) -> None:
    """Print claims with what they say and where in the review."""
    table = Table("claim", "says", "species", "where in the review", "ref.", "status", box=None, pad_edge=False)
    for name in ids:
        claim = knowledge.claims[name]
        place = f"{claim.section}, lines {claim.lines[0]}-{claim.lines[1]}"
        table.add_row(claim.id, says(claim), claim.species, place, ", ".join(claim.refs), claim.status)
    console().print(table)


def says(claim: Claim) -> str:
    """Subject, relation and object in plain words."""
    return " ".join(part.replace("_", " ") for part in (claim.subject, claim.relation, claim.object))


def claim_table(knowledge: Knowledge, verdicts: Sequence[Verdict], contrary: Sequence[Verdict]) -> None:
    """Counts first, then every disagreement with its reason, then all verdicts."""
    out = console()
    table = Table("claim", "says", "test", "outcome", "change", "reason", box=None, pad_edge=False)
    for verdict in verdicts:
        claim = knowledge.claims[verdict.claim]
        change = "" if verdict.value is None else f"{verdict.value:+.3f}"
        table.add_row(verdict.claim, says(claim), verdict.kind, verdict.outcome, change, escape(verdict.reason))
    out.print(table)
    out.print(f"\n{len(knowledge.claims)} claims, {len(verdicts)} tests: {_counted(verdicts, lambda v: v.outcome)}")
    out.print("\nDisagreements with the review")
    for verdict in verdicts:
        if verdict.outcome == "disagrees":
            out.print(f"  {verdict.claim} {says(knowledge.claims[verdict.claim])}: {escape(verdict.reason)}")
    out.print(f"\nNull and contrary findings of the wider literature: {_counted(contrary, lambda v: v.outcome)}")
    for verdict in contrary:
        out.print(f"  {verdict.claim} {verdict.outcome}: {escape(verdict.reason)}")


def _counted(verdicts: Sequence[Verdict], key: Callable[[Verdict], str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in Counter(key(v) for v in verdicts).most_common())
