"""Real repeated acquisitions: the first one denoised, against the mean of the others.

The noise is the scanner's own and no simulation is involved, but the mean of few repetitions is noisy itself, and the
object may have moved or warmed: a gain has a ceiling, and sets differ more than methods do.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from enhancement.core import quality
from enhancement.core.noise import foreground
from enhancement.core.peers import Method
from readerstudy.core.errors import BadVolume

Floats = NDArray[np.float32]

FOLDER = "repeats"
ALIGNMENT = "repeats_qc.json"
_ALIGNMENT_KEY = "align_to_rep0_axis0_axis1_gain"
_ALIGNED_PX = 0.02  # smaller shifts are left: interpolation would cost more
_MIN_TISSUE_PX = 30
_MIN_TISSUE_SHARE = 0.03
_EDGE_SIGMA_PX = 0.7  # of the noisy reference, before its edges are found


@dataclass(frozen=True, eq=False)
class Repeats:
    """first, reference : (Z, Y, X) one repetition, and the mean of the others brought onto it. scored : slices."""

    name: str
    is_phantom: bool
    repetitions: int
    first: Floats
    reference: Floats
    tissue: NDArray[np.bool_]
    scored: tuple[int, ...]

    @property
    def ceiling_db(self) -> float:
        """The gain of a perfect method: what is left is the noise of the reference."""
        return float(10 * np.log10(self.repetitions))


@dataclass(frozen=True)
class RepeatsScore:
    """gain_db : fall of the squared error in tissue, 10 log10. mean_shift_percent : of the tissue's signal."""

    method: str
    name: str
    is_phantom: bool
    ceiling_db: float
    gain_db: float
    ssim: float
    edge_retention: float
    mean_shift_percent: float


def read_repeats(root: Path, *, slices: int) -> Iterator[Repeats]:
    """Every four-dimensional NIfTI in `root`/repeats, aligned as its repeats_qc.json says; central slices of each."""
    alignments = _read_alignments(root / ALIGNMENT)
    for path in sorted((root / FOLDER).glob("*.nii*")):
        repeats = _read_one(path, alignments.get(path.name, []), slices)
        if repeats.scored:
            yield repeats


def score_repeats(method: Method, repeats: Repeats, *, name: str) -> RepeatsScore:
    """Run `method` on the first repetition; every slice is compared after one gain that fits it to the reference."""
    output = method(repeats.first)
    if output.shape != repeats.first.shape or not np.isfinite(output).all():
        raise BadVolume(f"{name!r} gave another shape or values that are not finite for {repeats.name!r}.")
    slices = [_score_slice(repeats, output, z) for z in repeats.scored]
    before, after = (float(np.mean([one[i] for one in slices])) for i in range(2))
    return RepeatsScore(
        method=name,
        name=repeats.name,
        is_phantom=repeats.is_phantom,
        ceiling_db=repeats.ceiling_db,
        gain_db=float(10 * np.log10(before / max(after, 1e-12))),
        ssim=float(np.mean([one[2] for one in slices])),
        edge_retention=float(np.mean([one[3] for one in slices])),
        mean_shift_percent=float(np.mean([one[4] for one in slices])),
    )


def _read_alignments(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {name: item.get(_ALIGNMENT_KEY) or [] for name, item in stored.items()}


def _read_one(path: Path, alignment: Any, slices: int) -> Repeats:
    import nibabel

    values = np.asarray(nibabel.load(path).dataobj, np.float32)
    if values.ndim != 4 or values.shape[3] < 2:
        raise BadVolume(f"{path.name!r} has the shape {values.shape}; (x, y, slice, repetition) is needed.")
    stack = np.moveaxis(values, (3, 2), (0, 1))  # (repetition, Z, Y, X)
    first_z = max(0, (stack.shape[1] - slices) // 2)
    stack = stack[:, first_z : first_z + slices]
    tissue = foreground(stack.mean(0))
    others = [
        _onto(stack[0], _shifted(other, *_shift(alignment, index)), tissue) for index, other in enumerate(stack[1:])
    ]
    reference = np.mean(others, 0).astype(np.float32)
    scored = tuple(z for z in range(len(reference)) if tissue[z].mean() > _MIN_TISSUE_SHARE)
    return Repeats(path.name, "phantom" in path.name, len(stack), stack[0], reference, tissue, scored)


def _shift(alignment: Any, index: int) -> tuple[float, float]:
    """Of the repetition `index` + 1 against the first, in pixels down and along."""
    return (float(alignment[index][0]), float(alignment[index][1])) if index < len(alignment) else (0.0, 0.0)


def _shifted(volume_zyx: Floats, down: float, along: float) -> Floats:
    if abs(down) + abs(along) <= _ALIGNED_PX:
        return volume_zyx
    moved = [np.fft.ifft2(ndimage.fourier_shift(np.fft.fft2(s), (down, along))).real for s in volume_zyx]
    return np.stack(moved).astype(np.float32)


def _onto(first_zyx: Floats, other_zyx: Floats, tissue: NDArray[np.bool_]) -> Floats:
    """Each slice times the gain that brings it nearest to the first repetition: receivers drift."""
    gains = [_gain(other, first, mask) for other, first, mask in zip(other_zyx, first_zyx, tissue, strict=True)]
    return other_zyx * np.asarray(gains, np.float32)[:, None, None]


def _gain(image: Floats, onto: Floats, mask: NDArray[np.bool_]) -> float:
    if mask.sum() <= _MIN_TISSUE_PX:
        return 1.0
    return float((image * onto)[mask].sum() / max(float((image**2)[mask].sum()), 1e-9))


def _score_slice(repeats: Repeats, output_zyx: Floats, z: int) -> tuple[float, float, float, float, float]:
    """(squared error before, after, SSIM in tissue, edges against the first repetition, shift of the mean in %)."""
    reference, tissue, noisy, output = (
        part[z] for part in (repeats.reference, repeats.tissue, repeats.first, output_zyx)
    )
    gain = _gain(noisy, reference, tissue)
    before, after = (float(np.mean((image * gain - reference)[tissue] ** 2)) for image in (noisy, output))
    peak = float(np.percentile(repeats.reference[list(repeats.scored)], quality.PEAK_PERCENTILE))
    similarity = quality.ssim_map(output * gain, reference, peak=peak)[tissue].mean()
    smooth = ndimage.gaussian_filter(reference.astype(np.float64), _EDGE_SIGMA_PX)
    edges = quality.edge_masks(smooth, tissue=tissue).strong
    kept = quality.edge_retention(output, smooth, edges=edges) / quality.edge_retention(noisy, smooth, edges=edges)
    shift = float(output[tissue].mean() / noisy[tissue].mean() - 1) * 100
    return before, after, float(similarity), kept, shift
