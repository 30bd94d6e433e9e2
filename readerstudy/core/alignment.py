"""The arms of an image set laid on one another in space: what both sides of a pair have in common.

Separate acquisitions differ in slice count, slice distance, matrix, pixel spacing and position. Readers scroll along
one ladder of *rungs* at which every arm shows the slice that lies nearest along the normal; all arms have the same
number of rungs, so neither the browser nor the reader is told how many slices an arm has. Pixels are never
resampled: each slice keeps its own grid and says where it lies in the common *frame*, in mm from its top left corner.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from readerstudy.core.errors import BadVolume
from readerstudy.core.volume import SeriesVolume

Floats = NDArray[np.float64]
ByArm = Mapping[str, Floats]

# Separate frames of reference are taken at their word while the stacks share at least this part of their extent.
SHARED_EXTENT = 0.5
# Rungs so near to one another (of the slice distance) are one.
SAME_RUNG = 1e-3
DECIMALS = 4  # tenths of a micrometre: below the precision of DICOM's decimal strings


@dataclass(frozen=True)
class SlicePlace:
    """The grid of one slice, and where its top left corner (not the first pixel's centre) lies in the frame."""

    rows: int
    columns: int
    row_mm: float  # distance of rows
    column_mm: float
    top_mm: float
    left_mm: float


@dataclass(frozen=True)
class Alignment:
    """`sources[arm][rung]` is the arm's slice at a rung, `places[arm][slice]` where it lies."""

    rung_mm: float
    extent_mm: tuple[float, float]  # height, width of the frame
    pixel_mm: tuple[float, float]  # the finest row and column distance of all arms
    grid: tuple[int, int]  # rows, columns that hold every arm's slices
    sources: Mapping[str, tuple[int, ...]]
    places: Mapping[str, tuple[SlicePlace, ...]]

    @property
    def rungs(self) -> int:
        return len(next(iter(self.sources.values())))


def align(volumes: Mapping[str, SeriesVolume]) -> Alignment:
    """Lay the arms of an image set on one another.

    Parameters
    ----------
    volumes : arm code to volume, cut in the same direction (`checks.set_findings` refuses others)

    Returns
    -------
    Alignment
        Exchanging two arms exchanges their sources and places and changes nothing else.

    Raises
    ------
    BadVolume
        When an arm has no positions in space and the shapes differ.
    """
    if not all(volume.has_geometry for volume in volumes.values()):
        return _by_number(volumes)
    corners = _corners_mm(volumes)
    low = np.min([corner.min(axis=0) for corner in corners.values()], axis=0)
    corners = {code: corner - low for code, corner in corners.items()}
    distances = {code: corner[:, 0] for code, corner in corners.items()}
    rungs = _ladder({code: volumes[code].spacing_mm[0] for code in volumes}, distances)
    sources = {code: tuple(_nearest(one, rungs).tolist()) for code, one in distances.items()}
    return _alignment(volumes, corners, sources)


def _by_number(volumes: Mapping[str, SeriesVolume]) -> Alignment:
    """Without positions the n-th slices belong together."""
    if len({volume.stored_zyx.shape for volume in volumes.values()}) > 1:
        raise BadVolume("The arms have different shapes and no positions in space: they cannot be laid on one another.")
    count = next(iter(volumes.values())).stored_zyx.shape[0]
    sources = {code: tuple(range(count)) for code in volumes}
    # One spacing for all: what only some of the arms know must not move or stretch the others.
    known = sorted((code, volume) for code, volume in volumes.items() if volume.has_geometry) or sorted(volumes.items())
    same = dict.fromkeys(volumes, known[0][1])
    return _alignment(same, {code: np.zeros((count, 3)) for code in volumes}, sources)


def _alignment(
    volumes: Mapping[str, SeriesVolume], corners: ByArm, sources: Mapping[str, tuple[int, ...]]
) -> Alignment:
    places = {code: tuple(_place(volumes[code], corner) for corner in corners[code]) for code in volumes}
    every = [place for row in places.values() for place in row]
    height = max(place.top_mm + place.rows * place.row_mm for place in every)
    width = max(place.left_mm + place.columns * place.column_mm for place in every)
    return Alignment(
        rung_mm=round(min(volume.spacing_mm[0] for volume in volumes.values()), DECIMALS),
        extent_mm=(round(height, DECIMALS), round(width, DECIMALS)),
        pixel_mm=(min(place.row_mm for place in every), min(place.column_mm for place in every)),
        grid=(max(place.rows for place in every), max(place.columns for place in every)),
        sources=sources,
        places=places,
    )


def _place(volume: SeriesVolume, corner: Floats) -> SlicePlace:
    _, rows, columns = volume.stored_zyx.shape
    _, row_mm, column_mm = (round(float(value), DECIMALS) for value in volume.spacing_mm)
    top, left = (round(float(value), DECIMALS) for value in corner[1:])
    return SlicePlace(rows, columns, row_mm, column_mm, top, left)


def _corners_mm(volumes: Mapping[str, SeriesVolume]) -> dict[str, Floats]:
    """(Z, 3) of each arm: along the normal, down, right; of each slice's top left outer corner.

    Arms of separate frames of reference that hardly overlap were positioned anew: their middles are laid on the
    first frame's middle. All arms of a frame move together.
    """
    axes = _axes(volumes)
    corners = {code: _corner_mm(volume, axes) for code, volume in volumes.items()}
    frames = {code: str(volume.frame_of_reference_uid) for code, volume in volumes.items()}
    first = min(frames)
    boxes = {frame: _box(volumes, corners, frames, frame) for frame in frames.values()}
    shifts = {frame: _shift_mm(box, boxes[frames[first]]) for frame, box in boxes.items()}
    return {code: corner + shifts[frames[code]] for code, corner in corners.items()}


def _axes(volumes: Mapping[str, SeriesVolume]) -> Floats:
    """(3, 3): normal, direction of rows, direction of columns, the mean of all arms; almost orthogonal is enough."""
    mean = np.mean([[v.normal, v.column_cosine, v.row_cosine] for v in volumes.values()], axis=0)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float64)


