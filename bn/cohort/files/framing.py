"""Where the records of delimited text begin and end, whatever their cells hold.

A quote opens a quoted cell only where a cell begins. As long as every quote stands where such a cell opens or
closes, a line ending ends a record when the number of quotes before it is even: records are found by counting.
Where some quote stands elsewhere, lines that begin no cell with a quote are records each; any other record is read by
itself (`scan`). Counting then starts afresh.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn.cohort.files.scan import LONGEST, Odd, scan
from bn.core.evidence import Indices

QUOTE, LF, CR = b'"', 10, 13


@dataclass(frozen=True)
class Records:
    """Records of a text that begins with one; what follows the last is the start of a record not yet whole.

    `ends` and `stops` (record) are the positions after each record's last character and after its line ending;
    a record begins where the one before it stopped. `lines` counts the line endings before each, and
    `line_endings` those of all. `odd` holds the records that were read by themselves, by position; in the stretches
    `bare` (from, to) quotes are characters like others.
    """

    ends: Indices
    stops: Indices
    lines: Indices
    line_endings: int
    odd: Mapping[int, Odd]
    bare: Sequence[tuple[int, int]] = ()

    @property
    def length(self) -> int:
        """Number of bytes that the records take."""
        return int(self.stops[-1]) if len(self.stops) else 0


def frame(data: bytes, delimiter: bytes, final: bool) -> Records:
    """The records of `data`; `final` when nothing comes after it, so that its last line needs no ending."""
    text = np.frombuffer(data, np.uint8)
    ends, stops = _line_endings(data, text, final)
    if QUOTE not in data:
        return Records(ends, stops, np.arange(len(ends)), len(ends), {})
    chosen, odd, bare = _Quotes.of(data, text, ends, stops, delimiter, final).records()
    lines = np.concatenate([[0], chosen[:-1] + 1]) if len(chosen) else chosen
    return Records(ends[chosen], stops[chosen], lines, int(chosen[-1]) + 1 if len(chosen) else 0, odd, bare)


def _line_endings(data: bytes, text: NDArray[np.uint8], final: bool) -> tuple[Indices, Indices]:
    """Positions before and after every line ending: LF, CR LF, or CR; the end of the last line is one."""
    last = np.flatnonzero(text == LF)
    ends = last
    if b"\r" in data:
        returns = np.flatnonzero(text == CR)
        following = np.append(text[1:], 0 if final else LF)[returns]
        last = np.sort(np.concatenate([last, returns[following != LF]]))
        ends = last - ((text[last] == LF) & (last > 0) & (text[last - 1] == CR))
    stops = last + 1
    if final and len(data) > (stops[-1] if len(stops) else 0):
        ends, stops = np.append(ends, len(data)), np.append(stops, len(data))
    return ends, stops


@dataclass(frozen=True)
class _Quotes:
    """Quotes of a text, and how many stand before each line ending.

    `stray[phase]` are the quotes that break the rule when those of even (0) or odd (1) number open a cell,
    `outside[phase]` the line endings that are then outside of cells, `long[phase]` the places among these
    whose record spans lines and is longer than a record may be. `quoted` are the lines in which some cell begins
    with a quote.
    """

    data: bytes
    delimiter: bytes
    final: bool
    ends: Indices
    stops: Indices
    quotes: Indices
    before: Indices
    stray: tuple[Indices, Indices]
    outside: tuple[Indices, Indices]
    long: tuple[Indices, Indices]
    quoted: Indices

    @classmethod
    def of(
        cls, data: bytes, text: NDArray[np.uint8], ends: Indices, stops: Indices, delimiter: bytes, final: bool
    ) -> _Quotes:
        quotes = np.flatnonzero(text == QUOTE[0])
        edge = np.zeros(256, dtype=bool)
        edge[[LF, CR, delimiter[0]]] = True
        fits = edge.copy()
        fits[QUOTE[0]] = True
        opens = (quotes == 0) | fits[text[quotes - 1]]
        closes = (quotes == len(text) - 1) | fits[text[np.minimum(quotes + 1, len(text) - 1)]]
        even = np.arange(len(quotes)) % 2 == 0
        before = np.searchsorted(quotes, ends)
        outside = (np.flatnonzero(before % 2 == 0), np.flatnonzero(before % 2 == 1))
        return cls(
            data,
            delimiter,
            final,
            ends,
            stops,
            quotes,
            before,
            (np.flatnonzero(~np.where(even, opens, closes)), np.flatnonzero(~np.where(even, closes, opens))),
            outside,
            (_long(ends, stops, outside[0]), _long(ends, stops, outside[1])),
            np.unique(np.searchsorted(ends, quotes[(quotes == 0) | edge[text[quotes - 1]]])),
        )

    def records(self) -> tuple[Indices, dict[int, Odd], list[tuple[int, int]]]:
        """The line endings that end a record, the records that were read by themselves, and stretches of bare lines."""
        parts: list[Indices] = []
        odd: dict[int, Odd] = {}
        bare: list[tuple[int, int]] = []
        count = 0
        for some in self._runs():
            if isinstance(some, Odd):
                odd[count] = some
                chosen = np.array([np.searchsorted(self.ends, some.end)])
            elif isinstance(some, range):
                bare.append((int(self.stops[some.start - 1]) if some.start else 0, int(self.stops[some.stop - 1])))
                chosen = np.array(some)
            else:
                chosen = some
            parts.append(chosen)
            count += len(chosen)
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64), odd, bare

    def _runs(self) -> Iterator[Indices | range | Odd]:
        """Line endings of records found by counting; ranges of those of bare lines; records read by themselves."""
        ends, before, quotes, quoted = map(_Sorted, (self.ends, self.before, self.quotes, self.quoted))
        stray, outside, long = ([_Sorted(array) for array in pair] for pair in (self.stray, self.outside, self.long))
        start, quote, ending = 0, 0, 0
        while ending < len(ends):
            phase = quote % 2
            first, last = outside[phase].place(ending), len(outside[phase])
            wrong = stray[phase].place(quote)
            if wrong < len(stray[phase]):
                last = outside[phase].place(ends.place(quotes[stray[phase][wrong]]))
            if first < last and self._too_long(start, ending, outside[phase][first]):
                last = first
            over = long[phase].place(first + 1)
            if over < len(long[phase]):
                last = min(last, long[phase][over])
            if first < last:
                yield self.outside[phase][first:last]
                ending = outside[phase][last - 1] + 1
            elif quoted.after(ending, len(ends)) > ending:
                bare = range(ending, quoted.after(ending, len(ends)))
                yield bare
                ending = bare.stop
            else:
                found = scan(self.data, start, self.delimiter, self.final)
                if found is None:
                    return
                yield found
                ending = ends.place(found.end) + 1
            quote = before[ending - 1]
            start = int(self.stops[ending - 1])

    def _too_long(self, start: int, ending: int, at: int) -> bool:
        """Whether the record from `start` to the line ending `at` spans lines, `ending` first, and is too long."""
        return at > ending and int(self.ends[at]) - start > LONGEST


class _Sorted:
    """Sorted positions as a list, made when first needed: looking one up there is faster than in an array."""

    def __init__(self, array: Indices) -> None:
        self._array = array
        self._list: list[int] | None = None

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, place: int) -> int:
        return int(self._array[place]) if self._list is None else self._list[place]

    def after(self, value: int, last: int) -> int:
        """The first position from `value` on, `last` where there is none before that."""
        place = self.place(value)
        return min(self[place], last) if place < len(self) else last

    def place(self, value: int) -> int:
        """Number of positions before `value`."""
        if self._list is None:
            self._list = self._array.tolist()
        return bisect_left(self._list, value)


def _long(ends: Indices, stops: Indices, outside: Indices) -> Indices:
    """Places in `outside` whose record, from the one before, spans lines and is longer than a record may be."""
    spans = np.diff(outside) > 1
    return np.flatnonzero(spans & (ends[outside[1:]] - stops[outside[:-1]] > LONGEST)) + 1
