"""How often findings may occur at most, given how often they were ticked."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.core.plots.drawing import Plot, draw, interval_row, label_rows


def upper_limits(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> Plot | None:
    """By patient first; None where the study asks nothing about consistency."""
    shares = _shares(results.get("consistency") or {}, arm_names)
    if not shares:
        return None
    data = pd.DataFrame(
        {"what": what, "x": at["x"], "n": at["n"], "estimate": 100 * at["p"],
         "low": 100 * at["cp"][0], "high": 100 * at["cp"][1]}
        for what, at in shares.items()
    )  # fmt: skip

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for y, (_, row) in enumerate(data.iterrows()):
            interval_row(axes, y, row)
        label_rows(axes, [f"{row.what} ({row.x}/{row.n})" for row in data.itertuples()])
        axes.set(xlabel="% with a finding, exact 95 % interval")
        axes.set_xlim(left=0)

    return draw(
        paint,
        name="consistency",
        section="consistency",
        title="Findings of inconsistency",
        caption="Exact (Clopper-Pearson) 95 % intervals. None seen is not none possible; the patient is the unit.",
        data=data,
        size_in=(8.2, 0.9 + 0.28 * len(data)),
    )


def _shares(consistency: Mapping[str, Any], arm_names: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    named = {
        "Patients": consistency.get("patients_any"),
        "Readings": consistency.get("presentations_any"),
        **{
            f"Displays of {arm_names.get(arm, arm)}": at
            for arm, at in sorted((consistency.get("by_arm") or {}).items())
        },
        **{f"Item: {item.replace('_', ' of ')}": at for item, at in sorted((consistency.get("by_item") or {}).items())},
    }
    return {what: at for what, at in named.items() if at}
