"""The mean preference beyond these readers: random readers and patients (Obuchowski and Rockette)."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.core.clustered import cluster_mean

Floats = NDArray[np.float64]
OWN_RULE = "OR"
EQUAL = 1 - 1e-12  # two errors that are one number may differ in the last digit
FIXED_RULE = "fixed-reader CR2 SE is larger: used instead"


def random_readers(d: ArrayLike, reader: ArrayLike, patient: ArrayLike) -> dict[str, Any] | None:
    """
    Mean of the readers' means with readers and patients random, one "modality".

    Parameters
    ----------
    d, reader, patient
        (N,) preferences with the codes of their reader and patient.

    Returns
    -------
    `reported` is what to show: never narrower than the fixed-reader interval. None with fewer than 2 readers or
    patients. With 3 readers the variance between readers is poorly estimated.

    Source: Obuchowski and Rockette 1995; degrees of freedom of Hillis 2007.
    """
    d = np.asarray(d, dtype=np.float64)
    codes, r = np.unique(np.asarray(reader), return_inverse=True)
    patients, p = np.unique(np.asarray(patient), return_inverse=True)
    R, P = codes.size, patients.size
    if R < 2 or P < 2:
        return None
    sums, counts = np.zeros((P, R)), np.zeros((P, R))
    np.add.at(sums, (p, r), d)
    np.add.at(counts, (p, r), 1)
    theta = sums.sum(axis=0) / counts.sum(axis=0)
    cov2, msr = _covariance(sums, counts), float(np.var(theta, ddof=1))
    spread = msr + R * max(cov2, 0.0)
    se = float(np.sqrt(spread / R)) if np.isfinite(spread) else float("nan")
    df = spread**2 / (msr**2 / (R - 1)) if msr > 0 else float("inf")
    mean = float(theta.mean())
    own = {"se": se, "df": df, **_inference(mean, se, df)}
    return {
        "reported": _reported(mean, se, df, d, np.asarray(patient)),
        "estimate": mean,
        "reader_means": dict(zip(map(str, codes), map(float, theta), strict=True)),
        "ms_reader": msr,
        "cov2": cov2,
        **own,
    }


def _covariance(sums: Floats, counts: Floats) -> float:
    """The mean covariance of two readers' means, by leaving out one patient at a time; NaN where undefined."""
    P, R = sums.shape
    left = counts.sum(axis=0) - counts
    if (left == 0).any():
        return float("nan")
    J = (sums.sum(axis=0) - sums) / left
    J = J - J.mean(axis=0)
    C = (P - 1) / P * J.T @ J
    return float(C[np.triu_indices(R, 1)].mean())


def _reported(mean: float, se: float, df: float, d: Floats, patient: NDArray[Any]) -> dict[str, Any]:
    fixed = cluster_mean(d, patient)
    if fixed.se_cr2 is None or fixed.df_satt is None or se >= fixed.se_cr2 * EQUAL:
        used_se, used_df, rule = se, min(df, fixed.n_clusters - 1), OWN_RULE
    else:
        used_se, used_df, rule = fixed.se_cr2, fixed.df_satt, FIXED_RULE
    return {"rule": rule, "se": used_se, "df": used_df, **_inference(mean, used_se, used_df)}


def _inference(mean: float, se: float, df: float) -> dict[str, Any]:
    half_width = float(stats.t.ppf(0.975, df)) * se
    p = float(2 * stats.t.sf(abs(mean) / se, df)) if se > 0 else None
    return {"ci": (mean - half_width, mean + half_width), "p": p}
