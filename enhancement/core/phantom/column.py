"""The bones, joints and ligaments of the spine, painted from the back of the picture to its front."""

from dataclasses import dataclass

import numpy as np

from enhancement.core.phantom.canvas import Canvas
from enhancement.core.phantom.frame import Floats, Points
from enhancement.core.phantom.proportions import Proportions
from enhancement.core.phantom.shapes import band, both, ellipse
from enhancement.core.phantom.tissues import Tissue

NUCLEUS_BY_GRADE = (Tissue.NUCLEUS, Tissue.NUCLEUS_MILD, Tissue.NUCLEUS_DRY)


@dataclass(frozen=True)
class DiscState:
    """What has become of one disc: grade 0 to 2 after Pfirrmann's idea, part of its height left, bulge in mm."""

    grade: int
    height: float
    bulge_mm: float


def paint_column(canvas: Canvas, points: Points, spine: Proportions, discs: tuple[DiscState, ...]) -> None:
    """Everything of the spine but the contents of the canal."""
    reach = spine.body_half_width_mm + 26
    near = points.where((np.abs(points.x) < reach) & (points.d < 62) & (points.d > -62))
    _paint_posterior_ligaments(canvas, near, spine)
    _paint_arch(canvas, near, spine)
    _paint_facets(canvas, near, spine)
    _paint_spinous(canvas, near, spine)
    _paint_pedicles(canvas, near, spine)
    front = near.where((near.d > -6) & (near.d < spine.body_depth_mm + 12))
    _paint_long_ligaments(canvas, front, spine)
    _paint_discs(canvas, front, spine, discs)
    _paint_bodies(canvas, front, spine)
    if spine.region == "cervical":
        _paint_atlas(canvas, near, spine)


def _level_values(points: Points, values: list[float]) -> Floats:
    return np.array(values, np.float32)[points.level]


def _disc_values(points: Points, values: list[float]) -> Floats:
    return np.array(values, np.float32)[points.disc]


def _is_sacral(points: Points, spine: Proportions) -> Floats:
    """1 in the sacrum, else 0."""
    return _level_values(points, [float(level.name.startswith("S")) for level in spine.levels])


def cross_section(points: Points, spine: Proportions, *, waist: float = 0.0) -> Floats:
    """Distance to the outline of bodies and discs in the axial plane: a kidney, hollow at the back."""
    depth = spine.body_depth_mm * points.size / 2
    width = spine.body_half_width_mm * np.sqrt(points.size)
    hollow = 1.8 * np.exp(-((points.x / (0.45 * width)) ** 2))
    half = (depth - hollow / 2 - waist) if waist else depth - hollow / 2
    return ellipse(points.x, points.d - depth - hollow / 2, width - waist, half, power=2.5)


def _paint_bodies(canvas: Canvas, points: Points, spine: Proportions) -> None:
    half = _level_values(points, [level.height_mm / 2 for level in spine.levels])
    depth = spine.body_depth_mm * points.size
    # Walls are drawn in at mid-height, endplates are hollow in their middle (more so behind the centre).
    waist = 1.5 * (1 - np.clip(np.abs(points.u / half), 0, 1) ** 2) * (1 - _is_sacral(points, spine))
    off_centre = np.hypot((points.d - 0.45 * depth) / (0.5 * depth), points.x / spine.body_half_width_mm)
    hollow = 0.055 * half * np.clip(1 - off_centre**2, 0, 1) * 2
    walls = cross_section(points, spine) + waist.astype(np.float32)
    plates = (np.abs(points.u) - half + hollow).astype(np.float32)
    canvas.paint_bone(points, both(plates, walls, rounding=2.2), cortex_mm=0.85)
    vein = both(
        np.abs(points.u + 0.5) - 2.6 * (1 - points.d / (0.42 * depth)),
        ellipse(points.x, points.d, 4.5, 0.42 * depth),
    )
    canvas.paint(points, Tissue.VEIN, vein + 8 * _is_sacral(points, spine), soft_mm=2.2)


def _paint_discs(canvas: Canvas, points: Points, spine: Proportions, discs: tuple[DiscState, ...]) -> None:
    full = _disc_values(points, [level.disc_mm for level in spine.levels[:-1]])
    height = full * _disc_values(points, [disc.height for disc in discs])
    bulge = _disc_values(points, [disc.bulge_mm for disc in discs])
    outline = cross_section(points, spine) - bulge
    # The gap between two endplates is wider than the disc is at its rim: the hollow endplates bound it.
    gap = np.abs(points.v) - full / 2 - 1.6
    canvas.paint(points, Tissue.LIGAMENT, both(gap, outline - 0.5, rounding=1.5))
    canvas.paint(points, Tissue.ANNULUS, both(gap, outline + 0.4, rounding=1.5), soft_mm=0.8)
    depth = spine.body_depth_mm * points.size / 2
    in_plane = ellipse(points.x, points.d - depth * 0.92, spine.body_half_width_mm * 0.72, depth * 0.72, power=2.2)
    core = ellipse(in_plane / (0.72 * depth) + 1, points.v, 1.0, height / 2 + 0.5, power=2.6) * height / 2
    grade = _disc_values(points, [disc.grade for disc in discs])
    for value, tissue in enumerate(NUCLEUS_BY_GRADE):
        canvas.paint(points, tissue, np.where(grade == value, core, 9).astype(np.float32), soft_mm=2.4)
    # The cleft of a healthy adult nucleus: a band of fibres in its middle.
    cleft = both(np.abs(points.v) - 0.55, core + 1.5)
    canvas.paint(points, Tissue.NUCLEUS_MILD, np.where(grade == 0, cleft, 9).astype(np.float32), soft_mm=1.6)


