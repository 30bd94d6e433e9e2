"""Findings of inconsistency with exact upper limits, and whether they came with one arm rather than another."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.integrity_tables import consistency_table
from analysis.core.report.about import About
from analysis.core.report.document import Block, Paragraph, Table, table
from analysis.core.sections import comparison_names
from analysis.core.wording import format_p, p_words, plain


def consistency_blocks(results: Mapping[str, Any], about: About) -> Iterator[Block]:
    consistency = results["consistency"]
    if not consistency:
        yield Paragraph("Readers were asked nothing about consistency.")
        return
    known = [item for item in about.item_labels if item in consistency["by_item"]]
    labels = {item: about.item_labels.get(item, item) for item in dict.fromkeys([*known, *consistency["by_item"]])}
    yield _shares(consistency, labels, about.arm_names)
    yield _mcnemar(consistency.get("mcnemar") or {}, comparison_names(results["meta"]["plan"], about.arm_names))
    q = consistency.get("cochran_q") or {}
    if q.get("Q") is not None:
        yield Paragraph(
            f"Cochran's Q over {q['n_blocks']} blocks of reader and image set: Q = {plain(q['Q'], 2)}, {q['df']} "
            "degrees of "
            f"freedom, {p_words(q['p'])}. It takes blocks as independent."
        )


def _shares(consistency: Mapping[str, Any], labels: Mapping[str, str], arm_names: Mapping[str, str]) -> Table:
    named = {**consistency, "by_arm": {arm_names.get(arm, arm): at for arm, at in consistency["by_arm"].items()}}
    frame = consistency_table(named, labels)
    frame.columns = ["What", *frame.columns[1:]]
    caption = (
        "Apparent loss, corruption, alteration, creation or exaggeration. The patient is the unit to go by: none "
        "seen among n "
        "patients still allows what stands under the upper limit."
    )
    return table("Findings of inconsistency", caption, frame.to_dict("records"))


def _mcnemar(tests: Mapping[str, Any], names: Mapping[str, str]) -> Table:
    rows = [
        {
            "Comparison": name,
            "Both": test["both"],
            "First-named only": test["a_only"],
            "Second only": test["b_only"],
            "Neither": test["neither"],
            "P, exact": format_p(test["p_exact"]),
        }
        for comparison, name in names.items()
        if (test := tests.get(comparison))
    ]
    caption = (
        "Readings in which a side was flagged, by arm. P: McNemar's exact test, which takes readings as independent."
    )
    return table("Findings by arm within readings", caption, rows)
