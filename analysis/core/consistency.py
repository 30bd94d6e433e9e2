"""The consistency boxes: how often readers ticked a loss or a change, by reading, patient, item and arm."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.core.clustered import cluster_mean
from analysis.core.proportions import proportion

_PRESENTATION = [
    "presentation_id", "reader_id", "patient_id", "image_set_id", "comparison_id", "left_arm", "right_arm",
]  # fmt: skip


def consistency(rows: pd.DataFrame, comparisons: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """
    Shares of presentations, patients, items and displays of an arm with any box ticked.

    Parameters
    ----------
    rows
        Consistency rows joined to their arms by `dataset.orient`; boxes without an answer are NaN and left out, and so
        are hidden repeats (SPEC, section 0).

    The share of patients is the headline: readings of one patient are no independent chances to see a flaw.
    """
    known = rows[rows["flag_left"].notna() & rows["flag_right"].notna() & (rows["replicate"] == 1)]
    flags = known.groupby(_PRESENTATION, as_index=False)[["flag_left", "flag_right"]].max()
    ticked = flags[["flag_left", "flag_right"]].max(axis=1)
    by_patient = ticked.groupby(flags["patient_id"]).max()
    return {
        "presentations_any": _share(ticked),
        "patients_any": _share(by_patient),
        "by_item": {
            item: _share(boxes[["flag_left", "flag_right"]].max(axis=1)) for item, boxes in known.groupby("item")
        },
        "by_arm": _by_arm(flags),
        "mcnemar": {name: _mcnemar(flags[flags["comparison_id"] == name], arms) for name, arms in comparisons.items()},
        "cochran_q": _cochran_q(flags),
    }


def _mcnemar(flags: pd.DataFrame, arms: tuple[str, str]) -> dict[str, Any]:
    """Whether one arm of a comparison is flagged more often: exact; the chi-square is only for the record."""
    a_left = (flags["left_arm"] == arms[0]).to_numpy(dtype=np.bool_)
    left, right = (flags[f"flag_{side}"].to_numpy(dtype=np.float64) == 1 for side in ("left", "right"))
    a, b = np.where(a_left, left, right), np.where(a_left, right, left)
    a_only, b_only = int((a & ~b).sum()), int((b & ~a).sum())
    n = a_only + b_only
    chisq = max(abs(a_only - b_only) - 1, 0) ** 2 / n if n else None
    return {
        "both": int((a & b).sum()),
        "a_only": a_only,
        "b_only": b_only,
        "neither": int((~a & ~b).sum()),
        "p_exact": float(stats.binomtest(a_only, n, 0.5).pvalue) if n else 1,
        "chisq_cc": chisq,
        "p_chisq_cc": 1 if chisq is None else float(stats.chi2.sf(chisq, 1)),
    }


def _cochran_q(flags: pd.DataFrame) -> dict[str, Any]:
    """Cochran's Q over the arms; a block is a reader and image set with every arm, flagged in any of its displays."""
    sides = [
        flags[["reader_id", "image_set_id", f"{side}_arm", f"flag_{side}"]].set_axis(
            ["reader_id", "image_set_id", "arm", "flag"], axis=1
        )
        for side in ("left", "right")
    ]
    blocks = pd.concat(sides).groupby(["reader_id", "image_set_id", "arm"])["flag"].max().unstack("arm").dropna()
    X = blocks.to_numpy(dtype=np.float64)
    k, C, R = X.shape[1], X.sum(axis=0), X.sum(axis=1)
    spread = k * float(R.sum()) - float(np.sum(R**2))
    Q = (k - 1) * (k * float(np.sum(C**2)) - float(C.sum()) ** 2) / spread if spread > 0 else None
    return {
        "n_blocks": len(X),
        "arms": [str(arm) for arm in blocks.columns],
        "totals": [int(total) for total in C],
        "Q": Q,
        "df": k - 1,
        "p": 1 if Q is None else float(stats.chi2.sf(Q, k - 1)),
    }


def _share(flags: pd.Series) -> dict[str, Any] | None:
    return asdict(proportion(int(flags.sum()), len(flags))) if len(flags) else None


def _by_arm(flags: pd.DataFrame) -> dict[str, Any]:
    arm = np.concatenate([flags["left_arm"], flags["right_arm"]])
    flag = np.concatenate([flags["flag_left"], flags["flag_right"]])
    displays = pd.DataFrame({"arm": arm, "flag": flag, "patient": [*flags["patient_id"]] * 2})
    return {
        name: asdict(proportion(int(own["flag"].sum()), len(own)))
        | {"cluster_ci": cluster_mean(own["flag"], own["patient"]).ci_cr2}
        for name, own in displays.groupby("arm")
    }