def _paint_long_ligaments(canvas: Canvas, points: Points, spine: Proportions) -> None:
    """The anterior and posterior longitudinal ligaments: dark lines along the column."""
    outline = cross_section(points, spine)
    narrow = np.abs(points.x) - 0.75 * spine.body_half_width_mm
    canvas.paint(points, Tissue.LIGAMENT, both(np.abs(outline + 0.2) - 0.7, narrow))


def _ring(points: Points, spine: Proportions) -> Floats:
    """Distance outwards from the bony canal in the axial plane."""
    middle = -spine.canal_depth_mm / 2 - 0.5
    depth = spine.canal_depth_mm / 2 + 1.0
    return ellipse(points.x, points.d - middle, spine.canal_half_width_mm + 0.5, depth)


def _paint_posterior_ligaments(canvas: Canvas, points: Points, spine: Proportions) -> None:
    canal = spine.canal_depth_mm
    behind = points.where((points.d < -0.35 * canal) & (np.abs(points.x) < 30))
    free = 9 * _is_sacral(behind, spine)
    # Between the spinous processes: fibres and fat, seen as a grey and bright streak.
    length = spine.spinous_mm * 0.95
    streak = both(np.abs(behind.x) - 2.6, band(behind.d, -canal - 2 - length, -canal - 2)) + free
    canvas.paint(behind, Tissue.FLAVUM, streak)
    waves = np.sin(behind.v * 0.42 + behind.d * 0.2) + 0.7 * np.sin(behind.v * 0.19 - behind.d * 0.33 + behind.s * 0.05)
    canvas.paint(behind, Tissue.FAT, both(streak + 0.8, 1.6 * (0.95 - np.abs(waves))), soft_mm=3.2)
    tip = -canal - 4 - spine.spinous_mm
    supraspinous = both(np.abs(behind.x) - 3, np.abs(behind.d - tip) - 1.1) + free
    canvas.paint(behind, Tissue.LIGAMENT, supraspinous)
    thickness = np.float32(0.11 * canal)
    flavum = both(np.abs(_ring(behind, spine) - 1.4) - thickness, np.abs(behind.v + 1) - 9)
    flavum = both(flavum, 0.9 - np.abs(behind.x)) + free
    canvas.paint(behind, Tissue.FLAVUM, both(flavum, behind.d + 0.55 * canal))


def _paint_arch(canvas: Canvas, points: Points, spine: Proportions) -> None:
    """Laminae: a bony ring behind the canal, at the lower half of each vertebra."""
    canal = spine.canal_depth_mm
    behind = points.where((points.d < -0.4 * canal) & (points.d > -2.2 * canal) & (np.abs(points.x) < 28))
    half = _level_values(behind, [level.height_mm / 2 for level in spine.levels])
    thick = np.float32(2.1 + 0.055 * canal)
    # A lamina slopes: its lower edge stands further back, like a tile on a roof.
    ring = _ring(behind, spine) - thick - 0.9 - 0.22 * np.clip(half * 0.25 - behind.u, -8, 12)
    slab = both(np.abs(ring) - thick, np.abs(behind.u + 0.28 * half) - 0.62 * half, rounding=1.5)
    canvas.paint_bone(behind, both(slab, behind.d + 0.5 * canal))


def _paint_facets(canvas: Canvas, points: Points, spine: Proportions) -> None:
    """The joints at disc level: upper process of the vertebra below in front, lower process of the one above behind."""
    canal, width = spine.canal_depth_mm, spine.canal_half_width_mm
    centre_x, centre_d = width + 0.16 * canal + 1, -0.85 * canal
    side = points.where(band(np.abs(points.x), width - 8, width + 20) < 0)
    side = side.where((side.d < 2) & (side.d > -2.4 * canal))
    cos, sin = np.cos(spine.facet_angle), np.sin(spine.facet_angle)
    x, d = np.abs(side.x) - centre_x, side.d - centre_d
    across = (x * cos + d * sin + 0.28 * side.v).astype(np.float32)  # to the front and outside
    along = (d * cos - x * sin).astype(np.float32)
    scale = canal / 17
    sacral = 9 * _is_sacral(side, spine) * (side.v < 0)
    reach = [level.disc_mm / 2 + level.height_mm * 0.36 for level in spine.levels[:-1]]
    half = _disc_values(side, reach)
    for sign in (1, -1):
        part = ellipse(across - sign * 4.6 * scale, along, 4.1 * scale, 7.8 * scale, power=2.4)
        process = both(part, np.abs(side.v + sign * 2) - half, rounding=2.5)
        canvas.paint_bone(side, (process + sacral).astype(np.float32), cortex_mm=1.0)
    fluid = both(np.abs(across) - 0.35, both(np.abs(along) - 5.6 * scale, np.abs(side.v) - half * 0.7))
    canvas.paint(side, Tissue.NUCLEUS, (fluid + sacral).astype(np.float32))
    _paint_pars(canvas, side, spine, centre_x=centre_x)


