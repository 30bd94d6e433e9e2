"""A small study in memory, and the folder of reference data where there is one."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.core.csv_text import to_csv
from analysis.core.dataset import Allocation, Scores, parse_allocation, parse_scores
from analysis.core.layouts import score_columns


@pytest.fixture(scope="session")
def reference_folder() -> Path:
    shared = Path(os.environ.get("READERSTUDY_SHARED", Path(__file__).parents[2] / ".." / "shared"))
    folder = shared / "statistics"
    if not folder.is_dir():
        pytest.skip("The reference results are not here: set READERSTUDY_SHARED to their folder.")
    return folder


def _row(index: int, d: float | None, *, feature: str, reader: str, patient: str) -> dict[str, object]:
    a_is_right = index % 2 == 0
    texts = dict.fromkeys((column.name for column in score_columns()), "")
    return texts | {
        "study_id": "SMALL",
        "reader_id": reader,
        "presentation_id": f"{reader}-{index:04d}",
        "presentation_order": index + 1,
        "session": 1,
        "replicate": 1,
        "patient_id": patient,
        "image_set_id": f"S{index:03d}",
        "comparison_id": "SOC_FAST",
        "left_arm": "FAST" if a_is_right else "SOC",
        "right_arm": "SOC" if a_is_right else "FAST",
        "feature_id": feature,
        "raw_score": "" if d is None else 3 + int(d) * (1 if a_is_right else -1),
        "missing_reason": "skipped" if d is None else "",
    }


@pytest.fixture
def score_rows() -> Callable[..., list[dict[str, object]]]:
    """Rows whose preferences for SOC over FAST are `d`, sides alternating; `patients` gives one code a row."""

    def rows(
        d: Sequence[float | None], *, feature: str = "snr", reader: str = "R1", patients: Sequence[str] | None = None
    ) -> list[dict[str, object]]:
        codes = patients or [f"P{index:03d}" for index in range(len(d))]
        return [
            _row(index, value, feature=feature, reader=reader, patient=codes[index]) for index, value in enumerate(d)
        ]

    return rows


def _csv(rows: list[dict[str, object]], columns: Sequence[str]) -> bytes:
    return to_csv(pd.DataFrame(rows, columns=list(columns))).encode()


@pytest.fixture
def scores_csv() -> Callable[[list[dict[str, object]]], bytes]:
    return lambda rows: _csv(rows, [column.name for column in score_columns()])


@pytest.fixture
def allocation_csv() -> Callable[[list[dict[str, object]]], bytes]:
    keys = ["presentation_id", "reader_id", "image_set_id", "comparison_id", "replicate", "left_arm", "right_arm"]

    def csv(rows: list[dict[str, object]]) -> bytes:
        unique = {row["presentation_id"]: row for row in rows}
        return _csv(list(unique.values()), keys)

    return csv


@pytest.fixture
def small_study(scores_csv, allocation_csv) -> Callable[[list[dict[str, object]]], tuple[Scores, Allocation]]:
    """Scores and allocation of the given rows, through the same door as any file."""
    return lambda rows: (
        parse_scores(scores_csv(rows), name="scores.csv"),
        parse_allocation(allocation_csv(rows), name="allocation.csv"),
    )


@pytest.fixture
def preferences() -> Callable[[int], tuple[np.ndarray, np.ndarray]]:
    """Mostly ties, clustered: (60,) preferences and patient codes from a seed."""

    def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        patient = np.sort(rng.integers(0, 14, 60))
        return rng.choice([-2, -1, 0, 1, 2], 60, p=[0.05, 0.15, 0.5, 0.2, 0.1]), patient.astype(str)

    return draw
