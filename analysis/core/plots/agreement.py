"""All coefficients of agreement of each feature together."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.core.bootstrap_agreement import WITHIN_FEATURES
from analysis.core.plots.drawing import COLOURS, MARKERS, Plot, draw, ends, label_rows
from analysis.core.section_tables.table import within
from analysis.core.sections import feature_names

ICC = "ICC(2,1)"
COEFFICIENTS = {
    "Light's κ, quadratic weights": ("light_kappa_quadratic",),
    "Krippendorff's α, ordinal": ("krippendorff_ordinal", "alpha"),
    "Gwet's AC2, quadratic weights": ("gwet_ac2_quadratic", "coef"),
    ICC: ("icc", "icc21"),
    "Kendall's W": ("kendall_w", "W"),
}


def coefficient(block: Mapping[str, Any] | None, path: tuple[str, ...]) -> float | None:
    """The number at `path` of a block of agreement; None where a part of the way is not there."""
    value: Any = block
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return None if value is None else float(value)


def _interval(results: Mapping[str, Any], feature: str, name: str) -> Any:
    if name == ICC:
        return within(results, "agreement", "per_feature", feature, "icc", "icc21_ci")
    return within(results, "bootstrap", WITHIN_FEATURES, feature, f"{COEFFICIENTS[name][0]}_ci")


def coefficients(results: Mapping[str, Any]) -> Plot | None:
    """One row a feature; None where agreement by feature was not computed."""
    by_feature = (results.get("agreement") or {}).get("per_feature")
    if not by_feature:
        return None
    names = feature_names(results["meta"]["plan"])
    data = pd.DataFrame(
        {
            "feature": label,
            "coefficient": name,
            "value": coefficient(by_feature.get(feature), path),
            **ends(_interval(results, feature, name)),
        }
        for feature, label in names.items()
        for name, path in COEFFICIENTS.items()
    )

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0, color="#7A8794", linewidth=0.8)
        places = {label: y for y, label in enumerate(names.values())}
        for index, (name, rows) in enumerate(data.groupby("coefficient", sort=False)):
            shift = 0.13 * (index - (len(COEFFICIENTS) - 1) / 2)
            y = [places[label] + shift for label in rows["feature"]]
            axes.hlines(y, rows["low"].astype(float), rows["high"].astype(float), color=COLOURS[index], linewidth=1.2)
            axes.plot(rows["value"].astype(float), y, MARKERS[index], color=COLOURS[index], label=name, markersize=5)
        label_rows(axes, list(names.values()))
        lowest = data[["value", "low"]].astype(float).min(axis=None)
        axes.set(xlabel="Coefficient (1 = perfect agreement)", xlim=(min(-0.1, lowest - 0.05), 1.02))
        axes.grid(axis="x", color="#E4E8EC")
        figure.legend(loc="outside right upper")

    return draw(
        paint,
        name="agreement",
        section="agreement",
        title="Agreement between readers within each feature",
        caption="κ, α and ICC fall where nearly every answer is the same, AC2 does not: they are to be read together. "
        "Lines: 95 % CI, of κ, α and AC2 by bootstrap of patients where it was computed, of ICC by the F distribution.",
        data=data,
        size_in=(9.2, 0.9 + 0.5 * len(names)),
    )
