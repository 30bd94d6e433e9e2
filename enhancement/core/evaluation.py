"""Score a denoising method on a simulated case, by the definitions in `quality` and `lesions`."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from enhancement.core import quality
from enhancement.core.evaluation_cases import Case, Setting
from enhancement.core.lesions import lesion_contrasts
from enhancement.core.noise import rician_mean
from enhancement.core.peers import Method
from readerstudy.core.errors import BadVolume

Floats = NDArray[np.float32]

SERIES_PX = 16 * 512 * 512  # seconds are told for a series of this size
MIN_TISSUE_PX = 200  # a slice with less tissue in the window is not scored
NAN = float("nan")


@dataclass(frozen=True)
class PictureScore:
    """What the measures say of one slice, or their means over a volume's slices."""

    psnr_db: float
    ssim: float
    nrmse: float
    edge_retention: float
    weak_edge_retention: float
    lesion_kept: float
    lesion_inserted: float
    variance_before: float
    variance_after: float
    smooth_error_before: float
    smooth_error_after: float
    bias_percent: float
    residual_structure: float

    @property
    def noise_reduction(self) -> float:
        """Noise before over noise after in homogeneous tissue."""
        return float(np.sqrt(self.variance_before / max(self.variance_after, 1e-9)))

    @property
    def low_frequency_error(self) -> float:
        """Relative to the input's: above 1 something was invented or lost."""
        return self.smooth_error_after / max(self.smooth_error_before, 1e-9)


@dataclass(frozen=True)
class CaseScore(PictureScore):
    """One method on one case.

    floor_kept : against which reference it was scored; see `score_case`.
    ssim_fast, ssim_soc : similarity of FAST-DL to FAST and of SOC-DL to SOC.
    l1_ratio : mean |SOC - FAST-DL| over mean |SOC - FAST|. Like ssim_soc not a number where SOC was not asked for.
    seconds : for a series of 16 x 512 x 512, scaled from the pixels that were processed.
    air_snr : see `Case`.
    blend : share of the method's output that was scored, the rest being its input.
    """

    method: str
    case: str
    seed: int
    setting: Setting
    native_snr: float
    has_clean_reference: bool
    floor_kept: bool
    ssim_fast: float
    ssim_soc: float
    l1_ratio: float
    seconds: float
    air_snr: float = NAN
    blend: float = 1.0


def score_case(
    method: Method,
    case: Case,
    *,
    name: str,
    with_soc: bool,
    clock: Callable[[], float] = time.perf_counter,
) -> CaseScore:
    """Run `method` on the case's FAST, and on its SOC when asked, and score it in the case's window.

    A method may keep the Rician floor, E|reference + noise|, or remove it: it is scored against the one of the two
    references that is nearer to its output, so that neither convention is punished.

    Raises
    ------
    BadVolume
        The method returns another shape or values that are not finite, or the window holds too little tissue.
    """
    started = clock()
    output = _run(method, case.fast, name)
    seconds = clock() - started
    removed, kept = (_score_volume(case, output, target) for target in (case.reference, floor_reference(case)))
    floor_kept = kept.psnr_db > removed.psnr_db
    return CaseScore(
        **asdict(kept if floor_kept else removed),
        method=name,
        case=case.name,
        seed=case.seed,
        setting=case.setting,
        native_snr=case.native_snr,
        has_clean_reference=case.has_clean_reference,
        air_snr=case.air_snr,
        floor_kept=floor_kept,
        ssim_fast=_similarity(case, output, case.fast),
        ssim_soc=_similarity(case, _run(method, case.soc, name), case.soc) if with_soc else NAN,
        l1_ratio=_l1_ratio(case, output) if with_soc else NAN,
        seconds=seconds * SERIES_PX / output.size,
    )


def floor_reference(case: Case) -> Floats:
    """What a method that keeps the Rician floor aims at: E|reference + noise|, (Z, Y, X)."""
    return np.asarray(rician_mean(case.reference, np.maximum(case.sigma, 1e-6)), np.float32)


def scored_slices(case: Case) -> list[int]:
    """Those with enough tissue in the window. Raises BadVolume where there is none."""
    enough = np.flatnonzero(in_window(case, case.tissue).sum((1, 2)) > MIN_TISSUE_PX)
    if not enough.size:
        raise BadVolume(f"{case.name!r} has too little tissue in its central slices to be evaluated.")
    return [int(z) for z in enough]


def in_window(case: Case, volume_zyx: NDArray) -> NDArray:
    """The scored part of a volume of the case."""
    return volume_zyx[:, case.window_yx[0], case.window_yx[1]]


def mean_of_finite(values: Sequence[float]) -> float:
    """Not a number when none is finite: a measure may be undefined for a slice, or not have been taken."""
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else NAN


def _run(method: Method, noisy_zyx: Floats, name: str) -> Floats:
    output = method(noisy_zyx)
    if output.shape != noisy_zyx.shape or not np.isfinite(output).all():
        raise BadVolume(f"{name!r} turned {noisy_zyx.shape} into {output.shape}, or into values that are not finite.")
    return output


def _score_volume(case: Case, output_zyx: Floats, target_zyx: Floats) -> PictureScore:
    scores = [_score_slice(case, z, output_zyx, target_zyx) for z in scored_slices(case)]
    names = [field.name for field in fields(PictureScore)]
    return PictureScore(**{name: mean_of_finite([getattr(score, name) for score in scores]) for name in names})


def _score_slice(case: Case, z: int, output_zyx: Floats, target_zyx: Floats) -> PictureScore:
    output, noisy, target, absent, tissue = (
        volume[z][case.window_yx] for volume in (output_zyx, case.fast, target_zyx, case.absent, case.tissue)
    )
    peak = quality.data_range(case.reference)
    edges = quality.edge_masks(target, tissue=tissue)
    flat = quality.homogeneous_tissue(target, tissue=tissue)
    kept, inserted = lesion_contrasts(output, target, absent, case.lesions[z])
    return PictureScore(
        psnr_db=quality.psnr(output, target, tissue=tissue, peak=peak),
        ssim=quality.ssim(output, target, peak=peak),
        nrmse=quality.nrmse(output, target, tissue=tissue),
        edge_retention=quality.edge_retention(output, target, edges=edges.strong),
        weak_edge_retention=quality.edge_retention(output, target, edges=edges.weak),
        lesion_kept=kept,
        lesion_inserted=inserted,
        variance_before=quality.noise_variance(noisy, target, flat=flat),
        variance_after=quality.noise_variance(output, target, flat=flat),
        smooth_error_before=quality.low_frequency_error(noisy, target, flat=flat),
        smooth_error_after=quality.low_frequency_error(output, target, flat=flat),
        bias_percent=quality.bias_percent(output, target, tissue=tissue),
        residual_structure=quality.residual_structure(noisy - output, target, tissue=tissue),
    )


def _similarity(case: Case, enhanced_zyx: Floats, input_zyx: Floats) -> float:
    peak = quality.data_range(case.reference)
    pairs = zip(in_window(case, enhanced_zyx), in_window(case, input_zyx), strict=True)
    return mean_of_finite([quality.ssim(enhanced, before, peak=peak) for enhanced, before in pairs])


def _l1_ratio(case: Case, output_zyx: Floats) -> float:
    soc, fast, enhanced = (in_window(case, volume) for volume in (case.soc, case.fast, output_zyx))
    return float(np.abs(soc - enhanced).mean() / np.abs(soc - fast).mean())
