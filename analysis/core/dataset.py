"""The tables that an analysis starts from, proved before anything is computed, and the step to arms."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.core.columns import Column, code, measure, typed_frame
from analysis.core.csv_text import parse_table, read_bytes
from analysis.core.layouts import ALLOCATION, CONSISTENCY, GUESSES, SCALE_POINTS, score_columns
from analysis.core.metric_names import is_metric
from readerstudy.core.errors import (
    BadData,
    ContradictoryRows,
    DuplicateReading,
    NotAllocated,
    UnknownArm,
    UnreadableTable,
    WrongColumns,
)
from readerstudy.core.protocol import REFERENCE_PROTOCOL

Comparisons = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Dataset:
    """A proved table, indexed by line number, with the name and SHA-256 of the file that it was."""

    frame: pd.DataFrame
    name: str
    sha256: str


@dataclass(frozen=True)
class Scores(Dataset):
    """One row a presentation and feature: the raw score on the screen's scale, or why there is none."""

    scale_points: int = SCALE_POINTS


class Allocation(Dataset):
    """One row a presentation: who saw which pair, and which arm stood on which side."""


class Consistency(Dataset):
    """One row a presentation and consistency item: what was ticked for either side."""


class Guesses(Dataset):
    """One row a presentation: the side that was enhanced, if either, and the one that the reader thought it was."""


class ImageMetrics(Dataset):
    """One row an image set: similarity of its series."""


def read_scores(path: Path, *, scale_points: int = SCALE_POINTS) -> Scores:
    return parse_scores(read_bytes(path), name=Path(path).name, scale_points=scale_points)


def read_allocation(path: Path) -> Allocation:
    return parse_allocation(read_bytes(path), name=Path(path).name)


def read_consistency(path: Path) -> Consistency:
    return parse_consistency(read_bytes(path), name=Path(path).name)


def read_guesses(path: Path) -> Guesses:
    return parse_guesses(read_bytes(path), name=Path(path).name)


def read_image_metrics(path: Path) -> ImageMetrics:
    return parse_image_metrics(read_bytes(path), name=Path(path).name)


def parse_scores(data: bytes, *, name: str, scale_points: int = SCALE_POINTS) -> Scores:
    """
    Scores from the bytes of a CSV file.

    Raises
    ------
    BadData
        A subclass for each cause; the message names file, line and column.
    """
    raw = parse_table(data, name=name)
    frame = typed_frame(raw, score_columns(scale_points))
    _refuse_empty(frame, name)
    _refuse_doubles(frame, ["presentation_id", "feature_id"], name)
    _refuse_doubles(frame, ["reader_id", "image_set_id", "comparison_id", "feature_id", "replicate"], name)
    for fact in ("reader_id", "image_set_id", "comparison_id", "replicate", "left_arm", "right_arm"):
        _one_a_group(frame, "presentation_id", fact, name)
    _one_a_group(frame, "image_set_id", "patient_id", name)
    scored = frame["raw_score"].notna() & (frame["missing_reason"] != "")
    says = "'{missing_reason}', but the row has a score"
    _refuse(frame, scored, ContradictoryRows, name, "missing_reason", says)
    return Scores(frame, name, raw.sha256, scale_points)


def parse_allocation(data: bytes, *, name: str) -> Allocation:
    """The allocation from the bytes of a CSV file. Raises BadData."""
    raw = parse_table(data, name=name)
    frame = typed_frame(raw, ALLOCATION)
    _refuse_empty(frame, name)
    _refuse_doubles(frame, ["presentation_id"], name)
    _refuse_doubles(frame, ["reader_id", "image_set_id", "comparison_id", "replicate"], name)
    doubled = frame["left_arm"] == frame["right_arm"]
    _refuse(frame, doubled, UnknownArm, name, "right_arm", "'{right_arm}' stands on both sides")
    return Allocation(frame, name, raw.sha256)


def parse_consistency(data: bytes, *, name: str) -> Consistency:
    """The consistency boxes from the bytes of a CSV file. Raises BadData."""
    raw = parse_table(data, name=name)
    frame = typed_frame(raw, CONSISTENCY)
    _refuse_doubles(frame, ["presentation_id", "item"], name)
    return Consistency(frame, name, raw.sha256)


def parse_guesses(data: bytes, *, name: str) -> Guesses:
    """The guesses at the enhanced side from the bytes of a CSV file. Raises BadData."""
    raw = parse_table(data, name=name)
    frame = typed_frame(raw, GUESSES)
    _refuse_doubles(frame, ["presentation_id"], name)
    return Guesses(frame, name, raw.sha256)


def parse_image_metrics(data: bytes, *, name: str) -> ImageMetrics:
    """Image metrics from the bytes of a CSV file; each column but the codes is a name of `metric_names`."""
    raw = parse_table(data, name=name)
    metrics = [Column(column, measure) for column in raw.columns if is_metric(column)]
    frame = typed_frame(raw, (Column("image_set_id", code), Column("patient_id", code), *metrics))
    if not metrics:
        raise WrongColumns(f"{name}, line 1: there is no column such as ssim_soc_socdl.")
    _refuse_doubles(frame, ["image_set_id"], name)
    return ImageMetrics(frame, name, raw.sha256)


