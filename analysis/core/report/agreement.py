"""All coefficients of agreement together, pooled, by feature and by cell; and of readers with themselves."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.report.document import Block, Paragraph, Table, table
from analysis.core.report.preferences import with_interval
from analysis.core.sections import comparison_names, feature_names
from analysis.core.wording import NOTHING, per_cent, plain

Results = Mapping[str, Any]
TOGETHER = (
    "κ, α and ICC fall where nearly every answer is the same and AC2 does not: read them together. Intervals of AC2 "
    "and ICC "
    "are analytic and take image sets as independent."
)


def agreement_blocks(results: Results, arm_names: Mapping[str, str]) -> Iterator[Block]:
    agreement = results["agreement"]
    if agreement and agreement.get("per_feature"):
        yield _pooled(results)
        yield _by_feature(results)
        yield _by_cell(results, arm_names)
        yield _spearman_by_cell(agreement)
    else:
        yield Paragraph("One reader: there is no agreement between readers to tell of.")
    if results["intra_reader"]:
        yield _within_readers(results["intra_reader"])


def _coefficients(block: Mapping[str, Any] | None) -> dict[str, str]:
    block = block or {}
    ac2, icc = block.get("gwet_ac2_quadratic") or {}, block.get("icc") or {}
    return {
        "n": str(block.get("n_units", NOTHING)),
        "κ, quadratic": plain(block.get("light_kappa_quadratic"), 2),
        "κ, linear": plain(block.get("light_kappa_linear"), 2),
        "α, ordinal": plain((block.get("krippendorff_ordinal") or {}).get("alpha"), 2),
        "AC2": with_interval(ac2.get("coef"), ac2.get("ci"), 2),
        "ICC(2,1)": with_interval(icc.get("icc21"), icc.get("icc21_ci"), 2),
        "Kendall's W": plain((block.get("kendall_w") or {}).get("W"), 2),
        "All alike %": per_cent(block.get("pct_all_readers_exact")),
    }


def _by_feature(results: Results) -> Table:
    labels = feature_names(results["meta"]["plan"])
    blocks = results["agreement"]["per_feature"]
    rows = [{"Feature": label, **_coefficients(blocks.get(feature))} for feature, label in labels.items()]
    return table("Agreement within features", "Between readers, all comparisons together.", rows, note=TOGETHER)


def _by_cell(results: Results, arm_names: Mapping[str, str]) -> Table:
    plan, blocks = results["meta"]["plan"], results["agreement"].get("per_cell") or {}
    rows = [
        {"Comparison": name, "Feature": label, **_coefficients(blocks.get(f"{comparison}/{feature}"))}
        for comparison, name in comparison_names(plan, arm_names).items()
        for feature, label in feature_names(plan).items()
    ]
    return table("Agreement within features and comparisons", "", rows, note=TOGETHER)


def _pooled(results: Results) -> Table:
    """As published, with what pooling alone gives beside it."""
    pairs, boot = results["agreement"]["T3A_pooled"]["pairwise"], results["bootstrap"] or {}
    rows = [
        {
            "Readers": name.replace("-", " and "),
            "n": pair["n"],
            "Spearman's ρ": with_interval(pair["spearman"]["rho"], _of_pair(boot.get("T3A_spearman"), name), 3),
            "ρ, image sets permuted": plain((pair.get("permutation_baseline") or {}).get("rho"), 3),
            "κ, quadratic": with_interval(pair["kappa_quadratic"], _of_pair(boot.get("T3A_kappa_quadratic"), name), 3),
            "Same answer %": per_cent(pair["pct_exact"]),
            "Within 1 point %": per_cent(pair["pct_within1"]),
        }
        for name, pair in pairs.items()
    ]
    return table(
        "Agreement pooled over features and comparisons",
        "As published. Features differ in their means, so that ρ is above 0 without any agreement about cases: the "
        "permuted "
        "column shows how far. In brackets percentile intervals from resampling patients.",
        rows,
    )


def _of_pair(block: Mapping[str, Any] | None, name: str) -> Any:
    if not block or name not in block.get("pairs", []):
        return None
    limits = block["ci"]
    place = block["pairs"].index(name)
    return limits[place] if limits and isinstance(limits[0], list | tuple) else limits


def _spearman_by_cell(agreement: Mapping[str, Any]) -> Table:
    rows = [
        {
            "Readers": name.replace("-", " and "),
            "Mean ρ of cells": plain(block["mean"], 3),
            "Defined in": f"{block['defined']} of {block['of']}",
            "Mean ρ of features": plain(agreement["T3B_mean_over_features"][name]["mean"], 3),
            "ρ of the features' mean": plain((agreement["T3C_feature_means"].get(name) or {}).get("rho"), 3),
        }
        for name, block in agreement["T3B_mean_over_cells"].items()
    ]
    return table("Spearman's ρ computed otherwise", "Within cells and features, where pooling does not raise it.", rows)


def _within_readers(repeats: Mapping[str, Any]) -> Table:
    rows = [
        {
            "Reader": "All" if reader == "all" else reader,
            "n": block["n"],
            "Sides swapped": block["n_swapped"],
            "κ, quadratic": plain(block["kappa_quadratic"], 2),
            "AC2": plain((block["gwet_ac2_quadratic"] or {}).get("coef"), 2),
            "ICC(2,1)": plain((block["icc"] or {}).get("icc21"), 2),
            "Same answer %": per_cent(block["pct_exact"]),
            "Second − first": plain(block["mean_diff"], 2),
            "Reversed %": per_cent(block["reversal"]),
        }
        for reader, block in repeats.items()
        if block
    ]
    return table("Readers with themselves", "Hidden repeats, sides drawn afresh.", rows)
