"""Simulated FAST and SOC of one clean volume, with faint lesions in it and everything needed to score a method.

The settings go round systematically, so that few volumes cover every noise level, matrix, filter and g-factor; the
lesions, the g-map and the noise depend on the seed, the volume's name and the case only.
"""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from enhancement.core.lesions import Lesion, insert_faint_lesions
from enhancement.core.noise import WINDOWS, foreground, make_g_map, make_window, simulate, through_window
from enhancement.core.noise_level import air_sigma, wavelet_sigma
from readerstudy.core.errors import BadVolume

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

SNRS = (8, 15, 25, 40)
ZERO_FILLS = (1.0, 1.3, 1.6)
G_MAXIMA = (1.0, 1.6, 2.2)
PHASE_FRACTIONS = (1.0, 0.75)
SOC_AVERAGES = 2.0  # FAST has half the excitations
FULL_SCALE = 1200.0  # stored units at the 99.9th percentile of the clean volume
LARGEST_STORED = 4095
MIN_SIDE_PX = 48
CLEAN_MARGIN = 2.0  # a reference counts as clean when its own SNR is at least this many times that of FAST


@dataclass(frozen=True)
class Setting:
    """One way to acquire; the fields are those of `noise.acquire`."""

    snr: int
    zero_fill: float
    phase_fraction: float
    window: str
    g_max: float


@dataclass(frozen=True, eq=False)
class Case:
    """All arrays are (Z, Y, X) in stored units.

    fast, soc : noisy magnitudes, integers as float32, independent draws; soc has 1/sqrt(2) of the noise.
    reference, absent : without noise, at the resolution of fast; with and without the inserted lesions.
    sigma : noise of fast in one real channel. tissue : bool. lesions : by slice, in pixels of the window.
    window_yx : the part in which methods are scored; they run on whole slices.
    native_snr : of the clean volume itself, after the wavelet estimate of its noise.
    air_snr : the same after the noise in its air; infinite where air is missing or masked. Where a scanner
        interpolated, wavelets miss noise: a much smaller air_snr says that the volume is not as clean as it seems.
    kspace_window : (Y, X), in the order of `numpy.fft.fft2`: for a peer that is told everything.
    """

    name: str
    seed: int
    setting: Setting
    fast: Floats
    soc: Floats
    reference: Floats
    absent: Floats
    sigma: Floats
    tissue: Mask
    lesions: tuple[tuple[Lesion, ...], ...]
    window_yx: tuple[slice, slice]
    native_snr: float
    air_snr: float
    kspace_window: Floats

    @property
    def has_clean_reference(self) -> bool:
        return self.native_snr >= CLEAN_MARGIN * self.setting.snr


def setting_for(volume_index: int, case_index: int, *, cases: int) -> Setting:
    """The setting of one case: neighbouring volumes and cases differ in all of its parts.

    With four cases or more a volume meets every SNR; with fewer the volumes share them out.
    """
    together = volume_index + case_index
    snr_index = (together if cases >= len(SNRS) else volume_index + 2 * case_index) % len(SNRS)
    return Setting(
        snr=SNRS[snr_index],
        zero_fill=ZERO_FILLS[together % len(ZERO_FILLS)],
        phase_fraction=PHASE_FRACTIONS[together % len(PHASE_FRACTIONS)],
        window=tuple(WINDOWS)[together % len(WINDOWS)],
        g_max=G_MAXIMA[(volume_index // 2 + case_index + snr_index) % len(G_MAXIMA)],
    )


def make_case(clean_zyx: Floats, *, name: str, setting: Setting, case_index: int, seed: int, window_px: int) -> Case:
    """Insert lesions into `clean_zyx` (any unit, no negative values) and acquire it as FAST and as SOC.

    Raises BadVolume when a slice is smaller than 48 pixels a side.
    """
    if min(clean_zyx.shape[1:]) < MIN_SIDE_PX:
        raise BadVolume(f"{name!r} has slices of {clean_zyx.shape[1:]}; at least {MIN_SIDE_PX} pixels are needed.")
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), case_index])
    clean = clean_zyx / _positive(np.percentile(clean_zyx, 99.9), clean_zyx) * FULL_SCALE
    shape_yx = clean.shape[1:]
    g_map = make_g_map(shape_yx, g_max=setting.g_max, rng=rng)
    window_yx = _central_window(clean, window_px)
    present, lesions = _with_lesions(clean, window_yx, rng)
    kspace = make_window(
        shape_yx, zero_fill=setting.zero_fill, phase_fraction=setting.phase_fraction, kind=setting.window
    )
    fast = simulate(present, window=kspace, g_map=g_map, snr=setting.snr, rng=rng)
    soc = simulate(present, window=kspace, g_map=g_map, snr=setting.snr, rng=rng, averages=SOC_AVERAGES)
    tissue = foreground(present)
    return Case(
        name=name,
        seed=seed,
        setting=setting,
        fast=_stored(fast.noisy_zyx),
        soc=_stored(soc.noisy_zyx),
        reference=fast.noise_free_zyx,
        absent=np.abs(np.real(through_window(clean, kspace))).astype(np.float32),
        sigma=np.broadcast_to(fast.sigma, clean.shape),
        tissue=tissue,
        lesions=lesions,
        window_yx=window_yx,
        native_snr=float(clean[tissue].mean() / max(wavelet_sigma(clean), 1e-6)),
        air_snr=_air_snr(clean, tissue),
        kspace_window=kspace,
    )


def _air_snr(clean_zyx: Floats, tissue: Mask) -> float:
    sigma = air_sigma(clean_zyx)
    return float(clean_zyx[tissue].mean() / sigma) if sigma > 0 else float("inf")


def _positive(scale: np.floating, clean_zyx: Floats) -> np.float32:
    """The maximum where so little of the volume holds signal that its percentile is 0."""
    return np.float32(scale) if scale > 0 else clean_zyx.max()


def _central_window(clean_zyx: Floats, side_px: int) -> tuple[slice, slice]:
    """A square around the centre of the tissue, shifted into the image; the whole image where that is smaller."""
    centre = ndimage.center_of_mass(foreground(clean_zyx).any(0))
    first = [
        int(np.clip(int(middle) - side_px // 2, 0, max(0, length - side_px)))
        for middle, length in zip(centre, clean_zyx.shape[1:], strict=True)
    ]
    return slice(first[0], first[0] + side_px), slice(first[1], first[1] + side_px)


def _with_lesions(
    clean_zyx: Floats, window_yx: tuple[slice, slice], rng: np.random.Generator
) -> tuple[Floats, tuple[tuple[Lesion, ...], ...]]:
    present = clean_zyx.copy()
    lesions = []
    for slice_yx in present:
        slice_yx[window_yx], inserted = insert_faint_lesions(slice_yx[window_yx], rng=rng)
        lesions.append(inserted)
    return present, tuple(lesions)


def _stored(volume_zyx: Floats) -> Floats:
    """As a scanner stores it: 12-bit integers."""
    return np.clip(np.rint(volume_zyx), 0, LARGEST_STORED).astype(np.float32)
