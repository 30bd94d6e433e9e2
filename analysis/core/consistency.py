"""The consistency boxes: how often readers ticked a loss or a change, by reading, patient, item and arm."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.clustered import cluster_mean
from analysis.core.proportions import proportion

_PRESENTATION = ["presentation_id", "patient_id", "left_arm", "right_arm"]


def consistency(rows: pd.DataFrame) -> dict[str, Any]:
    """
    Shares of presentations, patients, items and displays of an arm with any box ticked.

    Parameters
    ----------
    rows
        Consistency rows joined to their arms by `dataset.orient`; boxes without an answer are NaN and left out.

    The share of patients is the headline: readings of one patient are no independent chances to see a flaw.
    """
    known = rows[rows["flag_left"].notna() & rows["flag_right"].notna()]
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
