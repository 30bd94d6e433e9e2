"""The report of a study as a document: built once, from which HTML and PDF are written, so that they cannot differ."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from analysis.core.plan import POST_HOC
from analysis.core.report import (
    agreement,
    conduct,
    images,
    integrity,
    preferences,
    provenance,
    subgroups,
    transitivity,
    wide_tables,
)
from analysis.core.report.about import About
from analysis.core.report.deviations import deviation_blocks
from analysis.core.report.document import Block, Document, Figure, Section
from analysis.core.report.methods import methods_blocks
from analysis.core.report.summary import summary_blocks
from analysis.core.results import to_json
from analysis.core.sections import BY_CODE, SECTIONS, comparison_names, feature_names

Results = Mapping[str, Any]
SUBTITLE, DEVIATIONS = "Report of a blinded reader study", "Deviations from the plan"
# Sections whose tables and figures need sheets that lie on their long side.
WIDE = {"preferences", "paper", "agreement"}
# Printed tables that belong to another section than that of the paper.
ELSEWHERE = {"table_consistency": None, "table_diagnostic_quality": "consistency"}


def in_order(results: Results) -> dict[str, Any]:
    """The same results with sorted names: a database that keeps no order gives the same report and figures."""
    ordered: dict[str, Any] = json.loads(to_json(results))
    return ordered


def build_report(results: Results, about: About, figures: Iterable[Figure]) -> Document:
    """
    The whole report.

    Parameters
    ----------
    results
        As `in_order` returns them.
    figures
        In the order of `all_plots`, each with the code of its section.

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
            *_appendix(results, about, by_section),
            Section(
                "provenance", "Where the numbers come from", "", tuple(provenance.provenance_blocks(results, about))
            ),
        ),
    )


def running_line(results: Results, about: About) -> str:
    version = (results["meta"]["plan"].get(POST_HOC) or {}).get("version")
    post_hoc = f"post hoc, plan version {version}" if version else ""
    lock = about.lock or f"data {results['meta']['sha256'][:12]}…"
    return " · ".join(part for part in (about.title, post_hoc, lock) if part)


def _chapters(results: Results, about: About, figures: Mapping[str, list[Figure]]) -> Iterator[Section]:
    for section in SECTIONS:
        if results.get(section.needs):
            blocks = tuple(_blocks(section.code, results, about, figures[section.code]))
            if blocks:
                yield Section(section.code, section.title, section.lead, blocks, wide=section.code in WIDE)


def _blocks(code: str, results: Results, about: About, figures: list[Figure]) -> Iterator[Block]:
    arms = about.arm_names
    if code == "preferences":
        yield from figures
        yield from preferences.preference_blocks(results, arms)
    elif code == "paper":
        yield from _printed(about, lambda name: name not in ELSEWHERE)
    elif code == "subgroups":
        yield from subgroups.interaction_blocks(results, arms)
        yield from _forests(results, figures, primary=True)
    elif code == "consistency":
        yield from integrity.consistency_blocks(results, about)
        yield from _printed(about, lambda name: ELSEWHERE.get(name) == code)
        yield from figures
    else:
        blocks = {
            "agreement": agreement.agreement_blocks,
            "conduct": conduct.conduct_blocks,
            "images": images.image_blocks,
            "transitivity": transitivity.transitivity_blocks,
        }
        yield from blocks[code](results, arms)
        yield from figures


def _printed(about: About, wanted: Any) -> Iterator[Block]:
    for laid_out in about.tables:
        if wanted(laid_out["name"]):
            yield from wide_tables.report_tables(laid_out)


def _forests(results: Results, figures: list[Figure], *, primary: bool) -> list[Figure]:
    """Those of the primary comparison, or of the others, in the order of the plan."""
    plan = results["meta"]["plan"]
    places = {
        f"forest_{comparison.lower()}_{feature}": comparison == plan["primary_comparison"]
        for comparison in comparison_names(plan, {})
        for feature in feature_names(plan)
    }
    by_name = {figure.name: figure for figure in figures}
    return [by_name[name] for name, is_primary in places.items() if name in by_name and is_primary == primary]


def _appendix(results: Results, about: About, figures: Mapping[str, list[Figure]]) -> Iterator[Section]:
    """What is looked up rather than read."""
    others = _forests(results, figures["subgroups"], primary=False)
    blocks: tuple[Block, ...] = (*subgroups.levels_blocks(results, about.arm_names), *others)
    if blocks:
        yield Section("levels", "Appendix: levels of the subgroups", BY_CODE["subgroups"].lead, blocks)
