from analysis.core.report.about import About
from analysis.core.report.summary import findings, numbers_of_each_level, orientation, summary_blocks


class TestFindings:
    def test_nothing_found_is_no_evidence_of_equivalence(self, results):
        (said,) = findings(results, {})  # 2 / 64 twice is 0.0625

        assert said == (
            "Primary family (SOC vs FAST, 2 features, Holm's correction, α = 0.05): no difference was detected after "
            "correction, which is no evidence of equivalence."
        )

    def test_what_differs_is_told_with_its_size_and_interval(self, results_of):
        one, two, three = findings(results_of(alpha=0.1), {"FAST": "FAST-1"})

        assert one.endswith("2 of 2 differ after correction.")
        assert two.startswith("Perceived SNR, SOC vs FAST-1: mean preference 1.00 points (95 % CI 0.")
        assert "81.8 % wins, 18.2 % ties, 0.0 % losses; P = 0.0625 (Holm of 2)." in two
        assert "mean preference −1.00 points" in three


class TestSummaryBlocks:
    def test_the_participants_come_first(self, results):
        first, second, *_ = summary_blocks(results, About(title="T", participants="6 participants (age unknown; )"))

        assert first.text == "6 participants (age unknown; )."
        assert second.text == orientation(results, {})

    def test_each_level_is_counted(self, results):
        table = numbers_of_each_level(results, {})

        (row,) = table.groups[0].rows
        assert [str(cell) for cell in row] == ["SOC vs FAST", "6", "6", "2", "12", "22", "2", "skipped 2"]
