"""Whether people of a file's first block stand in later blocks again, as where a file is in the order of visits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from bn.cohort.files.arrowblock import ArrowBlock
from bn.cohort.files.options import Options
from bn.cohort.files.textblock import TextBlock
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.repeats import has_some, some_ids
from bn.cohort.reading.unread import Unread

Block = TextBlock | ArrowBlock


@dataclass
class Again:
    """Some ids of the `first` block by the position of their column, and the positions `found` to repeat them."""

    first: Block | None = None
    ids: dict[int, Any] = field(default_factory=dict)
    found: set[int] = field(default_factory=set)

    def begin(self, headings: Headings, block: Block, options: Options) -> None:
        """Take the ids of the first block."""
        self.first = block
        for position in headings.passed:
            if headings.names.lexicon.is_person(headings.headers[position]):
                ids = some_ids(block.ids(position), options.empty)
                if ids is not None:
                    self.ids[position] = ids

    def look(self, block: Block) -> None:
        """Look for them in a later block; blocks are looked at side by side."""
        if block is not self.first:
            for position, ids in self.ids.items():
                if position not in self.found and has_some(block.ids(position), ids):
                    self.found.add(position)

    def told(self, unread: Unread, headings: Headings) -> Unread:
        """What is said of the columns, with those that repeat."""
        shown = (headings.passed[position] for position in sorted(self.found))
        return replace(unread, repeated=tuple(dict.fromkeys((*unread.repeated, *shown))))
