"""Agreement that may be seen before unblinding: scores turned to a direction that carries nothing of the arms."""

import hashlib
import hmac
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.agreement import gwet, krippendorff, light_kappa, unit_counts
from analysis.core.reader_agreement import ratings_wide

FEWEST_UNITS = 20


def hidden_sign(key: bytes, image_set: str, comparison: str) -> int:
    """+1 or -1 for a pair, the same for all readers, by HMAC-SHA256: without the key it tells nothing."""
    digest = hmac.new(key, f"{image_set}\0{comparison}".encode(), hashlib.sha256).digest()
    return 1 if digest[0] & 1 else -1


def blinded_agreement(scores: pd.DataFrame, *, key: bytes, points: int) -> dict[str, Any]:
    """
    Krippendorff's alpha, AC2 and Light's kappa pooled over comparisons and features; only `n_units` below 20.

    Parameters
    ----------
    scores
        Scores of first readings with left_arm and right_arm. Nothing by arm, comparison or feature leaves here.
    key
        A secret of the study.
    """
    middle = (points + 1) / 2
    pairs = scores[["image_set_id", "comparison_id"]].drop_duplicates()
    signs = {pair: hidden_sign(key, *pair) for pair in pairs.itertuples(index=False, name=None)}
    keys = zip(scores["image_set_id"], scores["comparison_id"], strict=True)
    hidden = np.array([signs[pair] for pair in keys])
    side = np.where(scores["left_arm"] < scores["right_arm"], 1, -1)  # which way round the pair was shown
    turned = scores.assign(pref=middle + hidden * side * (scores["raw_score"] - middle))
    values = ratings_wide(turned, sorted(turned["reader_id"].unique())).to_numpy(dtype=np.float64)
    values = values[(~np.isnan(values)).sum(axis=1) >= 2]
    if len(values) < FEWEST_UNITS:
        return {"n_units": len(values), "reason": f"fewer than {FEWEST_UNITS} units with two readers"}
    counts = unit_counts(values, points)
    return {
        "n_units": len(values),
        "krippendorff_ordinal": krippendorff(counts)["alpha"],
        "gwet_ac2_quadratic": gwet(counts)["coef"],
        "light_kappa_quadratic": light_kappa(values, points, "quadratic"),
    }