def _corner_mm(volume: SeriesVolume, axes: Floats) -> Floats:
    centres = np.asarray(volume.positions_mm, dtype=np.float64) @ axes.T
    return np.asarray(centres - np.array([0.0, volume.spacing_mm[1] / 2, volume.spacing_mm[2] / 2]))


def _box(
    volumes: Mapping[str, SeriesVolume], corners: ByArm, frames: Mapping[str, str], frame: str
) -> tuple[Floats, Floats]:
    """Low and high corner of everything that was acquired in one frame of reference."""
    members = [code for code, one in frames.items() if one == frame]
    boxes = [_stack_box(volumes[code], corners[code]) for code in members]
    return np.min([low for low, _ in boxes], axis=0), np.max([high for _, high in boxes], axis=0)


def _stack_box(volume: SeriesVolume, corners: Floats) -> tuple[Floats, Floats]:
    _, rows, columns = volume.stored_zyx.shape
    depth, row_mm, column_mm = volume.spacing_mm
    half = np.array([depth / 2, 0, 0])
    size = np.array([depth / 2, rows * row_mm, columns * column_mm])
    return corners.min(axis=0) - half, corners.max(axis=0) + size


def _shift_mm(box: tuple[Floats, Floats], base: tuple[Floats, Floats]) -> Floats:
    shared = np.minimum(box[1], base[1]) - np.maximum(box[0], base[0])
    smaller = np.minimum(box[1] - box[0], base[1] - base[0])
    if (shared >= SHARED_EXTENT * smaller).all():
        return np.zeros(3)
    return np.asarray((base[0] + base[1] - box[0] - box[1]) / 2)


def stacks_apart(volumes: Mapping[str, SeriesVolume]) -> str:
    """Say which arms show different places in one frame of reference; empty when all overlap along the normal."""
    placed = {code: volume for code, volume in volumes.items() if volume.has_geometry}
    if len(placed) < 2:
        return ""
    corners = _corners_mm(placed)
    boxes = {code: _stack_box(placed[code], corners[code]) for code in placed}
    codes = sorted(placed)
    for a, b in ((a, b) for i, a in enumerate(codes) for b in codes[i + 1 :]):
        shared = min(boxes[a][1][0], boxes[b][1][0]) - max(boxes[a][0][0], boxes[b][0][0])
        if shared <= 0:
            return f"{a} and {b} lie {-shared:.0f} mm apart along the slices: they show different places."
    return ""


def _ladder(steps: Mapping[str, float], distances: ByArm) -> Floats:
    """Rungs such that every slice of every arm is the nearest one at some rung."""
    if common := _common_rungs(distances, min(steps.values())):
        return np.array(common)
    step = min(steps.values())
    low = min(float(one.min()) for one in distances.values())
    high = max(float(one.max()) for one in distances.values())
    count = round((high - low) / step) + 1
    rungs: Floats = np.asarray((low + high) / 2 + (np.arange(count) - (count - 1) / 2) * step, dtype=np.float64)
    for one in distances.values():
        missed = np.setdiff1d(np.arange(len(one)), _nearest(one, rungs))
        rungs = np.sort(np.concatenate([rungs, one[missed]])).astype(np.float64)
    keep = np.concatenate([[True], np.diff(rungs) > SAME_RUNG * step])
    return np.asarray(rungs[keep])


def _common_rungs(distances: ByArm, step: float) -> list[float]:
    """One rung a slice where the n-th slices of all arms lie at the same place, however uneven; else empty."""
    rows = list(distances.values())
    if len({len(row) for row in rows}) > 1:
        return []
    together = np.array(rows)
    steps = np.diff(together, axis=1)
    closest = float(steps.min()) if steps.size else step
    return list(together.mean(axis=0)) if np.ptp(together, axis=0).max() < closest / 2 else []


def _nearest(distances: Floats, rungs: Floats) -> NDArray[np.intp]:
    return np.asarray(np.abs(distances[None, :] - rungs[:, None]).argmin(axis=1))
