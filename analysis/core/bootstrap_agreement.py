"""Percentile intervals of the coefficients of agreement, whole and within features, by resampling patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.agreement import alpha_of, coincidences, disagreement, unit_counts
from analysis.core.bootstrap import TOLERANCE, draws, limits
from analysis.core.reader_agreement import ratings_wide, reader_pairs

Floats = NDArray[np.float64]

AGREEMENT_REPLICATES = 999
WITHIN_FEATURES = "agreement_per_feature"  # its key among the results of the bootstrap


@dataclass(frozen=True)
class Resampled:
    """Ratings (n, R) of units 1..K, NaN where missing; the patient of each, (n,); times each is drawn, (B, P)."""

    values: Floats
    patient: NDArray[np.intp]
    times: Floats
    points: int

    def by_patient(self, columns: Floats) -> Floats:
        """(B, k): the sums of (n, k) columns over the units of every replicate."""
        P = self.times.shape[1]
        sums = [np.bincount(self.patient, weights=column, minlength=P) for column in columns.T]
        return self.times @ np.stack(sums, axis=1)


def bootstrap_agreement(
    first: pd.DataFrame, *, readers: Sequence[str], points: int, B: int, seed: int
) -> dict[str, Any]:
    """
    Intervals of the coefficients on first readings, as entries of the bootstrap's results.

    Stacked: Spearman's rho and kappa by pair of readers, alpha and AC2 of all. Within each feature: Light's kappa,
    alpha and AC2. Empty with fewer than two readers or patients. Patients without a rating are drawn with the others
    where all is stacked, and left out within features.
    """
    wide = ratings_wide(first, readers)
    patient_of = first.drop_duplicates("image_set_id").set_index("image_set_id")["patient_id"]
    patients = wide.index.get_level_values(2).map(patient_of).to_numpy(dtype=str)
    if np.unique(patients).size < 2 or len(readers) < 2:
        return {}
    feature, values = wide.index.get_level_values(1).to_numpy(dtype=str), wide.to_numpy(dtype=np.float64)
    rated = ~np.isnan(values).all(axis=1)

    def of(kept: NDArray[np.bool_]) -> Resampled:
        names, p = np.unique(patients[kept], return_inverse=True)
        return Resampled(values[kept], p, draws(names.size, B, seed), points)

    whole = _stacked(of(np.ones(len(values), dtype=bool)), readers)
    return whole | {
        WITHIN_FEATURES: {str(name): _feature(of(rated & (feature == name))) for name in np.unique(feature)}
    }


def _stacked(data: Resampled, readers: Sequence[str]) -> dict[str, Any]:
    pairs = dict(sorted(reader_pairs(readers).items(), key=lambda item: (item[1][1], item[1][0])))
    tables = {name: tables_of_pair(data, *ij) for name, ij in pairs.items()}
    B = len(data.times)
    return {
        "T3A_spearman": _block(B, {name: rho_of_tables(T) for name, T in tables.items()}),
        "T3A_kappa_quadratic": _block(B, {name: kappa_of_tables(T) for name, T in tables.items()}),
        "T3A_krippendorff_ordinal": {"B": B, "ci": limits(alphas(data))},
        "T3A_gwet_ac2_quadratic": {"B": B, "ci": limits(ac2s(data))},
    }


def _block(B: int, values: dict[str, Floats]) -> dict[str, Any]:
    return {"B": B, "tolerance": TOLERANCE, "pairs": list(values), "ci": [limits(one) for one in values.values()]}


def _feature(data: Resampled) -> dict[str, Any]:
    found = {"n_patients": data.times.shape[1], "B": len(data.times)}
    if data.times.shape[1] < 2:
        return found | {"reason": "fewer than two patients"}
    values = {
        "light_kappa_quadratic": light_kappas(data),
        "krippendorff_ordinal": alphas(data),
        "gwet_ac2_quadratic": ac2s(data),
    }
    undefined = {name: int((~np.isfinite(one)).sum()) for name, one in values.items()}
    return (
        found
        | {f"{name}_ci": limits(one) for name, one in values.items()}
        | {"n_undefined": {name: n for name, n in undefined.items() if n}}
    )


def tables_of_pair(data: Resampled, i: int, j: int) -> Floats:
    """(B, K, K): how often reader i gave the row's score and reader j the column's."""
    K = data.points
    both = ~np.isnan(data.values[:, [i, j]]).any(axis=1)
    x, y = (data.values[both, k].astype(np.int64) - 1 for k in (i, j))
    P = data.times.shape[1]
    counts = np.bincount(data.patient[both] * K * K + x * K + y, minlength=P * K * K).reshape(P, K * K)
    return (data.times @ counts.astype(np.float64)).reshape(-1, K, K)


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


def kappa_of_tables(T: Floats) -> Floats:
    """Quadratic kappa of (B, K, K) tables of counts; NaN where both readers gave one and the same score."""
    D, n = disagreement(T.shape[1], "quadratic"), T.sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.einsum("bi,ij,bj->b", T.sum(axis=2), D, T.sum(axis=1)) / n
        return np.asarray(1 - np.sum(D * T, axis=(1, 2)) / expected)


def light_kappas(data: Resampled) -> Floats:
    """(B,): the mean of the defined quadratic kappas of all pairs of readers; NaN where none is."""
    pairs = [(i, j) for j in range(data.values.shape[1]) for i in range(j)]
    kappas = np.array([kappa_of_tables(tables_of_pair(data, i, j)) for i, j in pairs])
    defined = np.isfinite(kappas)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(defined, kappas, 0).sum(axis=0) / defined.sum(axis=0))


def alphas(data: Resampled) -> Floats:
    """(B,): Krippendorff's ordinal alpha of each replicate; NaN without any variation."""
    K, n = data.points, len(data.values)
    C = data.by_patient(coincidences(unit_counts(data.values, K)).reshape(n, -1))
    Do, De = alpha_of(C.reshape(-1, K, K), "ordinal")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - Do / De)


def ac2s(data: Resampled) -> Floats:
    """(B,): Gwet's AC2 with quadratic weights of each replicate, from sums over the units of a patient."""
    counts, K = unit_counts(data.values, data.points), data.points
    r = counts.sum(axis=1)
    W, some = 1 - disagreement(K, "quadratic"), np.maximum(r, 1)
    rated = (r >= 2).astype(np.float64)
    pa = rated * np.sum(counts * (counts @ W.T - 1), axis=1) / (some * np.maximum(r - 1, 1))
    sums = data.by_patient(np.column_stack([pa, rated, (r >= 1).astype(np.float64), counts / some[:, None]]))
    with np.errstate(divide="ignore", invalid="ignore"):
        pi = sums[:, 3:] / sums[:, 2:3]
        pe = float(W.sum()) / (K * (K - 1)) * np.sum(pi * (1 - pi), axis=1)
        return np.asarray((sums[:, 0] / sums[:, 1] - pe) / (1 - pe))
