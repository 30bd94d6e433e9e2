"""How readers worked: position bias, drift, time, straight-lining. Reported and flagged, never acted upon."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.core.regression import clustered_ols

Floats = NDArray[np.float64]

FEWEST_PATIENTS = 3
BIAS_P, BIAS_POINTS = 0.01, 0.10
DRIFT_P, DRIFT_TAU = 0.01, 0.2
OUTLIER_RZ, TOO_FAST_S = 3.5, 3.0
SAME_NON3, SAME_ABOVE_OTHERS, RUN_NON3 = 0.05, 0.25, 10


def position_bias(shown: pd.DataFrame, comparisons: Sequence[str]) -> dict[str, Any]:
    """
    Bias towards a side in points, + for the right: the intercept of the mean score on the side of arm A.

    `shown` are presentations with `x`; only first readings enter. Of all readers and of each.
    """
    first = shown[shown["replicate"] == 1]
    by_reader = {str(reader): _bias(rows, comparisons) for reader, rows in first.groupby("reader_id")}
    return {"all": _bias(first, comparisons)} | by_reader


def _bias(rows: pd.DataFrame, comparisons: Sequence[str]) -> dict[str, Any] | None:
    rows = rows[rows["m"].notna()]
    if rows["patient_id"].nunique() < FEWEST_PATIENTS:
        return None
    sides = [rows["x"].to_numpy(dtype=np.float64) * (rows["comparison_id"] == name) for name in comparisons]
    used = [i for i, side in enumerate(sides) if np.any(side != 0)]
    X = np.column_stack([np.ones(len(rows)), *(np.asarray(sides[i], dtype=np.float64) for i in used)])
    fit = clustered_ols(rows["m"].to_numpy(), X, rows["patient_id"].to_numpy(dtype=str))
    right, left = int((rows["m"] > 0).sum()), int((rows["m"] < 0).sum())
    counts = {"n_right_preferred": right, "n_left_preferred": left, "p_binom": even_chance(right, left)}
    if fit is None:
        return {"n": len(rows), "bias_points": None, **counts, "flag": False}
    bias, se, df = float(fit.beta[0]), float(np.sqrt(fit.cr1s[0, 0])), fit.n_clusters - 1
    se2, df2 = float(fit.se_cr2[0]), float(fit.df_cr2[0])
    p = _t_p(bias, se, df)
    adjusted = dict.fromkeys(comparisons) | {comparisons[i]: float(fit.beta[k + 1]) for k, i in enumerate(used)}
    return {
        "n": len(rows),
        "bias_points": bias,
        "se_cr1s": se,
        "t_cr1s": bias / se if se > 0 else None,
        "df_cr1s": df,
        "p_cr1s": p,
        "se_cr2": se2,
        "df_cr2": df2,
        "p_cr2": _t_p(bias, se2, df2),
        **counts,
        "adj_pref": adjusted,
        "flag": p is not None and p < BIAS_P and abs(bias) >= BIAS_POINTS,
    }


def bias_interval(bias: Mapping[str, Any]) -> tuple[float, float] | None:
    """The 95 % interval of a computed bias, by its error CR1S and t with as many degrees of freedom as its P."""
    points, se, df = (bias.get(name) for name in ("bias_points", "se_cr1s", "df_cr1s"))
    if points is None or not se or not df:
        return None
    reach = float(stats.t.ppf(0.975, df)) * se
    return points - reach, points + reach


def _t_p(estimate: float, se: float, df: float) -> float | None:
    return float(2 * stats.t.sf(abs(estimate) / se, df)) if se > 0 else None


def even_chance(one: int, other: int) -> float:
    """Binomial p of two counts of an even chance; 1 without any."""
    return float(stats.binomtest(one, one + other, 0.5).pvalue) if one + other else 1.0


def drift(shown: pd.DataFrame) -> dict[str, Any]:
    """Kendall's tau-b of the order of reading with preference, time and side, for each reader."""
    return {str(reader): _drift(rows) for reader, rows in shown.groupby("reader_id")}


def _drift(rows: pd.DataFrame) -> dict[str, Any]:
    order = rows["presentation_order"].to_numpy(dtype=np.float64)
    # Rounded, so that equal means are tied; the logarithm keeps the order of durations.
    found = {
        "abs_preference": kendall(order, rows["ad"].round(10).to_numpy(dtype=np.float64)),
        "log_duration": kendall(order, rows["duration_s"].to_numpy(dtype=np.float64)),
        "raw_mean": kendall(order, rows["m"].round(10).to_numpy(dtype=np.float64)),
    }
    return found | {"flag": any(_drifts(one) for one in found.values())}


def _drifts(found: dict[str, Any]) -> bool:
    return found["tau"] is not None and abs(found["tau"]) >= DRIFT_TAU and found["p"] < DRIFT_P


