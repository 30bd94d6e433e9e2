"""Forest plots: every level of a subgroup with its interval, tested for interaction or not."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.core.plots.drawing import BLUE, Plot, draw, ends, interval_row, label_rows
from analysis.core.sections import comparison_names, feature_names


def forests(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> list[Plot]:
    """One forest a comparison and feature of which subgroups were computed."""
    cells = dict.fromkeys(name.rsplit("/", 1)[0] for name in results.get("subgroups") or {})
    order = list(comparison_names(results["meta"]["plan"], arm_names))
    return [_forest(results, cell, arm_names) for cell in sorted(cells, key=lambda c: order.index(c.split("/")[0]))]


def _forest(results: Mapping[str, Any], cell: str, arm_names: Mapping[str, str]) -> Plot:
    comparison, feature = cell.split("/")
    plan = results["meta"]["plan"]
    shown = f"{feature_names(plan)[feature]}, {comparison_names(plan, arm_names)[comparison]}"
    data = pd.DataFrame(_rows(results, cell))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0, color="#7A8794", linewidth=0.8, linestyle="--")
        for y, (_, row) in enumerate(data.iterrows()):
            interval_row(axes, y, row, colour=BLUE, marker="D" if row["factor"] == "all" else "o")
        label_rows(axes, [_label(row) for _, row in data.iterrows()])
        axes.set(title=shown, xlabel="Mean preference, points (positive: the first-named arm)")

    return draw(
        paint,
        name=f"forest_{comparison.lower()}_{feature}",
        section="subgroups",
        title=f"Forest plot: {shown}",
        caption="Mean with 95 % CI (CR2, by patient; readers: mean alone). Compare levels by the interaction test, "
        "never by which of them is significant. Levels of fewer than 3 patients are described, not tested.",
        data=data,
        size_in=(8.2, 1.0 + 0.24 * len(data)),
    )


def _rows(results: Mapping[str, Any], cell: str) -> list[dict[str, Any]]:
    comparison, feature = cell.split("/")
    whole = results["cells"][comparison][feature]
    mean = whole["mean_cluster"] or {}
    rows = [_row("all", "All readings", whole["n_obs"], whole["n_patients"], mean.get("mean"), mean.get("ci_cr2"))]
    middle = (results["meta"]["plan"]["scale_points"] + 1) / 2
    for reader, by in (whole.get("by_reader") or {}).items():
        own = None if by["mean_pref"] is None else by["mean_pref"] - middle
        rows.append(_row("reader", reader, by["n"], None, own, None))
    for name, group in results["subgroups"].items():
        if name.rsplit("/", 1)[0] == cell:
            factor = name.rsplit("/", 1)[1].removesuffix("_id")
            for level, at in group["levels"].items():
                rows.append(_row(factor, level, at["n"], at["n_patients"], at["mean"], at["ci_cr2"]))
    return rows


def _row(factor: str, level: str, n: int, patients: int | None, estimate: float | None, ci: Any) -> dict[str, Any]:
    return {"factor": factor, "level": level, "n": n, "patients": patients, "estimate": estimate, **ends(ci)}


def _label(row: Mapping[str, Any]) -> str:
    patients = "" if pd.isna(row["patients"]) else f", {int(row['patients'])} patients"
    what = row["level"] if row["factor"] == "all" else f"{row['factor']}: {row['level'] or 'not given'}"
    return f"{what} (n = {row['n']}{patients})"
