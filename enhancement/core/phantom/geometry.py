"""Where the slices of a phantom lie in the patient, for drawing and for the DICOM header."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from enhancement.core.phantom.frame import SpineFrame
from readerstudy.core.errors import BadVolume

PLANES = ("sagittal", "axial")
# Field of view and distance of slices in mm, and how far its middle lies before the posterior wall of the bodies.
_SAGITTAL_VIEW = {"lumbar": (265.0, 4.4, 26.0), "thoracic": (320.0, 3.6, 48.0), "cervical": (235.0, 3.3, 8.0)}
_AXIAL_VIEW = {"lumbar": (190.0, 4.4, -2.0), "thoracic": (180.0, 4.4, 8.0), "cervical": (170.0, 3.3, -2.0)}
_AXIAL_DISC = {"lumbar": "L5", "thoracic": "T8", "cervical": "C6"}  # the disc above it is in the middle


@dataclass(frozen=True)
class Geometry:
    """Body axes: x to the patient's left, y to the front, z to the head; mm.

    origins_mm : (Z, 3) float64, centre of the first pixel of each slice.
    row_mm, column_mm : (3,) unit vectors along a row (to the next column) and down a column.
    """

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origins_mm: NDArray[np.float64]
    row_mm: NDArray[np.float64]
    column_mm: NDArray[np.float64]

    def grid(self, slice_index: int, fine_shape: tuple[int, int]) -> tuple[NDArray[np.float32], ...]:
        """x, y, z of a finer grid over the same field of view; each (rows, 1), (1, columns) or (rows, columns)."""
        rows, columns = self.shape[1:]
        # Fine and displayed grid share their first sample: the k-space that joins them has its origin there.
        down = np.arange(fine_shape[0])[:, None] * (rows / fine_shape[0] * self.spacing_mm[1])
        along = np.arange(fine_shape[1])[None, :] * (columns / fine_shape[1] * self.spacing_mm[2])
        origin = self.origins_mm[slice_index]
        return tuple(
            (origin[i] + down * self.column_mm[i] + along * self.row_mm[i]).astype(np.float32) for i in range(3)
        )

    @property
    def is_sagittal(self) -> bool:
        """Whether the slices differ in x only."""
        return bool(np.ptp(self.origins_mm[:, 1:], axis=0).max() == 0)

    @property
    def lps_origins_mm(self) -> NDArray[np.float64]:
        """Image Position (Patient): DICOM's y points to the back. PS3.3 C.7.6.2.1.1"""
        return self.origins_mm * (1, -1, 1)

    @property
    def lps_cosines(self) -> tuple[float, ...]:
        """Image Orientation (Patient)."""
        return tuple(float(v) for v in np.concatenate([self.row_mm * (1, -1, 1), self.column_mm * (1, -1, 1)]))


def place_slices(
    frame: SpineFrame,
    *,
    plane: str,
    matrix: tuple[int, int],
    slices: int,
    spacing_mm: tuple[float, float, float] | None,
) -> Geometry:
    """A stack over the middle of the spine; axial stacks lie parallel to a disc. Raises BadVolume."""
    if plane not in PLANES:
        raise BadVolume(f"The plane {plane!r} is not known; use one of {', '.join(PLANES)}.")
    view = (_SAGITTAL_VIEW if plane == "sagittal" else _AXIAL_VIEW)[frame.proportions.region]
    fov, distance, ahead = view
    spacing = spacing_mm or (distance, fov / matrix[0], fov / matrix[1])
    place = _sagittal if plane == "sagittal" else _axial
    middle, row, column, normal = place(frame, ahead)
    half = ((matrix[0] - 1) / 2 * spacing[1], (matrix[1] - 1) / 2 * spacing[2])
    steps = (np.arange(slices) - (slices - 1) / 2) * spacing[0]
    origins = middle + steps[:, None] * normal - half[0] * column - half[1] * row
    return Geometry((slices, *matrix), spacing, origins, row, column)


Vectors = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _sagittal(frame: SpineFrame, ahead: float) -> Vectors:
    """Rows run from front to back, columns from head to foot, slices from right to left."""
    y = frame.at(0.0)[0]
    return np.array([0, y + ahead, 0.0]), np.array([0, -1.0, 0]), np.array([0, 0, -1.0]), np.array([1.0, 0, 0])


def _axial(frame: SpineFrame, ahead: float) -> Vectors:
    """Rows run from right to left, columns from front to back, slices from foot to head along the spine."""
    names = [level.name for level in frame.proportions.levels]
    y, z, slope = frame.at(float(frame.disc_s[names.index(_AXIAL_DISC[frame.proportions.region])]))
    normal = np.array([0, slope, 1.0]) / np.hypot(slope, 1)
    forward = np.array([0, 1.0, -slope]) / np.hypot(slope, 1)
    x = frame.side_shift_mm(z)
    return np.array([x, y, z]) + ahead * forward, np.array([1.0, 0, 0]), -forward, normal
