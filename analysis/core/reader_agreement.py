"""Agreement between readers, whole and by cell, feature and comparison (Table 3 and what it should have said)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.agreement import (
    all_identical,
    gwet,
    icc,
    kappas,
    kendall_w,
    krippendorff,
    light_kappa,
    pair_table,
    unit_counts,
)
from analysis.core.correlation import permutation_baseline, spearman_json

UNITS = ["comparison_id", "feature_id", "image_set_id"]
AT_MOST = 0.999999  # a perfect correlation has no finite Fisher z


def ratings_wide(rows: pd.DataFrame, readers: Sequence[str], *, value: str = "pref") -> pd.DataFrame:
    """One row a comparison, feature and image set, one column a reader; NaN where missing."""
    wide = rows.set_index([*UNITS, "reader_id"])[value].unstack("reader_id")
    return wide.reindex(columns=list(readers)).sort_index()


def reader_agreement(
    first: pd.DataFrame, *, readers: Sequence[str], cells: Iterable[tuple[str, str]], points: int, seed: int
) -> dict[str, Any]:
    """
    All coefficients on first readings.

    Stacking all cells (T3A, as published) mixes agreement about cases with the fact that some features score higher
    than others for everybody; `permutation_baseline` is what remains when no two readers agree about any case.
    """
    wide = ratings_wide(first, readers)
    comparison, feature = (wide.index.get_level_values(level).to_numpy(dtype=str) for level in UNITS[:2])
    values = wide.to_numpy(dtype=np.float64)

    def of(kept: NDArray[np.bool_]) -> dict[str, Any]:
        return agreement_block(values[kept], readers, points)

    cells = list(cells)
    comparisons, features = dict.fromkeys(c for c, _ in cells), dict.fromkeys(f for _, f in cells)
    per_cell = {f"{c}/{f}": of((comparison == c) & (feature == f)) for c, f in cells}
    per_feature = {f: of(feature == f) for f in features}
    return {
        "T3A_pooled": _pooled(wide, readers, points, seed),
        "per_cell": per_cell,
        "per_feature": per_feature,
        "per_comparison": {c: of(comparison == c) for c in comparisons},
        "T3B_mean_over_cells": _mean_rho(per_cell, readers),
        "T3B_mean_over_features": _mean_rho(per_feature, readers),
        "T3C_feature_means": _feature_means(first, readers),
        "T3D_raw_left_right": _pairwise(ratings_wide(first, readers, value="raw_score"), readers),
    }


def reader_pairs(readers: Sequence[str]) -> dict[str, tuple[int, int]]:
    return {f"{readers[i]}-{readers[j]}": (i, j) for i, j in combinations(range(len(readers)), 2)}


def agreement_block(values: NDArray[np.float64], readers: Sequence[str], points: int) -> dict[str, Any]:
    """Every coefficient of (n, R) ratings: none is ever shown without the others."""
    counts = unit_counts(values, points)
    pairwise = {
        name: {"spearman": spearman_json(values[:, i], values[:, j])}
        | kappas(pair_table(values[:, i], values[:, j], points))
        for name, (i, j) in reader_pairs(readers).items()
    }
    return {
        "n_units": len(values),
        "pairwise": pairwise,
        "light_kappa_linear": light_kappa(values, points, "linear"),
        "light_kappa_quadratic": light_kappa(values, points, "quadratic"),
        "krippendorff_ordinal": krippendorff(counts),
        "krippendorff_interval": krippendorff(counts, "interval"),
        "gwet_ac2_quadratic": gwet(counts, "quadratic"),
        "gwet_ac2_linear": gwet(counts, "linear"),
        "gwet_ac2_ordinal": gwet(counts, "ordinal"),
        "gwet_ac1": gwet(counts, "identity"),
        "icc": icc(values),
        "kendall_w": kendall_w(values),
        "pct_all_readers_exact": all_identical(values),
    }


def _pooled(wide: pd.DataFrame, readers: Sequence[str], points: int, seed: int) -> dict[str, Any]:
    block = agreement_block(wide.to_numpy(dtype=np.float64), readers, points)
    cell = wide.groupby(level=UNITS[:2]).ngroup().to_numpy()
    for name, (i, j) in reader_pairs(readers).items():
        x, y = (wide.iloc[:, k].to_numpy(dtype=np.float64) for k in (i, j))
        both = ~np.isnan(x) & ~np.isnan(y)
        baseline = permutation_baseline(x[both], y[both], cell[both], seed=seed)
        block["pairwise"][name]["permutation_baseline"] = baseline
    return block


def _mean_rho(blocks: Mapping[str, Mapping[str, Any]], readers: Sequence[str]) -> dict[str, Any]:
    """The mean of the defined correlations, plain and by Fisher's z, and how many of how many are defined."""
    means = {}
    for name in reader_pairs(readers):
        rho = [block["pairwise"][name]["spearman"]["rho"] for block in blocks.values()]
        known = np.array([value for value in rho if value is not None], dtype=np.float64)
        mean = float(known.mean()) if known.size else None
        fisher = float(np.tanh(np.arctanh(np.clip(known, -AT_MOST, AT_MOST)).mean())) if known.size else None
        means[name] = {"mean": mean, "fisher": fisher, "defined": known.size, "of": len(rho)}
    return means


def _feature_means(first: pd.DataFrame, readers: Sequence[str]) -> dict[str, Any]:
    """Each reader's mean over features of a pair; rounded, so that equal means are tied."""
    means = first.groupby(["comparison_id", "image_set_id", "reader_id"])["pref"].mean().round(10)
    return _pairwise(means.unstack("reader_id").reindex(columns=list(readers)), readers)


def _pairwise(wide: pd.DataFrame, readers: Sequence[str]) -> dict[str, Any]:
    values = wide.to_numpy(dtype=np.float64)
    return {name: spearman_json(values[:, i], values[:, j]) for name, (i, j) in reader_pairs(readers).items()}


def intra_reader(oriented: pd.DataFrame, *, points: int) -> dict[str, Any] | None:
    """Hidden repeats against first readings, whole and by reader; None where the study has no repeats."""
    keys = ["reader_id", "image_set_id", "comparison_id", "feature_id"]
    facts = [*keys, "pref", "left_arm"]
    again = oriented.loc[oriented["replicate"] == 2, facts]
    if again.empty:
        return None
    first = oriented.loc[oriented["replicate"] == 1, facts]
    both = again.merge(first, on=keys, suffixes=("_second", "_first")).dropna(subset=["pref_second", "pref_first"])
    by_reader = {str(reader): _repeats(rows, points) for reader, rows in both.groupby("reader_id")}
    return {"all": _repeats(both, points)} | by_reader


def _repeats(rows: pd.DataFrame, points: int) -> dict[str, Any]:
    first, second = (rows[f"pref_{which}"].to_numpy(dtype=np.float64) for which in ("first", "second"))
    table, middle = kappas(pair_table(first, second, points)), (points + 1) / 2
    ratings = np.stack([first, second], axis=1)
    return {
        "n": len(rows),
        "n_swapped": int((rows["left_arm_first"] != rows["left_arm_second"]).sum()),
        **{name: table[name] for name in ("kappa_quadratic", "kappa_linear", "pct_exact", "pct_within1")},
        "icc": icc(ratings),
        "gwet_ac2_quadratic": gwet(unit_counts(ratings, points)),
        "mean_diff": float((second - first).mean()) if len(rows) else None,
        "spearman": spearman_json(first, second),
        "reversal": float(np.mean((first - middle) * (second - middle) < 0)) if len(rows) else None,
    }
