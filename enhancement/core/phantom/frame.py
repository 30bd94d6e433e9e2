"""Coordinates that follow the spine, so that every vertebra is drawn by the same few formulas."""

from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from enhancement.core.phantom.proportions import Proportions

Floats = NDArray[np.floating]
_REACH_MM = 260.0  # how far the centre line is followed above and below the origin
_STEPS = 6  # of Newton's method; the curve is gentle


@dataclass(frozen=True)
class Points:
    """Sample points of one slice, each field (N,) float32 in mm unless said otherwise.

    The body's axes: x to the patient's left, y to the front, z to the head.
    """

    index: NDArray[np.intp]  # into the flattened slice
    x: Floats  # from the mid-line of the spine
    y: Floats
    z: Floats
    s: Floats  # along the spine, to the head
    d: Floats  # from the posterior wall of the bodies, to the front
    u: Floats  # along the spine, from the middle of the nearest vertebra
    v: Floats  # along the spine, from the middle of the nearest disc
    level: NDArray[np.int16]  # which vertebra
    disc: NDArray[np.int16]  # which disc: i lies above vertebra i
    size: Floats  # relative cross-section of the body

    def where(self, mask: NDArray[np.bool_]) -> "Points":
        """Only the points for which `mask` holds."""
        return Points(*(getattr(self, field.name)[mask] for field in fields(self)))


class SpineFrame:
    """Maps points of the body's sagittal plane to the curved frame of one patient's spine."""

    def __init__(self, proportions: Proportions, *, scoliosis_mm: float = 0.0) -> None:
        self.proportions = proportions
        self.scoliosis_mm = scoliosis_mm
        self._z = np.arange(-_REACH_MM, _REACH_MM, 0.5)
        self._y = self._curve(self._z)
        self._slope = np.gradient(self._y, self._z)
        self._bend = np.gradient(self._slope, self._z)
        steps = np.hypot(np.diff(self._y), np.diff(self._z))
        arc = np.concatenate([[0.0], np.cumsum(steps)])
        self._s = arc - np.interp(0.0, self._z, arc)

    def _curve(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """The posterior wall of the bodies, y(z): a soft arch, and for the sacrum a bend to the back."""
        p = self.proportions
        arch = np.sqrt(1 + ((z - p.apex_mm) / 90) ** 2) - 1  # a parabola that becomes straight
        y = -p.curve_per_mm * 90**2 * arch
        if p.sacral_slope:
            y = y - p.sacral_slope * 14 * np.logaddexp(0, (self._promontory_mm - z) / 14)
        return y - np.interp(0.0, z, y)

    @cached_property
    def _promontory_mm(self) -> float:
        return float(self.disc_s[[level.name for level in self.proportions.levels].index("S1")] - 8)

    @cached_property
    def level_s(self) -> NDArray[np.float64]:
        """Where along the spine the middle of each vertebra lies, from below."""
        levels = self.proportions.levels
        pitch = [(low.height_mm + high.height_mm) / 2 + low.disc_mm for low, high in pairwise(levels)]
        s = np.concatenate([[0.0], np.cumsum(pitch)])
        return s - s[[level.name for level in levels].index(self.proportions.centre)]

    @cached_property
    def disc_s(self) -> NDArray[np.float64]:
        """Where along the spine the middle of each disc lies, from below."""
        levels = self.proportions.levels[:-1]
        tops = [s + level.height_mm / 2 for s, level in zip(self.level_s, levels, strict=False)]
        return np.array([top + level.disc_mm / 2 for top, level in zip(tops, levels, strict=True)])

    def follow(self, y: Floats, z: Floats) -> tuple[Floats, Floats]:
        """The nearest place along the spine and the distance to its front, (s, d), of points (y, z)."""
        t = np.clip(z, self._z[0], self._z[-1]).astype(np.float64)
        for _ in range(_STEPS):
            off, slope = y - np.interp(t, self._z, self._y), np.interp(t, self._z, self._slope)
            bend = np.clip(off * np.interp(t, self._z, self._bend), -0.6, 0.6)
            t += np.clip((off * slope + z - t) / (1 + slope**2 - bend), -20, 20)
        off, slope = y - np.interp(t, self._z, self._y), np.interp(t, self._z, self._slope)
        d = (off - slope * (z - t)) / np.sqrt(1 + slope**2)
        return np.interp(t, self._z, self._s).astype(np.float32), d.astype(np.float32)

    def at(self, s_mm: float) -> tuple[float, float, float]:
        """(y, z) of the centre line at `s_mm` and its slope dy/dz there."""
        z = float(np.interp(s_mm, self._s, self._z))
        return float(np.interp(z, self._z, self._y)), z, float(np.interp(z, self._z, self._slope))

    def side_shift(self, z: Floats) -> Floats:
        """How far the spine leans to the left at height z."""
        return (self.scoliosis_mm * np.sin(z / 70)).astype(np.float32)

    def side_shift_mm(self, z_mm: float) -> float:
        return float(self.side_shift(np.array([z_mm]))[0])

    def points(self, x: Floats, y: Floats, z: Floats, s: Floats, d: Floats) -> Points:
        """All coordinates of a slice; the arguments have its shape."""
        x, y, z, s, d = (values.ravel() for values in (x, y, z, s, d))
        level = np.searchsorted(self.disc_s, s).astype(np.int16)
        disc = np.clip(np.searchsorted(self.level_s, s) - 1, 0, len(self.disc_s) - 1).astype(np.int16)
        sizes = np.array([part.size for part in self.proportions.levels])
        return Points(
            index=np.arange(x.size),
            x=x - self.side_shift(z),
            y=y,
            z=z,
            s=s,
            d=d,
            u=s - self.level_s.astype(np.float32)[level],
            v=s - self.disc_s.astype(np.float32)[disc],
            level=level,
            disc=disc,
            size=np.interp(s, self.level_s, sizes).astype(np.float32),
        )
