"""The edge cases: what is undefined is None, and the reason stands beside it."""

import pytest

from analysis.core import paired
from analysis.core.cells import analyse_cell, cell_of
from analysis.core.dataset import orient

COMPARISON = {"SOC_FAST": ("SOC", "FAST")}


@pytest.fixture
def analysed(score_rows, small_study):
    def analyse(d, **more):
        rows = orient(*small_study(score_rows(d, **more)), COMPARISON)
        return analyse_cell(cell_of(rows, middle=3), readers=["R1"], alpha=0.05)

    return analyse


class TestAnalyseCell:
    def test_without_any_score_everything_is_none(self, analysed):
        cell = analysed([None, None])

        assert cell["status"] == "no_data"
        assert (cell["n_expected"], cell["n_obs"], cell["n_missing"]) == (2, 0, 2)
        undefined = ("mean_pref", "sd_pref", "wsr", "sign_test_p", "clustered", "mean_cluster", "effects")
        assert {cell[name] for name in undefined} == {None}
        assert cell["by_reader"] == {"R1": {"n": 0}}

    def test_all_ties_mean_no_difference_at_all(self, analysed):
        cell = analysed([0] * 12)

        assert cell["status"] == "all_ties"
        assert (cell["mean_pref"], cell["sd_pref"]) == (3, 0)
        assert (cell["sign_test_p"], cell["clustered"]["p_exact_flip"]) == (1, 1)
        assert cell["mean_cluster"]["ci_cr2"] == (0, 0)
        assert "zero_variance" in cell["flags"]

    def test_a_single_score_has_no_spread(self, analysed):
        cell = analysed([1])

        assert (cell["mean_pref"], cell["sd_pref"]) == (4, None)
        assert cell["mean_cluster"]["ci_cr2"] is None
        assert "single_patient" in cell["flags"]

    @pytest.mark.parametrize(("n", "small"), [(9, True), (10, False)])
    def test_fewer_than_ten_preferences_are_flagged(self, analysed, n, small):
        assert ("small_n" in analysed([1] * n + [0] * 5)["flags"]) is small

    @pytest.mark.parametrize(("n", "hopeless"), [(5, True), (6, False)])
    def test_five_informative_patients_cannot_reach_significance(self, analysed, n, hopeless):
        cell = analysed([1] * n + [0] * 9)

        assert cell["clustered"]["p_exact_flip"] == 2.0 ** (1 - n)
        assert ("cannot_reach_significance" in cell["flags"]) is hopeless

    def test_one_patient_has_no_interval_and_no_test(self, analysed):
        cell = analysed([1, 2, 1], patients=["P1", "P1", "P1"])

        assert cell["mean_cluster"]["ci_cr2"] is None
        assert cell["effects"]["win"]["wilson_deff"] is None
        assert cell["clustered"]["p_exact_flip"] == 1

    def test_missing_scores_are_counted_by_reason_and_bounded(self, analysed):
        cell = analysed([1, 1, None, None])

        assert cell["n_missing"] == 2
        assert cell["missing_by_reason"] == {"skipped": 2}
        means = {name: bound["mean_dev_from3"] for name, bound in cell["missing_sensitivity"].items()}
        assert means == {"as_tie": 0.5, "all_loss": -0.5, "all_win": 1.5}

    def test_each_reader_can_be_left_out_and_a_single_one_cannot(self, score_rows, small_study):
        rows = score_rows([1, 1, 0]) + score_rows([-1, 0, 0], reader="R2")
        oriented = orient(*small_study(rows), COMPARISON)

        both = analyse_cell(cell_of(oriented, middle=3), readers=["R1", "R2"], alpha=0.05)["without_reader"]
        alone = analyse_cell(cell_of(oriented[oriented["reader_id"] == "R1"], middle=3), readers=["R1"], alpha=0.05)

        assert (both["R2"]["n"], both["R2"]["mean"], both["R2"]["p_exact_flip"]) == (3, 2 / 3, 0.5)  # two wins: 2 of 4
        assert both["R2"]["ci_cr2"] == alone["mean_cluster"]["ci_cr2"]
        assert both["R1"]["mean"] == -1 / 3
        assert "without_reader" not in alone

    def test_nothing_missing_needs_no_bounds(self, analysed):
        assert "missing_sensitivity" not in analysed([1, 0])

    def test_a_patient_with_many_sets_who_disagrees_is_flagged(self, analysed):
        d = [1] * 12 + [-1] * 20
        patients = [f"P{index}" for index in range(12)] + ["BIG"] * 20

        assert "informative_cluster_size" in analysed(d, patients=patients)["flags"]

    def test_a_normal_in_place_of_an_exact_p_is_flagged(self, analysed, monkeypatch):
        monkeypatch.setattr(paired, "MOST_STEPS", 10)

        cell = analysed([1, 2, -1, 1, 2, 2, 1])

        assert "normal_approximation" in cell["flags"]
        assert cell["wsr"]["wilcox"]["p_exact_is_exact"] is False
