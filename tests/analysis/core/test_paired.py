from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy import stats

from analysis.core import paired
from analysis.core.paired import hodges_lehmann, rank_biserial, sign_test_p, signed_rank_tests, signflip_exact


def by_enumeration(weights: list[int], statistic: int) -> float:
    sums = [sum(s * w for s, w in zip(signs, weights, strict=True)) for signs in product((-1, 1), repeat=len(weights))]
    return sum(abs(total) >= abs(statistic) for total in sums) / len(sums)


def by_whole_numbers(weights: list[int], statistic: int) -> float:
    """Subsets counted with Python's integers, which never round."""
    counts = [1]
    for k in weights:
        counts = [a + b for a, b in zip(counts + [0] * k, [0] * k + counts, strict=True)]
    extreme = sum(n for total, n in enumerate(counts) if abs(2 * total - sum(weights)) >= statistic)
    return float(Fraction(extreme, 2 ** len(weights)))


class TestSignflipExact:
    @pytest.mark.parametrize("weights", [[1], [2, 2, 2], [3, 5, 5, 8, 11], [7, 7, 14, 21, 2, 9, 9, 4]])
    def test_it_equals_the_count_over_all_signs(self, weights):
        for statistic in range(sum(weights) % 2, sum(weights) + 1, 2):
            assert signflip_exact(weights, statistic).p == pytest.approx(by_enumeration(weights, statistic))

    def test_six_of_six_in_one_direction_is_two_in_sixty_four(self):
        assert signflip_exact(2 * np.arange(1, 7), 42).p == 2 / 64

    def test_no_weight_gives_one(self):
        assert signflip_exact([0, 0], 0).p == 1

    def test_the_tail_keeps_its_precision_at_a_hundred_powers_of_two(self):
        assert signflip_exact(np.ones(300), 300).p == pytest.approx(2.0**-299, rel=1e-12)

    @pytest.mark.parametrize("n", [65, 120, 1100])
    @pytest.mark.parametrize("share", [0.0, 0.1, 0.6])
    def test_many_weights_are_added_as_whole_numbers_would_be(self, n, share):
        w = np.random.default_rng(n).integers(1, 12, n).tolist()
        statistic = round(share * sum(w)) // 2 * 2 + sum(w) % 2

        assert signflip_exact(w, statistic).p == pytest.approx(by_whole_numbers(w, statistic), rel=1e-12)

    def test_beyond_the_limit_it_is_normal_and_says_so(self, monkeypatch):
        monkeypatch.setattr(paired, "MOST_STEPS", 10)

        flip = signflip_exact([3, 4, 5] * 30, 30)

        assert not flip.is_exact
        assert flip.p == pytest.approx(2 * stats.norm.sf(30 / 1500**0.5))


class TestSignedRankTests:
    def test_all_of_one_size_is_the_sign_score(self):
        # z = (n+ - n-) / sqrt(n+ + n-) when all |d| = 1.
        d = [1] * 9 + [-1] * 4 + [0] * 20

        tests = signed_rank_tests(d)

        assert tests.wilcox.z_nocc == pytest.approx(5 / np.sqrt(13))
        assert (tests.n_obs, tests.n_nonzero, tests.n_zero) == (33, 13, 20)

    @pytest.mark.parametrize("zeros", ["wilcox", "pratt", "zsplit"])
    @pytest.mark.parametrize("corrected", [False, True])
    def test_it_equals_scipy_where_scipy_is_right(self, preferences, zeros, corrected):
        d, _ = preferences(1)

        theirs = stats.wilcoxon(d, zero_method=zeros, correction=corrected, method="asymptotic").pvalue

        block = getattr(signed_rank_tests(d), zeros)
        assert (block.p_cc if corrected else block.p_nocc) == pytest.approx(theirs, rel=1e-12)

    def test_all_ties_give_z_0_and_p_1(self):
        tests = signed_rank_tests([0, 0, 0])

        assert [tests.wilcox.T_plus, tests.wilcox.T_minus, tests.wilcox.z_nocc] == [0, 0, 0]
        for block in (tests.wilcox, tests.pratt, tests.zsplit):
            assert (block.p_nocc, block.p_cc) == (1, 1)
        assert (tests.wilcox.p_exact, tests.pratt.p_exact) == (1, 1)

    @pytest.mark.parametrize("seed", range(5))
    def test_turning_all_preferences_round_exchanges_the_sums_exactly(self, preferences, seed):
        d, _ = preferences(seed)

        ab, ba = signed_rank_tests(d), signed_rank_tests(-d)

        for zeros in ("wilcox", "pratt", "zsplit"):
            one, two = getattr(ab, zeros), getattr(ba, zeros)
            assert (one.T_plus, one.T_minus, one.z_nocc, one.z_cc) == (two.T_minus, two.T_plus, -two.z_nocc, -two.z_cc)
            assert (one.p_nocc, one.p_cc) == (two.p_nocc, two.p_cc)
        assert ab.wilcox.p_exact == ba.wilcox.p_exact


class TestSignTestP:
    def test_five_of_five_is_two_in_thirty_two(self):
        assert sign_test_p([1, 2, 1, 1, 2, 0]) == pytest.approx(2 / 32)

    def test_only_ties_give_one(self):
        assert sign_test_p([0, 0]) == 1


class TestRankBiserial:
    def test_it_is_none_without_a_preference(self):
        assert rank_biserial(signed_rank_tests([0, 0])) is None

    def test_it_is_one_when_all_agree(self):
        assert rank_biserial(signed_rank_tests([1, 2, 0])) == 1


class TestHodgesLehmann:
    @pytest.mark.parametrize("d", [[1], [0, 1], [-2, 0, 0, 1, 2, 2], [1, 1, 2, 2], [-1, 0, 0, 0, 2]])
    def test_it_is_the_median_of_all_walsh_averages(self, d):
        walsh = [(d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d))]
        assert hodges_lehmann(d) == np.median(walsh)
