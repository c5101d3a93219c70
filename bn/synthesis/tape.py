"""Arrays that record what NumPy does to them, and derivatives of the result by going back through the record.

CPDs, contractions and targets are written once, for arrays. Given a `Traced` array in place of a plain one the same
code runs, and each operation notes the way back through it: from the derivative by its result to those by its
operands (reverse accumulation). So whatever a target is computed from, in whatever network, has its exact gradient
for about the price of three evaluations. Only the operations below are known; any other is an error that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, pairwise
from operator import itemgetter, neg
from typing import Any, cast

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from cpds.table import Array

Back = Callable[[Array], Array]
"""From the derivative by a result to that by an operand; axes along which the operand was broadcast may remain."""

_ages = count()


def value_and_pullback(function: Callable[[Array], Array], at: Array) -> tuple[Array, Back]:
    """The function's value, and the way from weights of its entries to the derivative of their sum by `at`.

    >>> value, back = value_and_pullback(lambda x: np.log(x) * x[0], np.array([1.0, 2.0]))
    >>> back(np.array([0.0, 1.0]))  # log(x1) x0: by x0 log 2, by x1 x0 / x1
    array([0.69314718, 0.5       ])
    """
    source = Traced(at)
    result: Any = function(cast(Array, source))
    return result.value, lambda weights: result.pullback(source, weights)


class Traced(NDArrayOperatorsMixin):
    """An array, the traced ones that it was made from, and the way back to each of them.

    As an output argument it is not written to: what the operation returns takes its place.
    """

    __slots__ = ("age", "origins", "value")

    def __init__(self, value: Array, origins: Iterable[tuple[Traced, Back]] = ()) -> None:
        self.value = value
        self.origins = tuple(origins)
        self.age = next(_ages)

    def pullback(self, source: Traced, weights: Array) -> Array:
        """Derivative by `source`, in its shape, of the sum of this array times `weights`, which are of its own."""
        waiting, found = [self], {self.age: self}
        while waiting:
            for origin, _ in waiting.pop().origins:
                if origin.age not in found:
                    found[origin.age] = origin
                    waiting.append(origin)
        by = {self.age: weights}
        for age in sorted(found, reverse=True):
            if found[age] is not source:
                here = by.pop(age)
                for origin, back in found[age].origins:
                    part = _unbroadcast(back(here), origin.shape)
                    by[origin.age] = by[origin.age] + part if origin.age in by else part
        return by.get(source.age, np.zeros(source.shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.value.size

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Traced]:
        return (self[place] for place in range(len(self)))

    def __getitem__(self, key: Any) -> Traced:
        def back(seed: Array) -> Array:
            whole = np.zeros(self.shape)
            if any(isinstance(part, np.ndarray | list) for part in (key if isinstance(key, tuple) else (key,))):
                np.add.at(whole, key, seed)
            else:
                whole[key] = seed
            return whole

        return Traced(self.value[key], [(self, back)])

    def reshape(self, *shape: int) -> Traced:
        """As of an array."""
        return Traced(self.value.reshape(*shape), [(self, lambda seed: seed.reshape(self.shape))])

    def transpose(self, *order: int) -> Traced:
        """As of an array."""
        back = np.argsort([axis % self.ndim for axis in order])
        return Traced(self.value.transpose(*order), [(self, lambda seed: seed.transpose(*back))])

    def sum(self, axis: int | tuple[int, ...]) -> Traced:
        """As of an array, over axes that are named."""
        wide = self.shape
        return Traced(
            self.value.sum(axis=axis), [(self, lambda seed: np.broadcast_to(np.expand_dims(seed, axis), wide))]
        )

    def max(self, axis: int | None = None) -> Any:
        """Largest entries, off the record: what is chosen by them has no derivative."""
        return self.value.max(axis=axis)

    def argmax(self) -> int:
        """Where the largest entry is, off the record."""
        return int(self.value.argmax())

    def take(self, places: Any, axis: int) -> Traced:
        """As of an array."""
        return self[(*(slice(None),) * (axis % self.ndim), places)]

    def __array__(self, *_: Any, **__: Any) -> Array:
        raise TypeError("a traced array would lose its record here; use an operation that bn/synthesis/tape.py knows")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:
        values = [_value(operand) for operand in operands]
        if any(isinstance(out, Traced) for out in options.get("out", ())):
            del options["out"]
        result = getattr(ufunc, method)(*values, **options)
        if result.dtype == bool:
            return result
        if method != "__call__" or ufunc not in UFUNCS:
            raise TypeError(f"np.{ufunc.__name__} ({method}): no derivative; add it to UFUNCS in bn/synthesis/tape.py")
        backs = UFUNCS[ufunc](result, *values)
        if "where" in options:
            backs = tuple(_only_where(options["where"], back) for back in backs)
        return Traced(result, _ways(operands, backs))

    def __array_function__(self, function: Callable[..., Any], _: Any, operands: Any, options: Any) -> Any:
        if function not in FUNCTIONS:
            raise TypeError(f"np.{function.__name__}: no derivative; add it to FUNCTIONS in bn/synthesis/tape.py")
        return FUNCTIONS[function](*operands, **options)


def _value(operand: Any) -> Any:
    return operand.value if isinstance(operand, Traced) else operand


def _ways(operands: Sequence[Any], backs: Iterable[Back]) -> list[tuple[Traced, Back]]:
    return [(one, back) for one, back in zip(operands, backs, strict=True) if isinstance(one, Traced)]


def _only_where(chosen: Any, back: Back) -> Back:
    """The way back through an operation that left other entries as they were in a plain output array."""

    def masked(seed: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(_value(chosen), back(seed), 0.0)

    return masked


def _unbroadcast(seed: Array, shape: tuple[int, ...]) -> Array:
    """Summed over axes along which an operand of this shape was broadcast, and broadcast along what was summed out."""
    if seed.shape == shape:
        return seed
    ahead = seed.ndim - len(shape)
    summed: Array = seed.sum(axis=tuple(range(ahead)))
    wide = tuple(axis for axis, size in enumerate(shape) if size == 1 < summed.shape[axis])
    return np.broadcast_to(summed.sum(axis=wide, keepdims=True), shape)


UFUNCS: dict[np.ufunc, Callable[..., tuple[Back, ...]]] = {
    np.add: lambda result, a, b: (lambda seed: seed, lambda seed: seed),
    np.subtract: lambda result, a, b: (lambda seed: seed, neg),
    np.multiply: lambda result, a, b: (lambda seed: seed * b, lambda seed: seed * a),
    np.true_divide: lambda result, a, b: (lambda seed: seed / b, lambda seed: -seed * result / b),
    np.negative: lambda result, a: (neg,),
    np.reciprocal: lambda result, a: (lambda seed: -seed * result * result,),
    np.exp: lambda result, a: (lambda seed: seed * result,),
    np.log: lambda result, a: (lambda seed: seed / a,),
    np.log1p: lambda result, a: (lambda seed: seed / (1.0 + a),),
    np.sqrt: lambda result, a: (lambda seed: seed / (2.0 * result),),
    np.power: lambda result, a, b: (lambda seed: seed * b * a ** (b - 1), lambda seed: seed * result * np.log(a)),
    np.square: lambda result, a: (lambda seed: seed * 2.0 * a,),
    np.minimum: lambda result, a, b: (lambda seed: seed * (a <= b), lambda seed: seed * (a > b)),
    np.maximum: lambda result, a, b: (lambda seed: seed * (a >= b), lambda seed: seed * (a < b)),
    np.matmul: lambda result, a, b: (
        lambda seed: seed @ np.swapaxes(b, -1, -2),
        lambda seed: np.swapaxes(a, -1, -2) @ seed,
    ),
}
"""From the result and the operands of an operation, the way back to each operand."""


def _stack(arrays: Sequence[Any]) -> Traced:
    return Traced(np.stack([_value(one) for one in arrays]), _ways(arrays, map(itemgetter, range(len(arrays)))))


def _concatenate(arrays: Sequence[Any], axis: int = 0) -> Traced:
    values = [_value(one) for one in arrays]
    ends = np.cumsum([0, *(value.shape[axis] for value in values)])
    parts = [itemgetter((*(slice(None),) * axis, slice(start, end))) for start, end in pairwise(ends)]
    return Traced(np.concatenate(values, axis=axis), _ways(arrays, parts))


def _einsum(subscripts: str, *operands: Any) -> Traced:
    """Letters, each once an operand, then an ellipsis for the batch."""
    inputs, result = subscripts.split("->")
    names, values = inputs.split(","), [_value(operand) for operand in operands]

    def way(place: int) -> Back:
        others = [*names[:place], *names[place + 1 :]]
        known = "".join(letter for letter in names[place] if letter in {*result, *"".join(others)} or letter == ".")
        shape = tuple(values[place].shape[i] if letter in known else 1 for i, letter in enumerate(names[place][:-3]))

        def back(seed: Array) -> Array:
            given: Array = np.einsum(
                f"{','.join([result, *others])}->{known}", seed, *values[:place], *values[place + 1 :]
            )
            return given.reshape(*shape, -1)

        return back

    return Traced(np.einsum(subscripts, *values), _ways(operands, map(way, range(len(operands)))))


def _cumulative_product(array: Traced, axis: int = 0, **_: Any) -> Traced:
    result: Array = np.cumprod(array.value, axis=axis, dtype=float)

    def back(seed: Array) -> Array:
        later: Array = np.flip(np.cumsum(np.flip(seed * result, axis), axis), axis)
        return later / array.value

    return Traced(result, [(array, back)])


FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.stack: _stack,
    np.concatenate: _concatenate,
    np.einsum: _einsum,
    np.cumprod: _cumulative_product,
    np.cumsum: lambda array, axis: Traced(
        np.cumsum(array.value, axis), [(array, lambda seed: np.flip(np.cumsum(np.flip(seed, axis), axis), axis))]
    ),
    np.sum: lambda array, axis: array.sum(axis),
    np.take: lambda array, places, axis: array.take(places, axis),
    np.broadcast_to: lambda array, shape: Traced(np.broadcast_to(array.value, shape), [(array, lambda seed: seed)]),
    np.moveaxis: lambda array, start, end: Traced(
        np.moveaxis(array.value, start, end), [(array, lambda seed: np.moveaxis(seed, end, start))]
    ),
    np.copy: lambda array: Traced(np.copy(array.value), [(array, lambda seed: seed)]),
    np.ones_like: lambda array: np.ones(array.shape),
    np.zeros_like: lambda array: np.zeros(array.shape),
}
