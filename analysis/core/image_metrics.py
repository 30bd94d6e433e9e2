"""Similarity of two series of one image set (Table 4).

Volumes are (Z, Y, X) of stored values after rescale slope and intercept. Both must be on the same grid: nothing is
resampled here. A high similarity does not prove that a denoiser invented nothing.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.clustered import cluster_mean, patient_sign_flip
from analysis.core.paired import rank_biserial, signed_rank_tests
from readerstudy.core.errors import BadVolume

WINDOW = 11  # pixels: a Gaussian of sigma 1.5 cut off at 3.5 sigma
BORDER = WINDOW // 2
FOREGROUND = 0.05  # of the reference's 99th percentile

Volume = NDArray[Any]


def data_range_of(reference_zyx: Volume) -> float:
    """L = max - min of the reference volume, the default `data_range`. Raises BadVolume where it is 0."""
    reference = as_volume(reference_zyx)
    L = float(reference.max() - reference.min())
    if L == 0:
        raise BadVolume("The reference volume has one value only: similarity to it is undefined.")
    return L


def ssim_volume(a_zyx: Volume, b_zyx: Volume, *, data_range: float) -> float:
    """
    Mean over slices of the structural similarity of each slice.

    Parameters
    ----------
    a_zyx, b_zyx
        (Z, Y, X) of equal shape, any real dtype, stored values; computed in float64.
    data_range
        L, in the same units; `data_range_of(reference)`. Never the range of the dtype: the same images then look
        almost identical (0.996 instead of 0.793). Use one L for both members of a contrast.

    Raises BadVolume for unequal shapes, slices under 11 pixels, values that are not finite, or L <= 0.
    Only for two series of one acquisition, or registered ones. Source: Wang 2004, over the interior of each slice.
    """
    a, b = _same_grid(a_zyx, b_zyx)
    maps = ssim_map(a, b, data_range=data_range)
    return float(np.mean(maps.mean(axis=(1, 2))))


def ssim_map(a_zyx: Volume, b_zyx: Volume, *, data_range: float) -> NDArray[np.float64]:
    """Structural similarity at each pixel that is half a window away from the border, (Z, Y - 10, X - 10)."""
    # Imported here: the web process reads summaries and never computes on pixels.
    from skimage.metrics import structural_similarity

    a, b = _same_grid(a_zyx, b_zyx)
    if min(a.shape[1:]) < WINDOW:
        raise BadVolume(f"Slices of {a.shape[1]} × {a.shape[2]} are smaller than the window of {WINDOW} pixels.")
    if not data_range > 0:
        raise BadVolume(f"The data range must be positive, not {data_range}.")
    wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "K1": 0.01, "K2": 0.03}
    full = [structural_similarity(x, y, data_range=data_range, full=True, **wang)[1] for x, y in zip(a, b, strict=True)]
    return np.stack(full)[:, BORDER:-BORDER, BORDER:-BORDER]


def l1_volume(a_zyx: Volume, b_zyx: Volume) -> float:
    """Mean |a - b| over all pixels, in stored units."""
    a, b = _same_grid(a_zyx, b_zyx)
    return float(np.mean(np.abs(a - b)))


def foreground_l1(reference_zyx: Volume, other_zyx: Volume) -> float:
    """Mean |a - b| where the reference exceeds 5 % of its 99th percentile, in stored units."""
    reference, other = _same_grid(reference_zyx, other_zyx)
    return float(np.mean(np.abs(reference - other)[foreground_of(reference)]))


def foreground_of(volume_zyx: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(Z, Y, X) true above 5 % of the volume's 99th percentile. Raises BadVolume where that is nowhere."""
    foreground: NDArray[np.bool_] = volume_zyx > FOREGROUND * np.percentile(volume_zyx, 99)
    if not foreground.any():
        raise BadVolume("The volume has no foreground.")
    return foreground


def normalised_l1(reference_zyx: Volume, other_zyx: Volume) -> float:
    """Mean |a - b| in per cent of the reference's mean."""
    reference, other = _same_grid(reference_zyx, other_zyx)
    mean = float(reference.mean())
    if mean == 0:
        raise BadVolume("The reference volume has a mean of 0: a share of it is undefined.")
    return 100 * float(np.mean(np.abs(reference - other))) / mean


