"""Tables that took work to make, kept by key as long as there is capacity."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, Protocol, TypeVar

ENTRY_OVERHEAD = 1 << 10
"""Bytes that a key and the objects around a table take, about."""


class Sized(Protocol):
    """An array, or a table of one."""

    @property
    def nbytes(self) -> int:
        """Size of the values."""


K = TypeVar("K", bound=Hashable)
S = TypeVar("S", bound=Sized)


@dataclass
class Cache(Generic[K, S]):
    """Tables of at most `capacity` bytes in all; threads may share them.

    Those not used for longest make room for others; one that is larger than the capacity is not kept.

    >>> import numpy as np
    >>> kept = Cache(capacity=3 * ENTRY_OVERHEAD)
    >>> for key in "abc": _ = kept.put(key, np.zeros(0))
    >>> _ = kept.get("a"), kept.put("d", np.zeros(1))
    >>> [key for key in "abcd" if key in kept]
    ['a', 'd']
    >>> kept.put("e", np.zeros(ENTRY_OVERHEAD)).size, [key for key in "ade" if key in kept]
    (1024, ['a', 'd'])
    """

    capacity: int
    _tables: dict[K, S] = field(default_factory=dict)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __contains__(self, key: K) -> bool:
        return key in self._tables

    def get(self, key: K) -> S | None:
        """What is kept under a key, which then was used last."""
        with self._lock:
            if key not in self._tables:
                return None
            self._tables[key] = found = self._tables.pop(key)
            return found

    def put(self, key: K, table: S) -> S:
        """Keep a table, in place of what was there; it comes back."""
        size = table.nbytes + ENTRY_OVERHEAD
        with self._lock:
            self._drop(key)
            if size <= self.capacity:
                while self._bytes + size > self.capacity:
                    self._drop(next(iter(self._tables)))
                self._tables[key] = table
                self._bytes += size
            return table

    def _drop(self, key: K) -> None:
        if key in self._tables:
            self._bytes -= self._tables.pop(key).nbytes + ENTRY_OVERHEAD
