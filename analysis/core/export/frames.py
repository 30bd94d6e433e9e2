"""The exported tables as frames, from the same proved scores and allocation that the statistics read."""

import pandas as pd

from analysis.core.dataset import Allocation, Comparisons, Scores, orient
from analysis.core.export.variables import Vocabulary, pref_columns, ratings_long_variables

WHOLE = ("presentation_order", "session", "replicate", "a_on_left", "raw_score", "pref_score", "pref_delta")
BY_PRESENTATION = (
    "study_id", "reader_id", "presentation_id", "presentation_order", "replicate", "patient_id", "image_set_id",
    "comparison_id", "arm_a", "arm_b", "a_on_left", "duration_s",
)  # fmt: skip
BY_READER = ("comparison_id", "feature_id", "patient_id", "image_set_id")


def ratings_long(scores: Scores, allocation: Allocation, comparisons: Comparisons) -> pd.DataFrame:
    """
    One row a reader, presentation and feature, as scored and as a preference for arm A.

    Rows in the order of `scores`; whole numbers as Int64, so that what is missing stays missing. Raises BadData.
    """
    frame = orient(scores, allocation, comparisons)
    for place, name in enumerate(("arm_a", "arm_b")):
        frame[name] = frame["comparison_id"].map({code: arms[place] for code, arms in comparisons.items()})
    frame["a_on_left"] = (frame["x"] == -1).astype(int)
    frame["pref_score"], frame["pref_delta"] = frame["pref"], frame["d"]
    frame["comment"] = frame.get("not_assessable_reason", "")  # files from elsewhere need not tell
    frame = frame.astype(dict.fromkeys(WHOLE, "Int64"))
    words = Vocabulary.of(frame, scale_points=scores.scale_points)
    return frame[[variable.name for variable in ratings_long_variables(words)]].reset_index(drop=True)


def wide_by_presentation(long: pd.DataFrame) -> pd.DataFrame:
    """One row a presentation, one column a feature: `pref_<feature>`, by name. For mixed models and plots."""
    features = sorted(set(long["feature_id"]))
    wide = long.pivot(index="presentation_id", columns="feature_id", values="pref_score")[features]
    wide = wide.rename(columns=pref_columns(features))
    shown = long.drop_duplicates("presentation_id")[list(BY_PRESENTATION)]
    return shown.merge(wide.reset_index(), on="presentation_id", how="left", validate="1:1")


def wide_by_reader(long: pd.DataFrame) -> pd.DataFrame:
    """
    One row an image set, comparison and feature, one column a reader: the input of kappa, alpha and ICC.

    First readings only; what no reader scored is left out.
    """
    scored = long[(long["replicate"] == 1) & long["pref_score"].notna()]
    wide = scored.pivot(index=list(BY_READER), columns="reader_id", values="pref_score")
    readers = sorted(set(long["reader_id"]))
    return wide.reindex(columns=readers).add_prefix("pref_").sort_index().reset_index().rename_axis(columns=None)
