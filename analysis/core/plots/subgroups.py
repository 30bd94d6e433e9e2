"""Forest plots: every level of a subgroup with its interval, tested for interaction or not."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.core.plots.drawing import BLUE, Plot, draw, ends, interval_row, label_rows
from analysis.core.sections import comparison_names, feature_names
from analysis.core.subgroups import FACTORS
from analysis.core.wording import counted, format_p

LINE_IN = 0.175  # close lines: two plots of a study of the paper's size stand on one printed page


def cells_with_subgroups(results: Mapping[str, Any]) -> list[str]:
    """ "comparison/feature" of every cell of which subgroups were computed, in the order of the plan."""
    computed = {name.rsplit("/", 1)[0] for name in results.get("subgroups") or {}}
    plan = results["meta"]["plan"]
    cells = [f"{comparison}/{feature}" for comparison in comparison_names(plan, {}) for feature in feature_names(plan)]
    return [cell for cell in cells if cell in computed]


def forest(results: Mapping[str, Any], cell: str, arm_names: Mapping[str, str]) -> Plot:
    """All levels of all factors of one comparison and feature."""
    comparison, feature = cell.split("/")
    plan = results["meta"]["plan"]
    shown = f"{feature_names(plan)[feature]}, {comparison_names(plan, arm_names)[comparison]}"
    data = pd.DataFrame(_rows(results, cell))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0, color="#7A8794", linewidth=0.8, linestyle="--")
        shown_lines = list(lines(data, results, cell))
        for y, (_, row) in enumerate(shown_lines):
            if row is not None:
                interval_row(axes, y, row, colour=BLUE, marker="D" if row["factor"] == "all" else "o")
        label_rows(axes, [label for label, _ in shown_lines])
        for (_, row), text in zip(shown_lines, axes.get_yticklabels(), strict=True):
            text.set_fontweight("normal" if row is not None else "bold")
        axes.set(title=shown, xlabel="Mean preference, points (positive: the first-named arm)")
        # Intervals of a few patients leave the scale: no mean can.
        most = (plan["scale_points"] - 1) / 2
        low, high = axes.get_xlim()
        axes.set_xlim(max(low, -most), min(high, most))

    return draw(
        paint,
        name=f"forest_{comparison.lower()}_{feature}",
        section="subgroups",
        title=f"Forest plot: {shown}",
        caption="Mean with 95 % CI (CR2, by patient). n: readings. Compare levels by the interaction test, never by "
        "which of them is significant. Interaction P: Wald F with standard errors by patient (CR1S), unadjusted. "
        "Levels of fewer than 3 patients are described, not tested.",
        data=data,
        size_in=(8.2, 0.9 + LINE_IN * (len(data) + data["factor"].nunique() - 1)),
    )


def _rows(results: Mapping[str, Any], cell: str) -> list[dict[str, Any]]:
    comparison, feature = cell.split("/")
    whole = results["cells"][comparison][feature]
    mean = whole["mean_cluster"] or {}
    rows = [_row("all", "All readings", whole["n_obs"], whole["n_patients"], mean.get("mean"), mean.get("ci_cr2"))]
    for factor in FACTORS:
        levels = results["subgroups"].get(f"{cell}/{factor}", {}).get("levels", {})
        if factor == "reader_id":
            levels = _readers(results, cell) | levels
        for level, at in sorted(levels.items()):
            rows.append(_row(named(factor), level, at["n"], at["n_patients"], at["mean"], at["ci_cr2"]))
    return rows


def _readers(results: Mapping[str, Any], cell: str) -> dict[str, Mapping[str, Any]]:
    """Every reader by the mean alone: who read nothing is no level, and stored results may lack this factor."""
    comparison, feature = cell.split("/")
    middle = (results["meta"]["plan"]["scale_points"] + 1) / 2
    found: dict[str, Mapping[str, Any]] = {}
    for reader, own in results["cells"][comparison][feature]["by_reader"].items():
        mean = None if own.get("mean_pref") is None else own["mean_pref"] - middle
        found[reader] = {"n": own["n"], "n_patients": None, "mean": mean, "ci_cr2": None}
    return found


def _row(factor: str, level: str, n: int, patients: int | None, estimate: float | None, ci: Any) -> dict[str, Any]:
    return {"factor": factor, "level": level, "n": n, "patients": patients, "estimate": estimate, **ends(ci)}


def lines(data: pd.DataFrame, results: Mapping[str, Any], cell: str) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """What stands at the left of each line and what is drawn on it: nothing beside the heading of a factor."""
    for factor, rows in data.groupby("factor", sort=False):
        if factor != "all":
            yield f"{str(factor).capitalize()}{_tested(results, cell, str(factor))}", None
        for _, row in rows.iterrows():
            yield _label(row), row


def _tested(results: Mapping[str, Any], cell: str, factor: str) -> str:
    p = interaction_p(results, cell, next(name for name in FACTORS if named(name) == factor))
    return f" (interaction P {format_p(p)})" if p is not None else " (interaction not tested)"


def named(factor: str) -> str:
    """A factor as it is printed: scanner_id is the scanner, reader_id the reader."""
    return factor.removesuffix("_id")


def interaction_p(results: Mapping[str, Any], cell: str, factor: str) -> float | None:
    """The P of the Wald test that the levels of a factor differ; None where too few levels have enough patients."""
    block: Mapping[str, Any] = (results.get("subgroups") or {}).get(f"{cell}/{factor}") or {}
    return (block.get("wald_f_cr1s") or {}).get("p")


def _label(row: Mapping[str, Any]) -> str:
    patients = "" if pd.isna(row["patients"]) else f", {counted(int(row['patients']), 'patient')}"
    return f"{row['level'] or 'not given'} (n = {row['n']}{patients})"
