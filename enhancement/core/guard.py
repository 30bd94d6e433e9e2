"""The integrity guard: what became of a whole series, figure by figure, against the range that is expected.

A figure outside its range says that something other than noise was changed, or that the series is of a kind for which
the ranges were not made. Either way a person looks before the series is used. The ranges come from
`benchmarks/guard.py`, which prints what honest series and corrupted ones reach.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from enhancement.core.residual import SliceFigures, slice_figures
from readerstudy.core.errors import BadVolume
from readerstudy.core.slices import Slices, every_nth, pixel_count

Floats = NDArray[np.floating]

TISSUE_SHARE = 0.12  # of the series' bright end: what is darker is air
BRIGHT, PEAK = 99.0, 99.9
SAMPLED_PX = 4_000_000
THUMB_PX = 32  # slices are told apart at this size
SLICE_TOLERANCE = 0.002


@dataclass(frozen=True)
class Expectation:
    """What a figure means and where it is expected to lie; `low` or `high` is None where there is no such bound."""

    name: str
    words: str
    low: float | None
    high: float | None
    low_per_noise: float = 0.0  # by how much `low` falls for each unit of the input's noise over its signal

    def at(self, noise: float) -> "Expectation":
        """The expectation for an input of this much noise."""
        return self if self.low is None else replace(self, low=self.low - self.low_per_noise * noise)

    def holds(self, value: float) -> bool:
        """False for what is not a number."""
        above = self.low is None or value >= self.low
        below = self.high is None or value <= self.high
        return bool(np.isfinite(value)) and above and below


EXPECTED = (
    Expectation("not_finite", "values that are no numbers", None, 0),
    Expectation("clipped", "share of values beyond the stored range", None, 0.001),
    Expectation("noise", "fine structure of the input over its signal", None, None),
    Expectation("ssim", "structural similarity to the input", 0.35, None),
    Expectation("l1", "mean change over the mean signal", None, 0.16),
    Expectation("mean_shift", "change of the mean signal", -0.01, 0.01),
    Expectation("worst_slice_shift", "the same in the worst slice", None, 0.02),
    Expectation("residual_level", "change in units of the noise", None, 1.3),
    Expectation("removed", "share of the fine structure of even tissue that was removed", None, 1.05),
    Expectation("edge_correlation", "how far the change follows the edges", None, 0.2),
    Expectation("edge_energy", "slope of the edges, after over before", 0.97, 1.03, low_per_noise=0.8),
    Expectation("fine_detail", "fine structure at the edges, after over before", 0.91, 1.02, low_per_noise=2.0),
    Expectation("colour", "difference in grain between what was removed and the noise", None, 0.27),
    Expectation("hill", "largest smooth spot in the change, in its own scatter", None, 11.5),
    Expectation("slice_order", "how much better another slice fits than its own", None, 0.0),
)


@dataclass(frozen=True)
class Figure:
    """One figure of a series. slice_index : where it is worst, from 0; None where it belongs to no slice."""

    name: str
    words: str
    value: float | None
    low: float | None
    high: float | None
    ok: bool
    slice_index: int | None = None

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Verdict:
    """figures : in the order of `EXPECTED`; suspicious_slices : the worst ones first, from 0."""

    figures: tuple[Figure, ...]
    suspicious_slices: tuple[int, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return all(figure.ok for figure in self.figures)

    @property
    def outside(self) -> tuple[Figure, ...]:
        return tuple(figure for figure in self.figures if not figure.ok)

    def value(self, name: str) -> float | None:
        return next(figure.value for figure in self.figures if figure.name == name)

    def to_json(self) -> dict[str, Any]:
        return {"ok": self.ok, "figures": [figure.to_json() for figure in self.figures]}


def judge(before_zyx: Slices, after_zyx: Slices, *, clipped: int = 0) -> Verdict:
    """Compare a denoised series with its input, slice by slice.

    Parameters
    ----------
    before_zyx, after_zyx : (Z, Y, X) real values of one unit, that is after rescale; arrays, or made slice by slice.
    clipped : how many values of the output did not fit the stored range.

    Raises
    ------
    BadVolume
        The two have different shapes.
    """
    if before_zyx.shape != after_zyx.shape or len(before_zyx.shape) != 3:
        raise BadVolume(f"Input and output differ in shape: {before_zyx.shape} and {after_zyx.shape}.")
    not_finite = sum(int((~np.isfinite(after_zyx[z])).sum()) for z in range(len(after_zyx)))
    bright, peak = _bright_end(before_zyx)
    rows = [
        None
        if not_finite
        else slice_figures(_float32(before_zyx[z]), _float32(after_zyx[z]), level=TISSUE_SHARE * bright, peak=peak)
        for z in range(len(before_zyx))
    ]
    values: dict[str, tuple[float | None, int | None]] = {
        "not_finite": (float(not_finite), None),
        "clipped": (clipped / max(pixel_count(before_zyx), 1), None),
    }
    if not not_finite:
        values |= _of_series(rows) | {"slice_order": _slice_order(before_zyx, after_zyx)}
    return _verdict(values)


def _float32(plane: Floats) -> NDArray[np.float32]:
    return np.ascontiguousarray(plane, np.float32)


def _bright_end(volume: Slices) -> tuple[float, float]:
    """The 99th and the 99.9th percentile, from a regular sample of a large volume."""
    step = max(1, pixel_count(volume) // SAMPLED_PX)
    bright, peak = np.percentile(every_nth(volume, step), [BRIGHT, PEAK])
    return float(bright), max(float(peak), 1e-12)


def _of_series(rows: Iterable[SliceFigures | None]) -> dict[str, tuple[float | None, int | None]]:
    """Figures of the series by name, each with the slice in which it is worst."""
    found = [(index, row) for index, row in enumerate(rows) if row is not None]
    if not found:
        return {}
    weights = np.array([row.tissue_px for _, row in found], float)

    def mean(of: Callable[[SliceFigures], float]) -> float:
        return float(np.average([of(row) for _, row in found], weights=weights))

    def worst(of: Callable[[SliceFigures], float], *, pick: Callable[..., Any] = max) -> tuple[float, int]:
        index, row = pick(found, key=lambda pair: of(pair[1]))
        return of(row), index

    signal = mean(lambda row: row.signal)
    return {
        "noise": (mean(lambda row: row.noise) / signal, None),
        "ssim": (mean(lambda row: row.ssim), worst(lambda row: row.ssim, pick=min)[1]),
        "l1": (mean(lambda row: row.change) / signal, worst(lambda row: row.change)[1]),
        "mean_shift": (mean(lambda row: row.signal_after) / signal - 1, None),
        "worst_slice_shift": worst(lambda row: abs(row.signal_after / row.signal - 1)),
        "residual_level": worst(lambda row: row.residual_level),
        "removed": worst(lambda row: row.removed),
        "edge_correlation": worst(lambda row: row.edge_correlation),
        "edge_energy": _furthest(found, lambda row: row.edge_energy),
        "fine_detail": _furthest(found, lambda row: row.fine_detail),
        "colour": (mean(lambda row: row.colour), worst(lambda row: row.colour)[1]),
        "hill": worst(lambda row: row.hill),
    }


def _furthest(found: list[tuple[int, SliceFigures]], of: Callable[[SliceFigures], float]) -> tuple[float, int]:
    """The slice whose figure is furthest from 1, which is no change."""
    index, row = max(found, key=lambda pair: abs(of(pair[1]) - 1))
    return of(row), index


def _slice_order(before: Slices, after: Slices) -> tuple[float, int | None]:
    """By how much the correlation with another input slice exceeds that with its own, at most; 0 in order."""
    if len(before) < 2:
        return 0.0, None
    own, given = _thumbs(before), _thumbs(after)
    fit = given @ own.T
    excess = fit.max(1) - np.diag(fit)
    excess[excess <= SLICE_TOLERANCE] = 0
    index = int(excess.argmax())
    return float(excess[index]), index if excess[index] > 0 else None


def _thumbs(volume: Slices) -> NDArray[np.float32]:
    """Small, centred, of length 1: (Z, pixels). Block means of the parts that divide evenly."""
    rows, columns = (max(1, n // THUMB_PX) for n in volume.shape[1:])
    height, width = volume.shape[1] // rows * rows, volume.shape[2] // columns * columns
    small = np.stack(
        [
            _float32(volume[z])[:height, :width].reshape(height // rows, rows, width // columns, columns).mean((1, 3))
            for z in range(len(volume))
        ]
    ).reshape(len(volume), -1)
    small = small - small.mean(1, keepdims=True)
    return small / np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-12)


def _verdict(values: dict[str, tuple[float | None, int | None]]) -> Verdict:
    figures = []
    noise = values.get("noise", (None, None))[0] or 0.0
    for expected in (one.at(noise) for one in EXPECTED):
        value, index = values.get(expected.name, (None, None))
        ok = value is None or expected.holds(value)
        figures.append(Figure(expected.name, expected.words, value, expected.low, expected.high, ok, index))
    places = [figure.slice_index for figure in figures if not figure.ok and figure.slice_index is not None]
    return Verdict(tuple(figures), tuple(dict.fromkeys(places)))
