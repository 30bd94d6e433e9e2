"""Files of other statistics programs: SPSS (.sav) and SAS (XPORT version 5), written by pyreadstat."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyreadstat

from analysis.core.export.variables import Variable

LONGEST_SAV_LABEL = 120  # what every version of SPSS shows
LONGEST_XPT_LABEL = 40  # SAS Technical Support, TS-140
LONGEST_XPT_TEXT = 200
# Where a .sav file keeps the moment at which it was written (PSPP manual, "File Header Record").
SAV_DATE, SAV_TIME = slice(92, 101), slice(101, 109)
XPT_STAMP = slice(144, 160)  # "created", in the second header record of the library
# strftime speaks the language of the machine; these formats speak English.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def value_labels(scale: Mapping[int, str]) -> dict[str, dict[int | float, str]]:
    """Words for the scores; `scale` has those that the readers saw, from the left side's favour to the right's."""
    middle = (len(scale) + 1) // 2
    return {
        "raw_score": {value: scale[value] for value in sorted(scale)},
        "pref_score": {value: _preference(value, middle) for value in sorted(scale)},
    }


def _preference(value: int, middle: int) -> str:
    if value == middle:
        return "no difference"
    arm, strength = "A" if value > middle else "B", abs(value - middle)
    words = {1: "mildly", middle - 1: "pronouncedly"} if middle > 2 else {1: ""}
    word = words.get(strength, f"by {strength}")
    return f"{arm} {word} better".replace("  ", " ")


def sav_bytes(
    long: pd.DataFrame, variables: Sequence[Variable], scale: Mapping[int, str], *, folder: Path, at: datetime
) -> bytes:
    """The long table for SPSS; text as it is, without the guard that only spreadsheets need."""
    path = folder / "ratings_long.sav"
    pyreadstat.write_sav(
        _plain(long),
        path,
        file_label="Blinded reader study: ratings",
        column_labels={one.name: one.label[:LONGEST_SAV_LABEL] for one in variables},
        variable_value_labels=value_labels(scale),
        variable_measure={one.name: _measure(one) for one in variables},
        variable_format={one.name: "F8.0" for one in variables if one.type == "integer"},
    )
    content = bytearray(path.read_bytes())
    content[SAV_DATE] = f"{at:%d} {MONTHS[at.month - 1]} {at:%y}".encode("ascii")
    content[SAV_TIME] = f"{at:%H:%M:%S}".encode("ascii")
    return bytes(content)


def _measure(variable: Variable) -> str:
    if variable.name in ("raw_score", "pref_score", "pref_delta"):
        return "ordinal"
    return "nominal" if variable.type == "string" else "scale"


def xpt_bytes(long: pd.DataFrame, variables: Sequence[Variable], *, folder: Path, at: datetime) -> bytes:
    """The long table as SAS transport file; names of eight letters, texts cut at 200 bytes, as its version 5 needs."""
    path = folder / "ratings_long.xpt"
    frame = _plain(long).rename(columns={one.name: one.name8 for one in variables})
    for name in frame.columns[[one.type == "string" for one in variables]]:
        frame[name] = [text.encode()[:LONGEST_XPT_TEXT].decode(errors="ignore") for text in frame[name]]
    pyreadstat.write_xport(
        frame,
        path,
        column_labels={one.name8: one.label[:LONGEST_XPT_LABEL] for one in variables},
        table_name="RATINGS",
        file_format_version=5,
    )
    return _restamped(path.read_bytes(), at)


def _restamped(content: bytes, at: datetime) -> bytes:
    """The same file as if written at `at`: equal data give equal bytes and equal checksums."""
    stamp = f"{at:%d}{MONTHS[at.month - 1]}{at:%y:%H:%M:%S}".upper().encode("ascii")
    # Created and modified, of the library and of its one member.
    return content.replace(content[XPT_STAMP], stamp, 4)


def _plain(long: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers that may be missing as floats, which is all that these formats know."""
    numbers = {name: "float64" for name in long.columns if pd.api.types.is_numeric_dtype(long[name])}
    return long.astype(numbers)
