"""Rules for sources: a reader can open each one, and what was read again on no page counts as such."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from cpds.knowledge import Knowledge
from cpds.study_rule import studies
from cpds.text import quotable

REFUSED = re.compile(
    r"^[\d.]+$|^[\da-f]*:"  # a bare IP address
    r"|proxy|^\d-|^test\d*\.|^staging\.|-dev\.|\.mobile\."  # proxies of libraries, and machines meant for tests
    r"|(^|\.)(weglot\.com|laibokeji\.com|wilddata\.cn|deno\.dev|netlify\.app|altruwe\.org|uplink7\.com"  # passed on
    r"|cricutcom-setup\.com|cloudaccess\.net|docksci\.com|coek\.info|doczz\.net|docslib\.org|vdocuments\.site"  # copies
    r"|scribd\.com|100md\.com|medworm\.com|alljournals\.cn|bvag\.com\.vn|paperexplained\.cn|cn1699\.cn|itjust\.works"
    r"|ai-bt\.com|medluna\.com|litmetric\.com|biocloudy\.com|scholarmate\.com|metajournal\.com|barakatkns\.com"
    r"|illnessresearcher\.com|priolix\.com|omicsdi\.org|convoke\.bio|openscience\.ink|fitbodyscience\.com)$"
)
"""Hosts that pass other people's pages on or keep copies of them, which a reader may not find tomorrow."""


def addresses(knowledge: Knowledge) -> Iterator[str]:
    """No address is a bare IP number, a proxy, a translation or a copy."""
    for source in knowledge.sources.values():
        parts = urlsplit(source.address)
        host = parts.hostname or ""
        if REFUSED.search(host) or "proxy" in parts.path:
            yield (
                f"sources.toml: source {source.id}: address: '{quotable(host)}' passes on or copies pages of others; "
                "give the publisher's page, https://doi.org/ with the DOI, or https://pubmed.ncbi.nlm.nih.gov/ with "
                "the PMID"
            )


def tabulated(knowledge: Knowledge) -> Iterator[str]:
    """A row whose source is tabulated was not read on a page, so that its spread is doubled."""
    for name, rows in studies(knowledge).items():
        for row in rows:
            source = knowledge.sources.get(row.source)
            if source and source.tabulated and row.read == "page":
                yield (
                    f"{name}: {row.id}: read: 'page', but {row.source} is tabulated in sources.toml; "
                    "write 'table', or find its page"
                )


RULES = (addresses, tabulated)
