"""Agreement coefficients between readers on an ordinal scale.

`ratings` is (n, R) of scores 1..K, NaN where a reader gave none. With most scores in the middle the coefficients
disagree by design: they are always shown together, and never with adjectives.
"""

import math
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]


def unit_counts(ratings: Floats, K: int) -> Floats:
    """(n, K): how many readers gave each unit each score."""
    return np.stack([(ratings == k).sum(axis=1) for k in range(1, K + 1)], axis=1).astype(np.float64)


def pair_table(x: Floats, y: Floats, K: int) -> Floats:
    """(K, K): how often one reader gave the row's score and the other the column's, missing pairs dropped."""
    both = ~np.isnan(x) & ~np.isnan(y)
    cell = (x[both].astype(np.int64) - 1) * K + y[both].astype(np.int64) - 1
    return np.bincount(cell, minlength=K * K).reshape(K, K).astype(np.float64)


def disagreement(K: int, kind: str) -> Floats:
    """(K, K) weights of disagreement from 0 to 1: identity, linear, quadratic, or ordinal (Gwet 2014)."""
    gap = np.abs(np.subtract.outer(np.arange(K), np.arange(K))).astype(np.float64)
    if kind == "identity":
        return (gap > 0).astype(np.float64)
    if kind == "ordinal":
        return np.asarray(special.comb(gap + 1, 2) / special.comb(K, 2))
    return gap / (K - 1) if kind == "linear" else (gap / (K - 1)) ** 2


def weighted_kappa(table: Floats, kind: str) -> tuple[float | None, float | None]:
    """
    Cohen's weighted kappa of a (K, K) table with its standard error.

    None where both readers gave one and the same score; no error where one is constant or they agree wholly.
    Source: Fleiss, Cohen and Everitt 1969.
    """
    n = float(table.sum())
    if n == 0:
        return None, None
    O, D = table / n, disagreement(len(table), kind)  # noqa: E741 - observed shares, as in the paper
    # Exactly rounded sums in the paper's own form, the margins' too, as R's long doubles give them: it cancels for
    # heavy ties, where both keep about eight digits (the spread of theta about its mean would keep all).
    r, c = (np.array([_sum(part) for part in parts]) for parts in (O, O.T))
    do, de = _sum(D * O), _sum(D * np.outer(r, c))
    if de <= 0:
        return None, None
    kappa, W, pe = 1 - do / de, 1 - D, 1 - de
    theta = (W - np.add.outer(W @ c, W.T @ r) * (1 - kappa)) ** 2
    v = (_sum(O * theta) - (kappa - pe * (1 - kappa)) ** 2) / (n * (1 - pe) ** 2)
    undefined = is_degenerate(table) or abs(kappa - 1) < 1e-12 or v <= 1e-12
    return kappa, None if undefined else float(np.sqrt(v))


def _sum(values: Floats) -> float:
    return math.fsum(values.ravel())


def is_degenerate(table: Floats) -> bool:
    """Whether a reader gave only one score."""
    return bool(min(np.count_nonzero(table.sum(axis=0)), np.count_nonzero(table.sum(axis=1))) < 2)


def kappas(table: Floats) -> dict[str, Any]:
    """Both weighted kappas of a pair of readers with the shares of equal and of neighbouring scores."""
    n, gap = float(table.sum()), np.abs(np.subtract.outer(np.arange(len(table)), np.arange(len(table))))
    linear, quadratic = weighted_kappa(table, "linear"), weighted_kappa(table, "quadratic")
    return {
        "kappa_linear": linear[0],
        "kappa_linear_se": linear[1],
        "kappa_quadratic": quadratic[0],
        "kappa_quadratic_se": quadratic[1],
        "kappa_degenerate": is_degenerate(table),
        "pct_exact": float(np.trace(table)) / n if n else None,
        "pct_within1": float(table[gap <= 1].sum()) / n if n else None,
        "n": int(n),
    }


