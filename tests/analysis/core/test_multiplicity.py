import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from analysis.core.multiplicity import adjusted, multiplicity


def cell(p):
    tests = {"wsr": {"wilcox": {"p_nocc": p, "p_exact": p}}, "clustered": {"p_exact_flip": p}}
    return {"status": "no_data"} if p is None else {"status": "ok", **tests}


class TestAdjusted:
    def test_holm_steps_down(self):
        assert adjusted({"a": 0.01, "b": 0.04, "c": 0.03}, "holm") == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})

    @pytest.mark.parametrize(("rule", "theirs"), [("holm", "holm"), ("bh", "fdr_bh"), ("by", "fdr_by")])
    def test_it_equals_statsmodels_with_ties(self, rule, theirs):
        p = np.random.default_rng(3).choice([0.0, 0.001, 0.01, 0.02, 0.3, 1.0], 24)

        found = adjusted({str(index): float(value) for index, value in enumerate(p)}, rule)

        assert list(found.values()) == pytest.approx(multipletests(p, method=theirs)[1])

    def test_an_undefined_p_still_counts_in_the_family(self):
        assert adjusted({"a": 0.01, "b": None}, "holm") == pytest.approx({"a": 0.02, "b": 1})

    def test_no_member_no_family(self):
        assert adjusted({}, "holm") == {}


class TestMultiplicity:
    def test_families_are_all_cells_and_each_comparison(self):
        cells = {"X": {"f": cell(0.01), "g": cell(None)}, "Y": {"f": cell(0.02), "g": cell(0.5)}}

        found = multiplicity(cells)["cluster_flip_exact"]

        assert found["p"] == {"X/f": 0.01, "X/g": None, "Y/f": 0.02, "Y/g": 0.5}
        assert found["holm_all"]["X/f"] == pytest.approx(0.04)
        assert found["holm_within_comparison"]["X/f"] == pytest.approx(0.02)
        assert found["holm_within_comparison"]["X/g"] == 1
