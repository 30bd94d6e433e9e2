import json
import math

import pytest

from analysis.core.conduct import allocation_balance
from analysis.core.plan import default_plan
from analysis.core.results import analyse
from analysis.core.results_json import canonical, to_json, write_json
from readerstudy.core.errors import BadPlan

COMPARISON = {"SOC_FAST": ("SOC", "FAST")}


@pytest.fixture
def study(score_rows, small_study):
    one, two = [2, 1, 0, None, -1, 1, 1, 2], [1, 0, 0, 1, -1, 2, 1, None]
    return small_study(score_rows(one, reader="R1") + score_rows(two, reader="R2"))


class TestAnalyse:
    def test_it_is_the_same_on_every_run(self, study):
        assert to_json(analyse(*study, comparisons=COMPARISON, seed=1)) == to_json(
            analyse(*study, comparisons=COMPARISON, seed=1)
        )

    def test_exchanging_the_arms_turns_every_sign_and_keeps_every_p(self, study):
        ab = analyse(*study, comparisons=COMPARISON, seed=1)["cells"]["SOC_FAST"]["snr"]
        ba = analyse(*study, comparisons={"SOC_FAST": ("FAST", "SOC")}, seed=1)["cells"]["SOC_FAST"]["snr"]

        assert ab["mean_dev_from3"] == -ba["mean_dev_from3"]
        assert ab["wsr"]["wilcox"]["z_nocc"] == -ba["wsr"]["wilcox"]["z_nocc"]
        assert ab["wsr"]["wilcox"]["T_plus"] == ba["wsr"]["wilcox"]["T_minus"]
        assert ab["patient_mean_wsr"]["pratt"]["z_cc"] == -ba["patient_mean_wsr"]["pratt"]["z_cc"]
        assert ab["clustered"]["T"] == -ba["clustered"]["T"]
        for p in ("p", "p_exact_flip"):
            assert ab["clustered"][p] == ba["clustered"][p]
        assert ab["effects"]["win"] == ba["effects"]["loss"]
        assert (
            ab["missing_sensitivity"]["all_win"]["p_exact_flip"]
            == ba["missing_sensitivity"]["all_loss"]["p_exact_flip"]
        )

    def test_repeats_do_not_enter_the_cells(self, score_rows, small_study):
        rows = score_rows([1, 2])
        again = [row | {"replicate": 2, "presentation_id": f"again-{i}"} for i, row in enumerate(score_rows([-2, -2]))]

        results = analyse(*small_study(rows + again), comparisons=COMPARISON, seed=1)

        assert results["cells"]["SOC_FAST"]["snr"]["n_expected"] == 2
        assert results["meta"]["n_rows"] == 4

    def test_a_feature_that_nobody_scored_is_a_cell_without_data(self, study):
        plan = default_plan(comparisons=COMPARISON, features=["snr", "artifacts"]) | {"seed": 1}

        results = analyse(*study, comparisons=COMPARISON, seed=1, plan=plan)

        assert results["cells"]["SOC_FAST"]["artifacts"]["status"] == "no_data"
        assert results["multiplicity"]["cluster_flip_exact"]["holm_all"]["SOC_FAST/artifacts"] == 1

    def test_a_feature_outside_the_plan_is_refused(self, study):
        plan = default_plan(comparisons=COMPARISON, features=["artifacts"])

        with pytest.raises(BadPlan, match="'snr' is not in the plan"):
            analyse(*study, comparisons=COMPARISON, seed=1, plan=plan)

    def test_comparisons_other_than_the_planned_ones_are_refused(self, study):
        with pytest.raises(BadPlan, match="comparisons"):
            analyse(
                *study,
                comparisons={"SOC_FAST": ("FAST", "SOC")},
                seed=1,
                plan=default_plan(comparisons=COMPARISON, features=["snr"]),
            )

    def test_the_hashes_of_data_and_plan_are_in_the_results(self, study):
        meta = analyse(*study, comparisons=COMPARISON, seed=1)["meta"]

        assert meta["sha256"] == study[0].sha256
        assert meta["allocation_sha256"] == study[1].sha256
        assert len(meta["plan_sha256"]) == 64

    def test_presentations_that_were_never_read_are_counted(self, score_rows, scores_csv, allocation_csv):
        from analysis.core.dataset import parse_allocation, parse_scores

        rows = score_rows([1, 0, 1])
        scores = parse_scores(scores_csv(rows[:2]), name="s.csv")

        results = analyse(scores, parse_allocation(allocation_csv(rows), name="a.csv"), comparisons=COMPARISON, seed=1)

        assert results["meta"]["n_presentations_without_scores"] == 1


class TestAllocationBalance:
    def test_it_counts_arm_a_on_the_left_once_a_presentation(self, study):
        from analysis.core.dataset import orient

        balance = allocation_balance(orient(*study, COMPARISON))
        assert balance["R1/SOC_FAST"] == {"n": 8, "a_left": 4, "p_binom": 1}


class TestCanonical:
    def test_undefined_is_none_and_whole_is_whole(self):
        assert canonical({"a": math.nan, "b": [math.inf, -0.0, 2.0, 0.5], "c": (1,)}) == {
            "a": None,
            "b": [None, 0, 2, 0.5],
            "c": [1],
        }
        assert "-0" not in to_json({"a": -0.0})


class TestWriteJson:
    def test_floats_read_back_bit_for_bit(self, tmp_path):
        value = {"p": 4.362658512606633e-12, "q": 0.1 + 0.2, "r": 1.7753925589864588e-47}

        write_json(tmp_path / "r.json", value)

        assert json.loads((tmp_path / "r.json").read_text("utf-8")) == value

    def test_keys_are_sorted(self, tmp_path):
        write_json(tmp_path / "r.json", {"b": 1, "a": None})
        assert (tmp_path / "r.json").read_text("utf-8") == '{\n "a": null,\n "b": 1\n}\n'
