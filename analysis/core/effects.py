"""Effect sizes of one comparison and feature: what stands next to each p."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.core.clustered import cluster_mean
from analysis.core.paired import hodges_lehmann, rank_biserial, signed_rank_tests
from analysis.core.proportions import ClusteredShare, Interval, clustered_share


@dataclass(frozen=True)
class Estimate:
    """A cluster-robust mean; None where fewer than two patients define no spread."""

    est: float
    se: float | None
    df: float | None
    ci: Interval | None


@dataclass(frozen=True)
class Effects:
    """First-named arm better (win), no difference (tie), worse (loss), and what follows from them."""

    win: ClusteredShare
    tie: ClusteredShare
    loss: ClusteredShare
    win_prob: Estimate
    net_benefit: Estimate
    win_odds: float | None
    win_ratio: float | None
    pref_share_nonties: float | None
    rank_biserial: float | None
    hodges_lehmann: float
    median: float
    cohen_dz: float | None


def effects(d: ArrayLike, patient: ArrayLike) -> Effects:
    """
    Effect sizes of (N,) preferences d, N >= 1, of readings of (N,) patients.

    Undefined ratios are None: no loss, no non-tie, no spread.
    """
    d = np.asarray(d, dtype=np.float64)
    win, tie, loss = d > 0, d == 0, d < 0
    W, T, L = int(win.sum()), int(tie.sum()), int(loss.sum())
    sd = float(np.std(d, ddof=1)) if d.size > 1 else 0.0
    return Effects(
        win=clustered_share(win, patient),
        tie=clustered_share(tie, patient),
        loss=clustered_share(loss, patient),
        win_prob=_estimate(win + 0.5 * tie, patient),
        net_benefit=_estimate(np.sign(d), patient),
        win_odds=_ratio(W + T / 2, L + T / 2),
        win_ratio=_ratio(W, L),
        pref_share_nonties=_ratio(W, W + L),
        rank_biserial=rank_biserial(signed_rank_tests(d)),
        hodges_lehmann=hodges_lehmann(d),
        median=float(np.median(d)),
        cohen_dz=_ratio(float(d.mean()), sd),
    )


def _estimate(y: ArrayLike, patient: ArrayLike) -> Estimate:
    mean = cluster_mean(y, patient)
    return Estimate(mean.mean, mean.se_cr2, mean.df_satt, mean.ci_cr2)


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator else None
