"""What one scale of worth predicts for each comparison, beside what was seen."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.core.plots.drawing import BLUE, ORANGE, Plot, draw, label_rows
from analysis.core.sections import comparison_names, feature_names


def transitivity(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> Plot | None:
    """None where no model over all arms could be fitted."""
    data = pd.DataFrame(_rows(results, arm_names))
    if data.empty:
        return None

    def paint(figure: Figure) -> None:
        axes, y = figure.subplots(), range(len(data))
        axes.axvline(0, color="#7A8794", linewidth=0.8, linestyle="--")
        axes.hlines(y, data["worth"], data["free"], color="#9AA6B2", linewidth=1)
        axes.plot(data["free"], y, "o", color=BLUE, label="seen in the comparison itself")
        axes.plot(data["worth"], y, "s", color=ORANGE, markerfacecolor="white", label="predicted by one scale of worth")
        label_rows(axes, [f"{row.feature}, {row.comparison}" for row in data.itertuples()])
        axes.set(xlabel="Log cumulative odds (positive: the first-named arm)")
        figure.legend(loc="outside lower center", ncols=2)

    return draw(
        paint,
        name="transitivity",
        section="transitivity",
        title="Transitivity",
        caption="Where square and dot lie apart, the comparisons contradict one common order of the arms.",
        data=data,
        size_in=(8.2, 1.2 + 0.28 * len(data)),
    )


def _rows(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> list[dict[str, Any]]:
    plan, rows = results["meta"]["plan"], []
    names, arms = comparison_names(plan, arm_names), {c["id"]: (c["arm_a"], c["arm_b"]) for c in plan["comparisons"]}
    for feature, label in feature_names(plan).items():
        model = (results.get("models") or {}).get(f"worth/{feature}") or {}
        worth, free = model.get("worth"), model.get("free")
        if worth and free:
            for comparison, (one, two) in arms.items():
                rows.append({"feature": label, "comparison": names[comparison], "free": free[comparison],
                             "worth": worth[one] - worth[two]})  # fmt: skip
    return rows
