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

GAUSSIAN_SIGMA_PX = 0.8
REFERENCE = "identity"  # every gain is measured from it


@dataclass(frozen=True)
class Peer:
    """A method and the optional package that it needs beyond the product's own."""

    denoise: Method
    package: str | None = None

    @property
    def is_available(self) -> bool:
        return self.package is None or importlib.util.find_spec(self.package) is not None


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


def bm3d(volume_zyx: Floats) -> Floats:
    """Block matching and 3-D filtering, slice by slice, told the blind noise level.

    Needs the package `bm3d`, which is free for non-commercial research only and no part of the product.
    Source: Dabov 2007, IEEE Transactions on Image Processing 16:2080.
    """
    package = importlib.import_module("bm3d")
    scale = float(np.percentile(volume_zyx, 99.9)) or 1.0  # its thresholds expect values up to about 1
    sigma = max(blind_sigma(volume_zyx) / scale, 1e-4)
    slices = [package.bm3d(np.asarray(slice_yx / scale, np.float64), sigma) * scale for slice_yx in volume_zyx]
    return np.stack(slices).astype(np.float32)


PEERS = {
    REFERENCE: Peer(unchanged),
    "gaussian": Peer(gaussian),
    "nlm": Peer(non_local_means),
    "bm3d": Peer(bm3d, package="bm3d"),
}


def choose_peers(names: Iterable[str]) -> tuple[dict[str, Method], tuple[str, ...]]:
    """(methods that can run, names of those whose package is missing); the reference is always the first.

    Raises BadSetting for a name that is not in `PEERS`.
    """
    asked = dict.fromkeys([REFERENCE, *names])
    if unknown := [name for name in asked if name not in PEERS]:
        raise BadSetting(f"The peer {unknown[0]!r} is not known; use {', '.join(PEERS)}.")
    runnable = {name: PEERS[name].denoise for name in asked if PEERS[name].is_available}
    return runnable, tuple(name for name in asked if name not in runnable)
