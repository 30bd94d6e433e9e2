"""Whether images were whole and usable, as readers saw them: consistency findings and diagnostic quality by arm."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.core.proportions import proportion
from analysis.core.wording import NOTHING, per_cent

COLUMNS = ("", "With a finding", "n", "%", "95 % CI, exact", "95 % upper limit, one-sided")


def consistency_table(consistency: Mapping[str, Any], item_labels: Mapping[str, str]) -> pd.DataFrame:
    """
    Apparent loss, corruption, alteration, creation or exaggeration: by patient first, then by reading, arm and item.

    Parameters
    ----------
    consistency
        `results["consistency"]`; an empty study gives rows without numbers.
    item_labels
        item code -> what readers saw.
    """
    by_item = consistency["by_item"]
    rows = [
        _row("Patients, any finding", consistency["patients_any"]),
        _row("Readings, any finding", consistency["presentations_any"]),
        *(_row(f"Displays of {arm}", share) for arm, share in consistency["by_arm"].items()),
        *(_row(label, by_item[item]) for item, label in item_labels.items() if item in by_item),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def diagnostic_table(counts: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Displays judged of diagnostic quality, by arm. Each of `counts` has arm, diagnostic and judged."""
    columns = ["Arm", "Of diagnostic quality", "n", "%", "95 % CI, exact"]
    rows = []
    for count in counts:
        share = proportion(count["diagnostic"], count["judged"])
        rows.append([count["arm"], count["diagnostic"], count["judged"], per_cent(share.p), _interval(share.cp)])
    return pd.DataFrame(rows, columns=columns)


def _row(label: str, share: Mapping[str, Any] | None) -> list[str | int]:
    if share is None:
        return [label, NOTHING, 0, NOTHING, NOTHING, NOTHING]
    upper = f"{per_cent(share['upper95_one_sided'])} %"
    return [label, share["x"], share["n"], per_cent(share["p"]), _interval(share["cp"]), upper]


def _interval(limits: Sequence[float]) -> str:
    return f"{per_cent(limits[0])} to {per_cent(limits[1])} %"
