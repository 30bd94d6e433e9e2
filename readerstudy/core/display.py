"""What the browser gets: uint16 stacks on one scale for all arms, one window for both sides, packed slices.

A packed slice is the gzip (level 6, no time stamp) of two byte planes: first the low bytes of all pixels, then
the high bytes. The pixels are residuals from the left neighbour (the first pixel of a row from the first pixel
of the row above, the very first from 0), wrapped to 16 bits and zigzag-coded: 0, -1, 1, -2, ... become 0, 1, 2,
3, ... `core.stack_file` puts packed slices into files and onto the wire.
"""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from readerstudy.core.errors import BadVolume, IntegrityFailure

Stack = NDArray[np.uint16]
Values = NDArray[np.floating]

LARGEST = 65535
FEWEST_STEPS = 4096  # the 12 bits that scanners store; more would only ship noise
GZIP_LEVEL = 6
# Anything below this part of the brightest tissue is air, for the purpose of choosing a window.
FOREGROUND = 0.05
WINDOW_PERCENTILES = (1.0, 99.5)
BRIGHTEST_PERCENTILE = 99.9


@dataclass(frozen=True)
class DisplayScale:
    """display = round((value - offset) x factor); `top` is the largest display value of the image set."""

    offset: float
    factor: float
    top: int


@dataclass(frozen=True)
class Window:
    """In display values, the same for both sides."""

    center: float
    width: float


def display_scale(volumes: Sequence[Values]) -> DisplayScale:
    """Choose one scale for all arms of an image set.

    Parameters
    ----------
    volumes : sequence of (Z, Y, X) real arrays
        All arms that are shown, in one unit.

    Returns
    -------
    DisplayScale
        `factor` is a power of two: 1 where the range fits into 16 bits, so that whole numbers stay exact,
        more where the range would give fewer than 4096 steps of fractional values.

    Raises
    ------
    BadVolume
        When a volume is empty or holds a value that is not finite.
    """
    lows, highs = zip(*(_range(volume) for volume in volumes), strict=True)
    offset, high = min(0.0, *lows), max(highs)
    extent = high - offset
    exact = extent <= LARGEST and all(_is_whole(volume) for volume in volumes)
    factor = 1.0 if exact or extent <= 0 else _factor(extent)
    return DisplayScale(offset, factor, round(extent * factor) if extent > 0 else 0)


def _range(volume: Values) -> tuple[float, float]:
    if volume.size == 0:
        raise BadVolume("The volume is empty.")
    low, high = float(volume.min()), float(volume.max())
    if not np.isfinite([low, high]).all():
        raise BadVolume("The volume holds values that are not finite.")
    return low, high


def _is_whole(volume: Values) -> bool:
    return bool(np.array_equal(volume, np.rint(volume)))


def _factor(extent: float) -> float:
    if extent > LARGEST:
        return float(2.0 ** np.floor(np.log2(LARGEST / extent)))
    return float(max(1.0, 2.0 ** np.ceil(np.log2(FEWEST_STEPS / extent))))


def to_display(values_zyx: Values, scale: DisplayScale, *, invert: bool) -> Stack:
    """Map the values of one arm; `invert` for MONOCHROME1, where the smallest value is white (PS3.3 C.7.6.3.1.2)."""
    scaled = np.rint((values_zyx.astype(np.float64) - scale.offset) * scale.factor)
    mapped = np.clip(scaled, 0, scale.top).astype(np.uint16)
    return np.uint16(scale.top) - mapped if invert else mapped


def display_window(left: Stack, right: Stack) -> Window:
    """Return the one window of a pair: percentiles of the foreground of both stacks together.

    It depends on the joint histogram alone, so exchanging the sides cannot change it.
    """
    counts = np.bincount(left.ravel(), minlength=LARGEST + 1) + np.bincount(right.ravel(), minlength=LARGEST + 1)
    brightest = _percentile(counts, BRIGHTEST_PERCENTILE)
    foreground = counts.copy()
    foreground[: int(brightest * FOREGROUND) + 1] = 0
    if not foreground.any():
        return Window(center=max(brightest, 1) / 2, width=float(max(brightest, 1)))
    low, high = (_percentile(foreground, percentile) for percentile in WINDOW_PERCENTILES)
    return Window(center=(low + high) / 2, width=float(max(high - low, 1)))


def _percentile(counts: NDArray[np.integer], percentile: float) -> int:
    """Return the smallest value at or below which this share of the pixels lies."""
    below = np.cumsum(counts)
    return int(np.searchsorted(below, percentile / 100 * below[-1]))


def thumbnail(values_zyx: Values) -> NDArray[np.uint8]:
    """Return the middle slice as (Y, X) uint8, for coordinators; readers never see it."""
    middle = values_zyx[values_zyx.shape[0] // 2].astype(np.float64)
    low, high = np.percentile(middle, WINDOW_PERCENTILES)
    grey = (middle - low) / max(float(high - low), np.finfo(np.float32).tiny)
    return np.asarray(np.rint(np.clip(grey, 0, 1) * 255), dtype=np.uint8)


def encode_slice(pixels_yx: Stack) -> bytes:
    """Pack one (Y, X) uint16 slice; equal pixels give equal bytes."""
    left = np.zeros_like(pixels_yx)
    left[:, 1:] = pixels_yx[:, :-1]
    left[1:, 0] = pixels_yx[:-1, 0]
    residual = (pixels_yx - left).view(np.int16)  # wraps: the decoder adds modulo 2^16
    zigzag = ((residual << 1) ^ (residual >> 15)).astype("<u2")
    low_high = zigzag.reshape(-1).view(np.uint8).reshape(-1, 2)
    return gzip.compress(low_high.T.tobytes(), GZIP_LEVEL, mtime=0)


def decode_slice(blob: bytes, rows: int, columns: int) -> Stack:
    """Unpack what `encode_slice` made. Raises IntegrityFailure when it does not have that size."""
    planes = np.frombuffer(gzip.decompress(blob), dtype=np.uint8)
    if planes.size != 2 * rows * columns:
        raise IntegrityFailure(f"A packed slice holds {planes.size} bytes instead of {2 * rows * columns}.")
    zigzag = planes.reshape(2, -1).T.copy().view("<u2").astype(np.uint16).reshape(rows, columns)
    residual = (zigzag >> 1) ^ (np.uint16(0) - (zigzag & 1))
    residual[:, 0] = np.cumsum(residual[:, 0], dtype=np.uint16)
    return np.cumsum(residual, axis=1, dtype=np.uint16)
