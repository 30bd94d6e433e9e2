"""Make a phantom: one patient's spine, cut into slices of two tissues a pixel."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from enhancement.core.phantom.canal import N_ROOTS, paint_canal, paint_foramina, paint_roots
from enhancement.core.phantom.canvas import Canvas
from enhancement.core.phantom.column import DiscState, paint_column
from enhancement.core.phantom.frame import Floats, Points, SpineFrame
from enhancement.core.phantom.geometry import Geometry, place_slices
from enhancement.core.phantom.lesions import Lesion, draw_lesions, paint_lesions
from enhancement.core.phantom.proportions import draw_proportions
from enhancement.core.phantom.surroundings import paint_outside, paint_surroundings, skin_distance
from enhancement.core.phantom.texture import Textures, make_textures, roughen, texture_of
from enhancement.core.phantom.warp import Warp, draw_warp
from readerstudy.core.errors import BadVolume

OVERSAMPLING = 1.25  # of the painted over the displayed grid; what lies above is removed through k-space
COIL_DEPTH_MM = 75.0  # over which the sensitivity of the coil under the back falls to 1/e


@dataclass(frozen=True)
class SeenLesion:
    """One entry of the truth list: centre in voxels (z, y, x) of the displayed grid."""

    kind: str
    level: str
    centre_zyx: tuple[float, float, float]
    radius_mm: float


@dataclass(frozen=True)
class SpinePhantom:
    """What was painted, before any contrast.

    label, under : (Z, fine Y, fine X) uint8, the upper and the lower tissue of each pixel.
    coverage : (Z, fine Y, fine X) float16, how much of the pixel is the upper one.
    texture : (Z, fine Y, fine X) float16, local proton density relative to the tissue's.
    bias : (Z, Y, X) float32, sensitivity of the coil on the displayed grid.
    """

    region: str
    plane: str
    geometry: Geometry
    label: NDArray[np.uint8]
    under: NDArray[np.uint8]
    coverage: NDArray[np.float16]
    texture: NDArray[np.float16]
    bias: Floats
    lesions: tuple[SeenLesion, ...]

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        return self.geometry.spacing_mm


@dataclass(frozen=True)
class Patient:
    """Everything random about one spine: the same patient can be cut in any plane."""

    frame: SpineFrame
    discs: tuple[DiscState, ...]
    lesions: tuple[Lesion, ...]
    warp: Warp
    root_phases: Floats
    root_rotation: Floats


def draw_patient(region: str, rng: np.random.Generator) -> Patient:
    """One patient with one spine. Raises BadVolume for a region that is not known."""
    frame = SpineFrame(draw_proportions(region, rng), scoliosis_mm=float(rng.normal(0, 1.8)))
    discs = tuple(_draw_disc(rng) for _ in frame.disc_s)
    return Patient(
        frame=frame,
        discs=discs,
        lesions=draw_lesions(frame, rng, reach_mm=95.0),
        warp=draw_warp(rng),
        root_phases=np.sort(rng.uniform(-1.5, 1.5, N_ROOTS)).astype(np.float32)[_outer_first()],
        root_rotation=rng.uniform(0, 2 * np.pi, N_ROOTS).astype(np.float32),
    )


def _outer_first() -> NDArray[np.intp]:
    """Roots at the sides leave the sac first, those in the middle last: order from the end of the list."""
    order = np.arange(N_ROOTS)
    return np.argsort(-np.abs(order - (N_ROOTS - 1) / 2), kind="stable")


def _draw_disc(rng: np.random.Generator) -> DiscState:
    grade = int(rng.choice(3, p=(0.5, 0.28, 0.22)))
    height = 1.0 - 0.13 * grade * rng.uniform(0.5, 1.2)
    return DiscState(grade, float(height), float(0.4 + 0.7 * grade * rng.uniform(0.3, 1.3)))


def make_spine_phantom(
    *,
    region: str,
    plane: str,
    rng: np.random.Generator,
    matrix: tuple[int, int] = (320, 320),
    slices: int = 16,
    spacing_mm: tuple[float, float, float] | None = None,
    patient: Patient | None = None,
) -> SpinePhantom:
    """Draw a spine and cut it.

    Parameters
    ----------
    region, plane : cervical, thoracic or lumbar; sagittal or axial.
    rng : source of everything random; the same state gives the same phantom.
    matrix : displayed rows and columns, even and at least 32.
    spacing_mm : z, y, x; by default the usual field of view of region and plane.
    patient : cut this patient again instead of drawing a new one.

    Raises
    ------
    BadVolume
        The region, the plane or the matrix is not one of those.
    """
    if min(matrix) < 32 or any(n % 2 for n in matrix) or slices < 1:
        raise BadVolume(f"A phantom needs an even matrix of at least 32 and one slice, not {matrix}, {slices}.")
    patient = patient or draw_patient(region, rng)
    geometry = place_slices(patient.frame, plane=plane, matrix=matrix, slices=slices, spacing_mm=spacing_mm)
    fine = tuple(2 * round(n * OVERSAMPLING / 2) for n in matrix)
    textures = make_textures((fine[0], fine[1]), _pixel_mm(geometry, fine), plane=plane, rng=rng)
    grid = Slices(patient, geometry, (fine[0], fine[1]))
    parts = [_paint_slice(grid, i, textures, rng) for i in range(slices)]
    label, under, coverage, texture = (np.stack(part) for part in zip(*parts, strict=True))
    return SpinePhantom(
        region=region,
        plane=plane,
        geometry=geometry,
        label=label,
        under=under,
        coverage=coverage,
        texture=texture,
        bias=_bias(patient, geometry, plane=plane, rng=rng),
        lesions=seen_lesions(patient, geometry),
    )


def _pixel_mm(geometry: Geometry, fine: tuple[int, ...]) -> float:
    return geometry.spacing_mm[1] * geometry.shape[1] / fine[0]


@dataclass(frozen=True)
class Slices:
    """One grid over a stack, with what its slices share."""

    patient: Patient
    geometry: Geometry
    shape: tuple[int, int]

    @cached_property
    def _first(self) -> tuple[Floats, Floats]:
        _, y, z = self.geometry.grid(0, self.shape)
        return self.patient.frame.follow(y, z)

    def points(self, index: int) -> Points:
        """All coordinates of one slice."""
        x, y, z = self.geometry.grid(index, self.shape)
        # Slices that differ in x only lie at the same places along the spine.
        s, d = self._first if self.geometry.is_sagittal else self.patient.frame.follow(y, z)
        # The displacement is smooth: worked out on every fourth pixel.
        coarse = (self.shape[0] // 4, self.shape[1] // 4)
        moved = self.patient.warp.at(*self.geometry.grid(index, coarse))
        dx, ds, dd = (_enlarge(part, self.shape) for part in moved)
        y, z = np.broadcast_to(y, self.shape), np.broadcast_to(z, self.shape)
        return self.patient.frame.points(x + dx, y, z, s + ds, d + dd)


def _paint_slice(
    grid: Slices, index: int, textures: Textures, rng: np.random.Generator
) -> tuple[NDArray[np.generic], ...]:
    points, shape, patient = grid.points(index), grid.shape, grid.patient
    spine = patient.frame.proportions
    canvas = Canvas(size=points.index.size, pixel_mm=_pixel_mm(grid.geometry, shape))
    shifts = textures.draw_shifts(rng)
    paint_surroundings(canvas, points, spine, textures.shifted("coarse", shifts))
    paint_foramina(canvas, points, spine)
    paint_column(canvas, points, spine, patient.discs)
    paint_roots(canvas, points, spine)
    paint_canal(canvas, points, spine, root_phases=patient.root_phases, rotation=patient.root_rotation)
    paint_lesions(canvas, points, patient.lesions)
    roughen(canvas, textures, shifts)
    paint_outside(canvas, points, spine)
    return (
        canvas.label.reshape(shape),
        canvas.under.reshape(shape),
        canvas.coverage.reshape(shape).astype(np.float16),
        texture_of(canvas, textures, shifts).reshape(shape).astype(np.float16),
    )


def _bias(patient: Patient, geometry: Geometry, *, plane: str, rng: np.random.Generator) -> Floats:
    """Bright near the coil under the back, dim at the ends of the view and under an anterior saturation band."""
    rows, columns = geometry.shape[1:]
    spine = patient.frame.proportions
    slope, lift = rng.normal(0, 0.03, 2)
    slices = []
    coarse = Slices(patient, geometry, (rows // 4, columns // 4))
    for index in range(geometry.shape[0]):
        points = coarse.points(index)
        deep = -skin_distance(points, spine)
        bias = 0.5 + 0.8 * np.exp(-np.clip(deep, 0, None) / COIL_DEPTH_MM)
        bias *= 1 + slope * points.x / 40 + lift * points.z / 80
        if plane == "sagittal":
            bias *= _ends(points.z, geometry.shape[1] * geometry.spacing_mm[1])
            bias *= _saturation(points, spine.body_depth_mm)
        slices.append(_enlarge(bias.reshape(rows // 4, columns // 4), (rows, columns)))
    return np.stack(slices).astype(np.float32)


def _ends(z: Floats, fov_mm: float) -> Floats:
    """The coil elements end, and gradients bend, where the view does."""
    return 1 - 0.5 * np.clip((np.abs(z) / fov_mm - 0.34) / 0.16, 0, 1.2) ** 2


def _saturation(points: Points, body_depth_mm: float) -> Floats:
    """A straight band in front of the spine hides the motion of throat, heart and bowel."""
    edge = body_depth_mm + 17 + 0.06 * points.z
    return 1 - 0.8 / (1 + np.exp(-np.clip((points.y - edge) / 2.5, -30, 30)))


def _enlarge(small: Floats, shape: tuple[int, int]) -> Floats:
    """Linear interpolation of a smooth map."""
    rows = np.linspace(0, small.shape[0] - 1, shape[0])
    columns = np.linspace(0, small.shape[1] - 1, shape[1])
    r, c = rows.astype(int).clip(0, small.shape[0] - 2), columns.astype(int).clip(0, small.shape[1] - 2)
    a, b = (rows - r)[:, None], (columns - c)[None, :]
    upper = small[r][:, c] * (1 - b) + small[r][:, c + 1] * b
    lower = small[r + 1][:, c] * (1 - b) + small[r + 1][:, c + 1] * b
    return upper * (1 - a) + lower * a


def seen_lesions(patient: Patient, geometry: Geometry) -> tuple[SeenLesion, ...]:
    """The lesions whose centre lies within the stack, in voxels of the displayed grid."""
    normal = np.cross(geometry.row_mm, geometry.column_mm)
    if geometry.shape[0] > 1:
        normal = (geometry.origins_mm[1] - geometry.origins_mm[0]) / geometry.spacing_mm[0]
    axes = np.stack([normal, geometry.column_mm, geometry.row_mm])
    seen = []
    for lesion in patient.lesions:
        y, z, slope = patient.frame.at(lesion.s)
        forward = np.array([0, 1.0, -slope]) / np.hypot(slope, 1)
        side = patient.frame.side_shift_mm(z)
        place = np.array([lesion.x + side, y, z]) + lesion.d * forward
        centre = axes @ (place - geometry.origins_mm[0]) / geometry.spacing_mm
        if all(-0.5 <= c <= n - 0.5 for c, n in zip(centre, geometry.shape, strict=True)):
            z_, y_, x_ = (round(float(c), 2) for c in centre)
            seen.append(SeenLesion(lesion.kind, lesion.level, (z_, y_, x_), round(lesion.radius_mm, 2)))
    return tuple(seen)
