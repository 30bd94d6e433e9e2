"""Training examples: a clean patch, faint inserted lesions, a random acquisition, and what it should become.

The scene is acquired on a displayed matrix large enough that its band (`enhancement/core/band.py`) just holds the
patch, and comes to the network on the band's matrix, as at use. The target is the mean magnitude at the same
resolution and ringing, E|band + noise|: the Rician floor stays, so that the mean signal does not shift, and ringing
is signal, so that nothing is sharpened or invented.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from scipy import fft

from enhancement.core.band import Band, band_of, kspace_to_band, to_band, whole_band
from enhancement.core.dead_leaves import draw_dead_leaves
from enhancement.core.noise import WINDOWS, draw_complex_noise, make_g_map, make_window, tabled_rician_mean
from enhancement.core.spine_scenes import draw_spine_scenes
from enhancement.core.training_volumes import SCALE_PERCENTILE, CleanSlice, SourceVolume

PHANTOM_SIDE_PX = 256
PORTION = 4  # scenes drawn with one generator: those of one patient
PYRAMID = (1.0, 0.75, 0.55, 0.45)  # smaller copies of the slices: less native noise in the targets
MIN_SIDE_TO_SHRINK_PX = 200
MARGIN_PX = 8  # simulated around the patch and cut off: a patch's k-space wraps at its border
NATIVE_SNR_MARGIN = 0.8
ZERO_FILLS = (1.0, 1.0, 1.3, 1.6, 2.0)
UNSEEN_BAND_SHARE = 0.15  # of the examples whose zero-filling is not noticed and stays in
LARGEST_SLACK = 0.12  # by which the band is found too wide


@dataclass(frozen=True)
class Recipe:
    """How examples are drawn; part of the training configuration."""

    patch_px: int = 96
    dead_leaves_share: float = 0.25
    dead_leaves: int = 200
    spine_scene_share: float = 0.25
    spine_scenes: int = 120
    spine_weight: float = 3.0
    lesion_share: float = 0.7
    snr_min: float = 5.0
    snr_max: float = 90.0
    g_max: float = 2.3


@dataclass(frozen=True)
class Batch:
    """noisy, target, sigma : (N, 1, P, P) float32 tensors, scaled to about 1 at the 99.5th percentile of noisy.

    lesions : the same shape, what the inserted lesions add to the target; 0 where none was inserted.
    """

    noisy: torch.Tensor
    target: torch.Tensor
    sigma: torch.Tensor
    lesions: torch.Tensor


@dataclass(frozen=True)
class Plan:
    """One acquisition to be simulated: its window of k-space, and the band in which the network will see it."""

    window: NDArray[np.floating]
    band: Band


class ExampleMaker:
    """Draws examples from clean slices and noise-free scenes; every draw depends on the passed generator only."""

    def __init__(
        self,
        slices: Sequence[CleanSlice],
        weights: Sequence[float],
        recipe: Recipe,
        *,
        dead_leaves: Sequence[CleanSlice] = (),
        spine_scenes: Sequence[CleanSlice] = (),
    ) -> None:
        self.slices = tuple(slices)
        self.probabilities = np.asarray(weights, float) / np.sum(weights)
        self.dead_leaves = tuple(dead_leaves)
        self.spine_scenes = tuple(spine_scenes)
        self.recipe = recipe

    def batch(self, size: int, rng: np.random.Generator) -> Batch:
        examples = [self._example(rng) for _ in range(size)]
        parts = (torch.from_numpy(np.stack(part)[:, None]) for part in zip(*examples, strict=True))
        return Batch(*parts)

    def _example(self, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        plan = draw_plan(self.recipe.patch_px + 2 * MARGIN_PX, rng=rng)
        clean, native_sigma = self._clean_patch(plan.band.full_yx, rng)
        with_lesions = insert_lesions(clean, rng=rng) if rng.random() < self.recipe.lesion_share else clean
        return self._acquire(clean, with_lesions, native_sigma, plan, rng)

    def _clean_patch(self, shape: tuple[int, int], rng: np.random.Generator) -> tuple[NDArray[np.float32], float]:
        source = self._source(rng)
        patch = _crop(_turned(source.pixels_yx, rng), shape, rng)
        if rng.random() < 0.5:  # other contrasts: a monotone change of the grey scale
            patch = np.clip(patch, 0, 2) ** np.exp(rng.uniform(-0.5, 0.5))
        return patch * rng.uniform(0.6, 1.3), source.native_sigma

    def _source(self, rng: np.random.Generator) -> CleanSlice:
        kind = rng.random()
        if self.dead_leaves and kind < self.recipe.dead_leaves_share:
            return self.dead_leaves[rng.integers(len(self.dead_leaves))]
        if self.spine_scenes and kind < self.recipe.dead_leaves_share + self.recipe.spine_scene_share:
            return self.spine_scenes[rng.integers(len(self.spine_scenes))]
        return self.slices[rng.choice(len(self.slices), p=self.probabilities)]

    def _acquire(
        self,
        clean: NDArray[np.float32],
        with_lesions: NDArray[np.float32],
        native_sigma: float,
        plan: Plan,
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.float32], ...]:
        kspace = fft.fft2(clean) * plan.window
        lesion_kspace = fft.fft2(with_lesions - clean) * plan.window
        band = fft.ifft2(kspace + lesion_kspace).real
        sigma, inner_sigma = self._noise_levels(band, self._snr(clean, native_sigma, rng), plan.band, rng)
        noisy = np.abs(band + draw_complex_noise(plan.window, rng=rng) * sigma)
        target = tabled_rician_mean(np.abs(band), sigma)
        lesions = kspace_to_band(lesion_kspace, plan.band)
        seen = (to_band(noisy, plan.band), to_band(target, plan.band), inner_sigma, lesions)
        inner = _inner_square(inner_sigma.shape, self.recipe.patch_px, rng)
        # At use, one scale holds for a whole series: a single patch may be dimmer or brighter than that.
        scale = max(np.percentile(seen[0][inner], SCALE_PERCENTILE), 1e-3) * np.exp(rng.uniform(-0.2, 0.5))
        return tuple(np.asarray(part[inner] / scale, np.float32) for part in seen)

    def _noise_levels(
        self, noise_free: NDArray[np.floating], snr: float, band: Band, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Sigma of a real channel on the displayed matrix and on the band's: one g-map, drawn at both sizes."""
        g_max, seed = (rng.uniform(1, self.recipe.g_max) if rng.random() < 0.7 else 1.0), int(rng.integers(2**32))
        tissue = noise_free > 0.12 * np.percentile(noise_free, 99)
        signal = float(noise_free[tissue].mean()) if tissue.any() else 1.0
        maps = [
            make_g_map(shape, g_max=g_max, rng=np.random.default_rng(seed)) for shape in (band.full_yx, band.inner_yx)
        ]
        typical_g = float(np.median(maps[0][tissue])) if tissue.any() else 1.0
        level = np.float32(max(signal / snr / typical_g, 1e-6))
        return maps[0] * level, maps[1] * level

    def _snr(self, clean: NDArray[np.float32], native_sigma: float, rng: np.random.Generator) -> float:
        """Log-uniform, but the added noise stays above the slice's own: else the target teaches to keep noise."""
        snr = float(np.exp(rng.uniform(np.log(self.recipe.snr_min), np.log(self.recipe.snr_max))))
        tissue = clean > 0.1 * np.percentile(clean, 99)
        signal = float(clean[tissue].mean()) if tissue.any() else 1.0
        if native_sigma > 0:
            snr = min(snr, signal / (NATIVE_SNR_MARGIN * native_sigma))
        return max(snr, 3.0)


