"""The acquired band of k-space, found in the images: where noise and detail lie, and where a scanner wrote zeros.

A matrix of 320 x 224 shown as 512 x 512 fills 27 % of its k-space; the rest is interpolation. Inside its band the
noise is nearly white and a pixel means something, so the network works there, on a fourth of the pixels. What lies
outside the band is carried past the network unchanged: a band that was found too narrow leaves noise, never a hole.

Source of the model: Gudbjartsson & Patz 1995 (noise passes the same window as the object).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from readerstudy.core.slices import Slices

Floats = NDArray[np.floating]

GUARD = 0.03  # of the band, kept beyond the edge that was found
MIN_BAND = 0.25  # of the axis: less was never zero-filled by a scanner, it is a blurred image
FULL_BAND = 0.93  # an axis filled this far is left as it is
MIN_SIDE_PX = 128  # smaller images hold too few frequencies to tell, and scanners do not show filled ones
TISSUE_LEVEL = 0.12  # of the 99th percentile of the smoothed volume
_CLIFF = 0.025  # of the axis, on either side: how steep an edge must be
_MIN_STEP = np.log(5.0)  # of the power, over that distance
_DROP = np.log(6.0)  # of the power, between the edge and all that lies outside
_INNER_RING = (0.5, 0.7)  # of the band, along both axes
_NOISE_DROP = np.log(3.0)  # of the power of the noise
_NEAR_AXIS = (0.02, 0.15)  # the other axis' frequencies that are looked at: an ellipse is widest there
_SMOOTH_BINS = 5
_MAX_SLICES = 8  # enough for a steady spectrum


@dataclass(frozen=True)
class Band:
    """The displayed matrix and the smaller one that holds the band, both (Y, X); equal where nothing was filled."""

    full_yx: tuple[int, int]
    inner_yx: tuple[int, int]

    @property
    def is_full(self) -> bool:
        return self.full_yx == self.inner_yx


def whole_band(shape_yx: tuple[int, int]) -> Band:
    return Band(shape_yx, shape_yx)


def band_of(shape_yx: tuple[int, int], extent_yx: tuple[float, float]) -> Band:
    """The band that reaches to `extent_yx`, the filled part of each axis within (0, 1], with its guard."""
    return Band(shape_yx, (_inner(shape_yx[0], extent_yx[0]), _inner(shape_yx[1], extent_yx[1])))


def find_band(volume_zyx: Slices) -> Band:
    """The band of a series of magnitudes (Z, Y, X), any unit; the whole where none is evident.

    The spectrum is that of the tissue: in air the magnitude of noise has no sharp band.
    """
    shape = (int(volume_zyx.shape[1]), int(volume_zyx.shape[2]))
    spectrum = _tissue_spectrum(volume_zyx)
    if min(shape) < MIN_SIDE_PX or spectrum is None:
        return whole_band(shape)
    extent = (_extent(spectrum), _extent(spectrum.T))
    down = extent[0] if _noise_ends_there(spectrum, extent) else 1.0
    along = extent[1] if _noise_ends_there(spectrum.T, extent[::-1]) else 1.0
    return band_of(shape, (down, along))


def to_band(image_yx: Floats, band: Band) -> NDArray[np.float32]:
    """The image on the band's matrix, (Y', X') float32, in the same unit; may dip below zero where edges ring."""
    if band.is_full:
        return np.asarray(image_yx, np.float32)
    kspace = fft.fft2(np.asarray(image_yx, np.float32))
    return _resampled(kspace, band.full_yx, band.inner_yx)


def kspace_to_band(kspace: NDArray[np.complexfloating], band: Band) -> NDArray[np.float32]:
    """`to_band` of the image whose `fft2` is `kspace`."""
    return _resampled(kspace, band.full_yx, band.inner_yx)


def from_band(inner_yx: Floats, band: Band) -> NDArray[np.float32]:
    """Zero-filled back to the displayed matrix, (Y, X) float32."""
    if band.is_full:
        return np.asarray(inner_yx, np.float32)
    kspace = fft.fft2(np.asarray(inner_yx, np.float32))
    return _resampled(kspace, band.inner_yx, band.full_yx)


def _inner(side: int, extent: float) -> int:
    if extent >= FULL_BAND:
        return side
    inner = 2 * int(np.ceil(side * extent * (1 + GUARD) / 2)) + 2
    return inner if inner < FULL_BAND * side else side


