import json

import pytest

from analysis.core.plan import OPTIONAL, check_plan, comparisons_of, default_plan, plan_sha256, read_plan, setting
from readerstudy.core.errors import BadPlan, UnreadableTable


class TestDefaultPlan:
    def test_it_is_a_plan_that_can_be_followed(self):
        check_plan(default_plan())

    def test_the_primary_comparison_is_the_enhanced_scan_against_the_standard(self):
        assert default_plan()["primary_comparison"] == "FASTDL_SOC"
        assert default_plan(comparisons={"A_B": ("A", "B")})["primary_comparison"] == "A_B"


class TestPlanSha256:
    def test_it_does_not_depend_on_the_order_of_keys(self):
        plan = default_plan()
        assert plan_sha256(dict(reversed(plan.items()))) == plan_sha256(plan)

    def test_it_changes_with_the_plan(self):
        assert plan_sha256(default_plan() | {"alpha": 0.01}) != plan_sha256(default_plan())


class TestComparisonsOf:
    def test_they_keep_their_order(self):
        assert list(comparisons_of(default_plan())) == ["SOC_FAST", "FASTDL_SOC", "FASTDL_FAST"]


class TestCheckPlan:
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"alpha": 5}, "alpha must be a number between 0 and 1, not '5'"),
            ({"scale_points": 4}, "scale_points must be odd"),
            ({"seed": -1}, "seed must be"),
            ({"seed": True}, "seed must be"),
            ({"primary_method": "t_test"}, "primary_method must be one of cluster_flip_exact, not 't_test'"),
            ({"zero_rule": "pratt"}, "zero_rule must be one of wilcox"),
            ({"multiplicity": "none"}, "multiplicity must be"),
            ({"primary_comparison": "X"}, "primary_comparison must be one of the comparisons"),
            ({"features": []}, "features must be a list"),
            ({"features": [{"id": "snr"}]}, "features must be a list"),
            ({"comparisons": None}, "comparisons must be a list"),
            ({"margin": 0.2}, "key 'margin' is not known"),
            ({"ni_margin": -0.2}, "ni_margin must be a number above 0 and at most 101, or null, not '-0.2'"),
            ({"ni_margin": float("inf")}, "ni_margin must be a number above 0"),
            ({"scale_points": 99999999}, "scale_points must be odd and from 3 to 101"),
            ({"primary_comparison": []}, "primary_comparison must be one of the comparisons"),
            ({"bootstrap": 1.5}, "bootstrap must be a whole number from 0"),
            ({"family": "mine"}, "family must be one of primary_comparison, all"),
            ({"primary_features": ["beauty"]}, "primary_features must be a list of different features"),
            ({"primary_features": ["snr", "snr"]}, "primary_features must be a list of different features"),
            ({"primary_features": "snr"}, "primary_features must be a list of different features"),
            ({"primary_features": ["snr"], "family": "all"}, "primary_features must be empty where the family is all"),
            ({"multiplicity": "fixed_sequence", "family": "all"}, "multiplicity must be holm where the family is all"),
            ({"sensitivity": ["t_test"]}, "sensitivity must be a list of"),
        ],
    )
    def test_it_refuses_what_it_would_not_follow(self, change, says):
        with pytest.raises(BadPlan, match=says):
            check_plan(default_plan() | change)

    def test_a_plan_sealed_before_there_were_margins_is_followed_with_their_defaults(self):
        plan = {name: value for name, value in default_plan().items() if name not in OPTIONAL}

        check_plan(plan)

        assert setting(plan, "ni_margin") is None
        assert setting(plan, "bootstrap") == 4999

    def test_it_refuses_a_plan_that_leaves_something_open(self):
        plan = default_plan()
        del plan["alpha"]

        with pytest.raises(BadPlan, match="key 'alpha' is missing"):
            check_plan(plan)


class TestReadPlan:
    def test_it_reads_what_was_stored(self, tmp_path):
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(default_plan()), encoding="utf-8")

        assert read_plan(path) == default_plan()

    def test_it_refuses_what_is_not_json(self, tmp_path):
        path = tmp_path / "plan.json"
        path.write_text("alpha: 0.05", encoding="utf-8")

        with pytest.raises(BadPlan, match=r"plan\.json: this is not JSON"):
            read_plan(path)

    def test_it_says_which_file_is_missing(self, tmp_path):
        with pytest.raises(UnreadableTable, match=r"plan\.json"):
            read_plan(tmp_path / "plan.json")
