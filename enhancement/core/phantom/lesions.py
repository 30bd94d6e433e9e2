"""Small findings, painted last into the column and the canal, with a list of where they are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from enhancement.core.phantom.canvas import Canvas
from enhancement.core.phantom.frame import Floats, Points, SpineFrame
from enhancement.core.phantom.shapes import band, ellipsoid
from enhancement.core.phantom.tissues import Tissue


@dataclass(frozen=True)
class Lesion:
    """One finding: its kind, the level it belongs to, and its place in the frame of the spine, mm."""

    kind: str
    level: str
    x: float
    d: float
    s: float
    radius_mm: float


def draw_lesions(frame: SpineFrame, rng: np.random.Generator, *, reach_mm: float) -> tuple[Lesion, ...]:
    """Between two and five findings within `reach_mm` of the middle of the picture."""
    spine = frame.proportions
    usable = [
        i
        for i, level in enumerate(spine.levels[:-1])
        if abs(frame.level_s[i]) < reach_mm and level.name not in {"S4", "S3", "S2", "C2", "C1"}
    ]
    kinds = [kind for kind in PLACES if kind != "cord lesion" or spine.cord_ends_at_mm is None]
    chosen = rng.choice(kinds, size=min(len(kinds), int(rng.integers(2, 6))), replace=False)
    levels = rng.choice(usable, size=len(chosen), replace=len(chosen) > len(usable))
    return tuple(PLACES[str(kind)](frame, int(i), rng) for kind, i in zip(chosen, levels, strict=True))


def _haemangioma(frame: SpineFrame, i: int, rng: np.random.Generator) -> Lesion:
    spine, radius = frame.proportions, rng.uniform(0.22, 0.36) * frame.proportions.levels[i].height_mm
    d, x = rng.uniform(0.4, 0.65) * spine.body_depth_mm, rng.uniform(-0.3, 0.3) * spine.body_half_width_mm
    return Lesion("haemangioma", spine.levels[i].name, x, d, float(frame.level_s[i]), float(radius))


def _at_plate(kind: str) -> Callable[[SpineFrame, int, np.random.Generator], Lesion]:
    def place(frame: SpineFrame, i: int, rng: np.random.Generator) -> Lesion:
        spine = frame.proportions
        s = float(frame.level_s[i] + spine.levels[i].height_mm / 2)
        d = rng.uniform(0.35, 0.65) * spine.body_depth_mm
        radius = rng.uniform(0.14, 0.22) * spine.levels[i].height_mm
        return Lesion(kind, spine.levels[i].name, rng.uniform(-4, 4), d, s - 0.3 * radius, float(radius))

    return place


def _protrusion(frame: SpineFrame, i: int, rng: np.random.Generator) -> Lesion:
    spine = frame.proportions
    radius = rng.uniform(0.2, 0.34) * spine.canal_depth_mm
    return Lesion("disc protrusion", spine.levels[i].name, rng.uniform(-4, 4), 0.0, float(frame.disc_s[i]), radius)


def _cord_lesion(frame: SpineFrame, i: int, rng: np.random.Generator) -> Lesion:
    spine = frame.proportions
    d = -0.47 * spine.canal_depth_mm + rng.uniform(-1.2, 1.2)
    return Lesion(
        "cord lesion", spine.levels[i].name, rng.uniform(-1.5, 1.5), d, float(frame.disc_s[i]), rng.uniform(1.3, 2)
    )


PLACES: dict[str, Callable[[SpineFrame, int, np.random.Generator], Lesion]] = {
    "haemangioma": _haemangioma,
    "Modic type 1": _at_plate("Modic type 1"),
    "Modic type 2": _at_plate("Modic type 2"),
    "Schmorl's node": _at_plate("Schmorl's node"),
    "disc protrusion": _protrusion,
    "cord lesion": _cord_lesion,
}


def paint_lesions(canvas: Canvas, points: Points, lesions: tuple[Lesion, ...]) -> None:
    for lesion in lesions:
        reach = 6 * lesion.radius_mm
        near = points.where((np.abs(points.s - lesion.s) < reach) & (np.abs(points.d - lesion.d) < reach))
        a, b, c = near.x - lesion.x, near.d - lesion.d, near.s - lesion.s
        _PAINTERS[lesion.kind](canvas, near, (a, b, c), lesion.radius_mm)


Offsets = tuple[Floats, Floats, Floats]


def _in_marrow(canvas: Canvas, points: Points) -> Points:
    return points.where(canvas.label[points.index] == Tissue.MARROW)


def _paint_haemangioma(canvas: Canvas, points: Points, offsets: Offsets, radius: float) -> None:
    shape = ellipsoid(*offsets, (radius, radius, radius * 1.1))
    canvas.paint(points, Tissue.HAEMANGIOMA, shape, soft_mm=1.2)
    # Thickened trabeculae: the dark dots (axial) and columns (sagittal) by which it is known.
    dots = np.cos(offsets[0] * 2.2) * np.cos(offsets[1] * 2.2)
    canvas.paint(points, Tissue.MARROW, np.maximum(shape + 0.8, 0.72 - dots).astype(np.float32), soft_mm=1.0)


def _paint_band(tissue: Tissue) -> Callable[[Canvas, Points, Offsets, float], None]:
    def paint(canvas: Canvas, points: Points, offsets: Offsets, radius: float) -> None:
        x, d, s = offsets
        shape = np.maximum(ellipsoid(x, d, s, (4 * radius, 2.6 * radius, 1.9 * radius)), band(s, -99, 0.6 * radius))
        inside = canvas.label[points.index] == Tissue.MARROW
        canvas.paint(points.where(inside), tissue, shape[inside], soft_mm=2.2)

    return paint


def _paint_schmorl(canvas: Canvas, points: Points, offsets: Offsets, radius: float) -> None:
    shape = ellipsoid(*offsets, (1.3 * radius, 1.3 * radius, radius))
    canvas.paint(points, Tissue.CORTEX, shape - 0.8)
    canvas.paint(points, Tissue.NUCLEUS_MILD, shape, soft_mm=0.8)


def _paint_protrusion(canvas: Canvas, points: Points, offsets: Offsets, radius: float) -> None:
    shape = ellipsoid(*offsets, (1.9 * radius, radius, 0.95 * radius))
    canvas.paint(points, Tissue.LIGAMENT, shape - 0.4)
    canvas.paint(points, Tissue.NUCLEUS_DRY, shape + 0.4, soft_mm=0.8)


def _paint_cord_lesion(canvas: Canvas, points: Points, offsets: Offsets, radius: float) -> None:
    shape = ellipsoid(*offsets, (radius, radius, 2.8 * radius))
    inside = np.isin(canvas.label[points.index], (Tissue.CORD, Tissue.GREY_MATTER))
    canvas.paint(points.where(inside), Tissue.CORD_LESION, shape[inside], soft_mm=1.0)


_PAINTERS: dict[str, Callable[[Canvas, Points, Offsets, float], None]] = {
    "haemangioma": _paint_haemangioma,
    "Modic type 1": _paint_band(Tissue.OEDEMA),
    "Modic type 2": _paint_band(Tissue.FATTY_MARROW),
    "Schmorl's node": _paint_schmorl,
    "disc protrusion": _paint_protrusion,
    "cord lesion": _paint_cord_lesion,
}
