"""Training examples: a clean patch, faint inserted lesions, a random acquisition, and what it should become.

The target is the mean magnitude at the same resolution and ringing, E|band + noise|: the Rician floor stays, so
that the mean signal does not shift, and ringing is signal, so that nothing is sharpened or invented.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray

from enhancement.core.dead_leaves import draw_dead_leaves
from enhancement.core.noise import WINDOWS, make_g_map, make_window, rician_mean, simulate
from enhancement.core.training_volumes import SCALE_PERCENTILE, CleanSlice, SourceVolume

PHANTOM_SIDE_PX = 224
PYRAMID = (1.0, 0.75, 0.55)  # smaller copies of the slices: less native noise in the targets
MIN_SIDE_TO_SHRINK_PX = 200
MARGIN_PX = 8  # simulated around the patch and cut off: a patch's k-space wraps at its border
NATIVE_SNR_MARGIN = 0.8
ZERO_FILLS = (1.0, 1.0, 1.3, 1.6, 2.0)


@dataclass(frozen=True)
class Recipe:
    """How examples are drawn; part of the training configuration."""

    patch_px: int = 96
    phantom_share: float = 0.4
    phantoms: int = 160
    spine_weight: float = 3.0
    lesion_share: float = 0.6
    snr_min: float = 5.0
    snr_max: float = 90.0
    g_max: float = 2.3


@dataclass(frozen=True)
class Batch:
    """noisy, target, sigma : (N, 1, P, P) float32 tensors, scaled to about 1 at the 99.5th percentile of noisy."""

    noisy: torch.Tensor
    target: torch.Tensor
    sigma: torch.Tensor


class ExampleMaker:
    """Draws examples from clean slices and noise-free phantoms; every draw depends on the passed generator only."""

    def __init__(
        self,
        slices: Sequence[CleanSlice],
        weights: Sequence[float],
        phantoms: Sequence[CleanSlice],
        recipe: Recipe,
    ) -> None:
        self.slices = tuple(slices)
        self.probabilities = np.asarray(weights, float) / np.sum(weights)
        self.phantoms = tuple(phantoms)
        self.recipe = recipe

    def batch(self, size: int, rng: np.random.Generator) -> Batch:
        examples = [self._example(rng) for _ in range(size)]
        noisy, target, sigma = (torch.from_numpy(np.stack(part)[:, None]) for part in zip(*examples, strict=True))
        return Batch(noisy, target, sigma)

    def _example(self, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        clean, native_sigma = self._clean_patch(rng)
        if rng.random() < self.recipe.lesion_share:
            clean = insert_lesions(clean, rng=rng)
        return self._acquire(clean, native_sigma, rng)

    def _clean_patch(self, rng: np.random.Generator) -> tuple[NDArray[np.float32], float]:
        side = self.recipe.patch_px + 2 * MARGIN_PX
        if self.phantoms and rng.random() < self.recipe.phantom_share:
            source = self.phantoms[rng.integers(len(self.phantoms))]
            return _turned(_crop(source.pixels_yx, side, rng), rng), 0.0
        source = self.slices[rng.choice(len(self.slices), p=self.probabilities)]
        patch = _turned(_crop(source.pixels_yx, side, rng), rng)
        if rng.random() < 0.5:  # other contrasts: a monotone change of the grey scale
            patch = np.clip(patch, 0, 2) ** np.exp(rng.uniform(-0.5, 0.5))
        return patch * rng.uniform(0.6, 1.3), source.native_sigma

    def _acquire(
        self, clean: NDArray[np.float32], native_sigma: float, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], ...]:
        shape = clean.shape
        g_max = rng.uniform(1, self.recipe.g_max) if rng.random() < 0.7 else 1.0
        window, g_map = random_window(shape, rng=rng), make_g_map(shape, g_max=g_max, rng=rng)
        snr = self._snr(clean, native_sigma, rng)
        taken = simulate(clean[None], window=window, g_map=g_map, snr=snr, rng=rng)
        noisy, sigma = taken.noisy_zyx[0], np.maximum(taken.sigma, 1e-6)
        target = rician_mean(taken.noise_free_zyx[0], sigma)
        # At use, one scale holds for a whole series: a single patch may be dimmer or brighter than that.
        scale = max(np.percentile(noisy, SCALE_PERCENTILE), 1e-3) * np.exp(rng.uniform(-0.2, 0.5))
        inner = (slice(MARGIN_PX, -MARGIN_PX),) * 2
        return tuple(np.asarray(a[inner] / scale, np.float32) for a in (noisy, target, sigma))

    def _snr(self, clean: NDArray[np.float32], native_sigma: float, rng: np.random.Generator) -> float:
        """Log-uniform, but the added noise stays above the slice's own: else the target teaches to keep noise."""
        snr = float(np.exp(rng.uniform(np.log(self.recipe.snr_min), np.log(self.recipe.snr_max))))
        tissue = clean > 0.1 * np.percentile(clean, 99)
        signal = float(clean[tissue].mean()) if tissue.any() else 1.0
        if native_sigma > 0:
            snr = min(snr, signal / (NATIVE_SNR_MARGIN * native_sigma))
        return max(snr, 3.0)


