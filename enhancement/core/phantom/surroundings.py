"""The soft tissue around the spine: back muscles, fat and skin, and what lies in front of the column."""

import numpy as np

from enhancement.core.phantom.canvas import Canvas
from enhancement.core.phantom.frame import Floats, Points
from enhancement.core.phantom.proportions import Proportions
from enhancement.core.phantom.shapes import band, both, ellipse, ellipsoid
from enhancement.core.phantom.tissues import Tissue


def paint_surroundings(canvas: Canvas, points: Points, spine: Proportions, noise: Floats) -> None:
    """Everything that is painted before the column. `noise`, (N,), is a smooth random field."""
    {"lumbar": _paint_abdomen, "thoracic": _paint_chest, "cervical": _paint_neck}[spine.region](
        canvas, points, spine, noise
    )


def paint_outside(canvas: Canvas, points: Points, spine: Proportions) -> None:
    """Skin, and air beyond it; painted last."""
    inside = skin_distance(points, spine)
    canvas.paint(points, Tissue.SKIN, (np.abs(inside + 0.9) - 0.9).astype(np.float32))
    canvas.paint(points, Tissue.AIR, -inside)


def skin_distance(points: Points, spine: Proportions) -> Floats:
    """Distance to the body's surface, negative inside."""
    if spine.region == "cervical":
        broad = 18 * np.logaddexp(0, -(points.z + 62) / 14)  # the shoulders
        back = 3.5 * np.exp(-((points.x / 9) ** 2))
        return ellipse(points.x, points.y + 2 - back, 66 + broad, spine.skin_mm + 0.4 * broad)
    furrow = 6 * np.exp(-((points.x / 14) ** 2))
    sag = 7 * np.cos((points.z - 40) / 60)
    return ellipse(points.x, points.y - 40 + sag - furrow, 178, spine.skin_mm + 40)


def _paint_back(canvas: Canvas, points: Points, spine: Proportions, *, reach_mm: float) -> None:
    """The erector spinae and multifidus, side by side, with fat between them."""
    depth = skin_distance(points, spine) + spine.fascia_mm
    canal = spine.canal_depth_mm
    x = np.abs(points.x)
    middle = -0.45 * canal - 0.36 * reach_mm
    belly = ellipse(x - 0.5 * reach_mm, points.d - middle, 0.54 * reach_mm, 0.46 * reach_mm)
    beside = both(band(x, 1.6, 14), band(points.d, -2.6 * canal, -0.9 * canal), rounding=4)
    whole = both(both(depth, 1.6 - x, rounding=4), np.minimum(belly, beside), rounding=6)
    canvas.paint(points, Tissue.MUSCLE, whole)
    cleft = np.abs(x - 19 - 0.35 * (points.d + 40)) - 0.9  # the plane between multifidus and longissimus
    canvas.paint(points, Tissue.FAT, both(cleft, whole + 1.5), soft_mm=1.5)
    canvas.paint(points, Tissue.LIGAMENT, both(np.abs(depth) - 0.7, x - reach_mm, rounding=4))


def _paint_abdomen(canvas: Canvas, points: Points, spine: Proportions, noise: Floats) -> None:
    depth = spine.body_depth_mm
    _paint_back(canvas, points, spine, reach_mm=74)
    x = np.abs(points.x)
    growth = np.clip((40 - points.s) / 110, 0.15, 1.15)
    psoas = ellipse(x - 29 - 9 * growth, points.d - 9, 19 * growth, 23 * growth)
    canvas.paint(points, Tissue.MUSCLE, psoas)
    quadratus = both(ellipse(x - 62 - 0.4 * points.d, points.d + 7, 20, 9), np.abs(points.s) - 70)
    canvas.paint(points, Tissue.MUSCLE, quadratus)
    front = points.where(points.d > depth + 3)
    field = noise[points.d > depth + 3]
    bowel = np.maximum(0.35 - field, 0.1 * (depth + 24 - front.d) - 0.5 * field)
    canvas.paint(front, Tissue.VISCERA, bowel * 4, soft_mm=2.5)
    _paint_vessels(canvas, front, spine)


def _paint_vessels(canvas: Canvas, points: Points, spine: Proportions) -> None:
    """Aorta and vena cava, which divide in front of L4."""
    ahead = points.d - spine.body_depth_mm * points.size - 11
    fork = np.clip((-38 - points.s) / 60, 0, 1.2)
    aorta = ellipse(points.x - 9 + 26 * fork, ahead - 1, 8.5 - 2.5 * fork, 8.5 - 2.5 * fork)
    iliac = ellipse(points.x - 9 - 22 * fork, ahead - 1, 6.5, 6.5) + 9 * (fork <= 0)
    cava = ellipse(points.x + 15 + 8 * fork, ahead, 10.5 - 2 * fork, 7.5)
    canvas.paint(points, Tissue.VEIN, cava)
    for vessel in (aorta, iliac.astype(np.float32)):
        canvas.paint(points, Tissue.LIGAMENT, vessel - 1)
        canvas.paint(points, Tissue.ARTERY, vessel)