def _paint_pars(canvas: Canvas, side: Points, spine: Proportions, *, centre_x: float) -> None:
    """The bridge from the upper to the lower articular process of one vertebra."""
    canal = spine.canal_depth_mm
    half = _level_values(side, [level.height_mm / 2 for level in spine.levels])
    bar = ellipse(np.abs(side.x) - centre_x + 1.5, side.d + 0.92 * canal - 0.2 * side.u, 5.0, 0.16 * canal + 1.2)
    canvas.paint_bone(side, both(bar, np.abs(side.u) - 0.8 * half, rounding=2), cortex_mm=1.0)


def _paint_spinous(canvas: Canvas, points: Points, spine: Proportions) -> None:
    canal = spine.canal_depth_mm
    middle = points.where((np.abs(points.x) < 9) & (points.d < -canal))
    half = _level_values(middle, [level.height_mm / 2 for level in spine.levels])
    length = spine.spinous_mm * _level_values(middle, _spinous_lengths(spine))
    behind = -middle.d - canal - 1.5
    # It hangs: further back, and at the next level of the thoracic spine, further down.
    drop = middle.u + 0.42 * half + spine.spinous_tilt * np.clip(behind, 0, None) * 0.9
    tall = half * (0.42 + 0.16 * np.clip(behind / length, 0, 1))
    profile = both(np.abs(drop) - tall, np.abs(behind - length / 2) - length / 2, rounding=3.5)
    canvas.paint_bone(middle, both(profile, np.abs(middle.x) - 3.0, rounding=1.5))


def _spinous_lengths(spine: Proportions) -> list[float]:
    """Relative to the region's: short in the sacrum and for C1, long for C2 and C7."""
    special = {"S1": 0.42, "S2": 0.32, "S3": 0.25, "S4": 0.2, "C1": 0.16, "C2": 0.95, "C7": 1.45, "T1": 1.45}
    cervical = spine.region == "cervical"
    return [special.get(level.name, 0.68 if cervical and level.name[0] == "C" else 1.0) for level in spine.levels]


def _paint_pedicles(canvas: Canvas, points: Points, spine: Proportions) -> None:
    canal, width = spine.canal_depth_mm, spine.canal_half_width_mm
    side = points.where(band(np.abs(points.x), width - 4, width + 26) < 0)
    half = _level_values(side, [level.height_mm / 2 for level in spine.levels])
    thick = 0.19 * width + 2.0
    root = ellipse(np.abs(side.x) - width - thick + 0.8, side.u - 0.36 * half, thick, 0.5 * half)
    canvas.paint_bone(side, both(root, band(side.d, -0.85 * canal, 4), rounding=1.5), cortex_mm=1.1)
    wing = ellipse(side.d + 0.42 * canal, side.u - 0.3 * half, 0.18 * canal + 0.8, 0.3 * half)
    outwards = band(np.abs(side.x), width + 2, width + 24 * (spine.canal_depth_mm / 17))
    canvas.paint_bone(side, both(wing, outwards, rounding=2.0), cortex_mm=0.8)


def _paint_atlas(canvas: Canvas, points: Points, spine: Proportions) -> None:
    """C1 has no body: the dens of C2 stands in its place, behind a small anterior arch."""
    names = [level.name for level in spine.levels]
    top = points.where(points.level >= names.index("C2"))
    height_c2 = spine.levels[names.index("C2")].height_mm
    from_c2 = np.where(top.level == names.index("C2"), top.u, top.u + 0.5 * (height_c2 + 13) + 0.6)
    depth = spine.body_depth_mm * 0.55
    blank = band(from_c2, 0.28 * height_c2, height_c2 * 0.5 + 24)
    canvas.paint(top, Tissue.FAT, both(blank, band(top.d, -1.0, depth + 4), rounding=4))
    dens = ellipse(top.x, top.d - 0.42 * depth, 5.2, 5.4)
    dens = both(dens, band(from_c2, -2, height_c2 * 0.5 + 15), rounding=4.5)
    canvas.paint_bone(top, dens)
    arch = ellipse(top.d - depth - 2.6, from_c2 - height_c2 * 0.5 - 8, 3.2, 5.4)
    canvas.paint_bone(top, both(arch, np.abs(top.x) - 14))
