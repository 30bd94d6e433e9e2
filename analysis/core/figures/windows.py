"""The window of a row: one for all its arms, so that no arm looks better for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.core.figures.layout import Row

Slice = NDArray[np.uint16]
SOFT, HARD = 1.5, 0.65  # of the width as read
AIR = 0.05  # of the brightest value


@dataclass(frozen=True)
class Window:
    """From black to white, in display values."""

    low: float
    high: float


def window_of(row: Row, slices: Sequence[Slice], *, as_read: Window | None) -> Window:
    """
    The window of a row's preset.

    Parameters
    ----------
    slices
        The (Y, X) display values of every arm in the row: they share one scale.
    as_read
        What readers began with for these arms; without one, percentiles of all the slices together.
    """
    brightest = max(float(max(one.max() for one in slices)), 1.0)
    if row.preset == "full":
        return Window(0.0, brightest)
    if row.preset == "own":
        return Window((row.center - row.width / 2) * brightest, (row.center + row.width / 2) * brightest)
    base = as_read or _percentiles(slices, brightest)
    middle, half = (base.low + base.high) / 2, (base.high - base.low) / 2
    half *= {"soft": SOFT, "hard": HARD}.get(row.preset, 1.0)
    return Window(middle - half, middle + half)


def _percentiles(slices: Sequence[Slice], brightest: float) -> Window:
    values = np.concatenate([one.ravel() for one in slices])
    inside = values[values > AIR * brightest]
    if not inside.size:
        return Window(0.0, brightest)
    low, high = np.percentile(inside, (1.0, 99.5))
    return Window(float(low), float(max(high, low + 1)))
