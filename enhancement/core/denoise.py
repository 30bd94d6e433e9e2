"""Denoise a whole volume with a loaded network: the one call that worker, commands and tests use."""

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray

from enhancement.core.band import Band, find_band, from_band, to_band
from enhancement.core.device import CPU, Fallback
from enhancement.core.network import GRID, DenoisingNetwork
from enhancement.core.strength import DEFAULT_STRENGTH, FULL_REMOVAL, checked_strength
from enhancement.core.tiling import make_tiles
from enhancement.core.training_volumes import SCALE_PERCENTILE
from enhancement.core.weights import SHIPPED_WEIGHTS, load_weights
from readerstudy.core.errors import NotAVolume, NotFiniteVolume

TILE_PX = 512
BORDER_PX = 2 * GRID  # reflected around the image, so that the network's own zero padding stays outside
TISSUE_LEVEL = 0.1  # of the series' scale: where the reported noise level is taken

Floats = NDArray[np.float32]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Denoiser:
    """A network ready to use, and where it is wanted. Load once per process; `denoise_volume` does not change it.

    The network itself stays on the CPU: it can be shared with forked processes, and survives a device that fails.
    """

    network: DenoisingNetwork = field(repr=False)
    weights_sha256: str
    device: str

    def on(self, device: str) -> "Denoiser":
        """The same, with a network of its own on `device`."""
        if device == CPU:
            return replace(self, device=CPU)
        return replace(self, network=deepcopy(self.network).to(device), device=device)


@dataclass(frozen=True)
class DenoiseReport:
    """What was done, for provenance.

    sigma : median noise of one real channel in tissue before denoising, in the volume's unit; None without tissue.
    scale : the value that became 1 for the network, in the volume's unit.
    empty_slices : number of all-zero slices, which pass unchanged.
    device : where it was computed, at the end; fallback : why that is not the wanted device, None where it is.
    """

    sigma: float | None
    scale: float
    strength: float
    slices: int
    empty_slices: int
    seconds: float
    weights_sha256: str
    device: str
    threads: int
    torch_version: str
    fallback: str | None = None


@dataclass(frozen=True)
class Denoised:
    volume_zyx: Floats
    report: DenoiseReport


def load_denoiser(path: Path | None = None, *, device: str = "cpu") -> Denoiser:
    """The denoiser with the weights at `path` (the shipped ones without), checked by their SHA-256.

    Raises IntegrityFailure when the file is not what its checksum says. Thread settings are left alone.
    """
    weights = load_weights(path or SHIPPED_WEIGHTS)
    return Denoiser(weights.network, weights.sha256, device)


