"""The results in the layout of the paper's tables, as pandas frames whose cells are ready to print.

Full precision is in the results themselves; nothing is computed from what stands here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.core.families import family_of, is_own
from analysis.core.metric_names import KINDS, parse_metric
from analysis.core.plan import AS_PUBLISHED, PRIMARY_METHOD
from analysis.core.scan_times import table1
from analysis.core.wording import NOTHING, format_p, interval, mean_sd, notes, per_cent, plain

__all__ = ["flat", "image_metrics_table", "participants_line", "table1", "table2", "table3", "table4"]

Results = Mapping[str, Any]

_SEXES = (("F", "female"), ("M", "male"), ("O", "other"))
_ORDER = list(KINDS)
PAPER_KINDS = ("ssim", "l1")
_ARM_NAMES = {"soc": "SOC", "socdl": "SOC-DL", "fast": "FAST", "fastdl": "FAST-DL"}


def participants_line(participants: Sequence[Mapping[str, Any]]) -> str:
    """
    "61 participants (45.5 ± 17.1 years old; 28 female, 33 male)".

    Each participant has `sex` (F, M, O or empty) and `age_years` (None where unknown, capped at 90).
    """
    if not participants:
        return "No participants."
    ages = pd.Series([p["age_years"] for p in participants if p["age_years"] is not None], dtype=float)
    sexes = [p["sex"] for p in participants]
    counts = [f"{sexes.count(code)} {word}" for code, word in _SEXES if code in sexes]
    unknown = sum(sex not in dict(_SEXES) for sex in sexes)
    counts += [f"{unknown} of unknown sex"] if unknown else []
    age = _age(ages, len(participants))
    plural = "" if len(participants) == 1 else "s"
    return f"{len(participants)} participant{plural} ({age}; {', '.join(counts)})"


def _age(ages: pd.Series, n: int) -> str:
    if ages.empty:
        return "age unknown"
    known = "" if len(ages) == n else f", known for {len(ages)}"
    return f"{mean_sd(ages.mean(), ages.std(ddof=1) if len(ages) > 1 else None, 1)} years old{known}"


def table2(results: Results) -> pd.DataFrame:
    """
    Preferences per feature and comparison.

    Rows are features; columns are (comparison, quantity). Above the middle of the scale readers preferred the
    first-named arm. "P, as published" takes readings as independent; "P, primary" is the exact test by patient.
    """
    plan = results["meta"]["plan"]
    columns = {f"{item['arm_a']} vs {item['arm_b']}": _comparison(results, item["id"]) for item in plan["comparisons"]}
    table = pd.concat(columns, axis=1)
    table.index = pd.Index([item["label"] for item in plan["features"]], name="Feature")
    return table


def _comparison(results: Results, comparison: str) -> pd.DataFrame:
    features = [item["id"] for item in results["meta"]["plan"]["features"]]
    return pd.DataFrame([_cell(results, comparison, feature) for feature in features])


def _cell(results: Results, comparison: str, feature: str) -> dict[str, str | int]:
    cell, name = results["cells"][comparison][feature], f"{comparison}/{feature}"
    plan = results["meta"]["plan"]
    family = family_of(plan, comparison, feature)
    # One heading for the whole column, also where some of its features are not in the family of the others.
    corrected = "adjusted" if is_own(plan) else f"Holm of {family.size}"
    as_published, primary = results["multiplicity"][AS_PUBLISHED], results["multiplicity"][PRIMARY_METHOD]
    middle = (plan["scale_points"] + 1) // 2
    shares = cell["effects"] or {outcome: {"p": None} for outcome in ("win", "tie", "loss")}
    ci = cell["mean_cluster"] and cell["mean_cluster"]["ci_cr2"]
    return {
        "Mean ± SD": mean_sd(cell["mean_pref"], cell["sd_pref"], 1),
        "P, as published": format_p(as_published["p"][name]),
        "Mean": plain(cell["mean_pref"], 2),
        "95 % CI, by patient": interval(ci, 2, shift=middle),
        "P, primary": format_p(primary["p"][name]),
        f"P, primary, {corrected}": format_p(primary[family.key][name]),
        "n": cell["n_obs"],
        "Missing": cell["n_missing"],
        "Win %": per_cent(shares["win"]["p"]),
        "Tie %": per_cent(shares["tie"]["p"]),
        "Loss %": per_cent(shares["loss"]["p"]),
        "Notes": notes(cell["status"], cell["flags"]),
    }


def table3(results: Results) -> pd.DataFrame:
    """Spearman's rho of each two readers over all cells stacked, with what remains without agreement on cases."""
    pairs = results["agreement"]["T3A_pooled"]["pairwise"]
    table = pd.DataFrame({name.replace("-", " vs "): _reader_pair(pair) for name, pair in pairs.items()})
    table.index.name = "Spearman"
    return table


