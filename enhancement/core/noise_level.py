"""Noise levels by the textbook: what a peer that must be told its sigma is told, and how clean a source is.

Both know one number for the whole volume. On zero-filled images the wavelet estimate is far too low, and in images
with a masked background the air tells nothing: this is the handicap of blind methods, not a fault to repair here.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.floating]

# Daubechies 1992, table 6.1: the high-pass filter of two vanishing moments ("db2")
_DB2 = np.array([1 - 3**0.5, 3**0.5 - 3, 3 + 3**0.5, -1 - 3**0.5]) / (4 * 2**0.5)
_NORMAL_MAD = 0.6744897501960817  # median absolute deviation of a standard normal
_RAYLEIGH_MEDIAN = 1.1774  # sqrt(2 ln 2): median magnitude of noise of unit sigma in each channel
_MIN_AIR_SHARE = 0.01
_MAX_ZEROS_IN_AIR = 0.3


def blind_sigma(volume_zyx: Floats) -> float:
    """The larger of both estimates, in the volume's unit; above 0, so that a method may divide by it."""
    return max(wavelet_sigma(volume_zyx), air_sigma(volume_zyx), 1e-6)


def wavelet_sigma(volume_zyx: Floats) -> float:
    """Median over the slices of the MAD of their finest diagonal wavelet detail, in the volume's unit.

    Assumes white Gaussian noise. Source: Donoho & Johnstone 1994, Biometrika 81:425, section 2.2.
    """
    return float(np.median([_detail_mad(np.asarray(slice_yx, np.float64)) for slice_yx in volume_zyx]))


def air_sigma(volume_zyx: Floats) -> float:
    """From the median magnitude of the air, where noise is Rayleigh; 0 where there is no air or it was masked.

    Source: Gudbjartsson & Patz 1995, Magnetic Resonance in Medicine 34:910, eq. 3.
    """
    smooth = ndimage.gaussian_filter(volume_zyx, (0.0, 4.0, 4.0))
    low = smooth < 0.10 * np.percentile(smooth, 99)
    air = volume_zyx[np.stack([ndimage.binary_erosion(part, iterations=4) for part in low])]
    if air.size < _MIN_AIR_SHARE * volume_zyx.size or np.mean(air == 0) > _MAX_ZEROS_IN_AIR:
        return 0.0
    return float(np.median(air)) / _RAYLEIGH_MEDIAN


def _detail_mad(image_yx: Floats) -> float:
    """Exact zeros are left out: they are padding, not signal."""
    detail = _every_second(_every_second(image_yx, 0), 1)
    detail = detail[detail != 0]
    return float(np.median(np.abs(detail))) / _NORMAL_MAD if detail.size else 0.0


def _every_second(image_yx: Floats, axis: int) -> Floats:
    """High-pass along one axis of the mirrored image, every second sample kept: (n + 3) // 2 of n."""
    reach = len(_DB2) - 1
    mirrored = np.pad(image_yx, [(reach, reach) if axis == n else (0, 0) for n in range(2)], mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(mirrored, len(_DB2), axis=axis)
    return np.take(windows @ _DB2, np.arange(1, image_yx.shape[axis] + reach, 2), axis=axis)
