"""What a faster acquisition does to an MR magnitude image: the noise model for training, tests and the demo.

A scanner samples k-space inside a window, filters it, zero-fills it to the displayed matrix, combines the coils and
takes the magnitude. The noise therefore is spatially correlated (it passed the same window as the object), varies
over the image (g-factor) and is Rician. White Gaussian noise added to the image would be none of that.

Sources: Gudbjartsson & Patz 1995 (Rician magnitude); Pruessmann 1999 (g-factor); Macovski 1996 (noise falls with
the square root of the sampling time, hence of the number of averages).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage
from scipy.special import i0e, i1e

from readerstudy.core.errors import BadSetting, NotAVolume

Floats = NDArray[np.floating]

WINDOWS = {
    "none": frozenset[str](),
    "elliptical": frozenset({"elliptical"}),
    "tukey": frozenset({"tukey"}),
    "elliptical+tukey": frozenset({"elliptical", "tukey"}),
}
DEFAULT_ROLL_OFF = 0.3
_EDGE = 1e-9  # keeps a sample that lies exactly on the border of the window inside it


@dataclass(frozen=True)
class Acquisition:
    """One simulated acquisition.

    noise_free_zyx : (Z, Y, X) float32, the object through the window: same resolution and ringing, no noise.
    noisy_zyx : (Z, Y, X) float32, magnitude with noise.
    sigma : (Y, X) or (Z, Y, X) float32, standard deviation of the noise in one real channel.
    """

    noise_free_zyx: Floats
    noisy_zyx: Floats
    sigma: Floats


def acquire(
    clean_zyx: Floats,
    *,
    rng: np.random.Generator,
    snr: float,
    zero_fill: float = 1.0,
    phase_fraction: float = 1.0,
    window: str = "none",
    g_max: float = 1.0,
    averages: float = 1.0,
) -> Floats:
    """One noisy magnitude acquisition of a clean volume.

    Parameters
    ----------
    clean_zyx : (Z, Y, X) array of non-negative magnitudes, any unit.
    snr : mean foreground signal over the noise of one real channel, for one average.
    zero_fill : displayed over acquired matrix, at least 1 (512 shown from 320 acquired is 1.6).
    phase_fraction : acquired part of the phase direction (columns), in (0, 1].
    window : one of `WINDOWS`.
    g_max : largest g-factor of parallel imaging; 1 is none.
    averages : number of excitations (NEX); the noise falls with its square root.

    Returns
    -------
    (Z, Y, X) float32 in the unit of `clean_zyx`.

    Raises
    ------
    NotAVolume
        `clean_zyx` is not three-dimensional.
    BadSetting
        A parameter is outside its range.
    """
    if np.ndim(clean_zyx) != 3:
        raise NotAVolume(f"A (Z, Y, X) volume is needed; got {np.ndim(clean_zyx)} dimensions.")
    shape_yx = clean_zyx.shape[1:]
    kspace_window = make_window(shape_yx, zero_fill=zero_fill, phase_fraction=phase_fraction, kind=window)
    g_map = make_g_map(shape_yx, g_max=g_max, rng=rng)
    return simulate(clean_zyx, window=kspace_window, g_map=g_map, snr=snr, rng=rng, averages=averages).noisy_zyx


def make_window(
    shape_yx: tuple[int, ...],
    *,
    zero_fill: float = 1.0,
    phase_fraction: float = 1.0,
    phase_axis: int = 1,
    kind: str = "none",
    roll_off: float = DEFAULT_ROLL_OFF,
) -> Floats:
    """The k-space weights of an acquisition on the displayed matrix, (Y, X), in the order of `numpy.fft.fft2`.

    `roll_off` is the outer part of the band over which a Tukey-like window falls.
    """
    if zero_fill < 1 or not 0 < phase_fraction <= 1:
        raise BadSetting(f"zero_fill {zero_fill} must be at least 1, phase_fraction {phase_fraction} within (0, 1].")
    if kind not in WINDOWS:
        raise BadSetting(f"The k-space window {kind!r} is not known; use one of {', '.join(WINDOWS)}.")
    acquired = [1 / zero_fill, 1 / zero_fill]
    acquired[phase_axis] *= phase_fraction
    ky = np.abs(2 * np.fft.fftfreq(shape_yx[0]))[:, None] / acquired[0]
    kx = np.abs(2 * np.fft.fftfreq(shape_yx[1]))[None, :] / acquired[1]
    weights = ((ky <= 1 + _EDGE) & (kx <= 1 + _EDGE)).astype(np.float64)
    if "elliptical" in WINDOWS[kind]:
        weights = weights * (np.hypot(ky, kx) <= 1 + _EDGE)
    if "tukey" in WINDOWS[kind]:
        weights = weights * _roll_off(ky, roll_off) * _roll_off(kx, roll_off)
    return weights


def _roll_off(k: Floats, part: float) -> Floats:
    """Three quarters of a cosine bell over the outer `part` of the band: vendors' filters do not reach zero."""
    inside = np.clip((k - (1 - part)) / max(part, 1e-3), 0, 1)
    return 0.5 + 0.5 * np.cos(np.pi * inside * 0.75)