def make_examples(
    volumes: Sequence[SourceVolume], recipe: Recipe, *, rng: np.random.Generator, processes: int = 0
) -> ExampleMaker:
    """Prepare slices at several sizes and draw the scenes. Each volume counts the same, a spine more.

    processes : that draw the scenes; their number changes nothing but the time.
    """
    slices: list[CleanSlice] = []
    weights: list[float] = []
    for volume in volumes:
        scaled = [_resized(source, factor) for source in volume.slices for factor in _factors(source)]
        slices.extend(scaled)
        weights.extend([(recipe.spine_weight if volume.is_spine else 1.0) / len(scaled)] * len(scaled))
    leaves = _drawn(_leaves, recipe.dead_leaves, rng, processes)
    scenes = _drawn(_spine_scenes, recipe.spine_scenes, rng, processes)
    return ExampleMaker(slices, weights, recipe, dead_leaves=leaves, spine_scenes=scenes)


Drawing = Callable[[tuple[int, np.random.Generator]], list[NDArray[np.float32]]]


def _drawn(draw: Drawing, count: int, rng: np.random.Generator, processes: int) -> list[CleanSlice]:
    """`count` images without noise, in portions of generators of their own, so that portions can be drawn apart."""
    sizes = [min(PORTION, count - first) for first in range(0, count, PORTION)]
    portions = list(zip(sizes, rng.spawn(len(sizes)), strict=True))
    if processes > 1:
        with ProcessPoolExecutor(processes) as pool:
            drawn = list(pool.map(draw, portions))
    else:
        drawn = [draw(portion) for portion in portions]
    return [CleanSlice(image, 0.0) for images in drawn for image in images]


