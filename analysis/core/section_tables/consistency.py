"""Consistency findings with exact limits, arm against arm; diagnostic quality."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.core.section_tables.table import PrintedTable, group
from analysis.core.section_tables.view import View
from analysis.core.wording import NOTHING, format_p, interval, per_cent, plain

NOTES = {
    "table_consistency": (
        "The patient is the unit of the headline: readings of one patient are no independent chances to see a flaw. "
        "Intervals: Clopper-Pearson; the one-sided limit is what the share may be at most with 95 % confidence. None "
        "seen is not none possible: the limit is then close to 3 / n.",
        "n: patients, readings, displays or readings asked.",
    ),
    "table_diagnostic_quality": ("n: displays that were judged, all readers. Intervals take them as independent.",),
}
TITLES = {"table_consistency": "Findings of inconsistency", "table_diagnostic_quality": "Diagnostic quality"}


def tables(view: View, stored: Sequence[Mapping[str, Any]]) -> Iterator[PrintedTable]:
    """`stored`: the tables that were laid out with the results, with the words that readers saw."""
    by_name = {one["name"]: one for one in stored}
    for name in NOTES:
        if name in by_name:
            yield _stored(by_name[name])
    if view.at("consistency", "by_arm"):
        yield _by_arm(view)
        yield _arm_against_arm(view)


def _stored(one: Mapping[str, Any]) -> PrintedTable:
    return PrintedTable(
        name=one["name"],
        title=TITLES[one["name"]],
        caption=one["caption"],
        columns=tuple(one["columns"]),
        groups=(group("", one["rows"]),),
        notes=NOTES[one["name"]],
    )


def _by_arm(view: View) -> PrintedTable:
    by_arm = view.results["consistency"]["by_arm"]
    rows = (
        (
            view.arm(arm), str(at["x"]), str(at["n"]), per_cent(at["p"]),
            interval([100 * limit for limit in at["cp"]], 1),
            interval([100 * min(max(limit, 0), 1) for limit in at["cluster_ci"]], 1) if at["cluster_ci"] else NOTHING,
        )
        for arm, at in ((arm, by_arm[arm]) for arm in view.arms if arm in by_arm)
    )  # fmt: skip
    return PrintedTable(
        name="consistency_by_arm",
        title="By arm",
        caption="Displays with any finding",
        columns=("Arm", "With a finding", "Displays", "%", "95 % CI, exact, %", "95 % CI, by patient, %"),
        groups=(group("", rows),),
        notes=(
            "Exact: Clopper-Pearson. It takes displays as independent; by patient: CR2, cut at 0 and "
            "100 %, without width where no box was ticked.",
        ),
    )


def _arm_against_arm(view: View) -> PrintedTable:
    found = view.results["consistency"]["mcnemar"]
    rows = (
        (title, str(at["both"]), str(at["a_only"]), str(at["b_only"]), str(at["neither"]), format_p(at["p_exact"]))
        for name, title in view.comparisons.items()
        if (at := found.get(name))
    )
    q = view.results["consistency"].get("cochran_q") or {}
    chi = f"Q = {plain(q['Q'], 2)}, df {q['df']}, " if q.get("Q") is not None else ""
    return PrintedTable(
        name="consistency_arms",
        title="Arm against arm",
        caption="Readings with a finding in the first-named arm, the second, both or neither",
        columns=("Comparison", "Both", "First only", "Second only", "Neither", "P, exact"),
        groups=(group("", rows),),
        notes=(
            "McNemar's exact test: binomial of the findings in one arm only. All arms at once, Cochran's Q over "
            f"{q.get('n_blocks', 0)} readers × image sets: {chi}P {format_p(q.get('p'))}. Both take readings as "
            "independent.",
        ),
    )