def kendall(x: Floats, y: Floats) -> dict[str, Any]:
    """tau-b with its asymptotic z and p; null for fewer than four pairs or a constant."""
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[both], y[both]
    if x.size < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return {"n": x.size, "tau": None, "p": None}
    found = stats.kendalltau(x, y, method="asymptotic")
    tau, p = float(found.statistic), float(found.pvalue)
    return {"n": x.size, "tau": tau, "z": math.copysign(float(stats.norm.isf(p / 2)), tau), "p": p}


def straight_lining(
    shown: pd.DataFrame, scores: pd.DataFrame, *, features: Sequence[str], points: int
) -> dict[str, Any]:
    """How often a reader gave one score to everything, and how long the same answers ran, of each reader."""
    vectors = [f"v_{name}" for name in features]
    given = {str(reader): rows["raw_score"].dropna() for reader, rows in scores.groupby("reader_id")}
    lines = {
        str(reader): _straight(rows[rows["n"] > 0], given[str(reader)].to_numpy(dtype=np.int64), vectors, points)
        for reader, rows in shown.groupby("reader_id")
    }
    for reader, line in lines.items():
        others = [
            other["prop_same"] for name, other in lines.items() if name != reader and other["prop_same"] is not None
        ]
        line["flag"] = _is_straight(line, max(others, default=None))
    return lines


def _straight(rows: pd.DataFrame, raw: NDArray[np.int64], vectors: list[str], points: int) -> dict[str, Any]:
    share = np.bincount(raw, minlength=points + 1)[1:] / max(raw.size, 1)
    used = share[share > 0]
    runs, is_middle = _runs(rows[vectors].to_numpy(), rows["all_middle"].to_numpy())
    mean = {name: float(rows[name].mean()) if rows[name].notna().any() else None for name in ("same", "same_non3")}
    return {
        "n_presentations": len(rows),
        "prop_same": mean["same"],
        "prop_same_non3": mean["same_non3"],
        "prop_mid": float(share[(points - 1) // 2]) if raw.size else None,
        "modal_prop": float(share.max()) if raw.size else None,
        "entropy_norm": float(-np.sum(used * np.log(used))) / math.log(points) if raw.size else None,
        "longest_identical_run": int(runs.max(initial=0)),
        "longest_identical_run_non3": int(runs[~is_middle].max(initial=0)),
    }


def _runs(vectors: Floats, all_middle: Floats) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Lengths of the runs of equal rows, and whether each is of middle scores only."""
    if not len(vectors):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
    starts = np.flatnonzero(np.concatenate([[True], np.any(vectors[1:] != vectors[:-1], axis=1)]))
    return np.diff(np.append(starts, len(vectors))), all_middle[starts] == 1


def _is_straight(line: dict[str, Any], highest_other: float | None) -> bool:
    same, non3 = line["prop_same"], line["prop_same_non3"]
    above = same is not None and highest_other is not None and same - highest_other > SAME_ABOVE_OTHERS
    return bool(above or (non3 is not None and non3 > SAME_NON3) or line["longest_identical_run_non3"] >= RUN_NON3)


def reading_time(shown: pd.DataFrame) -> dict[str, Any]:
    """Seconds of a presentation, of each reader, with outliers on the logarithm by the median absolute deviation."""
    times = {str(reader): _time(rows) for reader, rows in shown.groupby("reader_id")}
    for reader, own in times.items():
        others = [other["median_s"] for name, other in times.items() if name != reader and other["n"]]
        own["flag"] = bool(own["n"] and others and own["median_s"] < float(np.median(others)) / 3)
    return times


def _time(rows: pd.DataFrame) -> dict[str, Any]:
    rows = rows[rows["duration_s"].notna()]
    t = rows["duration_s"].to_numpy(dtype=np.float64)
    if not t.size:
        return {"n": 0, "median_s": None, "q1": None, "q3": None, "mad_log": None} | {
            "n_outlier_3.5": 0, "n_fast_3s": 0, "outliers": [],
        }  # fmt: skip
    log_t = np.log(np.maximum(t, 1e-3))
    off = log_t - np.median(log_t)
    mad = float(np.median(np.abs(off))) * 1.4826
    far = np.abs(off) > OUTLIER_RZ * mad if mad > 0 else np.zeros(t.size, dtype=np.bool_)
    return {
        "n": t.size,
        "median_s": float(np.median(t)),
        "q1": float(np.quantile(t, 0.25)),
        "q3": float(np.quantile(t, 0.75)),
        "mad_log": mad,
        "n_outlier_3.5": int(far.sum()),
        "n_fast_3s": int((t < TOO_FAST_S).sum()),
        "outliers": sorted(rows["presentation_id"][far]),
    }


def allocation_balance(first: pd.DataFrame) -> dict[str, Any]:
    """How often arm A stood on the left, per reader and comparison, with the binomial p of an even chance."""
    shown = first.drop_duplicates("presentation_id")
    balance = {}
    for (reader, comparison), rows in shown.groupby(["reader_id", "comparison_id"]):
        a_left = int((rows["x"] == -1).sum())
        p = float(stats.binomtest(a_left, len(rows), 0.5).pvalue)
        balance[f"{reader}/{comparison}"] = {"n": len(rows), "a_left": a_left, "p_binom": p}
    return balance
