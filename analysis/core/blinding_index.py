"""Was the blinding kept? James' and Bang's indices of readers' guesses at which side showed the enhanced image.

The "assignment" of a display is the side on which the enhanced arm stood. James' index is one number from 0 (all
guesses right) over 0.5 (guesses at random) to 1 (nobody can tell). Bang's is one for each side: 0 at random, 1 all
right, -1 all wrong. Both take guesses as independent, which several of one reader or patient are not: the intervals are
too narrow by that, so each reader is reported alone as well.

Sources: James et al., Stat Med 1996;15:1421-34 (index and variance); Bang, Ni, Davis, Control Clin Trials
2004;25:143-56 (eq. for BI and its variance under the multinomial).
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

SIDES = ("left", "right")
UNSURE = "unsure"
GUESSES = (*SIDES, UNSURE)
LEVEL = 0.95
# James' weights: nothing for a right guess, half for a wrong one, one for "cannot tell". Rows are guesses.
_W = np.array([[0.0, 0.5], [0.5, 0.0]])


def bang_index(correct: int, wrong: int, unsure: int) -> dict[str, Any] | None:
    """Bang's index of one side with its 95 % interval; None without guesses."""
    n = correct + wrong + unsure
    if n == 0:
        return None
    p, q = correct / n, wrong / n
    se = math.sqrt((p * (1 - p) + q * (1 - q) + 2 * p * q) / n)
    return {"n": n, "correct": correct, "wrong": wrong, "unsure": unsure, **_estimate(p - q, se)}


def james_index(counts: NDArray[np.int64]) -> dict[str, Any] | None:
    """
    James' index with its 95 % interval.

    Parameters
    ----------
    counts
        (3, 2) guesses: rows left, right, unsure; columns the side on which the enhanced image stood.

    Returns
    -------
    None without guesses, and where the index is not defined: everything stood, and was guessed, on one side.
    """
    N = int(counts.sum())
    if N == 0:
        return None
    P = counts / N
    p_dk = float(P[2].sum())
    if p_dk == 1:
        return {"n": N, **_estimate(1.0, 0.0)}
    guessed, stood = P[:2].sum(axis=1), P[:2].sum(axis=0)  # (2,) of those who guessed
    by_chance = float((_W * np.outer(guessed, stood)).sum())
    if by_chance == 0:
        return None
    p_do = float((_W * P[:2]).sum()) / (1 - p_dk)
    p_de = by_chance / (1 - p_dk) ** 2
    k_d = (p_do - p_de) / p_de
    margins = (_W.T @ guessed)[None, :] + (_W @ stood)[:, None]  # (2, 2)
    spread = P[:2] * (1 - p_dk) ** 2 * ((1 - p_dk) * _W - (1 + k_d) * margins) ** 2
    v1 = float(spread.sum()) / (4 * by_chance**2)
    v2 = p_dk * (1 - p_dk) - (1 - p_dk) * (1 + k_d) * (p_dk + (1 - p_dk) * (1 + k_d) / 4)
    return {"n": N, **_estimate((1 + p_dk + (1 - p_dk) * k_d) / 2, math.sqrt(max(v1 + v2, 0.0) / N))}


def _estimate(index: float, se: float) -> dict[str, float]:
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * se
    return {"index": index, "se": se, "ci_low": index - half, "ci_high": index + half}


def blinding_index(guesses: pd.DataFrame) -> dict[str, Any]:
    """
    Both indices over all first readings, by reader and by comparison.

    Parameters
    ----------
    guesses
        One row a presentation: reader_id, comparison_id, replicate, guess (left, right, unsure or empty) and
        enhanced_side (left, right; empty where neither image was enhanced). Rows without a guess do not count.

    Returns
    -------
    `all`, `by_reader`, `by_comparison`, and `neither_enhanced`: what was guessed where there was nothing to be right
    about.
    """
    given = guesses[(guesses["replicate"] == 1) & (guesses["guess"] != "")]
    rows = given[given["enhanced_side"] != ""]
    nothing = given[given["enhanced_side"] == ""]["guess"]
    return {
        "question": "which side was enhanced",
        "n_without_guess": int(((guesses["replicate"] == 1) & (guesses["guess"] == "")).sum()),
        "all": _indices(rows),
        "by_reader": {str(reader): _indices(found) for reader, found in rows.groupby("reader_id")},
        "by_comparison": {str(name): _indices(found) for name, found in rows.groupby("comparison_id")},
        "neither_enhanced": {guess: int((nothing == guess).sum()) for guess in GUESSES},
    }


def _indices(rows: pd.DataFrame) -> dict[str, Any]:
    table = pd.crosstab(rows["guess"], rows["enhanced_side"]).reindex(index=list(GUESSES), columns=list(SIDES))
    counts = table.fillna(0).to_numpy(dtype=np.int64)
    (left_right, right_wrong), (left_wrong, right_right), (left_unsure, right_unsure) = counts.tolist()
    return {
        "james": james_index(counts),
        "bang": {
            "left": bang_index(left_right, left_wrong, left_unsure),
            "right": bang_index(right_right, right_wrong, right_unsure),
        },
    }


def blinding_table(results: Mapping[str, Any]) -> pd.DataFrame:
    """The indices as they are printed: one row for all, each comparison and each reader."""
    groups = {"all": results["all"], **results["by_comparison"], **results["by_reader"]}
    return pd.DataFrame([_printed(name, found) for name, found in groups.items()])


def _printed(name: str, found: Mapping[str, Any]) -> dict[str, str]:
    sides = [side for side in found["bang"].values() if side]
    counts = {count: sum(side[count] for side in sides) for count in ("correct", "wrong", "unsure")}
    return {
        "Of": name,
        "Right guesses": str(counts["correct"]),
        "Wrong guesses": str(counts["wrong"]),
        "Cannot tell": str(counts["unsure"]),
        "James": _with_interval(found["james"]),
        **{f"Bang, enhanced {side}": _with_interval(found["bang"][side]) for side in SIDES},
    }


def _with_interval(estimate: Mapping[str, float] | None) -> str:
    if estimate is None:
        return "–"
    return f"{estimate['index']:.2f} ({estimate['ci_low']:.2f} to {estimate['ci_high']:.2f})"
