"""What one series tells of itself, without a second one: its noise and the width of its edges.

Volumes are (Z, Y, X) of stored values after rescale slope and intercept.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analysis.core.image_metrics import Volume, as_volume, foreground_of
from readerstudy.core.errors import BadVolume

# Immerkaer's mask: blind to constants, ramps and most edges; white noise of sigma 1 comes out with sigma 6.
_LAPLACIAN_DIFFERENCE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float64)
_MASK_GAIN = 6.0
_MAD_TO_SIGMA = 1 / 0.6744897501960817  # Phi^-1(0.75)
FINE_PIXELS, COARSE_PIXELS = 1.0, 2.5  # sigma of the two scales, in the larger pixel of the plane
STRONGEST = 97.0  # percentile of the gradient from which on a maximum counts as an edge
FEWEST_EDGE_PIXELS = 30
SMALLEST_RATIO = 1.02  # of the two gradients: below it the blur is beyond 12 pixels and the ratio tells nothing

Floats = NDArray[np.float64]


def noise_sigma(volume_zyx: Volume) -> float:
    """
    Standard deviation of the noise in the foreground, in stored units.

    The median absolute response to Immerkaer's mask, slice by slice, over pixels above 5 % of the 99th percentile.
    Wrong to compare between series of different interpolation: zero-filled images have correlated noise, of which
    this sees the finest part only.

    Source: Immerkaer 1996 (Comput Vis Image Underst 64:300), with the median in place of the mean (Donoho 1994).
    """
    volume = as_volume(volume_zyx)
    if min(volume.shape[1:]) < 3:
        raise BadVolume(f"Slices of {volume.shape[1]} × {volume.shape[2]} are too small to tell noise from image.")
    inside = foreground_of(volume)
    inside[:, [0, -1], :] = inside[:, :, [0, -1]] = False
    if not inside.any():
        raise BadVolume("The foreground touches nothing but the border: its noise cannot be told.")
    response = ndimage.convolve(volume, _LAPLACIAN_DIFFERENCE[None])
    return float(np.median(np.abs(response[inside]))) * _MAD_TO_SIGMA / _MASK_GAIN


def noise_percent(volume_zyx: Volume) -> float:
    """The noise in per cent of the foreground's median."""
    volume = as_volume(volume_zyx)
    middle = float(np.median(volume[foreground_of(volume)]))
    if middle == 0:
        raise BadVolume("The foreground's median is 0: a share of it is undefined.")
    return 100 * noise_sigma(volume) / middle


def edge_width_mm(volume_zyx: Volume, *, spacing_mm: Sequence[float]) -> float:
    """
    The blur of the strong edges in the plane, as the sigma of a Gaussian in mm; smaller is sharper.

    A step that a Gaussian of sigma s blurred has gradients at two scales whose ratio is
    R = sqrt((s^2 + coarse^2) / (s^2 + fine^2)). R is taken from the sums over all edge pixels; the fine gradient counts
    along the coarse one's direction only, so that noise adds nothing on average.

    Parameters
    ----------
    spacing_mm
        (z, y, x); pixels need not be square.

    Raises BadVolume where there are too few edges. Source: Zhuo and Sim 2011 (Pattern Recognition 44:1852), eq. 6 to 8.
    """
    volume, (_, dy, dx) = as_volume(volume_zyx), spacing_mm
    pixel = max(dy, dx)
    fine_mm, coarse_mm = FINE_PIXELS * pixel, COARSE_PIXELS * pixel
    coarse_y, coarse_x = _gradient(volume, coarse_mm, dy, dx)
    fine_y, fine_x = _gradient(volume, fine_mm, dy, dx)
    size = np.hypot(coarse_y, coarse_x)
    edges = _ridges(size, coarse_y / dy, coarse_x / dx)
    if int(edges.sum()) < FEWEST_EDGE_PIXELS:
        raise BadVolume("There are too few edges to measure their width.")
    along = (fine_y * coarse_y + fine_x * coarse_x)[edges] / size[edges]
    R = float(along.sum() / size[edges].sum())
    if R < SMALLEST_RATIO:
        raise BadVolume("The edges are too wide to measure.")
    return float(np.sqrt(max((coarse_mm**2 - R**2 * fine_mm**2) / (R**2 - 1), 0.0)))


def _gradient(volume: Floats, sigma_mm: float, dy: float, dx: float) -> tuple[Floats, Floats]:
    """Derivatives in y and x per mm, each (Z, Y, X), at the scale of a Gaussian of `sigma_mm` in the plane."""
    sigma = (0, sigma_mm / dy, sigma_mm / dx)
    in_y = ndimage.gaussian_filter(volume, sigma, order=(0, 1, 0), mode="nearest") / dy
    in_x = ndimage.gaussian_filter(volume, sigma, order=(0, 0, 1), mode="nearest") / dx
    return in_y, in_x


def _ridges(size: Floats, step_y: Floats, step_x: Floats) -> NDArray[np.bool_]:
    """Where the gradient is strong and largest across the edge, within one pixel to either side."""
    strong = size >= max(float(np.percentile(size, STRONGEST)), np.finfo(np.float64).tiny)
    length = np.maximum(np.hypot(step_y, step_x), np.finfo(np.float64).tiny)
    z, y, x = np.nonzero(strong)
    along_y, along_x = (step_y / length)[strong], (step_x / length)[strong]
    ahead, behind = (
        ndimage.map_coordinates(size, [z, y + sign * along_y, x + sign * along_x], order=1, mode="nearest")
        for sign in (1, -1)
    )
    ridges = np.zeros(size.shape, dtype=np.bool_)
    ridges[z, y, x] = (size[strong] >= ahead) & (size[strong] >= behind)
    return ridges
