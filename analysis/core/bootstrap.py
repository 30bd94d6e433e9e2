"""Percentile intervals by resampling patients with all their readings.

Every statistic here depends on the counts of its categories only, so a replicate is a product of how often each
patient was drawn with the patient's counts: B replicates cost one matrix product.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.agreement import alpha_of, coincidences, disagreement, unit_counts
from analysis.core.reader_agreement import ratings_wide, reader_pairs

Floats = NDArray[np.float64]

REPLICATES, AGREEMENT_REPLICATES = 4999, 999
MOST_UNDEFINED = 0.2
TOLERANCE = "percentile limits; another seed moves them by about 0.012 (means) or 0.015 (correlations)"


def draws(P: int, B: int, seed: int) -> Floats:
    """(B, P): how often each of P patients is drawn in each replicate."""
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


def bootstrap_agreement(
    first: pd.DataFrame, *, readers: Sequence[str], points: int, B: int, seed: int
) -> dict[str, Any]:
    """Intervals of the pooled coefficients of agreement: Spearman and kappa by pair, alpha and AC2 of all readers."""
    wide = ratings_wide(first, readers)
    patient_of = first.drop_duplicates("image_set_id").set_index("image_set_id")["patient_id"]
    patients, p = np.unique(wide.index.get_level_values(2).map(patient_of).to_numpy(dtype=str), return_inverse=True)
    if patients.size < 2 or len(readers) < 2:
        return {}
    drawn, values = draws(patients.size, B, seed), wide.to_numpy(dtype=np.float64)
    pairs = dict(sorted(reader_pairs(readers).items(), key=lambda item: (item[1][1], item[1][0])))
    tables = {name: drawn @ _pair_counts(values, ij, p, patients.size, points) for name, ij in pairs.items()}
    counts = unit_counts(values, points)
    C = drawn @ _by_patient(coincidences(counts).reshape(len(values), -1), p, patients.size)
    Do, De = alpha_of(C.reshape(B, points, points), "ordinal")
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha = 1 - Do / De
    return {
        "T3A_spearman": _block(B, {name: rho_of_tables(T.reshape(B, points, points)) for name, T in tables.items()}),
        "T3A_kappa_quadratic": _block(
            B, {name: _kappa_of_tables(T.reshape(B, points, points)) for name, T in tables.items()}
        ),
        "T3A_krippendorff_ordinal": {"B": B, "ci": limits(alpha)},
        "T3A_gwet_ac2_quadratic": {"B": B, "ci": limits(_ac2(counts, drawn, p))},
    }


def _block(B: int, values: dict[str, Floats]) -> dict[str, Any]:
    return {"B": B, "tolerance": TOLERANCE, "pairs": list(values), "ci": [limits(one) for one in values.values()]}


def _by_patient(values: Floats, p: NDArray[np.intp], P: int) -> Floats:
    return np.stack([np.bincount(p, weights=column, minlength=P) for column in values.T], axis=1)


def _pair_counts(values: Floats, ij: tuple[int, int], p: NDArray[np.intp], P: int, K: int) -> Floats:
    x, y = values[:, ij[0]], values[:, ij[1]]
    both = ~np.isnan(x) & ~np.isnan(y)
    cell = (x[both].astype(np.int64) - 1) * K + y[both].astype(np.int64) - 1
    return np.bincount(p[both] * K * K + cell, minlength=P * K * K).reshape(P, K * K).astype(np.float64)


def rho_of_tables(T: Floats) -> Floats:
    """Spearman's rho of (B, K, K) tables of counts, by mid-ranks; NaN where a reader is constant."""
    n = T.sum(axis=(1, 2))
    deviation = []
    for axis in (2, 1):
        margin = T.sum(axis=axis)
        deviation.append(np.cumsum(margin, axis=1) - margin / 2 - n[:, None] / 2)  # mid-rank less the mean rank
    x, y = deviation
    cross = np.einsum("bij,bi,bj->b", T, x, y)
    spread = np.sum(T.sum(axis=2) * x**2, axis=1) * np.sum(T.sum(axis=1) * y**2, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(cross / np.sqrt(spread))


def _kappa_of_tables(T: Floats) -> Floats:
    D, n = disagreement(T.shape[1], "quadratic"), T.sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.einsum("bi,ij,bj->b", T.sum(axis=2), D, T.sum(axis=1)) / n
        return np.asarray(1 - np.sum(D * T, axis=(1, 2)) / expected)


def _ac2(counts: Floats, drawn: Floats, p: NDArray[np.intp]) -> Floats:
    """Gwet's AC2 with quadratic weights of each replicate, from sums over the units of a patient."""
    K, r = counts.shape[1], counts.sum(axis=1)
    W, some = 1 - disagreement(K, "quadratic"), np.maximum(r, 1)
    rated = (r >= 2).astype(np.float64)
    pa = rated * np.sum(counts * (counts @ W.T - 1), axis=1) / (some * np.maximum(r - 1, 1))
    parts = np.column_stack([pa, rated, (r >= 1).astype(np.float64), counts / some[:, None]])
    sums = drawn @ _by_patient(parts, p, drawn.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        pi = sums[:, 3:] / sums[:, 2:3]
        pe = float(W.sum()) / (K * (K - 1)) * np.sum(pi * (1 - pi), axis=1)
        return np.asarray((sums[:, 0] / sums[:, 1] - pe) / (1 - pe))
