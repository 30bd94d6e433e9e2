"""Table 1: the typical parameters of each sequence and arm, and the scan time that an arm saves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.core.wording import NOTHING, mean_sd, minutes, per_cent

Row = Mapping[str, Any]

ALL = "All sequences"
# The paper's order; others follow by name.
_PLANES = ("sagittal", "axial", "coronal")
_SEQUENCES = ("T1", "T2", "PD", "STIR")
_NUMBERS = {
    "TR (ms)": ("tr_ms", 0),
    "Slice (mm)": ("slice_thickness_mm", 1),
    "ETL": ("etl", 0),
    "NEX": ("averages", 1),
}


def table1(rows: Sequence[Row], *, reference_arm: str = "SOC") -> pd.DataFrame:
    """
    Typical protocol parameters, one row a sequence and arm, then all sequences.

    Parameters
    ----------
    rows
        One a series: image_set, region, plane, sequence, arm, tr_ms, te_ms, ti_ms, matrix, etl, averages,
        slice_thickness_mm, scan_time_s; None where the headers do not say.
    reference_arm
        The arm against whose scan time the reduction counts, over image sets that have both.

    Values are medians, with the range in brackets where it varies; scan time over all sequences is mean ± SD.
    """
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    arms.sort(key=lambda arm: arm != reference_arm)
    kinds = sorted({(row["plane"], row["sequence"]) for row in rows}, key=_place)
    lines = [
        _line(f"{plane.capitalize()} {sequence}".strip(), _of_kind(rows, plane, sequence), arm, reference_arm)
        for plane, sequence in kinds
        for arm in arms
        if any(row["arm"] == arm for row in _of_kind(rows, plane, sequence))
    ]
    return pd.DataFrame(lines + [_all_line(rows, arm, reference_arm) for arm in arms])


def _place(kind: tuple[str, str]) -> tuple[Any, ...]:
    plane, sequence = kind
    return (
        _PLANES.index(plane) if plane in _PLANES else len(_PLANES),
        plane,
        _SEQUENCES.index(sequence) if sequence in _SEQUENCES else len(_SEQUENCES),
        sequence,
    )


def _of_kind(rows: Sequence[Row], plane: str, sequence: str) -> list[Row]:
    return [row for row in rows if (row["plane"], row["sequence"]) == (plane, sequence)]


def _line(label: str, rows: Sequence[Row], arm: str, reference_arm: str) -> dict[str, Any]:
    own = [row for row in rows if row["arm"] == arm]
    numbers = {name: _typical(own, key, decimals) for name, (key, decimals) in _NUMBERS.items()}
    return {
        "Sequence": label,
        "Arm": arm,
        "n": len(own),
        "Scan time": _typical_time(own),
        "Reduction %": _reduction(rows, arm, reference_arm),
        "TR (ms)": numbers["TR (ms)"],
        "TE/TI (ms)": _echo_and_inversion(own),
        "Slice (mm)": numbers["Slice (mm)"],
        "Matrix": _most_common(own),
        "ETL": numbers["ETL"],
        "NEX": numbers["NEX"],
    }


def _all_line(rows: Sequence[Row], arm: str, reference_arm: str) -> dict[str, Any]:
    times = pd.Series(_values([row for row in rows if row["arm"] == arm], "scan_time_s"), dtype=float)
    printed = NOTHING
    if len(times):
        printed = f"{mean_sd(times.mean(), times.std(ddof=1) if len(times) > 1 else None, 1)} s"
    n = sum(row["arm"] == arm for row in rows)
    line = {"Sequence": ALL, "Arm": arm, "n": n, "Scan time": printed}
    return line | {"Reduction %": _reduction(rows, arm, reference_arm)} | dict.fromkeys(_PARAMETERS, "")


_PARAMETERS = ("TR (ms)", "TE/TI (ms)", "Slice (mm)", "Matrix", "ETL", "NEX")


def _values(rows: Sequence[Row], key: str) -> list[float]:
    return [float(row[key]) for row in rows if row.get(key) is not None]


def _typical(rows: Sequence[Row], key: str, decimals: int) -> str:
    values = pd.Series(_values(rows, key), dtype=float).round(decimals)
    if values.empty:
        return NOTHING
    varies = f" ({values.min():g}–{values.max():g})" if values.nunique() > 1 else ""
    return f"{values.median():g}{varies}"


def _typical_time(rows: Sequence[Row]) -> str:
    values = pd.Series(_values(rows, "scan_time_s"), dtype=float)
    if values.empty:
        return NOTHING
    low, high = minutes(values.min()), minutes(values.max())
    return minutes(values.median()) + (f" ({low}–{high})" if low != high else "")


def _echo_and_inversion(rows: Sequence[Row]) -> str:
    inversion = _typical(rows, "ti_ms", 0)
    return _typical(rows, "te_ms", 1) + ("" if inversion == NOTHING else f"/{inversion}")


def _most_common(rows: Sequence[Row]) -> str:
    counts = Counter(row["matrix"] for row in rows if row.get("matrix"))
    if not counts:
        return NOTHING
    others = f" (+{len(counts) - 1} more)" if len(counts) > 1 else ""
    typical: str = min(counts, key=lambda matrix: (-counts[matrix], matrix))
    return typical + others


def _reduction(rows: Sequence[Row], arm: str, reference_arm: str) -> str:
    """1 - mean time / mean reference time in per cent, over image sets that have both."""
    if arm == reference_arm:
        return ""
    own, reference = _time_by_set(rows, arm), _time_by_set(rows, reference_arm)
    both = own.keys() & reference.keys()
    before = sum(reference[image_set] for image_set in both)
    return per_cent(1 - sum(own[image_set] for image_set in both) / before if before else None)


def _time_by_set(rows: Sequence[Row], arm: str) -> dict[str, float]:
    return {
        row["image_set"]: float(row["scan_time_s"])
        for row in rows
        if row["arm"] == arm and row.get("scan_time_s") is not None
    }
