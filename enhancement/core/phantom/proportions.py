"""How large the parts of a spine are, by region, and how one patient differs from the next.

Lengths in mm. Adult means of Panjabi 1991-1993 (cervical, thoracic and lumbar vertebrae; Spine 16:861,
17:299, 18:1888), rounded.
"""

from dataclasses import dataclass, replace

import numpy as np

from readerstudy.core.errors import BadVolume


@dataclass(frozen=True)
class Level:
    """A vertebra and the disc above it."""

    name: str
    height_mm: float
    disc_mm: float
    size: float = 1.0  # of the body's cross-section, relative to the region's


@dataclass(frozen=True)
class Proportions:
    """One region of one patient; levels from below upwards, the level named `centre` at s = 0."""

    region: str
    levels: tuple[Level, ...]
    centre: str
    body_depth_mm: float
    body_half_width_mm: float
    canal_depth_mm: float
    canal_half_width_mm: float
    cord_depth_mm: float
    cord_half_width_mm: float
    cord_ends_at_mm: float | None  # along the spine; below it the roots of the cauda equina
    spinous_mm: float
    spinous_tilt: float
    skin_mm: float  # from the posterior wall of the bodies to the skin of the back
    fascia_mm: float  # thickness of the subcutaneous fat
    apex_mm: float  # where the curve turns, along the body axis
    curve_per_mm: float  # positive: convex to the front (lordosis)
    sacral_slope: float
    facet_angle: float  # of the joint in the axial plane, rad from sagittal


def _levels(names: str, height: float, disc: float, *, growth: float) -> tuple[Level, ...]:
    """Levels that change by `growth` from one to the next upwards."""
    factors = growth ** np.arange(len(names.split()))
    return tuple(
        Level(name, height * factor, disc * factor, size=factor**0.6)
        for name, factor in zip(names.split(), factors, strict=True)
    )


_SACRUM = (
    Level("S4", 17, 1.2, 0.36),
    Level("S3", 20, 1.6, 0.50),
    Level("S2", 24, 2.5, 0.68),
    Level("S1", 28, 10.5, 0.92),
)

LUMBAR = Proportions(
    region="lumbar",
    levels=(*_SACRUM, *_levels("L5 L4 L3 L2 L1 T12 T11", 28, 11, growth=0.965)),
    centre="L3",
    body_depth_mm=35,
    body_half_width_mm=25,
    canal_depth_mm=17,
    canal_half_width_mm=12,
    cord_depth_mm=8.5,
    cord_half_width_mm=5,
    cord_ends_at_mm=52,
    spinous_mm=30,
    spinous_tilt=0.12,
    skin_mm=72,
    fascia_mm=20,
    apex_mm=-30,
    curve_per_mm=1 / 230,
    sacral_slope=0.75,
    facet_angle=0.75,
)
THORACIC = Proportions(
    region="thoracic",
    levels=_levels("L1 T12 T11 T10 T9 T8 T7 T6 T5 T4 T3 T2 T1 C7", 24.5, 6, growth=0.972),
    centre="T7",
    body_depth_mm=31,
    body_half_width_mm=16,
    canal_depth_mm=16,
    canal_half_width_mm=9,
    cord_depth_mm=7.5,
    cord_half_width_mm=4.5,
    cord_ends_at_mm=None,
    spinous_mm=28,
    spinous_tilt=0.75,
    skin_mm=58,
    fascia_mm=12,
    apex_mm=0,
    curve_per_mm=-1 / 330,
    sacral_slope=0.0,
    facet_angle=1.35,
)
CERVICAL = Proportions(
    region="cervical",
    levels=(
        *_levels("T4 T3 T2 T1 C7 C6 C5 C4 C3", 18.5, 5.2, growth=0.963),
        Level("C2", 20, 4.5, 0.78),
        Level("C1", 13, 0.6, 0.5),
    ),
    centre="C5",
    body_depth_mm=19.5,
    body_half_width_mm=11.5,
    canal_depth_mm=14.5,
    canal_half_width_mm=12,
    cord_depth_mm=7.5,
    cord_half_width_mm=6.5,
    cord_ends_at_mm=None,
    spinous_mm=24,
    spinous_tilt=0.35,
    skin_mm=62,
    fascia_mm=9,
    apex_mm=0,
    curve_per_mm=1 / 260,
    sacral_slope=0.0,
    facet_angle=1.2,
)
REGIONS = {proportions.region: proportions for proportions in (CERVICAL, THORACIC, LUMBAR)}


def draw_proportions(region: str, rng: np.random.Generator) -> Proportions:
    """One patient's spine. Raises BadVolume for a region that is not known."""
    if region not in REGIONS:
        raise BadVolume(f"The region {region!r} is not known; use one of {', '.join(REGIONS)}.")
    typical = REGIONS[region]
    size, width = rng.normal(1, 0.05), rng.normal(1, 0.06)
    levels = tuple(
        replace(
            level,
            height_mm=level.height_mm * size * rng.normal(1, 0.02),
            disc_mm=level.disc_mm * size * rng.normal(1, 0.08),
        )
        for level in typical.levels
    )
    return replace(
        typical,
        levels=levels,
        body_depth_mm=typical.body_depth_mm * size,
        body_half_width_mm=typical.body_half_width_mm * width,
        canal_depth_mm=typical.canal_depth_mm * rng.normal(1, 0.06),
        fascia_mm=typical.fascia_mm * rng.uniform(0.6, 1.5),
        curve_per_mm=typical.curve_per_mm * rng.uniform(0.6, 1.25),
        sacral_slope=typical.sacral_slope * rng.uniform(0.8, 1.15),
    )
