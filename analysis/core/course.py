"""The course of the reading: time and answers over the order in which a reader saw the pairs."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WINDOW = 21  # presentations: ten before and ten after
MOST_POINTS = 300  # of one reader; a longer course is kept at evenly spaced presentations
# What is kept of each presentation -> column of `presentations`, statistic over the window, digits.
ROLLING = {
    "median_s": ("duration_s", 0.5, 3),
    "q1_s": ("duration_s", 0.25, 3),
    "q3_s": ("duration_s", 0.75, 3),
    "abs_preference": ("ad", None, 6),
    "raw_mean": ("m", None, 6),
}


def course(shown: pd.DataFrame) -> dict[str, Any]:
    """
    Rolling median and quartiles of the active seconds, rolling means of strength and side of preference.

    Parameters
    ----------
    shown
        Presentations as `presentations` returns them, hidden repeats among them: they were read like the others.

    Returns
    -------
    reader -> `n` presentations, `window`, and lists of one length: `order`, `duration_s`, and the rolling `median_s`,
    `q1_s`, `q3_s`, `abs_preference` (mean distance from the middle) and `raw_mean` (mean of score less middle,
    positive: to the right). Windows are centred and shorter at both ends; where there is no value there is none here,
    and the windows of others pass over it. Source: SPEC 8, drift.
    """
    return {str(reader): _course(rows) for reader, rows in shown.groupby("reader_id")}


def _course(rows: pd.DataFrame) -> dict[str, Any]:
    kept = kept_places(len(rows))
    rolled = {name: _rolled(rows[column], quantile).round(digits)
              for name, (column, quantile, digits) in ROLLING.items()}  # fmt: skip
    return {
        "n": len(rows),
        "window": WINDOW,
        "order": rows["presentation_order"].to_numpy()[kept].tolist(),
        "duration_s": rows["duration_s"].to_numpy(dtype=np.float64)[kept].tolist(),
        **{name: values.to_numpy(dtype=np.float64)[kept].tolist() for name, values in rolled.items()},
    }


def _rolled(values: pd.Series, quantile: float | None) -> pd.Series:
    """Over those that there are, so that a window beside a gap holds as many as any other."""
    windows = values.astype(np.float64).dropna().rolling(WINDOW, center=True, min_periods=1)
    return (windows.mean() if quantile is None else windows.quantile(quantile)).reindex(values.index)


def kept_places(n: int) -> NDArray[np.int64]:
    """All places of a short course; of a long one evenly spaced ones, the first and the last among them."""
    if n <= MOST_POINTS:
        return np.arange(n)
    return np.round(np.linspace(0, n - 1, MOST_POINTS)).astype(np.int64)
