"""The families of tests: as the plan declares them, in numbers counted by hand and in words."""

import pytest

from analysis.core.families import Family, family_of, fixed_sequence, is_own
from analysis.core.multiplicity import multiplicity
from analysis.core.plan import check_plan, default_plan
from analysis.core.report.about import About
from analysis.core.report.methods import methods_blocks
from analysis.core.report.summary import findings
from analysis.core.results import analyse
from analysis.core.section_tables.preferences import tables
from analysis.core.section_tables.view import View
from analysis.core.tables import table2

METHOD = "cluster_flip_exact"
COMPARISON = {"SOC_FAST": ("SOC", "FAST")}


def cell(p):
    block = {"p_nocc": p, "p_exact": p}
    return {"status": "ok", "wsr": {"wilcox": block}, "clustered": {"p_exact_flip": p}}


CELLS = {
    "FASTDL_SOC": {"snr": cell(0.03), "artifacts": cell(0.01), "resolution": cell(0.2)},
    "SOC_FAST": {"snr": cell(0.001), "artifacts": cell(0.5), "resolution": cell(0.9)},
}


def plan_of(**changes):
    comparisons = {"FASTDL_SOC": ("FASTDL", "SOC"), "SOC_FAST": ("SOC", "FAST")}
    plan = default_plan(comparisons=comparisons, features=["snr", "artifacts", "resolution"]) | changes
    check_plan(plan)
    return plan


class TestFamilyOf:
    def test_the_plan_says_within_which_family_a_cell_is_corrected(self):
        plan = default_plan()  # eight features, three comparisons

        assert family_of(plan, "FASTDL_SOC", "snr") == Family("holm_within_comparison", 8)
        assert family_of(plan, "SOC_FAST", "snr") == Family("holm_all", 24)
        assert family_of(plan | {"family": "all"}, "FASTDL_SOC", "snr") == Family("holm_all", 24)

    def test_features_that_are_not_primary_are_corrected_over_all_cells(self):
        plan = plan_of(primary_features=["snr"])

        assert family_of(plan, "FASTDL_SOC", "snr") == Family("primary_family", 1)
        assert family_of(plan, "FASTDL_SOC", "artifacts") == Family("holm_all", 6)
        assert family_of(plan, "SOC_FAST", "snr") == Family("holm_all", 6)

    def test_only_a_plan_that_asks_for_it_has_one_of_its_own(self):
        assert not is_own(plan_of())
        assert not is_own(plan_of(family="all"))
        assert is_own(plan_of(multiplicity="fixed_sequence"))


class TestMultiplicity:
    def test_a_single_endpoint_is_not_corrected(self):
        found = multiplicity(CELLS, plan_of(primary_features=["snr"]))[METHOD]

        assert found["primary_family"] == {"FASTDL_SOC/snr": 0.03}

    def test_two_primary_features_are_corrected_by_holm_among_themselves(self):
        found = multiplicity(CELLS, plan_of(primary_features=["snr", "artifacts"]))[METHOD]

        assert found["primary_family"] == pytest.approx({"FASTDL_SOC/snr": 0.03, "FASTDL_SOC/artifacts": 0.02})

    def test_in_a_fixed_sequence_each_has_the_largest_p_so_far(self):
        plan = plan_of(multiplicity="fixed_sequence", primary_features=["artifacts", "resolution", "snr"])

        found = multiplicity(CELLS, plan)[METHOD]["primary_family"]

        assert list(found.items()) == [("FASTDL_SOC/artifacts", 0.01), ("FASTDL_SOC/resolution", 0.2),
                                       ("FASTDL_SOC/snr", 0.2)]  # fmt: skip
        assert fixed_sequence([0.04, 0.01, 0.5, 0.001]) == [0.04, 0.04, 0.5, 0.5]

    def test_the_reference_plan_changes_nothing_of_the_layout(self):
        assert multiplicity(CELLS, plan_of()) == multiplicity(CELLS)


class TestInWords:
    @pytest.fixture
    def results_of(self, small_study, score_rows):
        def made(**changes):
            rows = [
                row
                for feature, d in (("snr", [1] * 9), ("artifacts", [1, 0, 0, -1, 0, 0, 1, 0, 0]))
                for row in score_rows(d, feature=feature)
            ]
            plan = default_plan(comparisons=COMPARISON, features=["snr", "artifacts"]) | changes
            return analyse(*small_study(rows), comparisons=COMPARISON, seed=1, plan=plan, replicates=0)

        return made

    @pytest.mark.parametrize(
        ("changes", "finding", "method", "note"),
        [
            ({}, "SOC vs FAST, 2 features, Holm's correction", "family of 2 hypotheses (features of the primary",
             "Holm over the 2 features of SOC vs FAST (the primary family)"),
            ({"primary_features": ["snr"]}, "SOC vs FAST, 1 feature, Holm's correction",
             "family of 1 hypothesis (Perceived SNR, of the primary comparison)",
             "Holm over Perceived SNR of SOC vs FAST (the primary family), and over all 2 cells for the others"),
            ({"multiplicity": "fixed_sequence"}, "2 features, tested in a fixed sequence",
             "by testing in a fixed sequence, each feature only while all before it were significant, within",
             "fixed sequence of Perceived SNR, then Imaging artifacts of SOC vs FAST"),
        ],
    )  # fmt: skip
    def test_summary_methods_and_notes_say_what_was_done(self, results_of, changes, finding, method, note):
        results = results_of(**changes)

        assert finding in next(iter(findings(results, {})))
        told = " ".join(getattr(block, "text", "") for block in methods_blocks(results, About(title="A study")))
        assert method in told
        assert note in " ".join(next(tables(View(results, {}))).notes)
        assert "Perceived SNR" in table2(results).index
