"""Arrow arrays over bytes and numpy arrays as they lie in memory.

pyarrow's own constructors would do, but they import pandas first, for longer than a small file takes to score.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn.core.evidence import Indices

Buffer = bytes | memoryview | NDArray[np.uint8]


def view(array: pa.Array) -> NDArray[Any]:
    """The values of an array of numbers without nulls, where they lie."""
    kind = np.dtype(array.type.to_pandas_dtype())
    return np.frombuffer(array.buffers()[1], kind)[array.offset : array.offset + len(array)]


def binary(data: Buffer, bounds: NDArray[np.int32]) -> pa.BinaryArray:
    """The stretches of `data` between one of the sorted `bounds` and the next."""
    return pa.Array.from_buffers(pa.binary(), len(bounds) - 1, [None, pa.py_buffer(bounds), pa.py_buffer(data)])


def stretches(data: Buffer, starts: Indices, ends: Indices, there: NDArray[np.bool_] | None = None) -> pa.BinaryArray:
    """The stretches of `data` from each start to its end, in order but not back to back; null where not `there`.

    Arrow wants bytes that follow one another: here every second of its values is what lies between two stretches.
    """
    bounds = np.full(2 * len(starts) + 1, len(data), np.int32)
    bounds[:-1:2], bounds[1::2] = starts, ends
    return binary(data, bounds).take(integers(np.arange(0, 2 * len(starts), 2, dtype=np.int32), there))


def binaries(texts: Sequence[bytes]) -> pa.BinaryArray:
    """Some texts."""
    bounds = np.zeros(len(texts) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, texts), np.int32, len(texts)), out=bounds[1:])
    return binary(b"".join(texts), bounds)


def constant(text: bytes) -> pa.BinaryScalar:
    """One text, the same for all rows."""
    return binaries([text])[0]


def booleans(values: NDArray[np.bool_]) -> pa.BooleanArray:
    """A mask."""
    bits = np.packbits(values, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])


def integers(values: NDArray[np.int32], there: NDArray[np.bool_] | None = None) -> pa.Int32Array:
    """Integers, null where not `there`."""
    bits = None if there is None else pa.py_buffer(np.packbits(there, bitorder="little"))
    return pa.Array.from_buffers(pa.int32(), len(values), [bits, pa.py_buffer(values)])
