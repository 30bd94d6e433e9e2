"""One-sample signed-rank statistics of preferences that are mostly ties.

`d` is (N,) of integers, 0 for no difference, without missing values. No function here knows of patients:
see `clustered` for tests that do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

# Beyond this many elementary steps the exact distribution is replaced by the normal one, and flagged.
MOST_STEPS = 2e9
HALVINGS = 512  # so many doublings of a count are surely finite
FEW = 64  # so few weights are added one by one, without any rounding


@dataclass(frozen=True)
class SignFlip:
    """A two-sided p, and whether it is exact or, because the sample is too large, normal."""

    p: float
    is_exact: bool


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's statistic with its null mean and variance; `_cc` is continuity-corrected."""

    T_plus: float
    T_minus: float
    mean: float
    var: float
    z_nocc: float
    p_nocc: float
    z_cc: float
    p_cc: float


@dataclass(frozen=True)
class ExactSignedRank(SignedRank):
    p_exact: float
    p_exact_is_exact: bool


@dataclass(frozen=True)
class SignedRankTests:
    """The three ways of treating zeros."""

    n_obs: int
    n_nonzero: int
    n_zero: int
    wilcox: ExactSignedRank
    pratt: ExactSignedRank
    zsplit: SignedRank


def two_sided(z: float) -> float:
    """The normal two-sided p of z."""
    return float(2 * special.ndtr(-abs(z)))


