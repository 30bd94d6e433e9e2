"""How good a denoised slice is against its noise-free reference: fidelity, edges, and what is left of the noise.

All functions take two-dimensional float arrays of one shape and unit, and a mask of tissue where one is needed. They
are measures against a known truth, for simulated acquisitions: on a patient's image there is no reference.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from readerstudy.core.errors import BadVolume

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]

PEAK_PERCENTILE = 99.9  # of the reference: the data range of PSNR and SSIM
STRONG_EDGE_PERCENTILE = 95.0
WEAK_EDGE_PERCENTILE = 80.0
SSIM_SIDE_PX = 11
_FLAT_SIGMA_PX = 1.5
_FLAT_PERCENTILE = 25.0
_TISSUE_RIM_PX = 3
_MIN_FLAT_PX = 100
_LOW_FREQUENCY_SIGMA_PX = 2.0
_EXTREME_PERCENTILE = 99.5


@dataclass(frozen=True)
class EdgeMasks:
    """Where the reference has edges; both are (Y, X) bool within tissue and do not overlap."""

    strong: Mask
    weak: Mask


def data_range(reference: Floats) -> float:
    """The peak of PSNR and SSIM: the 99.9th percentile of the reference, so that one bright pixel is none."""
    return float(np.percentile(reference, PEAK_PERCENTILE))


def psnr(image_yx: Floats, reference_yx: Floats, *, tissue: Mask, peak: float) -> float:
    """Peak signal-to-noise ratio in tissue, in dB: 10 log10(peak^2 / mean squared error).

    Infinite where image and reference are equal. Raises BadVolume when no pixel is tissue.
    """
    error = _error(image_yx, reference_yx, tissue)
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(peak**2 / np.mean(error**2)))


def nrmse(image_yx: Floats, reference_yx: Floats, *, tissue: Mask) -> float:
    """Root mean squared error in tissue over the mean reference there; 0 is perfect, no unit."""
    error = _error(image_yx, reference_yx, tissue)
    return float(np.sqrt(np.mean(error**2)) / np.mean(reference_yx[tissue]))


def ssim(first_yx: Floats, second_yx: Floats, *, peak: float) -> float:
    """Mean structural similarity of two images over all of their pixels, -1 to 1; symmetric in its arguments.

    Says how alike two images are: of a denoised image and its own input it tells how little was changed, which is
    no merit. Raises BadVolume when a side is shorter than the window.
    """
    return float(ssim_map(first_yx, second_yx, peak=peak).mean())


def ssim_map(first_yx: Floats, second_yx: Floats, *, peak: float) -> Floats:
    """Structural similarity at each pixel, (Y, X) float64; beyond the border the images are mirrored.

    Gaussian window of 11 x 11 pixels, sigma 1.5, K1 0.01, K2 0.03, moments of the population.
    Source: Wang 2004, IEEE Transactions on Image Processing 13:600, eq. 13.
    """
    from skimage.metrics import structural_similarity

    if min(first_yx.shape) < SSIM_SIDE_PX:
        raise BadVolume(f"SSIM needs {SSIM_SIDE_PX} pixels a side; the image has {first_yx.shape}.")
    _, similarity = structural_similarity(
        np.asarray(first_yx, np.float64),
        np.asarray(second_yx, np.float64),
        data_range=peak,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    return np.asarray(similarity)


def edge_masks(reference_yx: Floats, *, tissue: Mask) -> EdgeMasks:
    """The steepest 5 % of the tissue (strong) and the 80th to 95th percentile of its gradients (weak)."""
    steepness = np.hypot(*_gradient(reference_yx))
    weakest, strongest = np.percentile(steepness[tissue], [WEAK_EDGE_PERCENTILE, STRONG_EDGE_PERCENTILE])
    return EdgeMasks(
        strong=tissue & (steepness >= strongest),
        weak=tissue & (steepness >= weakest) & (steepness < strongest),
    )


def edge_retention(image_yx: Floats, reference_yx: Floats, *, edges: Mask) -> float:
    """How steep the reference's edges still are: 1 unchanged, below 1 blurred, above 1 sharpened or noisy.

    The image's gradient is taken along the direction of the reference's, so that noise across an edge averages out.
    Not a number where the mask is empty or the reference is flat there.
    """
    gy, gx = _gradient(reference_yx)
    steepness = np.hypot(gy, gx)
    oy, ox = _gradient(image_yx)
    along = (oy * gy + ox * gx) / np.where(steepness > 0, steepness, 1)
    total = steepness[edges].sum()
    return float(along[edges].sum() / total) if total > 0 else float("nan")


def homogeneous_tissue(reference_yx: Floats, *, tissue: Mask) -> Mask:
    """The flattest quarter of the tissue, three pixels inside its border where that leaves enough to measure."""
    inner = ndimage.binary_erosion(tissue, iterations=_TISSUE_RIM_PX)
    region = inner if inner.sum() >= _MIN_FLAT_PX else tissue
    steepness = ndimage.gaussian_gradient_magnitude(np.asarray(reference_yx, np.float64), _FLAT_SIGMA_PX)
    return region & (steepness <= np.percentile(steepness[region], _FLAT_PERCENTILE))


def noise_variance(image_yx: Floats, reference_yx: Floats, *, flat: Mask) -> float:
    """Variance of the error in homogeneous tissue, in the unit of the image squared.

    The noise reduction factor is the root of this variance before over after; a constant shift does not count.
    """
    return float(np.var(_error(image_yx, reference_yx, flat)))


def low_frequency_error(image_yx: Floats, reference_yx: Floats, *, flat: Mask) -> float:
    """The largest (99.5th percentile) smooth deviation in homogeneous tissue, in the unit of the image.

    Of the error after a Gaussian of 2 pixels, without its mean. More than in the input means that a structure was
    invented or lost where there should be none.
    """
    smooth = ndimage.gaussian_filter(
        np.asarray(image_yx, np.float64) - np.asarray(reference_yx, np.float64), _LOW_FREQUENCY_SIGMA_PX
    )[flat]
    return float(np.percentile(np.abs(smooth - smooth.mean()), _EXTREME_PERCENTILE))


def bias_percent(image_yx: Floats, reference_yx: Floats, *, tissue: Mask) -> float:
    """Mean error in tissue over the mean reference there, in percent: a shift of the signal."""
    return float(_error(image_yx, reference_yx, tissue).mean() / np.mean(reference_yx[tissue])) * 100


def residual_structure(removed_yx: Floats, reference_yx: Floats, *, tissue: Mask) -> float:
    """Correlation of what was removed with the reference's fine detail, -1 to 1: 0 when only noise was removed.

    Detail is the reference less itself after a Gaussian of 2 pixels. 0 where nothing was removed.
    """
    removed = np.asarray(removed_yx, np.float64)[tissue]
    reference = np.asarray(reference_yx, np.float64)
    detail = (reference - ndimage.gaussian_filter(reference, _LOW_FREQUENCY_SIGMA_PX))[tissue]
    if removed.std() == 0 or detail.std() == 0:
        return 0.0
    return float(np.corrcoef(removed, detail)[0, 1])


def _error(image_yx: Floats, reference_yx: Floats, mask: Mask) -> Floats:
    if not mask.any():
        raise BadVolume("There is no tissue to measure in: the image is empty or its signal too low.")
    return np.asarray(image_yx, np.float64)[mask] - np.asarray(reference_yx, np.float64)[mask]


def _gradient(image_yx: Floats) -> list[Floats]:
    return list(np.gradient(np.asarray(image_yx, np.float64)))
