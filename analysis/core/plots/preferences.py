"""Win, tie and loss of every feature and comparison, and the mean preference with its interval."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.core.plots.drawing import BLUE, GREY, INK, ORANGE, Plot, draw, ends, interval_row, label_rows
from analysis.core.sections import comparison_names, feature_names

OUTCOMES = ("win", "tie", "loss")
SHADES = {"win": BLUE, "tie": GREY, "loss": ORANGE}


def win_tie_loss(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> Plot:
    """Stacked bars; the whiskers are the intervals of the shares of wins and of losses."""
    data = pd.DataFrame(_shares(results, arm_names))

    def paint(figure: Figure) -> None:
        groups = list(data.groupby("comparison", sort=False))
        axes = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
        for axis, (comparison, rows) in zip(axes, groups, strict=True):
            _bars(axis, str(comparison), rows)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4)

    caption = (
        "Share of readings that preferred the first-named arm (win), neither (tie) or the second (loss). "
        "Whiskers: 95 % intervals of wins and losses, Wilson at the effective sample size of readings clustered by "
        "patient."
    )
    return draw(
        paint,
        name="win_tie_loss",
        section="preferences",
        title="Wins, ties and losses",
        caption=caption,
        data=data,
        size_in=(10.5, 0.9 + 0.36 * data["feature"].nunique()),
    )


def _shares(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> list[dict[str, Any]]:
    plan, rows = results["meta"]["plan"], []
    for comparison, shown in comparison_names(plan, arm_names).items():
        for feature, label in feature_names(plan).items():
            cell = results["cells"][comparison][feature]
            row = {"comparison": shown, "feature": label, "n": cell["n_obs"]}
            for outcome in OUTCOMES:
                share = (cell["effects"] or {}).get(outcome) or {}
                low, high = share.get("wilson_deff") or (None, None)
                row |= {outcome: share.get("p"), f"{outcome}_low": low, f"{outcome}_high": high}
            rows.append(row)
    return rows


def _bars(axes: Axes, title: str, rows: pd.DataFrame) -> None:
    numbers, left = rows[list(OUTCOMES)].astype(float).fillna(0) * 100, 0
    for outcome in OUTCOMES:
        hatch = "///" if outcome == "loss" else None  # told apart in a grey print too
        width = numbers[outcome].to_numpy()
        axes.barh(
            range(len(rows)), width, left=left, height=0.66, color=SHADES[outcome], hatch=hatch,
            edgecolor="white", linewidth=0.4, label=outcome, gid=f"bar-{outcome}",
        )  # fmt: skip
        left = left + width
    for y, (_, row) in enumerate(rows.iterrows()):
        if pd.notna(row["win_low"]):
            axes.plot([100 * row["win_low"], 100 * row["win_high"]], [y, y], color=INK, linewidth=1.3,
                      label="95 % interval" if y == 0 else None)  # fmt: skip
            axes.plot([100 - 100 * row["loss_high"], 100 - 100 * row["loss_low"]], [y, y], color=INK, linewidth=1.3)
    label_rows(axes, list(rows["feature"]))
    axes.set(title=title, xlim=(0, 100), xlabel="% of readings")


def mean_preference(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> Plot:
    """Mean points towards the first-named arm, with intervals for these and for random readers."""
    data = pd.DataFrame(_means(results, arm_names))

    def paint(figure: Figure) -> None:
        groups = list(data.groupby("comparison", sort=False))
        axes = figure.subplots(1, len(groups), sharey=True, sharex=True, squeeze=False)[0]
        for axis, (comparison, rows) in zip(axes, groups, strict=True):
            axis.axvline(0, color="#7A8794", linewidth=0.8, linestyle="--")
            for y, (_, row) in enumerate(rows.iterrows()):
                interval_row(axis, y, row)
            label_rows(axis, list(rows["feature"]))
            axis.set(title=str(comparison), xlabel="Mean preference, points")

    caption = (
        "Mean preference in points of the scale, 0 = no difference, positive = the first-named arm preferred; "
        "95 % CI robust to readings of one patient being alike (CR2, Satterthwaite)."
    )
    return draw(
        paint,
        name="mean_preference",
        section="preferences",
        title="Mean preference",
        caption=caption,
        data=data,
        size_in=(10.5, 0.8 + 0.34 * data["feature"].nunique()),
    )


def _means(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> list[dict[str, Any]]:
    plan = results["meta"]["plan"]
    return [
        {"comparison": shown, "feature": label, **_estimate(results["cells"][comparison][feature]["mean_cluster"])}
        for comparison, shown in comparison_names(plan, arm_names).items()
        for feature, label in feature_names(plan).items()
    ]


def _estimate(mean: Mapping[str, Any] | None) -> dict[str, float | None]:
    return {"estimate": mean["mean"] if mean else None, **ends(mean and mean.get("ci_cr2"))}
