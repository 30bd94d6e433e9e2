"""The document: what belongs in it is there once, and the order of a database's keys changes nothing."""

import json

import pytest

from analysis.core.plan import POST_HOC
from analysis.core.report.about import About
from analysis.core.report.build import build_report, in_order, laid_out_tables
from analysis.core.report.document import Figure
from analysis.core.report.html import to_html
from analysis.core.section_tables.collection import Stored, section_tables
from analysis.core.section_tables.table import PrintedTable
from analysis.core.sections import SECTIONS


def blocks_of(document, code, kind):
    section = next(one for one in document.sections if one.code == code)
    return [block for block in section.blocks if isinstance(block, kind)]


class TestBuildReport:
    def test_every_section_of_the_results_that_was_computed_is_a_chapter(self, report_of, results):
        codes = [section.code for section in report_of(results).sections]

        assert codes[:3] == ["summary", "methods", "deviations"]
        assert codes[-1] == "provenance"
        computed = {section.code for section in SECTIONS if results.get(section.needs)}
        assert computed - set(codes) == {"transitivity"}  # one comparison has nothing to contradict
        assert "consistency" not in codes  # nothing was asked about it

    def test_every_figure_is_shown_once(self, report_of, results, figures):
        document = report_of(results, figures)
        shown = [block.name for section in document.sections for block in section.blocks if isinstance(block, Figure)]

        assert sorted(shown) == sorted(figure.name for figure in figures)
        assert {"win_tie_loss", "mean_preference", "agreement", "position_bias"} <= set(shown)

    @pytest.mark.parametrize("code", ["preferences", "paper", "agreement", "conduct"])
    def test_its_tables_are_those_of_the_results_page(self, report_of, results, code):
        shown = section_tables(Stored(results, (), {}), code, "SOC_FAST")

        assert blocks_of(report_of(results), code, PrintedTable) == [table for table in shown if table.has_rows]

    def test_the_levels_of_every_comparison_are_in_the_appendix(self, report_of, results):
        (levels,) = blocks_of(report_of(results), "levels", PrintedTable)

        assert levels.title == "Every level, SOC vs FAST"

    def test_names_in_another_order_give_the_same_report(self, report_of, results):
        turned = json.loads(json.dumps(results), object_pairs_hook=lambda pairs: dict(reversed(pairs)))

        assert list(turned) != list(results)
        assert to_html(report_of(in_order(turned))) == to_html(report_of(results))

    def test_without_figures_and_with_no_more_than_a_title_it_is_still_whole(self, results):
        document = build_report(results, About(title="Bare"), [])

        assert document.running == f"Bare · data {results['meta']['sha256'][:12]}…"
        assert all(section.blocks for section in document.sections)

    def test_the_foot_of_a_page_tells_the_lock(self, report_of, results):
        assert report_of(results, lock="locked 2026-11-01").running == "A small study · locked 2026-11-01"

    def test_a_post_hoc_report_says_so_on_every_page(self, results_of, report_of):
        label = {"version": 2, "made_by": "stat", "made_at": "2026-11-02", "reason": "too few",
                 "sealed_plan_sha256": "0" * 64}  # fmt: skip
        document = report_of(results_of(**{POST_HOC: label}))

        assert document.subtitle.endswith("post hoc")
        assert "post hoc, plan version 2" in document.running


class TestLaidOutTables:
    def test_findings_are_told_without_a_study_too(self, results):
        nothing = {"x": 0, "n": 6, "p": 0.0, "cp": [0.0, 0.459], "upper95_one_sided": 0.393}
        asked = {"patients_any": nothing, "presentations_any": nothing, "by_arm": {}, "by_item": {"loss": nothing}}

        assert laid_out_tables(results) == ()
        (told,) = laid_out_tables({**results, "consistency": asked})
        assert [row[0] for row in told["rows"]] == ["Patients, any finding", "Readings, any finding", "loss"]
