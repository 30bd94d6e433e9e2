"""What lies in the spinal canal: epidural fat, the sac, the cord or the roots of the cauda equina; and the foramina."""

import numpy as np

from enhancement.core.phantom.canvas import Canvas
from enhancement.core.phantom.frame import Floats, Points
from enhancement.core.phantom.proportions import Proportions
from enhancement.core.phantom.shapes import band, both, ellipse
from enhancement.core.phantom.tissues import Tissue

N_ROOTS = 22
CONUS_MM = 32.0  # over which the cord tapers


def paint_foramina(canvas: Canvas, points: Points, spine: Proportions) -> None:
    """Fat around the nerve roots beside the canal; painted before the bones."""
    width, canal = spine.canal_half_width_mm, spine.canal_depth_mm
    side = points.where(band(np.abs(points.x), width - 5, width + 14) < 0)
    opening = ellipse(np.abs(side.x) - width - 2, side.d + 0.3 * canal, 9.5, 0.55 * canal)
    canvas.paint(side, Tissue.FAT, opening, soft_mm=1.5)


def paint_roots(canvas: Canvas, points: Points, spine: Proportions) -> None:
    """The ganglion under each pedicle and the vessels beside it; painted after the bones."""
    width, canal = spine.canal_half_width_mm, spine.canal_depth_mm
    side = points.where(band(np.abs(points.x), width - 2, width + 30) < 0)
    side = side.where((side.d < 6) & (side.d > -canal))
    outwards = np.abs(side.x) - width
    # The root leaves downwards and to the front.
    centre_d, centre_v = -0.30 * canal + 0.12 * outwards, 0.24 * canal - 0.35 * (outwards - 4)
    scale = canal / 17
    root = ellipse(side.d - centre_d, side.v - centre_v, 2.6 * scale, 3.3 * scale)
    canvas.paint(side, Tissue.NERVE, both(root, outwards - 14), soft_mm=0.8)
    vein = ellipse(side.d + 0.12 * canal, side.v - 0.02 * canal, 1.1, 1.3)
    canvas.paint(side, Tissue.ARTERY, both(vein, outwards - 10))


def paint_canal(canvas: Canvas, points: Points, spine: Proportions, *, root_phases: Floats, rotation: Floats) -> None:
    """The canal's contents. `root_phases` and `rotation`, (roots,), place the roots of the cauda equina."""
    canal, width = spine.canal_depth_mm, spine.canal_half_width_mm
    inside = points.where((points.d < 2) & (points.d > -canal - 3) & (np.abs(points.x) < width + 2))
    inside = inside.where(inside.d < 0.6 - 0.1)
    bony = ellipse(inside.x, inside.d + canal / 2 + 0.4, width, canal / 2 + 0.9)
    canvas.paint(inside, Tissue.FAT, bony)
    sac = sac_outline(inside, spine)
    canvas.paint(inside, Tissue.LIGAMENT, sac - 0.25)
    canvas.paint(inside, Tissue.CSF, sac + 0.25)
    inner = inside.where(sac < 0)
    _paint_cord(canvas, inner, spine)
    if spine.cord_ends_at_mm is not None:
        below = inner.where(inner.s < spine.cord_ends_at_mm)
        _paint_cauda(canvas, below, spine, root_phases=root_phases, rotation=rotation)


def sac_outline(points: Points, spine: Proportions) -> Floats:
    """Distance to the dural sac: behind it, between the laminae, a triangle of fat is left."""
    canal, width = spine.canal_depth_mm, spine.canal_half_width_mm
    lumbar = spine.region == "lumbar"
    fat = (0.20 if lumbar else 0.07) * canal * np.exp(-(((points.v + 1) / 8) ** 2)) + 0.06 * canal
    taper = np.ones_like(points.s)
    if lumbar:  # the sac ends at S2
        start, end = -78.0, -122.0
        taper = np.clip((points.s - end) / (start - end), 0.02, 1) ** 0.6
        fat = fat + 0.3 * canal * (1 - taper)
    half = (canal - fat) / 2 * np.clip(taper, 0.15, 1)
    front = 0.5 + 2.5 * (1 - taper)
    return ellipse(points.x, points.d + half + front, (width - 1.5) * taper, half, power=2.2)


def _paint_cord(canvas: Canvas, points: Points, spine: Proportions) -> None:
    taper = np.ones_like(points.s)
    if spine.cord_ends_at_mm is not None:
        taper = np.clip((points.s - spine.cord_ends_at_mm) / CONUS_MM, 0, 1) ** 0.55
        points, taper = points.where(taper > 0.05), taper[taper > 0.05]
    swell = 1 + 0.06 * np.cos(points.s / 45)
    half_d, half_x = spine.cord_depth_mm / 2 * taper * swell, spine.cord_half_width_mm * taper * swell
    d = points.d + 0.47 * spine.canal_depth_mm
    cord = ellipse(points.x, d, half_x, half_d, power=2.1)
    canvas.paint(points, Tissue.CORD, cord, soft_mm=0.6)
    # The butterfly of grey matter: two crescents and a bar.
    horn = ellipse(np.abs(points.x) - 0.36 * half_x, d, 0.15 * half_x, 0.62 * half_d)
    bar = ellipse(points.x, d, 0.4 * half_x, 0.13 * half_d)
    canvas.paint(points, Tissue.GREY_MATTER, np.minimum(horn, bar), soft_mm=0.7)


def _paint_cauda(canvas: Canvas, points: Points, spine: Proportions, *, root_phases: Floats, rotation: Floats) -> None:
    """Roots lie along the back of the sac and leave it one after the other, from its sides, on the way down."""
    canal, width = spine.canal_depth_mm, spine.canal_half_width_mm
    length = 190.0
    for number, (phase, turn) in enumerate(zip(root_phases, rotation, strict=True)):
        leaves_at = spine.cord_ends_at_mm - 25 - length * (number + 0.5) / len(root_phases)  # type: ignore[operator]
        here = points.where(points.s > leaves_at)
        down = (spine.cord_ends_at_mm - here.s) / length  # type: ignore[operator]
        settle = np.clip(down * 5, 0, 1)
        angle = phase * 0.92 + 0.15 * np.sin(turn + here.s / 26)
        centre_x = 0.62 * width * np.sin(angle) * settle
        centre_d = -0.47 * canal - settle * canal * (0.24 * np.cos(angle) + 0.04 * np.sin(turn * 3 + here.s / 19))
        root = np.hypot(here.x - centre_x, here.d - centre_d) - 0.62
        canvas.paint(here, Tissue.NERVE, root.astype(np.float32), soft_mm=0.7)
