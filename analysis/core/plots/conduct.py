"""How the reading went: sides and time, reader by reader."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.core.conduct import bias_interval
from analysis.core.plots.drawing import Plot, draw, ends, interval_row, label_rows


def position_bias(results: Mapping[str, Any]) -> Plot | None:
    """The estimate with its 95 % interval; None where it was not computed."""
    biases = results.get("position_bias")
    if not biases:
        return None
    order = ["all", *results["meta"]["readers"]]
    data = pd.DataFrame(_bias(reader, biases[reader] or {}) for reader in order if reader in biases)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0, color="#7A8794", linewidth=0.8, linestyle="--")
        for limit in (-0.1, 0.1):
            axes.axvline(limit, color="#D55E00", linewidth=0.8, linestyle=":")
        for y, (_, row) in enumerate(data.iterrows()):
            interval_row(axes, y, row)
        label_rows(axes, list(data["reader"]))
        axes.set(xlabel="Bias in points (positive: the right side favoured)")

    return draw(
        paint,
        name="position_bias",
        section="conduct",
        title="Position bias",
        caption="Preference for a side whatever arm stood there, with 95 % CI by patient (CR1S, t). "
        "Dotted: the 0.10 points below which a bias is not flagged.",
        data=data,
        size_in=(7.5, 0.9 + 0.3 * len(data)),
    )


def _bias(reader: str, bias: Mapping[str, Any]) -> dict[str, Any]:
    row = {"reader": "All readers" if reader == "all" else reader, "estimate": bias.get("bias_points")}
    return row | {"se": bias.get("se_cr1s"), **ends(bias_interval(bias))}


def reading_time(results: Mapping[str, Any]) -> Plot | None:
    """Median and quartiles of the seconds a pair took."""
    times = {reader: time for reader, time in sorted((results.get("time") or {}).items()) if time}
    if not times:
        return None
    data = pd.DataFrame(
        {"reader": reader, "estimate": time["median_s"], "low": time["q1"], "high": time["q3"]}
        for reader, time in times.items()
    )

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for y, (_, row) in enumerate(data.iterrows()):
            interval_row(axes, y, row)
        label_rows(axes, list(data["reader"]))
        axes.set(xlabel="Active seconds a pair: median and quartiles")
        axes.set_xlim(left=0)

    return draw(
        paint,
        name="reading_time",
        section="conduct",
        title="Time of reading",
        caption="The line runs from the first to the third quartile.",
        data=data,
        size_in=(7.5, 0.9 + 0.3 * len(data)),
    )
