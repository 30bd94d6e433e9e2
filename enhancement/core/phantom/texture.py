"""Fine structure within tissues: without it a phantom looks like a drawing and denoisers have too easy a time."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from enhancement.core.phantom.canvas import Canvas
from enhancement.core.phantom.frame import Floats
from enhancement.core.phantom.tissues import Tissue

# How much proton density varies (standard deviation) with the fine, the fibrous and the coarse field.
_AMPLITUDE: dict[Tissue, tuple[float, float, float]] = {
    Tissue.FAT: (0.045, 0.05, 0.05),
    Tissue.MUSCLE: (0.04, 0.07, 0.06),
    Tissue.MARROW: (0.075, 0.0, 0.06),
    Tissue.FATTY_MARROW: (0.06, 0.0, 0.05),
    Tissue.OEDEMA: (0.06, 0.0, 0.06),
    Tissue.HAEMANGIOMA: (0.05, 0.0, 0.04),
    Tissue.ANNULUS: (0.07, 0.0, 0.08),
    Tissue.NUCLEUS: (0.03, 0.0, 0.05),
    Tissue.NUCLEUS_MILD: (0.05, 0.0, 0.08),
    Tissue.NUCLEUS_DRY: (0.06, 0.0, 0.10),
    Tissue.CSF: (0.015, 0.0, 0.05),
    Tissue.CORD: (0.025, 0.0, 0.03),
    Tissue.GREY_MATTER: (0.025, 0.0, 0.03),
    Tissue.VISCERA: (0.08, 0.10, 0.25),
    Tissue.FLAVUM: (0.06, 0.0, 0.05),
    Tissue.VEIN: (0.05, 0.0, 0.15),
    Tissue.ARTERY: (0.3, 0.0, 0.5),
    Tissue.SKIN: (0.1, 0.0, 0.1),
}
Shifts = tuple[int, int]


@dataclass(frozen=True)
class Textures:
    """Random fields of unit variance, one tile each, that a slice sees shifted by its own amount (they wrap)."""

    tiles: dict[str, Floats]

    def draw_shifts(self, rng: np.random.Generator) -> Shifts:
        rows, columns = self.tiles["fine"].shape
        return int(rng.integers(rows)), int(rng.integers(columns))

    def shifted(self, name: str, shifts: Shifts) -> Floats:
        """One field for one slice, (N,)."""
        return np.roll(self.tiles[name], shifts, axis=(0, 1)).ravel()


def make_textures(shape: tuple[int, int], pixel_mm: float, *, plane: str, rng: np.random.Generator) -> Textures:
    """The fields of one phantom. Muscle fibres run along the spine: lines in sagittal, dots in axial slices."""
    along = 5.0 if plane == "sagittal" else 0.8
    widths_mm = {"fine": (0.45, 0.45), "fibre": (along, 0.7), "blotch": (2.2, 2.2), "coarse": (7.0, 7.0)}
    return Textures({name: _field(shape, pixel_mm, width, rng) for name, width in widths_mm.items()})


def _field(shape: tuple[int, int], pixel_mm: float, width_mm: tuple[float, float], rng: np.random.Generator) -> Floats:
    white = rng.standard_normal(shape, dtype=np.float32)
    fy, fx = fft.fftfreq(shape[0], pixel_mm)[:, None], fft.rfftfreq(shape[1], pixel_mm)[None, :]
    low_pass = np.exp(-2 * np.pi**2 * ((fy * width_mm[0]) ** 2 + (fx * width_mm[1]) ** 2)).astype(np.float32)
    field = fft.irfft2(fft.rfft2(white) * low_pass, shape)
    return (field / field.std()).astype(np.float32)


def roughen(canvas: Canvas, textures: Textures, shifts: Shifts) -> None:
    """Fat between muscle fibres, fibres between fat lobules, islands of fat in the marrow."""
    fibre, blotch = textures.shifted("fibre", shifts), textures.shifted("blotch", shifts)
    coarse = textures.shifted("coarse", shifts)
    canvas.mix(Tissue.FAT, Tissue.MUSCLE, 0.2 * np.clip(fibre + 0.9 * coarse - 0.8, 0, 2.5))
    canvas.mix(Tissue.MUSCLE, Tissue.FAT, 0.28 * np.clip(1 - np.abs(blotch + 0.6 * coarse) / 0.12, 0, 1))
    canvas.mix(Tissue.FAT, Tissue.MARROW, 0.16 * np.clip(blotch + 0.4 * coarse, 0, 2.5))


def texture_of(canvas: Canvas, textures: Textures, shifts: Shifts) -> Floats:
    """Local proton density relative to the tissue's, (N,), about 1."""
    amplitudes = np.zeros((3, len(Tissue)), np.float32)
    for tissue, values in _AMPLITUDE.items():
        amplitudes[:, tissue] = values
    texture = np.ones(canvas.size, np.float32)
    for amplitude, name in zip(amplitudes, ("fine", "fibre", "blotch"), strict=True):
        texture += amplitude[canvas.label] * textures.shifted(name, shifts)
    return np.clip(texture, 0.2, 2.0)
