"""SSIM and L1 of every series, and the Bland-Altman plot of the two L1 that Table 4 compares."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.core.metric_names import KINDS, parse_metric
from analysis.core.plots.drawing import BLUE, COLOURS, ORANGE, Plot, draw

SHOWN = ("ssim", "l1")
KEYS = ("image_set_id", "patient_id")


def per_series(frame: pd.DataFrame, arm_names: Mapping[str, str] | None = None) -> list[Plot]:
    """
    One plot a kind of measure.

    `frame`: one row an image set, columns such as ssim_soc_socdl. `arm_names`: socdl -> SOC-DL.
    """
    kinds: dict[str, dict[str, str]] = {}
    for column in frame.columns:
        if column not in KEYS:
            metric = parse_metric(column)
            names = [(arm_names or {}).get(arm, arm.upper()) for arm in metric.arms]
            kinds.setdefault(metric.kind, {})[column] = " vs ".join(names)
    return [_per_series(frame[["image_set_id", *kinds[kind]]], kind, kinds[kind]) for kind in SHOWN if kind in kinds]


def _per_series(data: pd.DataFrame, kind: str, columns: Mapping[str, str]) -> Plot:
    label = KINDS[kind].label

    def paint(figure: Figure) -> None:
        axes = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
        for axis, column, colour in zip(axes, columns, COLOURS * len(columns), strict=False):
            values = np.sort(data[column].dropna().to_numpy(float))
            axis.plot(range(1, len(values) + 1), values, "o", color=colour, markersize=3, gid="series")
            axis.set(title=columns[column], xlabel="Image set, in order of value")
        axes[0].set_ylabel(label)

    return draw(
        paint,
        name=f"{kind}_per_series",
        section="images",
        title=f"{label}, image set by image set",
        caption="One point an image set, in increasing order within each panel.",
        data=data,
        size_in=(9.5, 3.2),
    )


def bland_altman(frame: pd.DataFrame, image_metrics: Mapping[str, Any]) -> Plot | None:
    """L1(SOC, FAST) against L1(SOC, FAST-DL); None where one of them was not measured."""
    one, two = "l1_soc_fast", "l1_soc_fastdl"
    if one not in frame or two not in frame:
        return None
    data = frame[["image_set_id", one, two]].dropna().copy()
    if data.empty:
        return None
    data["mean"] = (data[one] + data[two]) / 2
    data["difference"] = (data[one] - data[two]).round(6)
    middle, spread = data["difference"].mean(), data["difference"].std(ddof=1)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot(data["mean"], data["difference"], "o", color=BLUE, markersize=3.5, gid="series")
        axes.axhline(0, color="#7A8794", linewidth=0.8)
        axes.axhline(middle, color=ORANGE, linewidth=1.4, label=f"mean {middle:.2f}")
        if len(data) > 1:
            for sign in (-1.96, 1.96):
                axes.axhline(middle + sign * spread, color=ORANGE, linewidth=1.2, linestyle="--",
                             label="limits of agreement (± 1.96 SD)" if sign < 0 else None)  # fmt: skip
        axes.set(xlabel="Mean of the two L1, stored units", ylabel="L1(SOC, FAST) − L1(SOC, FAST-DL)")
        figure.legend(loc="outside lower center", ncols=2)

    return draw(
        paint,
        name="bland_altman_l1",
        section="images",
        title="Bland–Altman plot of L1",
        caption="Above 0 the enhanced fast series is nearer to the standard than the fast series.",
        data=data,
        size_in=(7.5, 4.2),
    )