def light_kappa(ratings: Floats, K: int, kind: str) -> float | None:
    """The mean of the defined pairwise kappas (Light 1971)."""
    pairs = [pair_table(ratings[:, i], ratings[:, j], K) for i, j in combinations(range(ratings.shape[1]), 2)]
    defined = [kappa for kappa, _ in (weighted_kappa(table, kind) for table in pairs) if kappa is not None]
    return float(np.mean(defined)) if defined else None


def coincidences(counts: Floats) -> Floats:
    """(n, K, K): what each unit with at least two ratings adds to Krippendorff's coincidence matrix."""
    m, K = counts.sum(axis=1), counts.shape[1]
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(K)
    return np.where((m >= 2)[:, None, None], pairs / np.maximum(m - 1, 1)[:, None, None], 0.0)


def alpha_of(C: Floats, metric: str) -> tuple[Floats, Floats]:
    """Observed and expected disagreement of (..., K, K) coincidence matrices; alpha is 1 - observed / expected."""
    K, n_c = C.shape[-1], C.sum(axis=-1)
    n = n_c.sum(axis=-1)
    D = np.broadcast_to(np.subtract.outer(np.arange(K), np.arange(K)).astype(np.float64) ** 2, C.shape)
    if metric == "ordinal":
        reached = np.cumsum(n_c, axis=-1)
        # The sum of n_g from c to k, less half of both ends, is a difference of mid-cumulative counts.
        middle = reached - n_c / 2
        D = (middle[..., :, None] - middle[..., None, :]) ** 2
    expected = n_c[..., :, None] * n_c[..., None, :] - n_c[..., :, None] * np.eye(K)
    with np.errstate(divide="ignore", invalid="ignore"):
        De = np.sum(D * expected, axis=(-2, -1)) / (n * (n - 1))
        Do = np.sum(D * C, axis=(-2, -1)) / n
    return Do, De


def krippendorff(counts: Floats, metric: str = "ordinal") -> dict[str, Any]:
    """Krippendorff's alpha of (n, K) unit counts; None without variation. Source: Krippendorff 2011."""
    units = int((counts.sum(axis=1) >= 2).sum())
    C = coincidences(counts).sum(axis=0)
    Do, De = (float(value) for value in alpha_of(C, metric))
    alpha = 1 - Do / De if np.isfinite(De) and De > 0 else None
    return {"alpha": alpha, "n_units": units, "n_pairable": float(C.sum()), "Do": Do, "De": De}


def gwet(counts: Floats, kind: str = "quadratic") -> dict[str, Any]:
    """
    Gwet's AC2 (AC1 with identity weights) of (n, K) unit counts, conditional on the readers.

    The interval is t with n - 1 degrees of freedom, clipped at 1. Source: Gwet 2014, chapter 6; equals irrCAC.
    """
    counts = counts[counts.sum(axis=1) >= 1]
    n, K = counts.shape
    W, r_i = 1 - disagreement(K, kind), counts.sum(axis=1)
    rated = r_i >= 2
    n2 = int(rated.sum())
    if n2 == 0:
        return {"coef": None, "pa": None, "pe": None, "se": None, "ci": None, "n": n}
    pa_i = np.where(rated, np.sum(counts * (counts @ W.T - 1), axis=1) / (r_i * np.maximum(r_i - 1, 1)), 0)
    share = counts / r_i[:, None]
    pi, weight = share.mean(axis=0), float(W.sum()) / (K * (K - 1))
    pa, pe = float(pa_i[rated].sum()) / n2, weight * float(np.sum(pi * (1 - pi)))
    coef = (pa - pe) / (1 - pe)
    own = np.where(rated, n / n2 * (pa_i - pe) / (1 - pe), 0)
    own = own - 2 * (1 - coef) * (weight * (share @ (1 - pi)) - pe) / (1 - pe)
    se = float(np.sqrt(np.sum((own - coef) ** 2) / (n * (n - 1)))) if n > 1 else float("nan")
    reach = float(stats.t.ppf(0.975, n - 1)) * se if n > 1 else float("nan")
    ci = (coef - reach, min(1.0, coef + reach)) if n > 1 else None
    return {"coef": coef, "pa": pa, "pe": pe, "se": se, "ci": ci, "n": n}