def make_g_map(shape_yx: tuple[int, ...], *, g_max: float, rng: np.random.Generator) -> Floats:
    """A smooth map from 1 to `g_max`, (Y, X) float32, highest near random central spots."""
    if g_max < 1:
        raise BadSetting(f"A g-factor is at least 1; got {g_max}.")
    if g_max <= 1.001:
        return np.ones(shape_yx, np.float32)
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape_yx), indexing="ij")
    spots = np.zeros(shape_yx)
    for _ in range(3):
        centre_y, centre_x = rng.uniform(-0.5, 0.5, 2)
        width = rng.uniform(0.25, 0.6, 2)
        angle = rng.uniform(0, np.pi)
        u = (y - centre_y) * np.cos(angle) + (x - centre_x) * np.sin(angle)
        v = -(y - centre_y) * np.sin(angle) + (x - centre_x) * np.cos(angle)
        spots += rng.uniform(0.4, 1) * np.exp(-((u / width[0]) ** 2) / 2 - (v / width[1]) ** 2 / 2)
    spots = (spots - spots.min()) / (np.ptp(spots) + 1e-9)
    return (1 + (g_max - 1) * spots).astype(np.float32)


def simulate(
    clean_zyx: Floats,
    *,
    window: Floats,
    g_map: Floats,
    snr: float,
    rng: np.random.Generator,
    averages: float = 1.0,
) -> Acquisition:
    """Acquire `clean_zyx` through `window` (order of fft2) with noise scaled by `g_map`; see `acquire`."""
    if snr <= 0 or averages <= 0:
        raise BadSetting(f"snr {snr} and averages {averages} must be positive.")
    band = np.real(through_window(clean_zyx, window))
    noise_free = np.abs(band).astype(np.float32)
    tissue = foreground(clean_zyx)
    signal = float(noise_free[tissue].mean() if tissue.any() else noise_free.mean())
    typical_g = np.median(np.broadcast_to(g_map, clean_zyx.shape)[tissue]) if tissue.any() else 1.0
    sigma = signal / snr / typical_g * g_map / np.sqrt(averages)
    white = rng.standard_normal(clean_zyx.shape) + 1j * rng.standard_normal(clean_zyx.shape)
    unit = np.sqrt(np.mean(window**2))  # what the window leaves of white noise of unit variance
    noise = through_window(white, window) / unit * sigma
    return Acquisition(noise_free, np.abs(band + noise).astype(np.float32), np.asarray(sigma, np.float32))


def through_window(image: NDArray[np.inexact], window: Floats) -> NDArray[np.complexfloating]:
    """The image, (..., Y, X), after its k-space was weighted by `window`."""
    return np.fft.ifft2(np.fft.fft2(image) * window)


def draw_complex_noise(window: Floats, *, rng: np.random.Generator) -> NDArray[np.complex64]:
    """Noise of unit standard deviation in each real channel, (Y, X), correlated as `window` (order of fft2) says.

    Drawn in k-space in single precision: for training, where speed counts and no other program draws the same.
    """
    white = rng.standard_normal((2, *window.shape), np.float32)
    kspace = (white[0] + 1j * white[1]) * window.astype(np.float32)
    unit = np.sqrt(np.mean(window**2) / window.size)
    return np.asarray(fft.ifft2(kspace) / np.float32(unit), np.complex64)


def foreground(volume_zyx: Floats) -> NDArray[np.bool_]:
    """Where there is tissue: smoothed signal above 12 % of its 99th percentile."""
    smooth = ndimage.gaussian_filter(np.asarray(volume_zyx, np.float32), (0.0, 2.0, 2.0))
    return smooth > 0.12 * np.percentile(smooth, 99)


def rician_mean(amplitude: Floats, sigma: Floats) -> Floats:
    """E|amplitude + complex noise| for noise of `sigma` in each real channel; same shape.

    The mean of many magnitude images: what averaging converges to, and therefore the target of training.
    Source: Gudbjartsson & Patz 1995, eq. 2; scaled Bessel functions keep it finite at high SNR.
    """
    sigma = np.asarray(sigma, np.float64)
    x = (amplitude / sigma) ** 2 / 2
    return sigma * np.sqrt(np.pi / 2) * ((1 + x) * i0e(x / 2) + x * i1e(x / 2))


_TABLE_STEPS, _TABLE_END = 256, 16  # per sigma; in sigma
_TABLE = rician_mean(np.arange(0, _TABLE_END + 2 / _TABLE_STEPS, 1 / _TABLE_STEPS), np.ones(1)).astype(np.float32)


def tabled_rician_mean(amplitude: Floats, sigma: Floats) -> NDArray[np.float32]:
    """`rician_mean` within 5e-5 sigma, ten times as fast; beyond 16 sigma by its asymptote a + 1 / 2a."""
    ratio = np.asarray(amplitude / sigma, np.float32)
    place = np.minimum(ratio, np.float32(_TABLE_END)) * np.float32(_TABLE_STEPS)
    index = place.astype(np.int32)
    near = _TABLE[index] + (place - index) * (_TABLE[index + 1] - _TABLE[index])
    far = ratio + np.float32(0.5) / np.maximum(ratio, 1)
    return np.asarray(np.where(ratio < _TABLE_END, near, far) * sigma, np.float32)
