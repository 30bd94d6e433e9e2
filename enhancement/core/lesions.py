"""Faint round lesions of known place and contrast: put into clean images, and looked for afterwards."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from enhancement.core.noise import foreground

Floats = NDArray[np.floating]

LESIONS_PER_SLICE = 6
RADIUS_PX = (2.0, 4.0)
CONTRAST = (0.10, 0.20)
BORDER_PX = 12  # a lesion and the ring around it stay inside the image
APART_PX = 18
_RIM_PX = 8  # from the border of the tissue
_MIN_TISSUE_PX = 200
_FLAT_WINDOW_PX = 13
_FLAT_PERCENTILE = 30
_REACH_PX = 11


@dataclass(frozen=True)
class Lesion:
    """Centre in pixels (row, column), radius in pixels (two sigma), signed contrast to the tissue around it."""

    y: int
    x: int
    radius_px: float
    contrast: float


def insert_faint_lesions(
    clean_yx: Floats, *, rng: np.random.Generator, count: int = LESIONS_PER_SLICE
) -> tuple[NDArray[np.float32], tuple[Lesion, ...]]:
    """Gaussian blobs, bright or dark by 10-20 %, radius 2-4 pixels, in homogeneous tissue.

    Parameters
    ----------
    clean_yx : (Y, X) float32 magnitudes without noise.
    count : as many are inserted as find a place, up to this number.

    Returns
    -------
    (Y, X) float32 in the same unit, and what was inserted; unchanged and nothing where tissue is scarce.
    """
    smooth = ndimage.gaussian_filter(clean_yx, 1.5)
    lesions: list[Lesion] = []
    image = clean_yx.copy()
    places = _places(clean_yx, smooth)
    y, x = np.mgrid[: clean_yx.shape[0], : clean_yx.shape[1]]
    for index in rng.permutation(len(places)):
        row, column = (int(n) for n in places[index])
        if any(np.hypot(row - other.y, column - other.x) < APART_PX for other in lesions):
            continue
        lesion = Lesion(
            row, column, float(rng.uniform(*RADIUS_PX)), float(rng.uniform(*CONTRAST) * rng.choice([-1, 1]))
        )
        distance_px = np.hypot(y - row, x - column)
        image = image + lesion.contrast * smooth[row, column] * _profile(distance_px, lesion.radius_px)
        lesions.append(lesion)
        if len(lesions) == count:
            break
    return np.clip(image, 0, None).astype(np.float32), tuple(lesions)


def template_contrast(image_yx: Floats, lesion: Lesion) -> float:
    """Mean under the lesion's own profile, less the mean of the ring around it; unit of the image.

    A matched filter: noise averages out over the lesion, a blurred or removed lesion loses contrast.
    """
    inside = slice(-_REACH_PX, _REACH_PX + 1)
    distance_px = np.hypot(*np.mgrid[inside, inside])
    patch = np.asarray(image_yx, np.float64)[
        lesion.y - _REACH_PX : lesion.y + _REACH_PX + 1, lesion.x - _REACH_PX : lesion.x + _REACH_PX + 1
    ]
    core_px = 1.5 * lesion.radius_px
    weights = _profile(distance_px, lesion.radius_px) * (distance_px <= core_px)
    ring = (distance_px > core_px + 2) & (distance_px <= core_px + 5)
    return float((patch * weights).sum() / weights.sum() - patch[ring].mean())


def lesion_contrasts(
    image_yx: Floats, reference_yx: Floats, absent_yx: Floats, lesions: tuple[Lesion, ...]
) -> tuple[float, float]:
    """(contrast still there, contrast inserted), each summed over the lesions; their ratio is the retention.

    `absent_yx` is the reference without lesions: what the place looks like anyway is subtracted from both.
    """
    kept = inserted = 0.0
    for lesion in lesions:
        background = template_contrast(absent_yx, lesion)
        truth = template_contrast(reference_yx, lesion) - background
        kept += (template_contrast(image_yx, lesion) - background) * float(np.sign(truth))
        inserted += abs(truth)
    return kept, inserted


def _profile(distance_px: Floats, radius_px: float) -> Floats:
    return np.exp(-(distance_px**2) / (2 * (radius_px / 2) ** 2))


def _places(clean_yx: Floats, smooth_yx: Floats) -> NDArray[np.intp]:
    """(N, 2) rows and columns in the flattest part of the tissue, away from its border and the image's."""
    steepness = ndimage.gaussian_gradient_magnitude(clean_yx, 1.5) / (smooth_yx + 1e-6)
    tissue = ndimage.binary_erosion(foreground(clean_yx[None])[0], iterations=_RIM_PX)
    tissue[:BORDER_PX] = tissue[-BORDER_PX:] = False
    tissue[:, :BORDER_PX] = tissue[:, -BORDER_PX:] = False
    if tissue.sum() < _MIN_TISSUE_PX:
        return np.empty((0, 2), np.intp)
    unevenness = ndimage.uniform_filter(steepness, _FLAT_WINDOW_PX)
    limit = np.percentile(unevenness[tissue], _FLAT_PERCENTILE)
    flattest = tissue & (unevenness < limit)
    # in a phantom much of the tissue is equally flat, and nothing lies below the percentile
    return np.argwhere(flattest if flattest.any() else tissue & (unevenness <= limit))
