"""Intervals for a share of x in n."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.core.clustered import cluster_mean

Interval = tuple[float, float]


@dataclass(frozen=True)
class Proportion:
    """A share with intervals that take its n as independent; `rule_of_three` only where x = 0."""

    x: int
    n: int
    p: float
    wilson: Interval
    cp: Interval
    upper95_one_sided: float
    rule_of_three: float | None


@dataclass(frozen=True)
class ClusteredShare:
    """A share of clustered readings; `wilson_deff` is the interval to show. None where undefined."""

    x: int
    n: int
    p: float
    wilson: Interval
    cp: Interval
    se_cr2: float | None
    n_eff: float | None
    wilson_deff: Interval | None


def wilson(x: float, n: float, *, confidence: float = 0.95) -> Interval:
    """Wilson 1927; x and n need not be whole, so that an effective n may enter."""
    z = float(stats.norm.ppf((1 + confidence) / 2))
    p = x / n
    middle = p + z**2 / (2 * n)
    reach = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)
    return 0.0 if x <= 0 else max(0.0, float(low)), 1.0 if x >= n else min(1.0, float(high))


def clopper_pearson(x: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Clopper and Pearson 1934: exact, conservative."""
    a = (1 - confidence) / 2
    low = 0.0 if x == 0 else float(stats.beta.ppf(a, x, n - x + 1))
    return low, 1.0 if x == n else float(stats.beta.ppf(1 - a, x + 1, n - x))


def proportion(x: int, n: int) -> Proportion:
    """The share x of n, n >= 1, with the one-sided 95 % upper limit that a claim of safety rests on."""
    upper = float(stats.beta.ppf(0.95, x + 1, n - x)) if x < n else 1.0
    return Proportion(x, n, x / n, wilson(x, n), clopper_pearson(x, n), upper, None if x else 3 / n)


def clustered_share(happened: ArrayLike, patient: ArrayLike) -> ClusteredShare:
    """The share of readings where `happened`, (N,) bool, with the effective n of its design effect."""
    happened = np.asarray(happened, dtype=np.float64)
    x, n = int(happened.sum()), happened.size
    p, mean = x / n, cluster_mean(happened, patient)
    n_eff = _effective_n(p, n, mean.n_clusters, mean.se_cr2)
    widened = None if n_eff is None else wilson(p * n_eff, n_eff)
    return ClusteredShare(x, n, p, wilson(x, n), clopper_pearson(x, n), mean.se_cr2, n_eff, widened)


def _effective_n(p: float, n: int, n_clusters: int, se: float | None) -> float | None:
    if se is None:
        return None
    return min(n, p * (1 - p) / se**2) if 0 < p < 1 and se > 0 else n_clusters
