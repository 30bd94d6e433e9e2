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


def permutation_baseline(x: Floats, y: Floats, cell: NDArray[Any], *, seed: int) -> dict[str, Any]:
    """
    The mean rho after permuting y within every cell, `PERMUTATIONS` times.

    rho depends on no more than how often each x met each y, so the table of a permuted cell is drawn from its
    distribution, the multivariate hypergeometric, in place of the permutation: the time does not grow with n.
    """
    if _rho(x, y) is None:
        return {"rho": None, "n_permutations": PERMUTATIONS, "seed": seed}
    rng = np.random.default_rng(seed)
    rank_x, rank_y = (stats.rankdata(values) - (x.size + 1) / 2 for values in (x, y))
    cross = np.zeros(PERMUTATIONS)
    for one in np.unique(cell):
        own = cell == one
        (of_x, n_x), (of_y, n_y) = (np.unique(rank[own], return_counts=True) for rank in (rank_x, rank_y))
        cross += np.einsum("bij,i,j->b", _permuted_tables(n_x, n_y, rng), of_x, of_y)
    rho = cross / np.sqrt(np.sum(rank_x**2) * np.sum(rank_y**2))
    return {"rho": float(rho.mean()), "n_permutations": PERMUTATIONS, "seed": seed}


def _permuted_tables(n_x: NDArray[np.intp], n_y: NDArray[np.intp], rng: np.random.Generator) -> Floats:
    """(PERMUTATIONS, x, y) tables with these margins, as random permutations of either side give them."""
    tables = np.zeros((PERMUTATIONS, n_x.size, n_y.size))
    left = np.tile(n_y, (PERMUTATIONS, 1))
    for i, row in enumerate(n_x):
        wanted = np.full(PERMUTATIONS, row)
        for j in range(n_y.size):
            later = left[:, j + 1 :].sum(axis=1)
            drawn = rng.hypergeometric(left[:, j], later, wanted)
            tables[:, i, j] = drawn
            left[:, j] -= drawn
            wanted = wanted - drawn
    return tables
