"""Interaction tests, and every level of every subgroup. Exploratory."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.report.document import Block, Table, table
from analysis.core.sections import comparison_names, feature_names
from analysis.core.wording import NOTHING, format_p, interval, plain

Results = Mapping[str, Any]


def interaction_blocks(results: Results, arm_names: Mapping[str, str]) -> Iterator[Block]:
    yield by_reader(results, arm_names)
    yield interactions(results, arm_names)


def by_reader(results: Results, arm_names: Mapping[str, str]) -> Table:
    """Mean preference of each reader."""
    plan = results["meta"]["plan"]
    middle = (plan["scale_points"] + 1) / 2
    rows = []
    for comparison, name in comparison_names(plan, arm_names).items():
        for feature, label in feature_names(plan).items():
            own = results["cells"][comparison][feature]["by_reader"] or {}
            means = {reader: _mean(own.get(reader) or {}, middle) for reader in results["meta"]["readers"]}
            rows.append({"Comparison": name, "Feature": label, **means})
    caption = (
        "Mean preference in points, 0 = no difference, positive = the first-named arm; in brackets P of the "
        "exact test by patient."
    )
    return table("Reader by reader", caption, rows)


def _mean(own: Mapping[str, Any], middle: float) -> str:
    mean = own.get("mean_pref")
    return NOTHING if mean is None else f"{plain(mean - middle, 2)} ({format_p(own.get('rgl_p_exact_flip'))})"


def interactions(results: Results, arm_names: Mapping[str, str]) -> Table:
    adjusted = (results["subgroup_interactions"] or {}).get("bh") or {}
    rows = []
    for name, (comparison, feature, factor) in _named(results, arm_names):
        block = results["subgroups"][name]
        test, kruskal = block.get("wald_f_cr1s") or {}, block.get("kruskal_patient_means") or {}
        rows.append(
            {
                "Comparison": comparison,
                "Feature": feature,
                "Factor": factor,
                "Levels": f"{len(block.get('levels_tested') or [])} of {len(block['levels'])}",
                "F": plain(test.get("F"), 2),
                "df": f"{test['df1']}, {test['df2']}" if test.get("F") is not None else NOTHING,
                "P": format_p(test.get("p")),
                "P, BH": format_p(adjusted.get(name)),
                "P, Kruskal-Wallis": format_p(kruskal.get("p")),
            }
        )
    caption = (
        "Whether levels differ: Wald's F with standard errors by patient (CR1S) among levels of at least 3 patients; "
        "corrected "
        "by Benjamini and Hochberg over all interaction tests. Kruskal-Wallis test of patients' means where the "
        "factor is one "
        "of patients. A level that is significant beside one that is not shows no difference between them."
    )
    return table("Interaction tests", caption, rows, columns=("Comparison", "Feature", "Factor", "P"))


def levels_blocks(results: Results, arm_names: Mapping[str, str]) -> Iterator[Table]:
    """One table a comparison."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, (comparison, feature, factor) in _named(results, arm_names):
        block = results["subgroups"][name]
        for level, at in block["levels"].items():
            found.setdefault(comparison, []).append(
                {
                    "Feature": feature,
                    "Factor": factor,
                    "Level": level or "not given",
                    "n": at["n"],
                    "Image sets": at["n_sets"],
                    "Patients": at["n_patients"],
                    "Mean": plain(at["mean"], 2),
                    "95 % CI": interval(at["ci_cr2"], 2),
                    "Win": at["win"],
                    "Tie": at["tie"],
                    "Loss": at["loss"],
                }
            )
    for comparison, rows in found.items():
        caption = (
            "Mean preference in points with CR2 intervals by patient; levels of fewer than 3 patients are "
            "described, not tested."
        )
        yield table(f"Levels of the subgroups: {comparison}", caption, rows)


def _named(results: Results, arm_names: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """The name of each subgroup with comparison, feature and factor in words, in the order of the plan."""
    plan = results["meta"]["plan"]
    computed = results["subgroups"] or {}
    factors = sorted({name.rsplit("/", 1)[1] for name in computed})
    for comparison, shown in comparison_names(plan, arm_names).items():
        for feature, label in feature_names(plan).items():
            for factor in factors:
                if (name := f"{comparison}/{feature}/{factor}") in computed:
                    yield name, (shown, label, factor.removesuffix("_id"))
