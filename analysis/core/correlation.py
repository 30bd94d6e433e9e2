"""Spearman's correlation between readers (Table 3)."""

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

FEWEST_UNITS = 4
PERMUTATIONS = 200

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spearman:
    n: int
    rho: float
    ci_fisher: tuple[float, float]
    ci_bonett_wright: tuple[float, float]
    p_t: float


def spearman(x: ArrayLike, y: ArrayLike) -> Spearman | None:
    """
    Spearman's rho of the complete pairs of (n,) x and y, by mid-ranks.

    Returns None where it is undefined: fewer than 4 pairs, or either reader constant. The intervals are
    Fisher's and, for ranks, Bonett and Wright's (2000); p is from t with n - 2 degrees of freedom.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    both = ~np.isnan(x) & ~np.isnan(y)
    n, rho = int(both.sum()), _rho(x[both], y[both])
    if rho is None:
        return None
    if abs(rho) == 1:
        return Spearman(n, rho, (rho, rho), (rho, rho), 0.0)
    t = rho * np.sqrt((n - 2) / (1 - rho**2))
    fisher, bonett_wright = 1 / np.sqrt(n - 3), np.sqrt((1 + rho**2 / 2) / (n - 3))
    p = float(2 * stats.t.sf(abs(t), n - 2))
    return Spearman(n, rho, _on_z(rho, fisher), _on_z(rho, bonett_wright), p)


def _rho(x: Floats, y: Floats) -> float | None:
    if x.size < FEWEST_UNITS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    r = float(np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1])
    return float(np.sign(r)) if 1 - abs(r) < 1e-15 else r


def _on_z(rho: float, se: float) -> tuple[float, float]:
    z = float(stats.norm.ppf(0.975)) * se
    return float(np.tanh(np.arctanh(rho) - z)), float(np.tanh(np.arctanh(rho) + z))


def stacked(oriented: pd.DataFrame) -> pd.DataFrame:
    """Preferences, one row a comparison, feature and image set, one column a reader; NaN where missing."""
    units = ["comparison_id", "feature_id", "image_set_id"]
    wide = oriented.set_index([*units, "reader_id"])["pref"].unstack("reader_id")
    return wide.sort_index().sort_index(axis=1)


def pooled_agreement(oriented: pd.DataFrame, *, seed: int) -> dict[str, Any]:
    """
    Agreement of each two readers over all cells stacked: Table 3 as published.

    Stacking mixes agreement about cases with the fact that some features score higher than others for everybody;
    `permutation_baseline` is what remains when no two readers agree about any case.
    """
    wide = stacked(oriented)
    cell = wide.groupby(level=["comparison_id", "feature_id"]).ngroup().to_numpy()
    pairwise = {
        f"{one}-{two}": _pair(wide[one].to_numpy(dtype=float), wide[two].to_numpy(dtype=float), cell, seed)
        for one, two in combinations(wide.columns, 2)
    }
    return {"n_units": len(wide), "pairwise": pairwise}


def _pair(x: Floats, y: Floats, cell: NDArray[np.intp], seed: int) -> dict[str, Any]:
    found = spearman(x, y)
    both = ~np.isnan(x) & ~np.isnan(y)
    n, gap = int(both.sum()), np.abs(x - y)[both]
    return {
        "n": n,
        "spearman": asdict(found) if found else {"n": n, "rho": None},
        "pct_exact": float(np.mean(gap == 0)) if n else None,
        "pct_within1": float(np.mean(gap <= 1)) if n else None,
        "permutation_baseline": permutation_baseline(x[both], y[both], cell[both], seed=seed),
    }


def permutation_baseline(x: Floats, y: Floats, cell: NDArray[np.intp], *, seed: int) -> dict[str, Any]:
    """The mean rho after permuting y within every cell, `PERMUTATIONS` times."""
    if _rho(x, y) is None:
        return {"rho": None, "n_permutations": PERMUTATIONS, "seed": seed}
    rng = np.random.default_rng(seed)
    order = np.argsort(cell, kind="stable")
    rank_x, rank_y = stats.rankdata(x)[order], stats.rankdata(y)[order]
    cell = cell[order]
    # Sorting by (cell, random key) permutes within cells; ranks do not change with their order.
    total = 0.0
    for _ in range(PERMUTATIONS):
        total += float(np.corrcoef(rank_x, rank_y[np.lexsort((rng.random(cell.size), cell))])[0, 1])
    return {"rho": total / PERMUTATIONS, "n_permutations": PERMUTATIONS, "seed": seed}
