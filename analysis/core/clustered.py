"""Tests and intervals that know that the readings of one patient belong together.

`d` is (N,) of preferences without missing values and `patient` is (N,) of patient codes in the same order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.core.paired import signflip_exact, two_sided

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WeightedFlip:
    """The signed-rank statistic weighted for unequal clusters; None where it is undefined."""

    w_rho: float | None = None
    w_rho_c: float | None = None
    w_T: float | None = None  # noqa: N815
    w_var: float | None = None
    w_z: float | None = None
    w_p: float | None = None


@dataclass(frozen=True)
class PatientFlip:
    """The primary test (`p_exact_flip`) with its large-sample version."""

    n_informative_clusters: int
    T: float
    var: float
    z: float
    p: float
    p_exact_flip: float
    p_exact_flip_is_exact: bool
    weighted: WeightedFlip


@dataclass(frozen=True)
class DattaSatten:
    n_clusters: int
    T: float
    var: float
    z: float
    p: float


@dataclass(frozen=True)
class ClusterMean:
    """A mean with cluster-robust standard errors; None where they are undefined."""

    mean: float
    n: int
    n_clusters: int
    se_cr0: float | None = None
    se_cr1: float | None = None
    se_cr2: float | None = None
    df_satt: float | None = None
    ci_cr2: tuple[float, float] | None = None
    p_cr2: float | None = None
    ci_cr1: tuple[float, float] | None = None
    naive_se: float | None = None
    deff_cr2: float | None = None


def patient_sign_flip(d: ArrayLike, patient: ArrayLike) -> PatientFlip:
    """
    Exact sign-flip test of the sums of signed ranks per patient.

    Ranks |d| among the non-zeros of all readers; under exchangeable arms all readings of a patient change
    sign together. Exact for any cluster sizes, ties and n; inference is to patients, the readers are fixed.

    Source: Rosner, Glynn and Lee 2006, unweighted statistic, with its exact permutation distribution.
    """
    d, patient = np.asarray(d, dtype=np.float64), np.asarray(patient)
    kept = d != 0
    if not kept.any():
        return PatientFlip(0, 0.0, 0.0, 0.0, 1.0, 1.0, p_exact_flip_is_exact=True, weighted=WeightedFlip())
    S: Floats = np.sign(d[kept]) * stats.rankdata(np.abs(d[kept]))
    index, g = _clusters(patient[kept])
    S_p = np.bincount(index, weights=S).astype(np.float64)
    T, V = float(S_p.sum()), float(np.sum(S_p**2))
    z = T / np.sqrt(V) if V > 0 else 0.0
    flip = signflip_exact(2 * np.abs(S_p), 2 * T)
    weighted = _weighted(S, S_p, index, g)
    return PatientFlip(g.size, T, V, float(z), two_sided(z), flip.p, flip.is_exact, weighted)


def _clusters(patient: NDArray[np.generic]) -> tuple[NDArray[np.intp], Floats]:
    """Each reading's cluster number, (N,), and each cluster's size, (P,)."""
    _, index, sizes = np.unique(patient, return_inverse=True, return_counts=True)
    return index, sizes.astype(np.float64)


def _weighted(S: Floats, S_p: Floats, index: NDArray[np.intp], g: Floats) -> WeightedFlip:
    """Rosner, Glynn and Lee 2006, section 3: weights from the intraclass correlation of the signed ranks."""
    m, n = g.size, S.size
    if m <= 2 or n <= m:
        return WeightedFlip()
    rho = _intraclass(S, S_p, index, g)
    rho_c = min(1.0, rho * (1 + (1 - rho**2) / (m - 2.5)))
    spread = float(np.var(S, ddof=1))
    if spread == 0:
        return WeightedFlip(rho, rho_c)
    w = g / (spread * (1 + (g - 1) * rho_c))
    T, V = float(np.sum(w * S_p / g)), float(np.sum((w * S_p / g) ** 2))
    z = T / np.sqrt(V) if V > 0 else None
    return WeightedFlip(rho, rho_c, T, V, z, None if z is None else two_sided(z))


def _intraclass(S: Floats, S_p: Floats, index: NDArray[np.intp], g: Floats) -> float:
    """The one-way ANOVA intraclass correlation, not below 0."""
    m, n = g.size, S.size
    MSB = float(np.sum(g * (S_p / g - S.mean()) ** 2)) / (m - 1)
    MSW = float(np.sum((S - (S_p / g)[index]) ** 2)) / (n - m)
    g0 = (n - float(np.sum(g**2)) / n) / (m - 1)
    between = (MSB - MSW) / g0
    return max(0.0, between / (between + MSW)) if between + MSW > 0 else 0.0


def datta_satten(d: ArrayLike, patient: ArrayLike) -> DattaSatten:
    """
    Signed-rank test in which each patient weighs the same, zeros kept.

    It differs from `patient_sign_flip` where the number of readings of a patient carries information.
    Source: Datta and Satten 2008.
    """
    d = np.asarray(d, dtype=np.float64)
    index, n_p = _clusters(np.asarray(patient))
    P = n_p.size
    levels, level = np.unique(np.abs(d), return_inverse=True)
    counts = np.zeros((P, levels.size))  # (P, levels): readings of a patient at each |d|
    np.add.at(counts, (index, level), 1)
    H_p = (np.cumsum(counts, axis=1) - counts / 2) / n_p[:, None]  # (P, levels)
    H = (np.cumsum(counts.sum(axis=0)) - counts.sum(axis=0) / 2) / d.size  # (levels,)
    sign = np.sign(d)
    others = H_p.sum(axis=0)[level] - H_p[index, level]  # sum of H_q(|d|) over the other patients
    a = np.bincount(index, weights=sign) / n_p
    T = float(np.sum(a + np.bincount(index, weights=sign * others) / n_p))
    V = float(np.sum((a + (P - 1) * np.bincount(index, weights=sign * H[level]) / n_p) ** 2))
    z = T / np.sqrt(V) if V > 0 else 0.0
    return DattaSatten(P, T, V, float(z), two_sided(z))


def cluster_mean(y: ArrayLike, patient: ArrayLike, *, confidence: float = 0.95) -> ClusterMean:
    """
    The mean of y with standard errors that are robust to clustering by patient.

    Parameters
    ----------
    y
        (N,) any score of a reading: d, sign(d), an indicator. N >= 1.
    patient
        (N,) patient codes.

    Returns
    -------
    ClusterMean
        `se_cr2` with `df_satt` (Satterthwaite) is the engine of every interval here; `deff_cr2` is the design
        effect. With one patient only the mean and the naive standard error are defined.

    Source: Bell and McCaffrey 2002, in closed form for an intercept; equals clubSandwich's CR2.
    """
    y = np.asarray(y, dtype=np.float64)
    index, n_p = _clusters(np.asarray(patient))
    N, P, mean = y.size, n_p.size, float(y.mean())
    variance = float(np.var(y, ddof=1)) if N > 1 else None
    naive_se = None if variance is None else float(np.sqrt(variance / N))
    if P < 2:
        return ClusterMean(mean, N, P, naive_se=naive_se)
    # Multiplied out before the division, so that no spread between patients is exactly 0 for whole scores.
    e = (N * np.bincount(index, weights=y) - n_p * y.sum()) / N
    a = 1 / (1 - n_p / N)
    cr0, cr2 = float(np.sum(e**2)) / N**2, float(np.sum(a * e**2)) / N**2
    cr1, df = cr0 * P / (P - 1), _satterthwaite(n_p, a, N)
    return ClusterMean(
        mean,
        N,
        P,
        se_cr0=float(np.sqrt(cr0)),
        se_cr1=float(np.sqrt(cr1)),
        se_cr2=float(np.sqrt(cr2)),
        df_satt=df,
        ci_cr2=_interval(mean, np.sqrt(cr2), df, confidence),
        p_cr2=float(2 * stats.t.sf(abs(mean) / np.sqrt(cr2), df)) if cr2 > 0 else None,
        ci_cr1=_interval(mean, np.sqrt(cr1), P - 1, confidence),
        naive_se=naive_se,
        deff_cr2=cr2 / (variance / N) if variance else None,
    )


def _satterthwaite(n_p: Floats, a: Floats, N: int) -> float:
    b = a * n_p**2
    between = float(b.sum() ** 2 - np.sum(b**2)) / N**2
    return N**2 / (float(np.sum(n_p**2)) + between)


def _interval(mean: float, se: float, df: float, confidence: float) -> tuple[float, float]:
    half_width = float(stats.t.ppf((1 + confidence) / 2, df) * se)
    return mean - half_width, mean + half_width
