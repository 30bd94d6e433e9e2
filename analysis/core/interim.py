"""What may be known of the conduct while arms are blinded (SPEC, section 13), and nothing more.

No function here sees an arm or a comparison: a row tells a reader, a display, an item and a score by side. Agreement is
computed on scores turned to a direction that is random for every pair, so that their sign says nothing of an arm.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.core.agreement import gwet, light_kappa, unit_counts

# One row a display and feature. `pair` is any name of the pair, the same for all readers; `turned` is the score as
# `turn` made it; the last three are those of the display.
COLUMNS = (
    "reader_id", "presentation_id", "presentation_order", "replicate", "pair", "feature_id", "raw_score", "turned",
    "missing_reason", "duration_s", "finished",
)  # fmt: skip
FEWEST_PAIRS = 20
TOO_FAST_S = 3.0
OUTLIER = 3.5  # of the robust z of log durations


def turn(score: int, *, a_on_left: bool, points: int, key: bytes, pair: str) -> int:
    """
    The score turned to the direction of its pair: the same for all readers, and a coin's toss between the arms.

    The toss is the first bit of HMAC-SHA256(key, pair); whoever has no key learns only whether readers agree.
    """
    toss = hmac.new(key, pair.encode(), hashlib.sha256).digest()[0] & 1
    return score if a_on_left != bool(toss) else points + 1 - score


def interim(frame: pd.DataFrame, *, points: int) -> dict[str, Any]:
    """All conduct figures. `frame` has COLUMNS; scores are NaN where missing."""
    first = frame[frame["replicate"] == 1]
    readers = {str(code): _of_reader(rows, points) for code, rows in frame.groupby("reader_id")}
    _flag_outstanding(readers)
    return {
        "readers": readers,
        "repeats": repeats(frame, points=points),
        "agreement": blinded_agreement(first, points=points),
        "spread": spread(first, points=points),
    }


def _of_reader(rows: pd.DataFrame, points: int) -> dict[str, Any]:
    displays = rows.drop_duplicates("presentation_id")
    opened = displays["duration_s"].notna()
    return {
        "displays": len(displays),
        "opened": int(opened.sum()),
        "finished": int(displays["finished"].sum()),
        "scores": int(rows["raw_score"].notna().sum()),
        "missing": missing(rows),
        "duration_s": durations(displays.loc[displays["finished"], "duration_s"]),
        "sides": sides(rows["raw_score"], points=points),
        "straight_lining": straight_lining(rows, points=points),
    }


def missing(rows: pd.DataFrame) -> dict[str, int]:
    """Reason -> number of scores that are missing for it."""
    reasons = rows.loc[rows["raw_score"].isna(), "missing_reason"]
    return {str(reason): int(count) for reason, count in reasons.value_counts().sort_index().items()}


def durations(seconds: "pd.Series[float]") -> dict[str, Any]:
    """Median, quartiles and what stands out, by robust z of log seconds (SPEC 8); None without any."""
    known = seconds.dropna()
    positive = np.log(known[known > 0])
    mad = stats.median_abs_deviation(positive, scale=1 / 1.4826) if len(positive) else 0.0
    outlying = int((np.abs(positive - positive.median()) / mad > OUTLIER).sum()) if mad > 0 else 0
    quartiles = np.quantile(known, [0.25, 0.5, 0.75]).tolist() if len(known) else [None] * 3
    return {
        "n": len(known),
        "q1": quartiles[0],
        "median": quartiles[1],
        "q3": quartiles[2],
        "too_fast": int((known < TOO_FAST_S).sum()),
        "outliers": outlying,
        "much_faster_than_others": False,
    }


def _flag_outstanding(readers: Mapping[str, dict[str, Any]]) -> None:
    """Mark readers whose median time is below a third of the median of the others' medians (SPEC 8)."""
    medians = {code: one["duration_s"]["median"] for code, one in readers.items()}
    for code, mine in medians.items():
        others = [other for name, other in medians.items() if name != code and other is not None]
        if mine is not None and others:
            readers[code]["duration_s"]["much_faster_than_others"] = bool(mine < np.median(others) / 3)


def sides(raw: "pd.Series[float]", *, points: int) -> dict[str, Any]:
    """How often the left or the right image was preferred, with the binomial p of an even chance."""
    middle = (points + 1) / 2
    left, right = int((raw < middle).sum()), int((raw > middle).sum())
    p = float(stats.binomtest(left, left + right, 0.5).pvalue) if left + right else None
    return {"left": left, "none": int((raw == middle).sum()), "right": right, "p_binom": p}


def straight_lining(rows: pd.DataFrame, *, points: int) -> dict[str, Any]:
    """Displays with two scores or more that are all the same, and all the same but the middle (SPEC 8)."""
    scored = rows.dropna(subset=["raw_score"]).groupby("presentation_id")["raw_score"]
    several = scored.agg(["count", "nunique", "first"])
    several = several[several["count"] >= 2]
    same = several["nunique"] == 1
    off_middle = same & (several["first"] != (points + 1) / 2)
    n = len(several)
    return {
        "n": n,
        "identical": int(same.sum()),
        "identical_share": same.mean() if n else None,
        "identical_not_middle": int(off_middle.sum()),
        "identical_not_middle_share": off_middle.mean() if n else None,
    }


def repeats(frame: pd.DataFrame, *, points: int) -> dict[str, Any]:
    """First and second reading of the same pair and feature by the same reader, in the pair's direction (SPEC 7.5)."""
    key = ["reader_id", "pair", "feature_id"]
    known = frame.dropna(subset=["turned"])
    both = known[known["replicate"] == 1].merge(known[known["replicate"] == 2], on=key, suffixes=("_1", "_2"))
    if both.empty:
        return {"n": 0, "exact": None, "within_one": None, "reversals": None}
    first, second = (both[f"turned_{number}"] - (points + 1) / 2 for number in (1, 2))
    off = (first - second).abs()
    return {
        "n": len(both),
        "exact": float((off == 0).mean()),
        "within_one": float((off <= 1).mean()),
        "reversals": float((first * second < 0).mean()),
    }


def blinded_agreement(first: pd.DataFrame, *, points: int) -> dict[str, Any]:
    """
    Kappa and AC2 with quadratic weights, pooled over comparisons and features.

    Values are None with fewer than FEWEST_PAIRS pairs that two readers scored: few pairs could be told apart.
    """
    ratings = first.pivot(index=["pair", "feature_id"], columns="reader_id", values="turned")
    ratings = ratings[ratings.notna().sum(axis=1) >= 2]
    pairs = ratings.index.get_level_values("pair").nunique()
    shown = pairs >= FEWEST_PAIRS
    values = ratings.to_numpy(dtype=np.float64)
    return {
        "pairs": pairs,
        "fewest_pairs": FEWEST_PAIRS,
        "n": len(ratings) if shown else None,
        "kappa": light_kappa(values, points, "quadratic") if shown else None,
        "ac2": gwet(unit_counts(values, points), "quadratic")["coef"] if shown else None,
    }


def spread(first: pd.DataFrame, *, points: int) -> dict[str, Any]:
    """For a blinded check of the sample size: pooled share of ties, and mean square about the middle."""
    d = first["turned"].dropna() - (points + 1) / 2
    if first.loc[d.index, "pair"].nunique() < FEWEST_PAIRS:
        return {"n": None, "tie_share": None, "mean_square": None}
    return {"n": len(d), "tie_share": float((d == 0).mean()), "mean_square": float((d**2).mean())}