def _leaves(portion: tuple[int, np.random.Generator]) -> list[NDArray[np.float32]]:
    return [draw_dead_leaves(PHANTOM_SIDE_PX, rng=portion[1]) for _ in range(portion[0])]


def _spine_scenes(portion: tuple[int, np.random.Generator]) -> list[NDArray[np.float32]]:
    return draw_spine_scenes(portion[0], rng=portion[1])


def draw_plan(inner_px: int, *, rng: np.random.Generator) -> Plan:
    """A window of k-space as vendors use them, on a displayed matrix whose band is at least `inner_px` square."""
    zero_fill = float(rng.choice(ZERO_FILLS) if rng.random() < 0.6 else rng.uniform(1, 2.2))
    extent = np.array([1 / zero_fill, 1 / zero_fill])
    phase_axis = int(rng.integers(2))
    phase_fraction = float(rng.uniform(0.6, 1)) if rng.random() < 0.5 else 1.0
    extent[phase_axis] *= phase_fraction
    shape = (
        fft.next_fast_len(int(np.ceil(inner_px / extent[0]))),
        fft.next_fast_len(int(np.ceil(inner_px / extent[1]))),
    )
    window = make_window(
        shape,
        zero_fill=zero_fill,
        phase_fraction=phase_fraction,
        phase_axis=phase_axis,
        kind=str(rng.choice(["none", *WINDOWS])),
        roll_off=float(rng.uniform(0.1, 0.6)),
    )
    found = np.minimum(extent * (1 + rng.uniform(0, LARGEST_SLACK, 2)), 1.0)
    unseen = rng.random() < UNSEEN_BAND_SHARE
    return Plan(window, whole_band(shape) if unseen else band_of(shape, (found[0], found[1])))


def insert_lesions(patch: NDArray[np.float32], *, rng: np.random.Generator) -> NDArray[np.float32]:
    """Two to ten faint smooth blobs, bright or dark, so that the network learns to keep them."""
    for _ in range(rng.integers(2, 11)):
        spread = np.exp(rng.uniform(np.log(0.7), np.log(3.5)))
        contrast = np.exp(rng.uniform(np.log(0.05), np.log(0.35))) * rng.choice([-1, 1])
        rows, columns = (
            np.exp(-((np.arange(n, dtype=np.float32) - rng.uniform(0, n)) ** 2) / 2 / spread**2) for n in patch.shape
        )
        patch = patch * (1 + np.outer(contrast * rows, columns))
    return patch.astype(np.float32)


def _factors(source: CleanSlice) -> tuple[float, ...]:
    return PYRAMID if min(source.pixels_yx.shape) >= MIN_SIDE_TO_SHRINK_PX else PYRAMID[:1]


def _resized(source: CleanSlice, factor: float) -> CleanSlice:
    if factor == 1:
        return source
    image = torch.from_numpy(source.pixels_yx)[None, None]
    small = functional.interpolate(image, scale_factor=factor, mode="bicubic", antialias=True, align_corners=False)
    return CleanSlice(small[0, 0].clamp_min(0).numpy(), source.native_sigma * factor)


def _crop(image: NDArray[np.float32], shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """A random part that holds tissue where four tries find one; small images are padded with air."""
    missing = [max(0, side - n) for side, n in zip(shape, image.shape, strict=True)]
    if any(missing):
        image = np.pad(image, [(m // 2, m - m // 2) for m in missing])
    for _ in range(4):
        top, left = (int(rng.integers(0, n - side + 1)) for side, n in zip(shape, image.shape, strict=True))
        patch = image[top : top + shape[0], left : left + shape[1]]
        if (patch > 0.1).mean() > 0.25:
            break
    return patch


def _inner_square(shape: tuple[int, ...], side: int, rng: np.random.Generator) -> tuple[slice, slice]:
    """Anywhere but within a margin of the borders, where the patch's k-space wraps."""
    starts = [int(rng.integers(MARGIN_PX, n - MARGIN_PX - side + 1)) for n in shape]
    return slice(starts[0], starts[0] + side), slice(starts[1], starts[1] + side)


def _turned(image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    image = np.rot90(image, int(rng.integers(4)))
    return image[:, ::-1] if rng.random() < 0.5 else image
