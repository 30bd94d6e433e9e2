"""One row a presentation: what a reader did with one pair, all features together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FACTS = [
    "reader_id", "patient_id", "comparison_id", "presentation_order", "replicate", "duration_s",
]  # fmt: skip


def presentations(scores: pd.DataFrame, *, features: Sequence[str], points: int) -> pd.DataFrame:
    """
    Presentations sorted by reader and order.

    Parameters
    ----------
    scores
        Long scores, oriented or blinded; `x` is kept where it is there.

    Returns
    -------
    The facts of each presentation with `n` scored features, `m` and `ad` (mean and mean absolute distance of the raw
    scores from the middle; NaN without scores), `same` and `same_non3` (all scores equal; NaN below two scores),
    and `all_middle`; `v_<feature>` are the raw scores, 0 where missing.
    """
    facts = [*FACTS, *(["x"] if "x" in scores.columns else [])]
    one = scores.drop_duplicates("presentation_id").set_index("presentation_id")[facts]
    wide = scores.set_index(["presentation_id", "feature_id"])["raw_score"].unstack("feature_id")
    raw = wide.reindex(index=one.index, columns=list(features)).to_numpy(dtype=np.float64)
    frame = one.assign(**_summary(raw, (points + 1) / 2))
    vector = {f"v_{name}": np.nan_to_num(raw[:, i]) for i, name in enumerate(features)}
    frame = frame.assign(**vector).reset_index()
    return frame.sort_values(["reader_id", "presentation_order"], kind="stable", ignore_index=True)


def _summary(raw: NDArray[np.float64], middle: float) -> dict[str, NDArray[np.float64]]:
    scored = ~np.isnan(raw)
    n = scored.sum(axis=1)
    off = np.where(scored, raw - middle, 0.0)
    some = np.maximum(n, 1)
    high = np.where(scored, raw, -np.inf).max(axis=1, initial=-np.inf)
    low = np.where(scored, raw, np.inf).min(axis=1, initial=np.inf)
    same = np.where(n >= 2, (high == low).astype(np.float64), np.nan)
    return {
        "n": n.astype(np.float64),
        "m": np.where(n > 0, off.sum(axis=1) / some, np.nan),
        "ad": np.where(n > 0, np.abs(off).sum(axis=1) / some, np.nan),
        "same": same,
        "same_non3": np.where(n >= 2, ((high == low) & (high != middle)).astype(np.float64), np.nan),
        "all_middle": (scored.all(axis=1) & (high == middle) & (low == middle)).astype(np.float64),
    }
