"""The report of a study as a document: built once, from which HTML and PDF are written, so that they cannot differ.

Its tables are those of the results pages.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from analysis.core.integrity_tables import consistency_table
from analysis.core.plan import POST_HOC
from analysis.core.report.about import About
from analysis.core.report.deviations import deviation_blocks
from analysis.core.report.document import Block, Document, Figure, Section, parts
from analysis.core.report.methods import methods_blocks
from analysis.core.report.provenance import provenance_blocks
from analysis.core.report.summary import summary_blocks
from analysis.core.results_json import to_json
from analysis.core.section_tables.collection import Stored, section_tables
from analysis.core.section_tables.table import PrintedTable
from analysis.core.sections import BY_CODE, SECTIONS
from analysis.core.tables import flat

Results = Mapping[str, Any]
SUBTITLE, DEVIATIONS = "Report of a blinded reader study", "Deviations from the plan"
# Sections whose tables and figures need sheets that lie on their long side.
WIDE = {"preferences", "paper", "agreement"}
LEVELS = "subgroup_levels_"  # begins the name of a table that is looked up rather than read


def in_order(results: Results) -> dict[str, Any]:
    """The same results with sorted names: a database that keeps no order gives the same report and figures."""
    ordered: dict[str, Any] = json.loads(to_json(results))
    return ordered


def laid_out_tables(results: Results) -> tuple[dict[str, Any], ...]:
    """What an analysis stores beside its results, for results that come without a study: items by their codes."""
    if not results["consistency"]:
        return ()
    items = {item: item for item in results["consistency"]["by_item"]}
    frame = flat(consistency_table(results["consistency"], items))
    return (
        {
            "name": "table_consistency",
            "title": "Consistency",
            "caption": "Apparent loss, corruption, alteration, creation or exaggeration of anatomy or pathology",
            "columns": list(frame.columns),
            "rows": frame.astype(str).to_numpy().tolist(),
        },
    )


def build_report(results: Results, about: About, figures: Iterable[Figure]) -> Document:
    """
    The whole report.

    Parameters
    ----------
    results
        As `in_order` returns them.
    figures
        In the order of `plots.collection.drawings`, each with the code of its section.

    Wrong to call before unblinding: everything here is about arms.
    """
    drawn = list(figures)
    by_section = {code: [one for one in drawn if one.section == code] for code in BY_CODE}
    return Document(
        title=about.title,
        subtitle=f"{SUBTITLE}{', post hoc' if POST_HOC in results['meta']['plan'] else ''}",
        running=running_line(results, about),
        sections=(
            Section("summary", "Summary", "", tuple(summary_blocks(results, about)), new_page=False),
            Section("methods", "Methods", "", tuple(methods_blocks(results, about))),
            Section("deviations", DEVIATIONS, "", tuple(deviation_blocks(results, about)), new_page=False),
            *_chapters(results, about, by_section),
            Section("provenance", "Where the numbers come from", "", tuple(provenance_blocks(results, about))),
        ),
    )


def running_line(results: Results, about: About) -> str:
    version = (results["meta"]["plan"].get(POST_HOC) or {}).get("version")
    post_hoc = f"post hoc, plan version {version}" if version else ""
    lock = about.lock or f"data {results['meta']['sha256'][:12]}…"
    return " · ".join(part for part in (about.title, post_hoc, lock) if part)


def _chapters(results: Results, about: About, figures: Mapping[str, list[Figure]]) -> Iterator[Section]:
    """The sections of the results, then an appendix of the subgroups of every comparison."""
    stored = Stored(results, about.tables, about.arm_names)
    primary = results["meta"]["plan"]["primary_comparison"]
    for section in SECTIONS:
        tables = [table for table in section_tables(stored, section.code, primary) if _is_read(table)]
        shown = [one for one in figures[section.code] if section.code != "subgroups" or _is_of(results, one, primary)]
        wide = section.code in WIDE
        printed = [part for table in tables for part in parts(table, wide=wide)]
        blocks: list[Block] = [*shown, *printed] if section.code == "preferences" else [*printed, *shown]
        if blocks:
            yield Section(section.code, section.title, section.lead, tuple(blocks), wide=wide)
    if levels := tuple(_levels(stored, figures["subgroups"])):
        yield Section("levels", "Appendix: subgroups of every comparison", BY_CODE["subgroups"].lead, levels)


def _is_read(table: PrintedTable) -> bool:
    return table.has_rows and not table.name.startswith(LEVELS)


def _levels(stored: Stored, figures: list[Figure]) -> Iterator[Block]:
    """The levels of each comparison, and the forests of those that the chapter did not show."""
    primary = stored.view.plan["primary_comparison"]
    for comparison in stored.view.comparisons:
        for table in section_tables(stored, "subgroups", comparison):
            if table.name.startswith(LEVELS) and table.has_rows:
                yield table
        if comparison != primary:
            yield from (one for one in figures if _is_of(stored.results, one, comparison))


def _is_of(results: Results, figure: Figure, comparison: str) -> bool:
    features = [item["id"] for item in results["meta"]["plan"]["features"]]
    return figure.name in {f"forest_{comparison.lower()}_{feature}" for feature in features}