def make_examples(volumes: Sequence[SourceVolume], recipe: Recipe, *, rng: np.random.Generator) -> ExampleMaker:
    """Prepare slices at several sizes and draw the phantoms. Each volume counts the same, a spine more."""
    slices: list[CleanSlice] = []
    weights: list[float] = []
    for volume in volumes:
        scaled = [_resized(source, factor) for source in volume.slices for factor in _factors(source)]
        slices.extend(scaled)
        weights.extend([(recipe.spine_weight if volume.is_spine else 1.0) / len(scaled)] * len(scaled))
    phantoms = [CleanSlice(draw_dead_leaves(PHANTOM_SIDE_PX, rng=rng), 0.0) for _ in range(recipe.phantoms)]
    return ExampleMaker(slices, weights, phantoms, recipe)


def random_window(shape_yx: tuple[int, ...], *, rng: np.random.Generator) -> NDArray[np.floating]:
    """A k-space window as vendors use them: matrix, phase direction and filter at random."""
    zero_fill = rng.choice(ZERO_FILLS) if rng.random() < 0.6 else rng.uniform(1, 2.6)
    return make_window(
        shape_yx,
        zero_fill=float(zero_fill),
        phase_fraction=float(rng.uniform(0.6, 1)) if rng.random() < 0.5 else 1.0,
        phase_axis=int(rng.integers(2)),
        kind=str(rng.choice(["none", *WINDOWS])),
        roll_off=float(rng.uniform(0.1, 0.6)),
    )


def insert_lesions(patch: NDArray[np.float32], *, rng: np.random.Generator) -> NDArray[np.float32]:
    """One to seven faint smooth blobs, bright or dark, so that the network learns to keep them."""
    y, x = np.mgrid[: patch.shape[0], : patch.shape[1]].astype(np.float32)
    for _ in range(rng.integers(1, 8)):
        centre_y, centre_x = rng.uniform(0, patch.shape[0], 2)
        spread, contrast = rng.uniform(0.8, 4), rng.uniform(0.04, 0.35) * rng.choice([-1, 1])
        blob = np.exp(-((y - centre_y) ** 2 + (x - centre_x) ** 2) / 2 / spread**2)
        patch = patch * (1 + contrast * blob)
    return patch.astype(np.float32)


def _factors(source: CleanSlice) -> tuple[float, ...]:
    return PYRAMID if min(source.pixels_yx.shape) >= MIN_SIDE_TO_SHRINK_PX else PYRAMID[:1]


def _resized(source: CleanSlice, factor: float) -> CleanSlice:
    if factor == 1:
        return source
    image = torch.from_numpy(source.pixels_yx)[None, None]
    small = functional.interpolate(image, scale_factor=factor, mode="bicubic", antialias=True, align_corners=False)
    return CleanSlice(small[0, 0].clamp_min(0).numpy(), source.native_sigma * factor)


def _crop(image: NDArray[np.float32], side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A random square that holds tissue where four tries find one; small images are padded with air."""
    missing = [max(0, side - n) for n in image.shape]
    if any(missing):
        image = np.pad(image, [(m // 2, m - m // 2) for m in missing])
    for _ in range(4):
        top, left = (int(rng.integers(0, n - side + 1)) for n in image.shape)
        patch = image[top : top + side, left : left + side]
        if (patch > 0.1).mean() > 0.25:
            break
    return patch


def _turned(patch: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    patch = np.rot90(patch, int(rng.integers(4)))
    return np.ascontiguousarray(patch[:, ::-1] if rng.random() < 0.5 else patch)
