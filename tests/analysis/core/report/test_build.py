"""The document: what belongs in it is there once, and the order of a database's keys changes nothing."""

import json

import pytest

from analysis.core.plan import POST_HOC
from analysis.core.report.about import About
from analysis.core.report.build import build_report, in_order
from analysis.core.report.document import Figure, Table
from analysis.core.report.html import to_html
from analysis.core.sections import SECTIONS


def blocks_of(document, code, kind):
    section = next(one for one in document.sections if one.code == code)
    return [block for block in section.blocks if isinstance(block, kind)]


class TestBuildReport:
    def test_every_section_of_the_results_that_was_computed_is_a_chapter(self, report_of, results):
        codes = [section.code for section in report_of(results).sections]

        assert codes[:3] == ["summary", "methods", "deviations"]
        assert codes[-1] == "provenance"
        assert set(codes) >= {section.code for section in SECTIONS if results.get(section.needs)}
        assert "consistency" not in codes  # nothing was asked about it

    def test_every_figure_is_shown_once(self, report_of, results, figures):
        document = report_of(results, figures)
        shown = [block.name for section in document.sections for block in section.blocks if isinstance(block, Figure)]

        assert sorted(shown) == sorted(figure.name for figure in figures)
        assert {"win_tie_loss", "mean_preference", "agreement", "position_bias"} <= set(shown)

    def test_the_tables_of_the_paper_are_those_that_were_laid_out(self, report_of, results):
        titles = [table.title for table in blocks_of(report_of(results), "paper", Table)]

        assert titles == ["Table 2", "Table 3"]

    def test_the_numbers_are_those_of_the_results(self, report_of, results):
        outcome = blocks_of(report_of(results), "preferences", Table)[0]
        row = dict(zip(outcome.columns, outcome.rows[0], strict=True))

        # Eleven scores of six patients, nine of them for SOC and two ties; 2 / 64 by hand, twice that by Holm.
        assert row["Win %"].startswith("81.8 (")
        assert (row["n"], row["Missing"], row["P"], row["P, Holm of 2"]) == ("11", "1", "0.0312", "0.0625")
        assert row["Mean, points"].startswith("1.00 (")

    def test_names_in_another_order_give_the_same_report(self, report_of, results):
        turned = json.loads(json.dumps(results), object_pairs_hook=lambda pairs: dict(reversed(pairs)))

        assert list(turned) != list(results)
        assert to_html(report_of(in_order(turned))) == to_html(report_of(results))

    def test_without_figures_and_with_no_more_than_a_title_it_is_still_whole(self, results):
        document = build_report(results, About(title="Bare"), [])

        assert document.running == f"Bare · data {results['meta']['sha256'][:12]}…"
        assert all(section.blocks for section in document.sections)
        assert "paper" not in {section.code for section in document.sections}

    def test_the_foot_of_a_page_tells_the_lock(self, report_of, results):
        assert report_of(results, lock="locked 2026-11-01").running == "A small study · locked 2026-11-01"

    def test_a_post_hoc_report_says_so_on_every_page(self, results_of, report_of):
        label = {"version": 2, "made_by": "stat", "made_at": "2026-11-02", "reason": "too few",
                 "sealed_plan_sha256": "0" * 64}  # fmt: skip
        document = report_of(results_of(**{POST_HOC: label}))

        assert document.subtitle.endswith("post hoc")
        assert "post hoc, plan version 2" in document.running

    @pytest.mark.parametrize("margin", ["ni_margin", "net_benefit_margin"])
    def test_equivalence_is_spoken_of_only_with_a_margin_of_the_plan(self, report_of, results, results_of, margin):
        def titles(of):
            return [table.title for table in blocks_of(report_of(of), "preferences", Table)]

        assert not [title for title in titles(results) if "equivalence" in title]
        assert [title for title in titles(results_of(**{margin: 0.5})) if "equivalence" in title]
