"""The methods that the network is compared with. Each is blind: it gets a (Z, Y, X) volume and nothing else."""

import importlib
import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from enhancement.core.noise_level import blind_sigma
from readerstudy.core.errors import BadSetting

Floats = NDArray[np.float32]
Method = Callable[[Floats], Floats]
Region = tuple[slice, slice]

GAUSSIAN_SIGMA_PX = 0.8
BM3D_MARGIN_PX = 12  # around the scored window
REFERENCE = "identity"  # every gain is measured from it


@dataclass(frozen=True, eq=False)
class Truth:
    """What only a simulation knows, and which part of it will be scored (slow methods need do no more)."""

    window_yx: Region
    sigma: float
    kspace_window: Floats


@dataclass(frozen=True)
class Peer:
    """A method and the optional package that it needs beyond the product's own.

    denoise : (Z, Y, X) volume and the truth, if there is one to be told, to the denoised volume.
    """

    denoise: Callable[[Floats, Truth | None], Floats]
    package: str | None = None
    needs_truth: bool = False
    is_timed: bool = True  # False where outputs may come from an earlier run

    @property
    def is_available(self) -> bool:
        return self.package is None or importlib.util.find_spec(self.package) is not None

    def told(self, truth: Truth | None) -> Method:
        return lambda volume_zyx: self.denoise(volume_zyx, truth)


def unchanged(volume_zyx: Floats) -> Floats:
    """A copy of the input: what every method must beat."""
    return volume_zyx.copy()


def gaussian(volume_zyx: Floats) -> Floats:
    """Smoothing within each slice, sigma 0.8 pixels."""
    return ndimage.gaussian_filter(volume_zyx, (0.0, GAUSSIAN_SIGMA_PX, GAUSSIAN_SIGMA_PX))


def non_local_means(volume_zyx: Floats) -> Floats:
    """Slice by slice with patches of 5 within 13 x 13 pixels, told the blind noise level.

    Source: Buades 2005, Multiscale Modeling & Simulation 4:490; the fast form of Darbon 2008 in scikit-image.
    """
    from skimage.restoration import denoise_nl_means

    sigma = blind_sigma(volume_zyx)
    slices = [
        denoise_nl_means(
            slice_yx,
            patch_size=5,
            patch_distance=6,
            h=0.8 * sigma,
            sigma=sigma,
            fast_mode=True,
            preserve_range=True,
        )
        for slice_yx in volume_zyx
    ]
    return np.stack(slices).astype(np.float32)


def bm3d(volume_zyx: Floats, *, window_yx: Region | None = None) -> Floats:
    """Block matching and 3-D filtering, slice by slice, told the blind noise level.

    window_yx : denoise only this part and a margin, since it takes minutes a series; its sigma is the volume's.

    Needs the package `bm3d`, which is free for non-commercial research only and no part of the product.
    Source: Dabov 2007, IEEE Transactions on Image Processing 16:2080.
    """
    sigma = blind_sigma(volume_zyx)
    return _bm3d_slices(volume_zyx, window_yx, lambda shape, scale: max(sigma / scale, 1e-4))


def all_knowing_bm3d(volume_zyx: Floats, *, truth: Truth) -> Floats:
    """BM3D told the true noise level and spectrum of a simulation, and freed of the Rician floor: not to be had blind.

    The spectrum is that of white noise through the window of k-space (Mäkinen 2020, IEEE Transactions on Image
    Processing 29:8339); the floor goes by A = sqrt(M^2 - sigma^2) (Gudbjartsson & Patz 1995).
    """

    def spectrum(shape: tuple[int, ...], scale: float) -> Floats:
        zoom = [new / old for new, old in zip(shape, truth.kspace_window.shape, strict=True)]
        centred = np.fft.fftshift(truth.kspace_window)
        window = np.fft.ifftshift(ndimage.zoom(centred, zoom, order=1, grid_mode=True, mode="nearest")) ** 2
        return np.asarray(window / window.mean() * truth.sigma**2 * window.size / scale**2)

    output = _bm3d_slices(volume_zyx, truth.window_yx, spectrum)
    return np.sqrt(np.clip(output**2 - truth.sigma**2, 0, None)).astype(np.float32)


def _bm3d_slices(
    volume_zyx: Floats, window_yx: Region | None, noise: Callable[[tuple[int, ...], float], object]
) -> Floats:
    package = importlib.import_module("bm3d")
    if not hasattr(np, "trapz"):  # its newest release still asks for the name that numpy 2.4 dropped
        np.trapz = np.trapezoid  # type: ignore[attr-defined]
    scale = float(np.percentile(volume_zyx, 99.9)) or 1.0  # its thresholds expect values up to about 1
    region = _widened(window_yx, volume_zyx.shape[1:])
    output = volume_zyx.copy()
    for z, slice_yx in enumerate(volume_zyx):
        part = np.asarray(slice_yx[region] / scale, np.float64)
        output[z][region] = package.bm3d(part, noise(part.shape, scale)) * scale
    return output


def _widened(window_yx: Region | None, shape: tuple[int, ...]) -> Region:
    if window_yx is None:
        return slice(None), slice(None)
    spans = zip(window_yx, shape, strict=True)
    rows, columns = (slice(max(0, w.start - BM3D_MARGIN_PX), min(n, w.stop + BM3D_MARGIN_PX)) for w, n in spans)
    return rows, columns


def _ignoring_truth(method: Method) -> Callable[[Floats, Truth | None], Floats]:
    return lambda volume_zyx, truth: method(volume_zyx)


def _bm3d_in_window(volume_zyx: Floats, truth: Truth | None) -> Floats:
    return bm3d(volume_zyx, window_yx=truth.window_yx if truth else None)


def _all_knowing(volume_zyx: Floats, truth: Truth | None) -> Floats:
    if truth is None:
        raise BadSetting("bm3d_oracle needs to be told the truth; a real acquisition has none to tell.")
    return all_knowing_bm3d(volume_zyx, truth=truth)


PEERS = {
    REFERENCE: Peer(_ignoring_truth(unchanged)),
    "gaussian": Peer(_ignoring_truth(gaussian)),
    "nlm": Peer(_ignoring_truth(non_local_means)),
    "bm3d": Peer(_bm3d_in_window, package="bm3d"),
    "bm3d_oracle": Peer(_all_knowing, package="bm3d", needs_truth=True),
}


def choose_peers(names: Iterable[str]) -> tuple[dict[str, Peer], tuple[str, ...]]:
    """(methods that can run, names of those whose package is missing); the reference is always the first.

    Raises BadSetting for a name that is not in `PEERS`.
    """
    asked = dict.fromkeys([REFERENCE, *names])
    if unknown := [name for name in asked if name not in PEERS]:
        raise BadSetting(f"The peer {unknown[0]!r} is not known; use {', '.join(PEERS)}.")
    runnable = {name: PEERS[name] for name in asked if PEERS[name].is_available}
    return runnable, tuple(name for name in asked if name not in runnable)
