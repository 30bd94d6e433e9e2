"""A stack of one series in patient space: ordered slices, their value mapping and their geometry."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readerstudy.core.errors import MixedShapes, MosaicImage
from readerstudy.core.frames import Frame
from readerstudy.core.pixels import StoredPixels
from readerstudy.core.slices import MadeSlices, Slices
from readerstudy.core.stacks import SeriesDraft

Vector = tuple[float, ...]
Floats = NDArray[np.float64]

UNKNOWN_MM = 1.0
AXES = ("sagittal", "coronal", "axial")  # the patient axis along which the normal of such a plane points
# A plane belongs to the axis within about 45 degrees of its normal: disc-angled axial slices stay axial.
PLANE_COSINE = 0.7


def plane_of(normal: Floats) -> str:
    """Return sagittal, coronal or axial for the (3,) normal of a plane, or oblique."""
    size = np.abs(normal)
    axis = int(size.argmax())
    return AXES[axis] if size[axis] >= PLANE_COSINE else "oblique"


@dataclass(frozen=True)
class SeriesGeometry:
    """What must agree between the arms of an image set, small enough to be stored beside the series.

    `spacing_mm` is (z, y, x); where `has_geometry` is False its unknown components are 1.0 and no distance
    may be shown.
    """

    shape_zyx: tuple[int, ...]
    spacing_mm: Vector
    row_cosine: Vector
    column_cosine: Vector
    first_position_mm: Vector
    last_position_mm: Vector
    has_geometry: bool

    @property
    def normal(self) -> Vector:
        return tuple(float(v) for v in np.cross(self.row_cosine, self.column_cosine))

    @property
    def plane(self) -> str:
        """Return sagittal, coronal, axial or oblique; unknown without geometry."""
        if not self.has_geometry:
            return "unknown"
        return plane_of(np.asarray(self.normal))

    def to_json(self) -> dict[str, Any]:
        return {name: list(v) if isinstance(v, tuple) else v for name, v in vars(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "SeriesGeometry":
        plain: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
        return cls(**plain)


@dataclass(frozen=True, eq=False)
class SeriesVolume:
    """An ordered stack.

    Attributes
    ----------
    stored_zyx : (Z, Y, X) integers, native little-endian
    slope, intercept : (Z,) float64, of each slice
    spacing_mm : (z, y, x); see `SeriesGeometry` for what holds without geometry
    row_cosine, column_cosine, normal : (3,) in the patient frame
    positions_mm : (Z, 3) float64, ascending along the normal
    sop_instance_uids : tuple of str, of length Z, in the same order
    photometric : MONOCHROME1 or MONOCHROME2; the former is shown inverted
    """

    stored_zyx: StoredPixels = field(repr=False)
    slope: Floats = field(repr=False)
    intercept: Floats = field(repr=False)
    spacing_mm: Vector
    row_cosine: Vector
    column_cosine: Vector
    normal: Vector
    positions_mm: Floats = field(repr=False)
    sop_instance_uids: tuple[str, ...] = field(repr=False)
    frame_indices: tuple[int, ...] = field(repr=False)
    frame_of_reference_uid: str | None = field(repr=False)
    photometric: str
    has_geometry: bool

    @property
    def values_zyx(self) -> NDArray[np.float32]:
        """Return stored x slope + intercept, (Z, Y, X) float32."""
        values = np.empty(self.stored_zyx.shape, np.float32)
        for z, plane in enumerate(values):
            plane[:] = self.value_slice(z)
        return values

    @property
    def value_slices(self) -> Slices:
        """Return the same slice by slice: a long series as float32 fills a gigabyte."""
        return MadeSlices(self.stored_zyx.shape, self.value_slice)

    @property
    def stored_slices(self) -> Slices:
        """Return the stored integers, as a stack that is read back from a file has them too."""
        return self.stored_zyx

    def value_slice(self, z: int) -> NDArray[np.float32]:
        """Return stored x slope + intercept of one slice, (Y, X), computed in double precision."""
        return np.asarray(self.stored_zyx[z] * self.slope[z] + self.intercept[z], np.float32)

    @property
    def distances_mm(self) -> Floats:
        """Return the (Z,) distances of the slices along the normal."""
        return np.asarray(self.positions_mm @ np.asarray(self.normal), dtype=np.float64)

    @property
    def geometry(self) -> SeriesGeometry:
        return SeriesGeometry(
            shape_zyx=self.stored_zyx.shape,
            spacing_mm=self.spacing_mm,
            row_cosine=self.row_cosine,
            column_cosine=self.column_cosine,
            first_position_mm=tuple(self.positions_mm[0].tolist()),
            last_position_mm=tuple(self.positions_mm[-1].tolist()),
            has_geometry=self.has_geometry,
        )


def build_volume(draft: SeriesDraft) -> SeriesVolume:
    """Order the frames of a draft along their normal.

    Frames without a position keep the order of the file and the instance numbers, and `has_geometry` is
    False. Gaps and repeated positions are left in: `checks.series_findings` reports them.

    Raises
    ------
    MosaicImage, MixedShapes

    Source
    ------
    PS3.3 C.7.6.2.1.1: the normal is row cosine x column cosine, positions are of the first voxel's centre.
    """
    if any(frame.is_mosaic for frame in draft.frames):
        raise MosaicImage("A mosaic cannot be shown as a stack. Export its slices as separate images.")
    if len({frame.shape for frame in draft.frames}) != 1:
        raise MixedShapes("The frames have different sizes or there are none. Upload each series by itself.")
    if all(_is_placed(frame) for frame in draft.frames):
        return _placed_volume(draft.frames)
    return _unplaced_volume(draft.frames)


def _is_placed(frame: Frame) -> bool:
    return None not in (frame.orientation, frame.position, frame.pixel_spacing_mm)


def _placed_volume(frames: Sequence[Frame]) -> SeriesVolume:
    row, column = _unit_cosines(frames[0].orientation or ())
    normal = np.cross(row, column)
    ordered = sorted(frames, key=lambda f: (float(np.dot(f.position or (), normal)), f.instance_number, f.index))
    positions = np.array([frame.position for frame in ordered], dtype=np.float64)
    gap = _slice_spacing_mm(positions @ normal, ordered[0])
    return _volume(
        ordered,
        spacing_mm=(gap or UNKNOWN_MM, *(ordered[0].pixel_spacing_mm or ())),
        row=tuple(row.tolist()),
        column=tuple(column.tolist()),
        positions=positions,
        has_geometry=gap is not None,
    )


def _unplaced_volume(frames: Sequence[Frame]) -> SeriesVolume:
    ordered = sorted(frames, key=lambda f: (f.instance_number, f.index))
    in_plane = ordered[0].pixel_spacing_mm or (UNKNOWN_MM, UNKNOWN_MM)
    gap = ordered[0].spacing_between_mm or ordered[0].thickness_mm or UNKNOWN_MM
    positions = np.zeros((len(ordered), 3))
    positions[:, 2] = np.arange(len(ordered)) * gap
    return _volume(
        ordered,
        spacing_mm=(gap, *in_plane),
        row=(1.0, 0.0, 0.0),
        column=(0.0, 1.0, 0.0),
        positions=positions,
        has_geometry=False,
    )


def _unit_cosines(orientation: Vector) -> tuple[Floats, Floats]:
    cosines = np.array(orientation, dtype=np.float64).reshape(2, 3)
    lengths = np.linalg.norm(cosines, axis=1)
    if not np.allclose(lengths, 1, atol=0.05) or abs(float(cosines[0] @ cosines[1])) > 0.05:
        raise MixedShapes("The image orientation is damaged. Export the series again.")
    row, column = cosines / lengths[:, None]
    return row, column


def _slice_spacing_mm(distances: Floats, frame: Frame) -> float | None:
    steps = np.diff(distances)
    steps = steps[steps > 1e-3]
    if steps.size:
        return float(np.median(steps))
    declared = frame.spacing_between_mm or frame.thickness_mm
    return abs(declared) if declared else None


def _volume(
    ordered: Sequence[Frame],
    *,
    spacing_mm: Vector,
    row: Vector,
    column: Vector,
    positions: Floats,
    has_geometry: bool,
) -> SeriesVolume:
    return SeriesVolume(
        stored_zyx=np.stack([frame.stored for frame in ordered]),
        slope=np.array([frame.slope for frame in ordered], dtype=np.float64),
        intercept=np.array([frame.intercept for frame in ordered], dtype=np.float64),
        spacing_mm=spacing_mm,
        row_cosine=row,
        column_cosine=column,
        normal=tuple(np.cross(row, column).tolist()),
        positions_mm=positions,
        sop_instance_uids=tuple(frame.sop_instance_uid for frame in ordered),
        frame_indices=tuple(frame.index for frame in ordered),
        frame_of_reference_uid=ordered[0].frame_of_reference_uid,
        photometric=ordered[0].photometric,
        has_geometry=has_geometry,
    )