def _reader_pair(pair: Mapping[str, Any]) -> dict[str, str | int]:
    rho = pair["spearman"]
    return {
        "Rho": plain(rho["rho"], 3),
        "95 % CI (Bonett-Wright)": interval(rho.get("ci_bonett_wright"), 3),
        "P": format_p(rho.get("p_t")),
        "n": pair["n"],
        "Rho with image sets permuted within cells": plain(pair["permutation_baseline"]["rho"], 3),
    }


def table4(image_metrics: Mapping[str, Any]) -> pd.DataFrame:
    """SSIM as the paper's table, L1 as its text, and the test of whether enhancement brings FAST nearer to SOC."""
    rows = [_metric(name, image_metrics) for name in _measured(image_metrics, PAPER_KINDS)]
    if "p_R_default_cc" in image_metrics:
        rows.append(_l1_row(image_metrics))
    return pd.DataFrame(rows, columns=["Measure", "Series", "Mean ± SD", "n", "95 % CI, by patient", "P"])


def image_metrics_table(image_metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Every measure of every series and of every two series."""
    rows = [_metric(name, image_metrics) for name in _measured(image_metrics, _ORDER)]
    return pd.DataFrame(rows, columns=["Measure", "Series", "Mean ± SD", "n"])


def _measured(image_metrics: Mapping[str, Any], kinds: Sequence[str]) -> list[str]:
    """The names of the measures of these kinds: by kind, then by arm, SOC vs SOC-DL first."""
    names = [name for name in image_metrics["n_measured"] if parse_metric(name).kind in kinds]
    return sorted(names, key=lambda name: (_ORDER.index(parse_metric(name).kind), _arm_order(name)))


def _arm_order(name: str) -> list[tuple[int, str]]:
    order = list(_ARM_NAMES)
    return [(order.index(arm) if arm in order else len(order), arm) for arm in parse_metric(name).arms]


def _metric(name: str, image_metrics: Mapping[str, Any]) -> dict[str, str | int]:
    metric, spread = parse_metric(name), image_metrics[name]
    series = " vs ".join(_ARM_NAMES.get(arm, arm) for arm in metric.arms)
    printed = mean_sd(spread[0], spread[1], metric.decimals)
    nothing = {"95 % CI, by patient": NOTHING, "P": NOTHING}
    n = image_metrics["n_measured"][name]
    return {"Measure": metric.label, "Series": series, "Mean ± SD": printed, "n": n, **nothing}


def _l1_row(image_metrics: Mapping[str, Any]) -> dict[str, str | int]:
    return {
        "Measure": "Difference of L1",
        "Series": "SOC vs FAST minus SOC vs FAST-DL",
        "Mean ± SD": plain(image_metrics["mean_diff"], 2),
        "n": image_metrics["cluster_mean"]["n"],
        "95 % CI, by patient": interval(image_metrics["cluster_mean"]["ci_cr2"], 2),
        "P": format_p(image_metrics["p_R_default_cc"]),
    }


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """The table for a file: the index as first columns, "comparison: quantity" as names, empty for nothing."""
    named = table.reset_index() if table.index.name else table
    named.columns = pd.Index([": ".join(part for part in _parts(column) if part) for column in named.columns])
    return named.replace(NOTHING, "")


def _parts(column: object) -> tuple[str, ...]:
    return tuple(map(str, column)) if isinstance(column, tuple) else (str(column),)
