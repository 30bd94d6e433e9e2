"""Percentile intervals by resampling patients with all their readings.

Every statistic here depends on the counts of its categories only, so a replicate is a product of how often each
patient was drawn with the patient's counts: B replicates cost one matrix product.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REPLICATES = 4999
MOST_UNDEFINED = 0.2
TOLERANCE = "percentile limits; another seed moves them by about 0.012 (means) or 0.015 (correlations)"


def draws(P: int, B: int, seed: int) -> Floats:
    """(B, P): how often each of P patients is drawn in each replicate."""
    if P == 0:
        return np.zeros((B, 0))
    return np.random.default_rng(seed).multinomial(P, np.full(P, 1 / P), size=B).astype(np.float64)


def limits(values: Floats) -> tuple[float, float] | None:
    """The percentile interval (type 7) of the defined replicates; None where more than a fifth is undefined."""
    defined = values[np.isfinite(values)]
    if not values.size or defined.size < (1 - MOST_UNDEFINED) * values.size:
        return None
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def bootstrap_cells(
    first: pd.DataFrame, cells: Iterable[tuple[str, str]], *, points: int, B: int, seed: int
) -> dict[str, Any]:
    """Intervals of the effect sizes of each cell, named "comparison/feature"."""
    scored = first[first["d"].notna()]
    groups = dict(iter(scored.groupby(["comparison_id", "feature_id"])))
    made: dict[int, Floats] = {}  # cells of as many patients have the same draws: the last ones are kept

    def draws_of(P: int) -> Floats:
        if P not in made:
            made.clear()
            made[P] = draws(P, B, seed)
        return made[P]

    found = {"/".join(cell): _cell(groups.get(cell, scored.iloc[:0]), points // 2, draws_of) for cell in cells}
    return {name: {"B": B} | ({"seed": seed} if "reason" not in cell else {}) | cell for name, cell in found.items()}


def _cell(rows: pd.DataFrame, most: int, draws_of: Callable[[int], Floats]) -> dict[str, Any]:
    patients, p = np.unique(rows["patient_id"].to_numpy(dtype=str), return_inverse=True)
    if patients.size < 2:
        return {"reason": "fewer than two patients"}
    level = rows["d"].to_numpy(dtype=np.int64) + most
    K = 2 * most + 1
    counts = np.bincount(p * K + level, minlength=patients.size * K).reshape(patients.size, K)
    replicate = draws_of(patients.size) @ counts  # (B, K)
    found = effects_of_counts(replicate, most)
    undefined = {name: int((~np.isfinite(values)).sum()) for name, values in found.items()}
    return (
        {"tolerance": TOLERANCE}
        | {f"{name}_ci": limits(values) for name, values in found.items()}
        | {"n_undefined": {name: n for name, n in undefined.items() if n}}
    )


def effects_of_counts(n: Floats, most: int) -> dict[str, Floats]:
    """Effect sizes of (B, K) counts of d = -most..most; NaN where undefined."""
    d, N = np.arange(-most, most + 1), n.sum(axis=1)
    win, loss, tie = n[:, most + 1 :].sum(axis=1), n[:, :most].sum(axis=1), n[:, most]
    sizes = n[:, most + 1 :] + n[:, :most][:, ::-1]  # (B, most): readings at each |d|
    rank = np.cumsum(sizes, axis=1) - sizes / 2 + 0.5
    signed = np.sum(rank * (n[:, most + 1 :] - n[:, :most][:, ::-1]), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "mean": n @ d / N,
            "net_benefit": (win - loss) / N,
            "rank_biserial": signed / np.sum(rank * sizes, axis=1),
            "hodges_lehmann": _walsh_median(n, d.astype(np.float64)),
            "median": _median(n, d.astype(np.float64)),
            "win_odds": (win + tie / 2) / (loss + tie / 2),
        }


def _walsh_median(n: Floats, d: Floats) -> Floats:
    i, j = np.triu_indices(d.size)
    average = (d[i] + d[j]) / 2
    pairs = np.where(i == j, n[:, i] * (n[:, i] + 1) / 2, n[:, i] * n[:, j])
    order = np.argsort(average, kind="stable")
    return _median(pairs[:, order], average[order])


def _median(n: Floats, values: Floats) -> Floats:
    """The median of each row of counts of sorted values."""
    reached, total = np.cumsum(n, axis=1), n.sum(axis=1)
    low, high = np.floor((total + 1) / 2), np.floor(total / 2) + 1
    at = [np.argmax(reached >= position[:, None], axis=1) for position in (low, high)]
    return np.asarray((values[at[0]] + values[at[1]]) / 2)