def _resampled(kspace: NDArray[np.complexfloating], old: tuple[int, int], new: tuple[int, int]) -> NDArray[np.float32]:
    """The frequencies that both matrices hold, on the new one; the unpaired ones of even sides are left out."""
    rows, columns = (_common(*sides) for sides in zip(old, new, strict=True))
    placed = np.zeros(new, np.complex64)
    placed[np.ix_(rows % new[0], columns % new[1])] = kspace[np.ix_(rows % old[0], columns % old[1])]
    gain = new[0] * new[1] / (old[0] * old[1])
    return np.asarray(fft.ifft2(placed).real * gain, np.float32)


def _common(old: int, new: int) -> NDArray[np.intp]:
    reach = (min(old, new) - 1) // 2
    return np.arange(-reach, reach + 1) if old != new else np.arange(old)


def _tissue_spectrum(volume_zyx: Slices) -> Floats | None:
    """(Y, X) power in the order of `fftshift`, averaged over slices; None where too little is tissue."""
    chosen = np.stack([volume_zyx[z] for z in range(0, len(volume_zyx), -(-len(volume_zyx) // _MAX_SLICES))])
    smooth = ndimage.gaussian_filter(np.asarray(chosen, np.float32), (0.0, 2.0, 2.0))
    tissue = smooth > TISSUE_LEVEL * np.percentile(smooth, 99)
    if smooth.max() <= 0 or tissue.mean() < 0.01:
        return None
    # Soft borders, of the tissue and of the image: a hard cut would spill power over all frequencies.
    weight = ndimage.gaussian_filter(tissue.astype(np.float32), (0.0, 3.0, 3.0)) ** 2
    taper = np.outer(*(np.hanning(n + 2)[1:-1] for n in chosen.shape[1:]))
    power = np.abs(fft.fft2(chosen * weight * taper)) ** 2
    return np.asarray(fft.fftshift(power.mean(0)), np.float64)


def _extent(spectrum: Floats) -> float:
    """How far the band reaches along the first axis, as a part of it; 1 where no edge is evident.

    An edge is a cliff: detail of the object fades slowly towards high frequencies, a scanner's window does not.
    """
    profile = _profile(spectrum)
    n = len(profile)
    reach = max(3, round(_CLIFF * n))
    outside = np.array([np.median(profile[i:]) for i in range(n)])
    drops = np.array([profile[i - reach] - profile[i + reach] for i in range(reach, n - reach)])
    above_outside = np.array([profile[i - reach] - outside[i + reach] for i in range(reach, n - reach)])
    drops[(above_outside < _DROP) | (np.arange(reach, n - reach) < MIN_BAND * n)] = 0.0
    if drops.max(initial=0.0) < _MIN_STEP:
        return 1.0
    return (int(np.argmax(drops)) + 1.5 * reach) / n


def _noise_ends_there(spectrum: Floats, extent: tuple[float, float]) -> bool:
    """Whether the noise, not only the object, ends with the band along the first axis.

    A phantom of sharp circles, or an image that was filled before the noise came in, has a cliff of its own. Inside
    is taken where the object is weakest: diagonally, but within an ellipse.
    """
    outward, across = (np.abs(np.linspace(-1, 1, n, endpoint=False)) for n in spectrum.shape)
    beside = across[None, :] / extent[1]
    inside = _within(outward[:, None] / extent[0], _INNER_RING) & _within(beside, _INNER_RING)
    outside = (outward[:, None] > 1.1 * extent[0]) & _within(beside, (0.3, 0.7))
    if not inside.any() or not outside.any():
        return True
    log_power = np.log(spectrum + 1e-12 * spectrum.max())
    return float(log_power[inside].mean() - log_power[outside].mean()) >= _NOISE_DROP


def _within(values: Floats, limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])


def _profile(spectrum: Floats) -> Floats:
    """Logarithm of the power against the distance from the centre along the first axis, near the second's centre."""
    half = spectrum.shape[0] // 2
    centre, columns = spectrum.shape[1] // 2, spectrum.shape[1] / 2
    near, far = (max(1, round(part * columns)) for part in _NEAR_AXIS)
    offsets = np.concatenate([np.arange(-far, -near + 1), np.arange(near, far + 1)])
    log_power = np.log(spectrum[:, centre + offsets] + 1e-12 * spectrum.max()).mean(1)
    outward, inward = log_power[half:], log_power[half::-1]
    length = min(len(outward), len(inward))
    return ndimage.median_filter((outward[:length] + inward[:length]) / 2, _SMOOTH_BINS, mode="nearest")
