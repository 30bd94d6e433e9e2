"""Tests that are shown beside the primary one so that nobody need compute them: none is an inference of the study.

All take the readings as independent. `d` is (N,) of preferences without missing values, N >= 1.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.core.clustered import ClusterMean
from analysis.core.paired import two_sided

Floats = NDArray[np.float64]
GEE_STEPS, GEE_TOLERANCE = 25, 1e-4  # geepack's, so that it stops where geepack stops
MIRRORED_WARNING = "invalid as a test: treats n scores as 2n independent observations"


def rank_sum(x: ArrayLike, y: ArrayLike) -> dict[str, float]:
    """Mann and Whitney's U of x over y with the tie-corrected normal p; z = 0 and p = 1 where all are equal."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    m, n, both = x.size, y.size, np.concatenate([x, y])
    N = m + n
    U = float(stats.rankdata(both)[:m].sum()) - m * (m + 1) / 2
    t = np.unique(both, return_counts=True)[1].astype(np.float64)
    var = m * n / 12 * ((N + 1) - float(np.sum(t**3 - t)) / (N * (N - 1)))
    excess = U - m * n / 2
    sd = float(np.sqrt(var)) if var > 0 else float("inf")
    corrected = (excess - 0.5 * float(np.sign(excess))) / sd
    return {"U": U, "z_nocc": excess / sd, "p_nocc": two_sided(excess / sd), "p_cc": two_sided(corrected)}


def rank_sums(d: Floats, middle: int) -> dict[str, Any]:
    """ "Wilcoxon rank sum" read literally: against the mirrored scores, and against a constant middle."""
    mirrored = rank_sum(middle + d, middle - d) | {"WARNING": MIRRORED_WARNING}
    return {"ranksum_mirrored": mirrored, "ranksum_const3": rank_sum(middle + d, np.full(d.size, float(middle)))}


def t_naive(d: Floats) -> dict[str, Any] | None:
    """Student's one-sample t; None without spread."""
    if d.size < 2 or np.ptp(d) == 0:
        return None
    found = stats.ttest_1samp(d, 0.0)
    interval = found.confidence_interval(0.95)
    ci = (float(interval.low), float(interval.high))
    return {"t": float(found.statistic), "df": d.size - 1, "p": float(found.pvalue), "ci": ci}


def t_of_patient_means(means: Floats) -> dict[str, Any] | None:
    """Student's t on one mean a patient; None for fewer than three patients or without spread."""
    if means.size < 3:
        return None
    found = t_naive(means)
    return found and {name: found[name] for name in ("t", "df", "p")} | {"mean": float(means.mean())}


def gee_independence(mean: ClusterMean) -> dict[str, Any]:
    """GEE with working independence: its robust standard error is CR0."""
    return {"est": mean.mean, "se_robust": mean.se_cr0}


def gee_exchangeable(d: Floats, patient: NDArray[Any]) -> dict[str, Any] | None:
    """
    GEE of a mean with exchangeable working correlation, moments as geepack takes them.

    None where there is no spread, no two readings of one patient, or no convergence.
    Source: Liang and Zeger 1986; libraries differ in the fourth digit of alpha (SPEC, Appendix A 15).
    """
    _, index, sizes = np.unique(patient, return_inverse=True, return_counts=True)
    n, pairs = sizes.astype(np.float64), float(np.sum(sizes * (sizes - 1))) / 2
    if np.ptp(d) == 0 or pairs == 0 or n.size < 2:
        return None
    sums, mean, scale, alpha = np.bincount(index, weights=d), float(d.mean()), 1.0, 0.0
    for _ in range(GEE_STEPS):
        spread = 1 + (n - 1) * alpha
        if (spread <= 0).any():
            return None
        w = 1 / spread
        before = (mean, scale, alpha)
        mean = float(np.sum(w * sums) / np.sum(w * n))
        e = np.bincount(index, weights=(d - mean) ** 2)
        scale = float(e.sum()) / d.size
        alpha = float(np.sum((sums - n * mean) ** 2 - e)) / 2 / pairs / scale
        if max(abs(now - then) for now, then in zip((mean, scale, alpha), before, strict=True)) < GEE_TOLERANCE:
            break
    spread = 1 + (n - 1) * alpha
    if (spread <= 0).any():
        return None
    w = 1 / spread
    se = float(np.sqrt(np.sum((w * (sums - n * mean)) ** 2))) / float(np.sum(w * n))
    return {"est": mean, "se_robust": se, "alpha": alpha}


def sensitivity_p(cell: dict[str, Any]) -> dict[str, float | None]:
    """The p of every method of the sensitivity table in one place."""
    reader = cell["random_reader"]
    return {
        "cluster_flip_exact": cell["clustered"]["p_exact_flip"],
        "pooled_signed_rank_nocc": cell["wsr"]["wilcox"]["p_nocc"],
        "pooled_signed_rank_exact": cell["wsr"]["wilcox"]["p_exact"],
        "pratt_exact": cell["wsr"]["pratt"]["p_exact"],
        "rgl_z": cell["clustered"]["p"],
        "datta_satten": cell["clustered"]["ds"]["p"],
        "patient_mean_signed_rank": cell["patient_mean_wsr"]["wilcox"]["p_nocc"],
        "cr2_t": cell["mean_cluster"]["p_cr2"],
        "random_reader": reader["reported"]["p"] if reader else None,
        "sign_test": cell["sign_test_p"],
        "mirrored_rank_sum": cell["ranksum_mirrored"]["p_nocc"],
    }
