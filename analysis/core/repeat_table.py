"""How far readers agree with themselves: hidden repeats against first showings (SPEC, section 7.5), as printed."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.core.wording import per_cent, plain

COLUMNS = (
    "Reader", "Scores given twice", "Sides exchanged", "Weighted κ, quadratic", "ICC(2,1)", "The same, %",
    "Within one step, %", "Turned round, %", "Second minus first, mean",
)  # fmt: skip


def repeat_table(intra_reader: Mapping[str, Any]) -> pd.DataFrame:
    """
    One row a reader, all readers together last.

    Parameters
    ----------
    intra_reader
        `results["intra_reader"]`; wrong to call where the study has no repeats (None).
    """
    readers = [name for name in intra_reader if name != "all"]
    rows = [_row(name, intra_reader[name]) for name in readers]
    return pd.DataFrame([*rows, _row("All readers", intra_reader["all"])], columns=list(COLUMNS))


def _row(name: str, found: Mapping[str, Any]) -> list[str | int]:
    return [
        name,
        found["n"],
        found["n_swapped"],
        plain(found["kappa_quadratic"], 2),
        plain(found["icc"].get("icc21"), 2),
        *(per_cent(found[share]) for share in ("pct_exact", "pct_within1", "reversal")),
        plain(found["mean_diff"], 2),
    ]