def denoise_volume(
    volume_zyx: NDArray[np.generic],
    *,
    denoiser: Denoiser,
    strength: float = DEFAULT_STRENGTH,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Denoised:
    """Remove noise from a stack of MR magnitude images, slice by slice.

    Parameters
    ----------
    volume_zyx : (Z, Y, X) array of magnitudes of any real dtype and unit; not changed.
    denoiser : from `load_denoiser`.
    strength : share of the estimated noise that is removed, 0 (none) to 1 (all).
    progress : called with (slices done, slices) after each slice.
    clock : seconds, for the report.

    Returns
    -------
    Denoised
        The volume as (Z, Y, X) float32 in the unit of the input, and the report. One scale holds for the whole
        series, so that its slices keep their relation; apart from it, no slice influences another.
        The same machine, thread count and torch give the same bits.

    Raises
    ------
    NotAVolume
        Not three-dimensional, empty, complex or not numeric, or without any positive signal.
    NotFiniteVolume
        NaN or infinity, also when only after conversion to float32.
    BadSetting
        `strength` is outside 0 to 1.

    Notes
    -----
    Not for phase, CT or colour images: the noise model is that of MR magnitudes.
    """
    checked_strength(strength)
    started = clock()
    values = _checked(volume_zyx)
    scale = _series_scale(values)
    band = find_band(values)
    denoised = values.copy()
    compute = _SliceComputer(denoiser, band)
    floor = min(0.0, float(values.min()))
    sigmas: list[float] = []
    occupied = [z for z in range(len(values)) if values[z].any()]
    for z in range(len(values)):
        if z in occupied:
            noise_yx, sigma = compute(values[z] / scale)
            denoised[z] = np.maximum(values[z] - strength * FULL_REMOVAL * scale * noise_yx, floor)
            sigmas.extend(sigma)
        if progress is not None:
            progress(z + 1, len(values))
    report = DenoiseReport(
        sigma=float(np.median(sigmas)) * float(scale) if sigmas else None,
        scale=float(scale),
        strength=strength,
        slices=len(values),
        empty_slices=len(values) - len(occupied),
        seconds=clock() - started,
        weights_sha256=denoiser.weights_sha256,
        device=compute.fallback.device,
        threads=torch.get_num_threads(),
        torch_version=torch.__version__,
        fallback=compute.fallback.fallen_because,
    )
    return Denoised(denoised, report)


class _SliceComputer:
    """Finds the noise of slices on the wanted device; from the first failure there, that slice included, on the CPU."""

    def __init__(self, denoiser: Denoiser, band: Band) -> None:
        self.fallback = Fallback(denoiser.device)
        self._denoiser, self._band = denoiser, band
        self._placed: dict[str, Denoiser] = {}

    def __call__(self, image_yx: Floats) -> tuple[Floats, list[float]]:
        return self.fallback.run(lambda device: _noise_of_slice(image_yx, self._on(device), self._band))

    def _on(self, device: str) -> Denoiser:
        if device not in self._placed:
            self._placed[device] = self._denoiser.on(device)
        return self._placed[device]


def _checked(volume_zyx: NDArray[np.generic]) -> Floats:
    volume = np.asarray(volume_zyx)
    if volume.dtype.kind not in "iuf":
        raise NotAVolume(f"Magnitudes must be real numbers; got {volume.dtype}.")
    if volume.ndim != 3 or volume.size == 0:
        raise NotAVolume(f"A (Z, Y, X) volume with at least one pixel is needed; got the shape {volume.shape}.")
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(volume, np.float32)
    if not np.isfinite(values).all():
        raise NotFiniteVolume("The volume holds NaN, infinity or numbers beyond float32; replace them first.")
    return values


def _series_scale(values: Floats) -> np.float32:
    """The 99.5th percentile; the maximum where so little of the volume holds signal; 1 where nothing does."""
    scale = np.float32(np.percentile(values, SCALE_PERCENTILE))
    if scale <= 0:
        scale = values.max()
    if scale <= 0 and values.any():
        raise NotAVolume(f"No value is positive (the largest is {scale:g}): these are no magnitudes.")
    return scale if scale > 0 else np.float32(1)


@torch.inference_mode()
def _noise_of_slice(image_yx: Floats, denoiser: Denoiser, band: Band) -> tuple[Floats, list[float]]:
    """(the noise in the slice, noise levels in its tissue), in the scale of the network.

    The network sees the acquired band only; what a scanner interpolated beyond it stays as it is.
    """
    inner = to_band(image_yx, band)
    padded = _padded(inner)
    noise = np.empty_like(padded)
    sigmas: list[float] = []
    margin_px = denoiser.network.config.reach_px
    for tile in make_tiles(padded.shape, tile_px=TILE_PX, margin_px=margin_px):
        image = torch.from_numpy(padded[tile.outer])[None, None].to(denoiser.device)
        log_sigma = denoiser.network.estimate_log_sigma(image)
        removed = image - denoiser.network.denoise(image, log_sigma)
        noise[tile.target] = removed[0, 0].cpu().numpy()[tile.inner]
        tissue = functional.avg_pool2d(image, GRID) > TISSUE_LEVEL
        sigmas.extend(torch.exp(log_sigma[tissue]).tolist())
    rows, columns = inner.shape
    return from_band(noise[BORDER_PX : BORDER_PX + rows, BORDER_PX : BORDER_PX + columns], band), sigmas


def _padded(image_yx: Floats) -> Floats:
    """Reflected by a border and up to the network's grid; numpy reflects repeatedly where an image is tiny."""
    widths = [(BORDER_PX, BORDER_PX + -n % GRID) for n in image_yx.shape]
    return np.pad(image_yx, widths, mode="reflect")