def icc(ratings: Floats) -> dict[str, Any]:
    """
    ICC(2,1), ICC(2,k) and ICC(3,1) by two-way ANOVA of the complete rows.

    Only `n` with fewer than three rows or two readers. Source: McGraw and Wong 1996.
    """
    X = ratings[~np.isnan(ratings).any(axis=1)]
    n, k = X.shape
    if n < 3 or k < 2:
        return {"n": n}
    mean = float(X.mean())
    MSR = k * float(np.sum((X.mean(axis=1) - mean) ** 2)) / (n - 1)
    MSC = n * float(np.sum((X.mean(axis=0) - mean) ** 2)) / (k - 1)
    total = float(np.sum((X - mean) ** 2))
    if np.ptp(X) == 0:
        return {"n": n, "icc21": None, "icc2k": None}
    MSE = (total - MSR * (n - 1) - MSC * (k - 1)) / ((n - 1) * (k - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"n": n, "k": k, "MSR": MSR, "MSC": MSC, "MSE": MSE, **_iccs(n, k, *map(np.float64, (MSR, MSC, MSE)))}


def _iccs(n: int, k: int, MSR: np.float64, MSC: np.float64, MSE: np.float64) -> dict[str, Any]:
    one = (MSR - MSE) / (MSR + (k - 1) * MSE + k * (MSC - MSE) / n)
    F, lead = MSC / MSE, n * (1 + (k - 1) * one) - k * one
    df = (k - 1) * (n - 1) * (k * one * F + lead) ** 2 / ((n - 1) * k**2 * one**2 * F**2 + lead**2)
    upper, lower = stats.f.ppf(0.975, n - 1, df), stats.f.ppf(0.975, df, n - 1)
    rest = k * MSC + (k * n - k - n) * MSE
    low = n * (MSR - upper * MSE) / (upper * rest + n * MSR)
    high = n * (lower * MSR - MSE) / (rest + n * lower * MSR)
    return {
        "icc21": one,
        "icc21_ci": (low, high),
        "icc2k": (MSR - MSE) / (MSR + (MSC - MSE) / n),
        "icc2k_ci": tuple(limit * k / (1 + limit * (k - 1)) for limit in (low, high)),
        "icc31": (MSR - MSE) / (MSR + (k - 1) * MSE),
    }


def kendall_w(ratings: Floats) -> dict[str, Any]:
    """Kendall's W of the complete rows with ties; its chi-square is Friedman's."""
    X = ratings[~np.isnan(ratings).any(axis=1)]
    n, m = X.shape
    if n < 2:
        return {"n": n}
    ranks = np.apply_along_axis(stats.rankdata, 0, X)
    S = float(np.sum((ranks.sum(axis=1) - m * (n + 1) / 2) ** 2))
    ties = sum(float(np.sum(t**3 - t)) for t in (_tie_sizes(X[:, j]) for j in range(m)))
    spread = m**2 * (float(n) ** 3 - n) - m * ties
    if spread <= 0:
        return {"n": n, "m": m, "W": None, "chisq": None, "p": None}
    W = 12 * S / spread
    chisq = m * (n - 1) * W
    return {"n": n, "m": m, "W": W, "chisq": chisq, "p": float(stats.chi2.sf(chisq, n - 1))}


def _tie_sizes(x: Floats) -> Floats:
    return np.unique(x, return_counts=True)[1].astype(np.float64)


def all_identical(ratings: Floats) -> float | None:
    """The share of complete rows on which all readers agree exactly."""
    X = ratings[~np.isnan(ratings).any(axis=1)]
    return float(np.mean(np.ptp(X, axis=1) == 0)) if len(X) else None
