"""How the reading went: sides, drift, time and straight-lining, reader by reader."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.report.document import Block, Table, table
from analysis.core.wording import NOTHING, format_p, per_cent, plain

Results = Mapping[str, Any]


def conduct_blocks(results: Results, arm_names: Mapping[str, str]) -> Iterator[Block]:
    yield _sides(results["position_bias"] or {})
    yield _balance(results["allocation_balance"] or {}, arm_names, results["meta"]["plan"])
    yield _drift(results["drift"] or {})
    yield _time(results["time"] or {})
    yield _straight_lining(results["straight_lining"] or {})


def _flag(block: Mapping[str, Any]) -> str:
    return "look at" if block.get("flag") else "no"


def _sides(biases: Mapping[str, Any]) -> Table:
    rows = [
        {
            "Reader": "All readers" if reader == "all" else reader,
            "Bias, points": plain(bias.get("bias_points"), 3),
            "SE": plain(bias.get("se_cr1s"), 3),
            "P": format_p(bias.get("p_cr1s")),
            "Left preferred": bias.get("n_left_preferred", NOTHING),
            "Right preferred": bias.get("n_right_preferred", NOTHING),
            "P, binomial": format_p(bias.get("p_binom")),
            "Flagged": _flag(bias),
        }
        for reader, bias in biases.items()
        if bias
    ]
    caption = (
        "Preference for a side whatever arm stood there (positive: right), standard errors by patient (CR1S). Flagged: "
        "P < 0.01 and at least 0.10 points."
    )
    return table("Position bias", caption, rows, columns=("Reader", "Bias, points", "SE", "P"))


def _balance(balance: Mapping[str, Any], arm_names: Mapping[str, str], plan: Mapping[str, Any]) -> Table:
    arms = {item["id"]: arm_names.get(item["arm_a"], item["arm_a"]) for item in plan["comparisons"]}
    rows = []
    for name, block in balance.items():
        reader, _, comparison = name.partition("/")
        rows.append(
            {
                "Reader": reader,
                "Comparison": comparison,
                "First-named arm": arms.get(comparison, comparison),
                "Shown": block["n"],
                "On the left": block["a_left"],
                "P, binomial": format_p(block["p_binom"]),
            }
        )
    return table("Balance of the allocation", "How often the first-named arm stood on the left.", rows)


def _drift(drift: Mapping[str, Any]) -> Table:
    measures = {"abs_preference": "Strength", "log_duration": "Time", "raw_mean": "Side"}
    rows = []
    for reader, block in drift.items():
        row: dict[str, Any] = {"Reader": reader}
        for key, word in measures.items():
            at = block.get(key) or {}
            row |= {f"{word}, τ": plain(at.get("tau"), 3), f"{word}, P": format_p(at.get("p"))}
        rows.append(row | {"Flagged": _flag(block)})
    caption = (
        "Kendall's τ of the order of reading with the strength of preferences, the time taken and the mean towards "
        "the right "
        "side. Flagged: |τ| at least 0.2 and P < 0.01."
    )
    return table("Drift", caption, rows)


def _time(times: Mapping[str, Any]) -> Table:
    rows = [
        {
            "Reader": reader,
            "n": time["n"],
            "Median, s": plain(time["median_s"], 1),
            "Quartiles, s": f"{plain(time['q1'], 1)} to {plain(time['q3'], 1)}",
            "Under 3 s": time["n_fast_3s"],
            "Outliers": time["n_outlier_3.5"],
            "Flagged": _flag(time),
        }
        for reader, time in times.items()
        if time
    ]
    caption = (
        "Active seconds a pair. Outliers: more than 3.5 robust standard deviations on the log scale. No score "
        "was dropped."
    )
    return table("Time of reading", caption, rows)


def _straight_lining(lines: Mapping[str, Any]) -> Table:
    rows = [
        {
            "Reader": reader,
            "Presentations": block["n_presentations"],
            "All alike %": per_cent(block["prop_same"]),
            "Alike, not the middle %": per_cent(block["prop_same_non3"]),
            "Middle of the scale %": per_cent(block["prop_mid"]),
            "Longest run": block["longest_identical_run"],
            "Longest run, not the middle": block["longest_identical_run_non3"],
            "Flagged": _flag(block),
        }
        for reader, block in lines.items()
        if block
    ]
    caption = (
        "Presentations whose features all have one score. All in the middle is a legitimate answer; nobody is excluded."
    )
    return table("Straight-lining", caption, rows)