def psnr(reference_zyx: Volume, other_zyx: Volume, *, data_range: float) -> float | None:
    """Peak signal-to-noise ratio 10 log10(L^2 / MSE) in dB over the whole series; None where nothing differs."""
    # Imported here: the web process reads summaries and never computes on pixels.
    from skimage.metrics import peak_signal_noise_ratio

    reference, other = _same_grid(reference_zyx, other_zyx)
    if np.array_equal(reference, other):
        return None
    return float(peak_signal_noise_ratio(reference, other, data_range=data_range))


def nrmse(reference_zyx: Volume, other_zyx: Volume) -> float:
    """Root of the mean squared difference, as a share of the reference's root mean square."""
    from skimage.metrics import normalized_root_mse

    reference, other = _same_grid(reference_zyx, other_zyx)
    if not reference.any():
        raise BadVolume("The reference volume is 0 everywhere: a share of it is undefined.")
    return float(normalized_root_mse(reference, other, normalization="euclidean"))


def as_volume(volume_zyx: Volume) -> NDArray[np.float64]:
    """The volume in float64. Raises BadVolume unless it is (Z, Y, X) of finite values."""
    # Unsigned differences would wrap: 57 becomes 34,577.
    volume = np.asarray(volume_zyx).astype(np.float64)
    if volume.ndim != 3 or not volume.size or not np.isfinite(volume).all():
        raise BadVolume(f"An image volume is (Z, Y, X) of finite values, not of shape {volume.shape}.")
    return volume


def _same_grid(a_zyx: Volume, b_zyx: Volume) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = as_volume(a_zyx), as_volume(b_zyx)
    if a.shape != b.shape:
        raise BadVolume(f"Volumes of {a.shape} and {b.shape} cannot be compared pixel by pixel.")
    return a, b


def image_metrics_summary(frame: pd.DataFrame) -> dict[str, Any]:
    """
    Mean and SD of each metric, and the test of whether enhancement brings the fast scan nearer to the standard.

    Parameters
    ----------
    frame
        One row an image set: image_set_id, patient_id and columns such as ssim_soc_socdl; NaN where not measured.
    """
    metrics = [column for column in frame.columns if column not in ("image_set_id", "patient_id")]
    summary: dict[str, Any] = {"n": len(frame), "n_measured": {name: int(frame[name].count()) for name in metrics}}
    summary |= {name: [frame[name].mean(), frame[name].std(ddof=1)] for name in metrics}
    if {"l1_soc_fast", "l1_soc_fastdl"} <= set(metrics):
        summary |= _l1_test(frame.dropna(subset=["l1_soc_fast", "l1_soc_fastdl"]))
    return summary


def _l1_test(frame: pd.DataFrame) -> dict[str, Any]:
    """Signed-rank test of l1(SOC, FAST) - l1(SOC, FAST-DL), one value an image set; none without any."""
    if frame.empty:
        return {}
    # Rounded to the six decimals of the file, so that equal differences are tied.
    difference = (frame["l1_soc_fast"] - frame["l1_soc_fastdl"]).round(6).to_numpy(dtype=np.float64)
    patient = frame["patient_id"].to_numpy(dtype=np.str_)
    tests = signed_rank_tests(difference)
    flip = asdict(patient_sign_flip(difference, patient))
    weighted, is_exact = flip.pop("weighted"), flip.pop("p_exact_flip_is_exact")
    return {
        "n_nonzero": tests.n_nonzero,
        "r_call": "wilcox.test(round(l1_soc_fast-l1_soc_fastdl,6))",
        "V": tests.wilcox.T_plus,
        "p_R_default_cc": tests.wilcox.p_cc,
        "p_nocc": tests.wilcox.p_nocc,
        "p_exact": tests.wilcox.p_exact,
        "mean_diff": float(difference.mean()),
        "rank_biserial": rank_biserial(tests),
        "cluster": flip | weighted,
        "cluster_mean": asdict(cluster_mean(difference, patient)),
        "flags": [] if is_exact and tests.wilcox.p_exact_is_exact else ["normal_approximation"],
    }
