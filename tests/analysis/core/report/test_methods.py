"""The methods paragraph: each sentence holds for this study, and one that does not apply is not there."""

from analysis.core.plan import POST_HOC, SENSITIVITY
from analysis.core.report.about import About, program_version
from analysis.core.report.document import Paragraph
from analysis.core.report.methods import TESTS, methods_blocks
from analysis.core.section_tables.table import PrintedTable


def paragraph(results, **about):
    blocks = methods_blocks(results, About(title="T", **about))
    return " ".join(block.text for block in blocks if isinstance(block, Paragraph))


class TestMethods:
    def test_it_names_plan_family_level_bootstrap_and_seed(self, results):
        text = paragraph(results)

        assert f"(SHA-256 {results['meta']['plan_sha256'][:8]})" in text
        assert "family of 2 hypotheses (features of the primary comparison) at α = 0.05" in text
        assert "(99 replicates, seed 20211130; numpy's default_rng)" in text
        assert "patients (6) as clusters" in text
        assert "2 of 24 scores (8.3 %) were missing (skipped 2) and were not imputed." in text
        assert f"Python {results['meta']['python']}, numpy {results['meta']['packages']['numpy']}" in text

    def test_what_was_not_done_is_not_told(self, results, results_of):
        assert "sets no margin" in paragraph(results)
        assert "hidden repeats" not in paragraph(results)
        without = paragraph(results_of(bootstrap=0, sensitivity=[], ni_margin=0.2))
        assert "resampling" not in without
        assert "Sensitivity" not in without
        assert "judged by the margin 0.2 (points)" in without

    def test_the_whole_protocol_can_be_the_family(self, results_of):
        assert "(features of all comparisons)" in paragraph(results_of(family="all"))

    def test_a_plan_made_after_the_seal_is_called_post_hoc(self, results_of):
        label = {"version": 3, "made_by": "s", "made_at": "2026-11-02", "reason": "r", "sealed_plan_sha256": "0" * 64}

        assert "follows version 3 of the plan" in paragraph(results_of(**{POST_HOC: label}))

    def test_what_only_the_study_knows_is_told_where_it_is_known(self, results):
        text = paragraph(results, randomisation="Sides were drawn.", plan_fixed="It was sealed.", program="Program 1")

        assert "Sides were drawn." in text
        assert "It was sealed." in text
        assert "Computed with Program 1, Python" in text


class TestTests:
    def test_every_test_that_a_plan_can_name_is_described(self):
        assert set(TESTS) >= set(SENSITIVITY)

    def test_only_those_of_the_plan_are_listed(self, results_of):
        blocks = methods_blocks(results_of(sensitivity=["sign_test"]), About(title="T"))
        listed = next(block for block in blocks if isinstance(block, PrintedTable))

        assert [str(row[1]) for row in listed.groups[0].rows] == ["primary", "as published", "sensitivity"]


class TestProgramVersion:
    def test_it_is_that_of_the_project(self):
        assert program_version().startswith("Reader study 0.")
