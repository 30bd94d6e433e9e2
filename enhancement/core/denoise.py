"""Denoise a whole volume with a loaded network: the one call that worker, commands and tests use."""

import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray

from enhancement.core.band import Band, find_band, from_band, to_band
from enhancement.core.device import CPU, Fallback, single_precision
from enhancement.core.network import GRID, DenoisingNetwork
from enhancement.core.strength import DEFAULT_STRENGTH, FULL_REMOVAL, checked_strength
from enhancement.core.tiling import make_tiles
from enhancement.core.training_volumes import SCALE_PERCENTILE
from enhancement.core.weights import SHIPPED_WEIGHTS, load_weights
from readerstudy.core.errors import NotAVolume, NotFiniteVolume
from readerstudy.core.slices import MadeSlices, Slices, percentile

TILE_PX = 512
BATCH_PX = TILE_PX**2  # of the slices that go through the network together
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
        series, so that its slices keep their relation; apart from it, no slice influences another by more than
        rounding (1e-6 of the scale: small slices go through the network in batches).
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
    Not for phase, CT or colour images: the noise model is that of MR magnitudes. A series too long to be held as
    float32 goes through `DenoisedSlices` instead, which gives the same bits.
    """
    stream = DenoisedSlices(
        np.asarray(volume_zyx), denoiser=denoiser, strength=strength, progress=progress, clock=clock
    )
    denoised = np.empty(stream.shape, np.float32)
    for plane, made in zip(denoised, stream, strict=True):
        plane[:] = made
    return Denoised(denoised, stream.report)


class DenoisedSlices:
    """What `denoise_volume` gives, one (Y, X) float32 slice after the other: memory does not grow with the series.

    The arguments and errors are those of `denoise_volume`; `slices` may be any `Slices`. The series is looked at
    when this is made, in a few passes over its slices, and worked on when it is iterated over, once.
    """

    def __init__(
        self,
        slices: Slices,
        *,
        denoiser: Denoiser,
        strength: float = DEFAULT_STRENGTH,
        progress: Progress | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        checked_strength(strength)
        self._clock, self._started = clock, clock()
        self._series = _surveyed(slices)
        self.strength = strength
        self._denoiser, self._progress = denoiser, progress
        self._compute = _BatchComputer(denoiser, find_band(self._series.slices))
        self._sigmas: list[float] = []
        self._report: DenoiseReport | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self._series.slices.shape

    @property
    def report(self) -> DenoiseReport:
        """What was done; there is none before the last slice is."""
        if self._report is None:
            raise RuntimeError("The report is complete after the last slice.")
        return self._report

    def __iter__(self) -> Iterator[Floats]:
        done = 0
        for batch in _batches(self.shape[0], self._compute.batch_slices):
            for plane in self._denoised(batch):
                yield plane
                done += 1
                if self._progress is not None:
                    self._progress(done, self.shape[0])
        self._report = self._reported()

    def _denoised(self, batch: Sequence[int]) -> list[Floats]:
        """The slices of one batch; empty ones pass unchanged and never reach the network."""
        series = self._series
        planes = {z: series.slices[z] for z in batch}
        occupied = [z for z in batch if series.is_occupied[z]]
        found = self._compute([np.asarray(planes[z] / series.scale, np.float32) for z in occupied]) if occupied else []
        for z, (noise_yx, sigmas) in zip(occupied, found, strict=True):
            removed = self.strength * FULL_REMOVAL * series.scale * noise_yx
            planes[z] = np.asarray(np.maximum(planes[z] - removed, series.floor), np.float32)
            self._sigmas.extend(sigmas)
        return list(planes.values())

    def _reported(self) -> DenoiseReport:
        series, sigmas = self._series, self._sigmas
        return DenoiseReport(
            sigma=float(np.median(sigmas)) * float(series.scale) if sigmas else None,
            scale=float(series.scale),
            strength=self.strength,
            slices=len(series.slices),
            empty_slices=len(series.slices) - sum(series.is_occupied),
            seconds=self._clock() - self._started,
            weights_sha256=self._denoiser.weights_sha256,
            device=self._compute.fallback.device,
            threads=torch.get_num_threads(),
            torch_version=torch.__version__,
            fallback=self._compute.fallback.fallen_because,
        )


@dataclass(frozen=True)
class _Series:
    """slices : float32. scale : what becomes 1 for the network. floor : the least value of a result."""

    slices: Slices
    is_occupied: tuple[bool, ...]
    scale: np.float32
    floor: float


def _surveyed(slices: Slices) -> _Series:
    shape = tuple(slices.shape)
    if len(shape) != 3 or 0 in shape:
        raise NotAVolume(f"A (Z, Y, X) volume with at least one pixel is needed; got the shape {shape}.")
    floats = MadeSlices(shape, lambda z: _floats(slices[z]))
    ends = np.array([_ends(floats[z]) for z in range(len(floats))], np.float32)
    low, high = ends[:, 0].min(), ends[:, 1].max()
    # The 99.5th percentile; the maximum where so little of the volume holds signal; 1 where nothing does.
    scale = percentile(floats, SCALE_PERCENTILE)
    if scale <= 0:
        scale = high
    if scale <= 0 and (low != 0 or high != 0):
        raise NotAVolume(f"No value is positive (the largest is {scale:g}): these are no magnitudes.")
    occupied = tuple(bool(one) for one in (ends != 0).any(1))
    return _Series(floats, occupied, scale if scale > 0 else np.float32(1), min(0.0, float(low)))


def _ends(plane: Floats) -> tuple[np.float32, np.float32]:
    return plane.min(), plane.max()


def _floats(plane: NDArray[np.generic]) -> Floats:
    if plane.dtype.kind not in "iuf":
        raise NotAVolume(f"Magnitudes must be real numbers; got {plane.dtype}.")
    with np.errstate(over="ignore"):
        values = np.array(plane, np.float32, order="C")
    if not np.isfinite(values).all():
        raise NotFiniteVolume("The volume holds NaN, infinity or numbers beyond float32; replace them first.")
    return values


def _batches(slices: int, size: int) -> Iterator[range]:
    return (range(first, min(first + size, slices)) for first in range(0, slices, size))


class _BatchComputer:
    """Finds the noise of slices on the wanted device; from the first failure there, that batch included, on the CPU.

    batch_slices : how many slices go through the network together. On one thread that saves a tenth of the time for
    matrices below 150 pixels and nothing above; threads that must wait for busy cores wait once a batch, not once a
    slice. Memory bounds it: it depends on the matrix, and a batch holds no more pixels than one tile.
    """

    def __init__(self, denoiser: Denoiser, band: Band) -> None:
        self.fallback = Fallback(denoiser.device)
        self.batch_slices = max(1, BATCH_PX // (band.inner_yx[0] * band.inner_yx[1]))
        self._denoiser, self._band = denoiser, band
        self._placed: dict[str, Denoiser] = {}

    def __call__(self, images: Sequence[Floats]) -> list[tuple[Floats, list[float]]]:
        return self.fallback.run(lambda device: _noise_of_slices(images, self._on(device), self._band))

    def _on(self, device: str) -> Denoiser:
        if device not in self._placed:
            self._placed[device] = self._denoiser.on(device)
        return self._placed[device]


@torch.inference_mode()
@single_precision
def _noise_of_slices(images: Sequence[Floats], denoiser: Denoiser, band: Band) -> list[tuple[Floats, list[float]]]:
    """(the noise in the slice, noise levels in its tissue) of each (Y, X) image, in the scale of the network.

    The network sees the acquired band only; what a scanner interpolated beyond it stays as it is.
    """
    padded = np.stack([_padded(to_band(image_yx, band)) for image_yx in images])
    noise = np.empty_like(padded)
    sigmas: list[list[float]] = [[] for _ in images]
    margin_px = denoiser.network.config.reach_px
    for tile in make_tiles(padded.shape[1:], tile_px=TILE_PX, margin_px=margin_px):
        image = torch.from_numpy(padded[:, *tile.outer])[:, None].to(denoiser.device)
        log_sigma = denoiser.network.estimate_log_sigma(image)
        removed = image - denoiser.network.denoise(image, log_sigma)
        noise[:, *tile.target] = removed[:, 0].cpu().numpy()[:, *tile.inner]
        tissue = functional.avg_pool2d(image, GRID) > TISSUE_LEVEL
        for found, levels, mask in zip(sigmas, log_sigma, tissue, strict=True):
            found.extend(torch.exp(levels[mask]).tolist())
    rows, columns = band.inner_yx
    inside = (slice(BORDER_PX, BORDER_PX + rows), slice(BORDER_PX, BORDER_PX + columns))
    return [(from_band(one[inside], band), found) for one, found in zip(noise, sigmas, strict=True)]


def _padded(image_yx: Floats) -> Floats:
    """Reflected by a border and up to the network's grid; numpy reflects repeatedly where an image is tiny."""
    widths = [(BORDER_PX, BORDER_PX + -n % GRID) for n in image_yx.shape]
    return np.pad(image_yx, widths, mode="reflect")
