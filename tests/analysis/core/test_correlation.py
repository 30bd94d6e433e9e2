import numpy as np
import pytest
from scipy import stats

from analysis.core.correlation import _permuted_tables, permutation_baseline, spearman
from analysis.core.dataset import orient
from analysis.core.reader_agreement import reader_agreement


def pooled(oriented):
    readers = sorted(oriented["reader_id"].unique())
    return reader_agreement(oriented, readers=readers, cells=[("SOC_FAST", "snr")], points=5, seed=1)["T3A_pooled"]


class TestSpearman:
    def test_it_equals_scipy_with_ties(self):
        x, y = [3, 3, 4, 5, 2, 3], [3, 4, 4, 5, 1, 3]

        found, theirs = spearman(x, y), stats.spearmanr(x, y)

        assert found.rho == pytest.approx(theirs.statistic)
        assert found.p_t == pytest.approx(theirs.pvalue)

    def test_it_drops_incomplete_pairs(self):
        assert spearman([1, 2, 3, 4, np.nan], [1, 2, 3, 5, 1]).n == 4

    def test_perfect_agreement_has_a_degenerate_interval(self):
        found = spearman([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
        assert (found.rho, found.ci_fisher, found.p_t) == (1, (1, 1), 0)

    @pytest.mark.parametrize(("x", "y"), [([3, 3, 3, 3], [1, 2, 3, 4]), ([1, 2, 3], [1, 2, 3]), ([], [])])
    def test_it_is_none_where_it_is_undefined(self, x, y):
        assert spearman(x, y) is None


class TestPermutationBaseline:
    def test_cells_that_differ_agree_even_without_agreement_about_cases(self):
        cell = np.repeat([0, 1], 50)
        x = np.concatenate([np.tile([1, 2], 25), np.tile([4, 5], 25)])
        rng = np.random.default_rng(5)
        y = np.concatenate([rng.permutation(x[:50]), rng.permutation(x[50:])])

        assert permutation_baseline(x, y, cell, seed=1)["rho"] > 0.7
        assert abs(permutation_baseline(x[:50], y[:50], cell[:50], seed=1)["rho"]) < 0.1

    def test_it_is_what_permuting_every_cell_gives(self):
        # Pitman 1937: under permutation within cells the mean of the cross product is that of the cells' means.
        rng = np.random.default_rng(8)
        cell = np.repeat([0, 1, 2], [40, 25, 60])
        x, y = (np.clip(cell + rng.integers(1, 4, cell.size), 1, 5) for _ in range(2))
        permuted = [stats.spearmanr(x, y[np.lexsort((rng.random(cell.size), cell))]).statistic for _ in range(2000)]
        means = [np.array([stats.rankdata(v)[cell == k].mean() for k in range(3)]) for v in (x, y)]
        a, b = (mean - (cell.size + 1) / 2 for mean in means)
        spread = np.std(stats.rankdata(x)) * np.std(stats.rankdata(y)) * cell.size
        exact = float(np.sum(np.bincount(cell) * a * b) / spread)

        found = permutation_baseline(x, y, cell, seed=4)["rho"]

        assert np.mean(permuted) == pytest.approx(exact, abs=4 * np.std(permuted) / np.sqrt(2000))
        assert found == pytest.approx(exact, abs=4 * np.std(permuted) / np.sqrt(200))

    def test_the_spread_of_the_drawn_tables_is_that_of_permutations(self):
        x, y = np.repeat([1, 2, 3], [30, 15, 15]), np.repeat([1, 2], [45, 15])
        rng = np.random.default_rng(2)
        met = [np.sum((x == 3) & (rng.permutation(y) == 2)) for _ in range(4000)]

        drawn = np.concatenate([_permuted_tables(np.array([30, 15, 15]), np.array([45, 15]), rng) for _ in range(20)])

        assert (drawn.sum(axis=2) == [30, 15, 15]).all()
        assert (drawn.sum(axis=1) == [45, 15]).all()
        assert np.mean(drawn[:, 2, 1]) == pytest.approx(np.mean(met), abs=0.15)
        assert np.std(drawn[:, 2, 1]) == pytest.approx(np.std(met), rel=0.06)

    def test_it_is_the_same_for_the_same_seed(self):
        x, y, cell = np.array([1, 2, 3, 4, 5]), np.array([2, 1, 4, 3, 5]), np.zeros(5)
        assert permutation_baseline(x, y, cell, seed=3) == permutation_baseline(x, y, cell, seed=3)


class TestPooledAgreement:
    def test_readers_are_paired_by_image_set_comparison_and_feature(self, score_rows, small_study):
        rows = score_rows([1, 0, 2, -1, 1], reader="R1") + score_rows([1, 0, 2, None, 2], reader="R2")
        oriented = orient(*small_study(rows), {"SOC_FAST": ("SOC", "FAST")})

        found = pooled(oriented)

        assert found["n_units"] == 5
        assert found["pairwise"]["R1-R2"]["n"] == 4
        assert found["pairwise"]["R1-R2"]["pct_exact"] == 3 / 4

    def test_one_reader_has_nobody_to_agree_with(self, score_rows, small_study):
        oriented = orient(*small_study(score_rows([1, 0])), {"SOC_FAST": ("SOC", "FAST")})
        assert pooled(oriented)["pairwise"] == {}