def _paint_chest(canvas: Canvas, points: Points, spine: Proportions, noise: Floats) -> None:
    depth = spine.body_depth_mm
    _paint_back(canvas, points, spine, reach_mm=52)
    front = points.where(points.d > -12)
    lungs = both(28 - np.abs(front.x) + 0.25 * np.abs(front.d - 25), -front.d - 4 + 0.1 * np.abs(front.x))
    canvas.paint(front, Tissue.AIR, lungs, soft_mm=2)
    canvas.paint(front, Tissue.ARTERY, ellipse(front.x - 18, front.d - depth + 2, 11, 11))
    canvas.paint(front, Tissue.MUSCLE, np.abs(ellipse(front.x - 4, front.d - depth - 12, 6, 5)) - 1.5)
    heart = ellipsoid(front.x + 5, front.d - depth - 75, front.s + 25, (65, 55, 85))
    canvas.paint(front, Tissue.VISCERA, heart, soft_mm=3)
    chambers = both(heart + 9, 0.2 - noise[points.d > -12])
    canvas.paint(front, Tissue.ARTERY, chambers.astype(np.float32), soft_mm=3)


def _paint_neck(canvas: Canvas, points: Points, spine: Proportions, noise: Floats) -> None:
    depth = spine.body_depth_mm
    _paint_nape(canvas, points, spine)
    x, front = np.abs(points.x), points.d - depth
    muscles = (
        ellipse(x - 8, front - 3, 7, 4.2),  # longus colli
        ellipse(x - 26, points.d - 2, 9, 12),  # scaleni
        both(ellipse(x - 44, front + 2, 9, 17), skin_distance(points, spine) + 5),  # sternocleidomastoid
    )
    for muscle in muscles:
        canvas.paint(points, Tissue.MUSCLE, muscle)
    _paint_throat(canvas, points, spine, front=front)
    for vessel, tissue in (
        (ellipse(x - 27, front - 9, 3.6, 3.6), Tissue.ARTERY),
        (ellipse(x - 34, front - 6, 5.5, 4.2), Tissue.VEIN),
        (ellipse(x - spine.canal_half_width_mm - 4, points.d - 4, 2.4, 2.4), Tissue.ARTERY),  # vertebral
    ):
        canvas.paint(points, tissue, vessel)
    _paint_head(canvas, points, spine)


def _paint_nape(canvas: Canvas, points: Points, spine: Proportions) -> None:
    """The layers of the neck's extensors, one inside the other, fat between them."""
    depth = skin_distance(points, spine) + spine.fascia_mm
    x, canal = np.abs(points.x), spine.canal_depth_mm
    whole = both(both(depth, band(x, 1.4, 56), rounding=5), points.d + 0.5 * canal, rounding=5)
    canvas.paint(points, Tissue.MUSCLE, whole)
    layers = np.hypot(points.x, (points.d + 10) * 1.15) + 2 * np.sin(points.x / 9)
    for radius in (21.0, 31.0, 41.0):
        canvas.paint(points, Tissue.FAT, both(np.abs(layers - radius) - 0.75, whole + 1.5), soft_mm=1.3)


def _paint_throat(canvas: Canvas, points: Points, spine: Proportions, *, front: Floats) -> None:
    """Airway, gullet, tongue: grey and black in front of the neck's spine."""
    larynx = both(ellipse(points.x, front - 24, 20, 19), points.s - 60, rounding=6)
    canvas.paint(points, Tissue.MUSCLE, larynx)
    airway = ellipse(points.x, front - 19 - 2.5 * np.cos(points.s / 17), 9, 6.2)
    canvas.paint(points, Tissue.LIGAMENT, airway - 1.6)
    canvas.paint(points, Tissue.AIR, airway)
    canvas.paint(points, Tissue.MUSCLE, both(np.abs(ellipse(points.x, front - 9, 8, 3.2)) - 1, points.s - 20))
    tongue = ellipsoid(points.x, front - 45, points.s - 50, (24, 22, 26))
    canvas.paint(points, Tissue.MUSCLE, tongue)


def _paint_head(canvas: Canvas, points: Points, spine: Proportions) -> None:
    """Skull base, cerebellum and brain stem at the upper end of the picture."""
    top = points.where(points.s > 60)
    if not top.index.size:
        return
    skull = ellipsoid(top.x, top.d + 26, top.s - 118, (62, 46, 42))
    canvas.paint_bone(top, skull - 4, cortex_mm=1.5)
    canvas.paint(top, Tissue.CSF, skull)
    folia = 0.8 * np.sin(np.hypot(top.d + 16, top.s - 100) * 1.5)
    cerebellum = ellipsoid(np.abs(top.x) - 4, top.d + 38, top.s - 112, (42, 29, 25)) + folia
    canvas.paint(top, Tissue.GREY_MATTER, cerebellum.astype(np.float32), soft_mm=1.2)
    canvas.paint(top, Tissue.CORD, (cerebellum + 9 + 3 * folia).astype(np.float32), soft_mm=2.5)
    pons = ellipsoid(top.x, top.d + 0.5, top.s - 122, (15, 11, 15))
    canvas.paint(top, Tissue.CORD, pons, soft_mm=1.0)
