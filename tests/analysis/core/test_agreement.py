import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.core.agreement import gwet, icc, kendall_w, krippendorff, pair_table, unit_counts, weighted_kappa

# Shrout and Fleiss 1979, table 2: six targets, four judges.
SHROUT = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
# Krippendorff 2011, "Computing Krippendorff's alpha-reliability", example C: 12 units, 4 observers; ordinal .815.
N = np.nan
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
).T
ratings = arrays(
    np.float64, st.tuples(st.integers(3, 30), st.integers(2, 4)), elements=st.sampled_from([1.0, 2, 3, 4, 5])
)


class TestIcc:
    def test_it_gives_the_published_coefficients(self):
        found = icc(SHROUT)
        assert [round(float(found[name]), 2) for name in ("icc21", "icc2k", "icc31")] == [0.29, 0.62, 0.71]

    def test_without_spread_it_is_undefined(self):
        assert icc(np.full((5, 2), 3.0)) == {"n": 5, "icc21": None, "icc2k": None}


class TestKrippendorff:
    def test_it_gives_the_published_alpha(self):
        counts = unit_counts(KRIPPENDORFF, 5)
        assert krippendorff(counts)["alpha"] == pytest.approx(0.815, abs=5e-4)
        assert krippendorff(counts, "interval")["alpha"] == pytest.approx(0.849, abs=5e-4)

    def test_without_variation_it_is_undefined(self):
        assert krippendorff(unit_counts(np.full((5, 3), 3.0), 5))["alpha"] is None


class TestGwet:
    def test_full_agreement_is_one(self):
        assert gwet(unit_counts(np.array([[1.0, 1], [3, 3], [5, 5]]), 5))["coef"] == 1

    def test_it_gives_the_published_ac1(self):
        # Gwet 2014 on the data of Krippendorff 2011, unweighted: AC1 = 0.7754 (irrCAC's documentation).
        assert gwet(unit_counts(KRIPPENDORFF, 5), "identity")["coef"] == pytest.approx(0.77544, abs=1e-5)


class TestWeightedKappa:
    def test_one_constant_reader_gives_zero_without_an_error(self):
        table = pair_table(np.array([3.0, 3, 3, 3]), np.array([2.0, 3, 3, 4]), 5)
        assert weighted_kappa(table, "linear") == (0, None)

    def test_two_readers_constant_on_one_score_have_none(self):
        assert weighted_kappa(pair_table(np.full(4, 3.0), np.full(4, 3.0), 5), "quadratic") == (None, None)


class TestInvariance:
    @settings(deadline=None, max_examples=40)
    @given(ratings)
    def test_rows_readers_and_the_direction_of_the_scale_do_not_matter(self, X):
        for changed in (X[::-1], X[:, ::-1], 6 - X):
            one, other = unit_counts(X, 5), unit_counts(changed, 5)
            assert krippendorff(one)["alpha"] == pytest.approx(krippendorff(other)["alpha"], abs=1e-9)
            assert gwet(one)["coef"] == pytest.approx(gwet(other)["coef"], abs=1e-9)
            assert kendall_w(X)["W"] == pytest.approx(kendall_w(changed)["W"], abs=1e-9)


class TestStandardErrorOfKappa:
    @pytest.mark.parametrize(
        ("counts", "of_r"),
        [
            ({(2, 3): 1, (3, 2): 1, (3, 3): 104, (3, 4): 1, (3, 5): 1, (4, 3): 3}, 0.00956475032324892),
            ({(2, 3): 2, (3, 3): 107, (3, 4): 1, (4, 3): 1}, 0.00803678146373232),
        ],
    )
    def test_with_heavy_ties_it_has_every_digit_of_r(self, counts, of_r):
        """R 4.2.2, `wkappa` of the reference scripts: margins summed in doubles leave the eighth digit to chance."""
        table = np.zeros((5, 5))
        for (one, other), n in counts.items():
            table[one - 1, other - 1] = n

        assert weighted_kappa(table, "quadratic")[1] == of_r