def _refuse(
    frame: pd.DataFrame, wrong: "pd.Series[bool]", error: type[BadData], name: str, column: str, says: str
) -> None:
    """Raise `error` about the first row where `wrong` holds; `says` may name the row's columns in braces."""
    if wrong.any():
        line = frame.index[wrong.to_numpy(dtype=bool)][0]
        raise error(f"{name}, line {line}, column {column}: {says.format(**frame.loc[line])}.")


def _refuse_empty(frame: pd.DataFrame, name: str) -> None:
    if frame.empty:
        raise UnreadableTable(f"{name}, line 2: there is no row under the column names.")


def _refuse_doubles(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    says = "a second row for " + ", ".join(f"{column} '{{{column}}}'" for column in columns)
    _refuse(frame, frame.duplicated(list(columns)), DuplicateReading, name, columns[-1], says)


def _one_a_group(frame: pd.DataFrame, group: str, fact: str, name: str) -> None:
    if fact in frame.columns:
        first = frame.groupby(group, sort=False)[fact].transform("first")
        says = f"'{{{fact}}}', but {group} '{{{group}}}' began otherwise"
        _refuse(frame, frame[fact] != first, ContradictoryRows, name, fact, says)


def same_patients(table: Dataset, scores: Scores) -> None:
    """Refuse a table that gives an image set of the scores to another patient. Raises ContradictoryRows."""
    patient = scores.frame.drop_duplicates("image_set_id").set_index("image_set_id")["patient_id"]
    known = table.frame["image_set_id"].map(patient)
    says = f"'{{patient_id}}', but {scores.name} gives image set '{{image_set_id}}' to another patient"
    wrong = known.notna() & (known != table.frame["patient_id"])
    _refuse(table.frame, wrong, ContradictoryRows, table.name, "patient_id", says)


def infer_comparisons(allocation: Allocation) -> dict[str, tuple[str, str]]:
    """
    The ordered arms of each comparison, read from its name: "FASTDL_SOC" is (FASTDL, SOC).

    Only for bare files; a study passes its comparisons, which a coordinator named. Those of the reference
    protocol come first, in its order.
    """
    reference = [item.code for item in REFERENCE_PROTOCOL.comparisons]
    groups = dict(iter(allocation.frame.groupby("comparison_id")))
    names = [*(name for name in reference if name in groups), *(name for name in groups if name not in reference)]
    return {name: _ordered_arms(name, groups[name], allocation.name) for name in names}


def _ordered_arms(comparison: str, rows: pd.DataFrame, name: str) -> tuple[str, str]:
    def bare(word: str) -> str:
        return re.sub(r"[^a-z0-9]", "", word.lower())

    arms = sorted({*rows["left_arm"], *rows["right_arm"]})
    fitting = [pair for pair in permutations(arms, 2) if bare("".join(pair)) == bare(comparison)]
    if len(fitting) != 1:
        raise UnknownArm(
            f"{name}, line {rows.index[0]}, column comparison_id: '{comparison}' does not name two of "
            f"the arms {', '.join(arms)} in order; give the comparisons in a plan."
        )
    return fitting[0]


def orient(scores: Dataset, allocation: Allocation, comparisons: Comparisons) -> pd.DataFrame:
    """
    Join scores to arms: the one place where a preference for a side becomes a preference for an arm.

    With x = +1 where the first-named arm A stood on the right and -1 on the left, and m0 the middle of the
    scale, d = x (s - m0) and pref = m0 + d: above m0 the reader preferred A.

    Wrong to call before the study is unblinded: callers prove that first (StillBlinded); nothing here can.

    Returns
    -------
    The frame with left_arm, right_arm and x; for Scores also d and pref (NaN where there is no score).

    Raises
    ------
    NotAllocated, ContradictoryRows, UnknownArm
    """
    frame = _with_sides(scores, allocation)
    a_arm = frame["comparison_id"].map({name: arms[0] for name, arms in comparisons.items()})
    b_arm = frame["comparison_id"].map({name: arms[1] for name, arms in comparisons.items()})
    a_right = (frame["right_arm"] == a_arm) & (frame["left_arm"] == b_arm)
    a_left = (frame["left_arm"] == a_arm) & (frame["right_arm"] == b_arm)
    says = "'{comparison_id}' was shown as '{left_arm}' and '{right_arm}', which are not its arms"
    _refuse(frame, ~(a_right | a_left), UnknownArm, scores.name, "comparison_id", says)
    frame["x"] = np.where(a_right, 1, -1)
    if isinstance(scores, Scores):
        middle = (scores.scale_points + 1) // 2
        frame["d"] = frame["x"] * (frame["raw_score"] - middle)
        frame["pref"] = middle + frame["d"]
    return frame


def _with_sides(table: Dataset, allocation: Allocation) -> pd.DataFrame:
    """The table's rows with the allocation's arms; what both tables say must agree."""
    frame = table.frame.copy()
    places = allocation.frame.set_index("presentation_id")
    unplaced = ~frame["presentation_id"].isin(places.index)
    says = "'{presentation_id}' of reader '{reader_id}' is not in the allocation"
    _refuse(frame, unplaced, NotAllocated, table.name, "presentation_id", says)
    for fact in places.columns:
        allocated = frame["presentation_id"].map(places[fact])
        if fact in frame.columns:
            says = f"'{{{fact}}}', but the allocation says otherwise"
            _refuse(frame, frame[fact] != allocated, ContradictoryRows, table.name, fact, says)
        frame[fact] = allocated
    return frame
