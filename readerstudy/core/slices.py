"""A stack that is looked at slice by slice: an array, or something that makes its slices when they are asked for.

A series of 1 000 slices fills a gigabyte as float32. What needs one slice at a time takes `Slices`, and need not know
where they lie. The figures here are those of the whole stack, to the last bit.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

_HALF_BITS = 16


class Slices(Protocol):
    """shape : (Z, Y, X). An index from 0 gives a (Y, X) array; every time the same values."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, z: int, /) -> NDArray[Any]: ...


class MadeSlices:
    """The slices that a function makes, each when it is asked for; none is kept."""

    def __init__(self, shape_zyx: tuple[int, ...], make: Callable[[int], NDArray[Any]]) -> None:
        self.shape = shape_zyx
        self._make = make

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, z: int, /) -> NDArray[Any]:
        return self._make(z)


def pixel_count(slices: Slices) -> int:
    return int(np.prod(slices.shape, dtype=np.int64))


def every_nth(slices: Slices, step: int) -> NDArray[Any]:
    """(N,) every `step`-th value in C order: `array.reshape(-1)[::step]` of the whole stack."""
    per_slice = slices.shape[1] * slices.shape[2]
    # Copies: a view would keep its whole slice in memory until the last one is there.
    return np.concatenate([slices[z].reshape(-1)[-z * per_slice % step :: step].copy() for z in range(len(slices))])


def percentile(slices: Slices, percent: float) -> np.float32:
    """`np.percentile` of the whole stack as float32, in two passes over its slices.

    Counts by the upper, then by the lower half of the bits of a number find both neighbours of the percentile exactly;
    numpy's "linear" method (Hyndman & Fan 1996, type 7) lies between them. The values must be finite.
    """
    last = pixel_count(slices) - 1
    place = last * (percent / 100)
    below = int(place)
    first, second = _order_statistics(slices, (below, min(below + 1, last)))
    part, gap = place - below, second - first
    return np.float32(second - gap * (1 - part) if part >= 0.5 else first + gap * part)


def _order_statistics(slices: Slices, ranks: tuple[int, int]) -> tuple[np.float32, np.float32]:
    """The values that sorting would put at these two places, counted from 0."""
    upper = _counts(key >> _HALF_BITS for key in _keys(slices))
    places = [_bin_of(upper, rank) for rank in ranks]
    lower = {high: _counts(key[key >> _HALF_BITS == high] & 0xFFFF for key in _keys(slices)) for high, _ in places}
    first, second = (_value(high << _HALF_BITS | _bin_of(lower[high], within)[0]) for high, within in places)
    return first, second


def _keys(slices: Slices) -> Iterable[NDArray[np.uint32]]:
    """Whole numbers in the order of the float32 values: the sign bit decides how the others are to be read."""
    for z in range(len(slices)):
        bits = np.ascontiguousarray(slices[z], np.float32).reshape(-1).view(np.uint32)
        yield np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))


def _value(key: int) -> np.float32:
    bits = key & 0x7FFFFFFF if key >> 31 else ~key & 0xFFFFFFFF
    return np.float32(np.array(bits, np.uint32).view(np.float32))


def _counts(halves: Iterable[NDArray[np.integer]]) -> NDArray[np.int64]:
    counts = np.zeros(1 << _HALF_BITS, np.int64)
    for half in halves:
        counts += np.bincount(half, minlength=len(counts))
    return counts


def _bin_of(counts: NDArray[np.int64], rank: int) -> tuple[int, int]:
    """(the bin that holds this rank, its rank within the bin)."""
    ends = np.cumsum(counts)
    index = int(np.searchsorted(ends, rank, side="right"))
    return index, rank - int(ends[index] - counts[index])
