"""From tissues to magnitudes: contrast, coil, chemical shift, and the finite k-space of an acquisition."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from enhancement.core.phantom.build import SpinePhantom
from enhancement.core.phantom.frame import Floats
from enhancement.core.phantom.tissues import Sequence, signal_tables
from readerstudy.core.errors import BadVolume

# The weightings of the protocol in Table 1 of Bash 2021; PD there is without and STIR with inversion.
SEQUENCES: dict[str, Sequence] = {
    "T1": Sequence(650, 11),
    "T2": Sequence(3200, 106),
    "PD": Sequence(1900, 34),
    "STIR": Sequence(4850, 38, 140),
}
_STIR_TI_MS = {1.5: 140.0, 3.0: 200.0}  # 0.69 of the T1 of fat
FULL_SCALE = 1000.0  # signal of water with full recovery and no decay


def default_sequence(name: str, *, field_t: float) -> Sequence:
    """A usual timing for T1, T2, PD or STIR. Raises BadVolume for any other name."""
    if name not in SEQUENCES:
        raise BadVolume(f"The sequence {name!r} is not known; use one of {', '.join(SEQUENCES)}.")
    usual = SEQUENCES[name]
    if usual.ti_ms is None:
        return usual
    return Sequence(usual.tr_ms, usual.te_ms, _STIR_TI_MS.get(field_t, usual.ti_ms))


def render(
    phantom: SpinePhantom,
    *,
    sequence: Sequence,
    field_t: float = 1.5,
    shift_mm: tuple[float, float] = (0.0, 0.0),
    fat_shift_pixels: float = 0.8,
) -> NDArray[np.float32]:
    """Noise-free magnitudes on the displayed grid.

    Parameters
    ----------
    sequence : timing in ms; decides the contrast.
    field_t : 1.5 or 3.
    shift_mm : how far the patient has moved down and along the rows since the phantom was made.
    fat_shift_pixels : chemical shift along the rows, in displayed pixels.

    Returns
    -------
    (Z, Y, X) float32. The finely painted object went through the k-space of the displayed grid, so that edges ring
    (Gibbs) as they do in a scanner.
    """
    water_table, fat_table = signal_tables(sequence, field_t=field_t)
    rows, columns = phantom.geometry.shape[1:]
    down, along = (mm / spacing for mm, spacing in zip(shift_mm, phantom.spacing_mm[1:], strict=True))
    # A touch of apodisation, as vendors apply it, keeps the ringing at its usual visible level.
    moved = _kspace_factor((rows, columns), down, along) * _apodisation((rows, columns))
    fat_moved = _kspace_factor((rows, columns), 0.0, fat_shift_pixels) * moved
    result = np.empty(phantom.geometry.shape, np.float32)
    for z in range(len(result)):
        label, under = phantom.label[z], phantom.under[z]
        upper = phantom.coverage[z].astype(np.float32)
        texture = phantom.texture[z].astype(np.float32) * FULL_SCALE
        water = _blend(water_table, label, under, upper) * texture
        fat = _blend(fat_table, label, under, upper) * texture
        kspace = _crop(fft.rfft2(water), (rows, columns)) * moved + _crop(fft.rfft2(fat), (rows, columns)) * fat_moved
        result[z] = np.abs(fft.irfft2(kspace, (rows, columns))) * (rows * columns / label.size)
    return (result * phantom.bias).astype(np.float32)


def _blend(table: Floats, label: NDArray[np.uint8], under: NDArray[np.uint8], upper: Floats) -> NDArray[np.float32]:
    below = table[under]
    return np.asarray(below + upper * (table[label] - below), np.float32)


def _crop(kspace: NDArray[np.complexfloating], shape: tuple[int, int]) -> NDArray[np.complexfloating]:
    """The low frequencies of a half-spectrum (`rfft2`): what a coarser grid of `shape` can hold."""
    half = shape[0] // 2
    columns = shape[1] // 2 + 1
    return np.concatenate([kspace[:half, :columns], kspace[-half:, :columns]])


def _kspace_factor(shape: tuple[int, int], down: float, along: float) -> NDArray[np.complex64]:
    """Shift by pixels, as phases of a half-spectrum."""
    ky, kx = fft.fftfreq(shape[0])[:, None], fft.rfftfreq(shape[1])[None, :]
    return np.exp(-2j * np.pi * (ky * down + kx * along)).astype(np.complex64)


def _apodisation(shape: tuple[int, int]) -> NDArray[np.float32]:
    ky, kx = fft.fftfreq(shape[0])[:, None], fft.rfftfreq(shape[1])[None, :]
    return ((0.5 + 0.5 * np.cos(np.pi * ky * 0.9)) * (0.5 + 0.5 * np.cos(np.pi * kx * 0.9)) * 2).astype(np.float32)