def signflip_exact(weights: ArrayLike, statistic: float) -> SignFlip:
    """
    Exact two-sided p of a sum of weights under independent random signs.

    Parameters
    ----------
    weights
        (n,) non-negative whole numbers, such as doubled mid-ranks; ties and zeros are allowed.
    statistic
        The observed signed sum.

    Source: the shift algorithm of Streitberg and Roehmel 1986, conditional on the weights.
    """
    w = np.rint(np.asarray(weights, dtype=np.float64)).astype(np.int64)
    w = np.sort(w[w != 0])
    if not w.size:
        return SignFlip(1.0, is_exact=True)
    g = int(np.gcd.reduce(w))
    w, t = w // g, abs(round(statistic)) // g
    values, n = np.unique(w, return_counts=True)
    if values.size <= 2 and w.size > FEW:
        return SignFlip(min(1.0, 2.0 * _two_levels(values, n, (int(w.sum()) - t) // 2)), is_exact=True)
    if w.size * int(w.sum()) > MOST_STEPS:
        z = t / float(np.sqrt(np.sum(w.astype(np.float64) ** 2)))
        return SignFlip(two_sided(z), is_exact=False)
    # |2 T+ - M| >= t is symmetric in T+, so twice the lower tail is the whole p.
    return SignFlip(min(1.0, 2.0 * _lower_tail(w, (int(w.sum()) - t) // 2)), is_exact=True)


def _two_levels(values: NDArray[np.int64], n: NDArray[np.intp], most: int) -> float:
    """P(T+ <= most) for at most two distinct weights, such as the ranks of a scale of five points: two binomials."""
    i = np.arange(int(n[-1]) + 1)
    left = most - i * int(values[-1])
    reached = (left >= 0).astype(np.float64)
    if values.size == 2:
        reached = np.where(left >= 0, stats.binom.cdf(np.maximum(left, 0) // int(values[0]), int(n[0]), 0.5), 0.0)
    return float(np.sum(stats.binom.pmf(i, int(n[-1]), 0.5) * reached))


def _lower_tail(w: NDArray[np.int64], most: int) -> float:
    """
    P(T+ <= most), each weight entering the sum T+ with probability one half; w ascends.

    Every other weight makes one of two sums: their distributions cost less than half of that of the whole, and only
    the tail of their sum is wanted, which is one scalar product. All terms are positive: nothing cancels.
    """
    one, other = (_subset_sums(half, most) for half in (w[0::2], w[1::2]))
    at_most = np.cumsum(other)
    at_most = np.concatenate([at_most, np.full(max(0, most + 1 - at_most.size), at_most[-1])])
    return float(np.dot(one, at_most[most - np.arange(one.size)]))


def _subset_sums(w: NDArray[np.int64], most: int) -> NDArray[np.float64]:
    """P(sum = s) for s = 0 up to `most` or the sum of all weights."""
    size = min(most, int(w.sum())) + 1
    n, after = np.zeros(size), np.zeros(size)  # numbers of subsets, before and after the next weight
    n[0] = 1.0
    reached = 0  # nothing beyond can be non-zero yet; the weights come in ascending order
    for step, k in enumerate(w.tolist(), start=1):
        end = min(size - 1, reached + k)
        after[: min(k, size)] = n[: min(k, size)]
        if k < size:
            np.add(n[k : end + 1], n[: end + 1 - k], out=after[k : end + 1])
        n, after, reached = after, n, end
        if step % HALVINGS == 0:
            n = np.ldexp(n, -HALVINGS)
    return np.ldexp(n, -(w.size % HALVINGS))


def signed_rank_tests(d: ArrayLike) -> SignedRankTests:
    """
    Wilcoxon's signed-rank test of d against 0 with zeros dropped, ranked and dropped (Pratt), or split.

    Parameters
    ----------
    d
        (N,) with N >= 1; whole numbers, or values rounded so that equal differences are equal.

    All zeros give z = 0 and p = 1. Source: Wilcoxon 1945, Pratt 1959; variances are tie-corrected.
    """
    d = np.asarray(d, dtype=np.float64)
    nonzero = d[d != 0]
    all_ranks = stats.rankdata(np.abs(d)) if d.size else d
    kept = d != 0
    return SignedRankTests(
        n_obs=d.size,
        n_nonzero=nonzero.size,
        n_zero=d.size - nonzero.size,
        wilcox=_from_ranks(nonzero, stats.rankdata(np.abs(nonzero)) if nonzero.size else nonzero),
        pratt=_from_ranks(nonzero, all_ranks[kept]),
        zsplit=_zeros_split(d, all_ranks),
    )


def _from_ranks(d: NDArray[np.float64], r: NDArray[np.float64]) -> ExactSignedRank:
    T_plus, T_minus = float(r[d > 0].sum()), float(r[d < 0].sum())
    mean, var = float(r.sum()) / 2, float(np.sum(r**2)) / 4  # sum of r^2 / 4 is the tie-corrected variance
    flip = signflip_exact(2 * r, 2 * (T_plus - T_minus))
    return ExactSignedRank(*_normal(T_plus, T_minus, mean, var), flip.p, flip.is_exact)


def _zeros_split(d: NDArray[np.float64], r: NDArray[np.float64]) -> SignedRank:
    N = d.size
    half_of_zeros = float(r[d == 0].sum()) / 2
    t = np.unique(np.abs(d), return_counts=True)[1].astype(np.float64)  # sizes of the groups of ties
    mean, var = N * (N + 1) / 4, N * (N + 1) * (2 * N + 1) / 24 - float(np.sum(t**3 - t)) / 48
    T_plus, T_minus = float(r[d > 0].sum()) + half_of_zeros, float(r[d < 0].sum()) + half_of_zeros
    return SignedRank(*_normal(T_plus, T_minus, mean, var))


def _normal(
    T_plus: float, T_minus: float, mean: float, var: float
) -> tuple[float, float, float, float, float, float, float, float]:
    excess = T_plus - mean
    sd = np.sqrt(var) if var > 0 else np.inf
    z, z_cc = float(excess / sd), float((excess - 0.5 * np.sign(excess)) / sd)
    return T_plus, T_minus, mean, var, z, two_sided(z), z_cc, two_sided(z_cc)


def sign_test_p(d: ArrayLike) -> float:
    """The exact sign test on the non-zeros; 1 where there are none."""
    d = np.asarray(d)
    wins, losses = int(np.sum(d > 0)), int(np.sum(d < 0))
    return float(stats.binomtest(wins, wins + losses, 0.5).pvalue) if wins + losses else 1.0


def rank_biserial(tests: SignedRankTests) -> float | None:
    """(T+ - T-) / (T+ + T-) on the non-zeros; None where there are none. Source: Kerby 2014."""
    T_plus, T_minus = tests.wilcox.T_plus, tests.wilcox.T_minus
    return (T_plus - T_minus) / (T_plus + T_minus) if tests.n_nonzero else None


def hodges_lehmann(d: ArrayLike) -> float:
    """
    The median of all Walsh averages (d_i + d_j) / 2 with i <= j, zeros included.

    With heavy ties it is 0 and says little. Source: Hodges and Lehmann 1963.
    """
    values, n = np.unique(np.asarray(d, dtype=np.float64), return_counts=True)
    i, j = np.triu_indices(values.size)
    averages = (values[i] + values[j]) / 2
    pairs = np.where(i == j, n[i] * (n[i] + 1) // 2, n[i] * n[j])
    order = np.argsort(averages)
    averages, reached = averages[order], np.cumsum(pairs[order])
    total = int(reached[-1])
    low, high = np.searchsorted(reached, [(total + 1) // 2, total // 2 + 1])
    return float((averages[low] + averages[high]) / 2)
