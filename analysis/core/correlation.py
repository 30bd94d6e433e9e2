"""Spearman's correlation between readers (Table 3)."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
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


def spearman_json(x: ArrayLike, y: ArrayLike) -> dict[str, Any]:
    """The correlation as it is reported; n and a null where it is undefined."""
    found = spearman(x, y)
    both = ~np.isnan(np.asarray(x, dtype=np.float64)) & ~np.isnan(np.asarray(y, dtype=np.float64))
    return asdict(found) if found else {"n": int(both.sum()), "rho": None}


def _rho(x: Floats, y: Floats) -> float | None:
    if x.size < FEWEST_UNITS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    r = float(np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1])
    return float(np.sign(r)) if 1 - abs(r) < 1e-15 else r


def _on_z(rho: float, se: float) -> tuple[float, float]:
    z = float(stats.norm.ppf(0.975)) * se
    return float(np.tanh(np.arctanh(rho) - z)), float(np.tanh(np.arctanh(rho) + z))


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
