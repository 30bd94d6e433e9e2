"""Deviations: what the results tell by themselves, and what the study adds."""

from analysis.core.plan import POST_HOC
from analysis.core.report.about import About
from analysis.core.report.build import in_order
from analysis.core.report.deviations import NONE, deviation_blocks, deviations
from analysis.core.report.document import Bullets, Paragraph
from analysis.core.results import analyse

ABOUT = About(title="T")


class TestDeviations:
    def test_missing_answers_are_told_with_their_reason(self, results):
        assert list(deviations(results, ABOUT)) == [
            "Missing answers, SOC vs FAST: 2 of 24 (skipped 2). They were not imputed."
        ]

    def test_fewer_replicates_than_planned_are_told(self, score_rows, small_study):
        scores, allocation = small_study(score_rows([1, 0, 1]))

        def told(replicates):
            results = analyse(
                scores, allocation, comparisons={"SOC_FAST": ("SOC", "FAST")}, seed=1, replicates=replicates
            )
            return list(deviations(in_order(results), ABOUT))

        assert told(0) == ["The plan names 4,999 bootstrap replicates; no intervals were resampled."]
        assert told(50) == ["The plan names 4,999 bootstrap replicates; 50 were used."]
        assert told(None) == []

    def test_presentations_without_scores_are_counted(self, results):
        meta = results["meta"] | {"n_presentations_without_scores": 7}

        assert "Presentations that were allocated and have no row of scores: 7." in [
            *deviations(results | {"meta": meta}, ABOUT)
        ]


class TestDeviationBlocks:
    def test_what_the_study_tells_comes_first(self, results):
        (block,) = deviation_blocks(results, About(title="T", deviations=("One reading was voided.",)))

        assert isinstance(block, Bullets)
        assert block.items[0] == "One reading was voided."

    def test_none_is_said_in_words(self, score_rows, small_study):
        results = analyse(*small_study(score_rows([1, 0])), comparisons={"SOC_FAST": ("SOC", "FAST")}, seed=1)

        assert list(deviation_blocks(in_order(results), ABOUT)) == [Paragraph(NONE)]

    def test_a_post_hoc_plan_is_a_warning_with_the_hash_of_the_sealed_one(self, results_of):
        label = {"version": 2, "made_by": "stat", "made_at": "2026-11-02T10:00:00+00:00", "reason": "a stricter level.",
                 "sealed_plan_sha256": "ab" * 32}  # fmt: skip
        warning = next(iter(deviation_blocks(results_of(**{POST_HOC: label}), ABOUT)))

        assert warning.kind == "warning"
        assert "version 2" in warning.text
        assert "stat on 2026-11-02T10:00:00+00:00, after the seal: a stricter level. " in warning.text
        assert "ab" * 32 in warning.text
