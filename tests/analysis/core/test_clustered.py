from dataclasses import astuple

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.core.clustered import cluster_mean, datta_satten, patient_sign_flip


class TestPatientSignFlip:
    def test_six_agreeing_patients_give_two_in_sixty_four(self):
        flip = patient_sign_flip([1] * 12, np.repeat(list("abcdef"), 2))

        assert flip.p_exact_flip == 2 / 64
        assert flip.n_informative_clusters == 6

    def test_readings_of_one_patient_count_once(self):
        # Twelve agreeing readings of one patient can only be +T or -T.
        assert patient_sign_flip([1] * 12, ["a"] * 12).p_exact_flip == 1

    def test_with_one_reading_a_patient_it_is_the_signed_rank_test(self):
        # 1, 2, -3: T = 0 of ranks 1, 2, 3, so |T| >= 0 always.
        assert patient_sign_flip([1, 2, -3], list("abc")).p_exact_flip == 1
        assert patient_sign_flip([1, 2, 3], list("abc")).p_exact_flip == 2 / 8

    def test_all_ties_give_p_1_and_no_weighted_version(self):
        flip = patient_sign_flip([0, 0, 0], list("aab"))

        assert (flip.T, flip.z, flip.p, flip.p_exact_flip) == (0, 0, 1, 1)
        assert set(astuple(flip.weighted)) == {None}

    def test_the_weighted_version_needs_three_patients_and_a_second_reading(self):
        assert patient_sign_flip([1, 1, -1], list("aab")).weighted.w_rho is None
        assert patient_sign_flip([1, 2, -1], list("abc")).weighted.w_rho is None
        assert patient_sign_flip([1, 2, -1, 1], list("abcc")).weighted.w_z is not None

    def test_equal_signed_ranks_have_no_weighted_statistic(self):
        weighted = patient_sign_flip([1, 1, 1, 1], list("abcc")).weighted
        assert (weighted.w_rho, weighted.w_z) == (0, None)

    @pytest.mark.parametrize("seed", range(5))
    def test_turning_all_preferences_round_changes_only_signs(self, preferences, seed):
        d, patient = preferences(seed)

        ab, ba = patient_sign_flip(d, patient), patient_sign_flip(-d, patient)

        assert (ab.T, ab.z) == (-ba.T, -ba.z)
        assert (ab.weighted.w_T, ab.weighted.w_z) == (-ba.weighted.w_T, -ba.weighted.w_z)
        assert (ab.p, ab.p_exact_flip, ab.weighted.w_p) == (ba.p, ba.p_exact_flip, ba.weighted.w_p)


class TestDattaSatten:
    def test_one_reading_a_patient_without_ties_follows_the_formula(self):
        # d = 1, 2, -3. H at 1, 2, 3 is 1/6, 3/6, 5/6; the sum over the others' H_q is 0, 1, 2.
        result = datta_satten([1, 2, -3], list("abc"))

        assert result.T == 0  # 1 + 2 - 3
        assert result.var == pytest.approx((1 + 2 / 6) ** 2 + (1 + 2 * 3 / 6) ** 2 + (1 + 2 * 5 / 6) ** 2)

    def test_all_ties_give_p_1(self):
        assert datta_satten([0, 0], list("ab")).p == 1

    @pytest.mark.parametrize("seed", range(5))
    def test_turning_all_preferences_round_changes_only_signs(self, preferences, seed):
        d, patient = preferences(seed)

        ab, ba = datta_satten(d, patient), datta_satten(-d, patient)

        assert (ab.T, ab.z, ab.p) == (-ba.T, -ba.z, ba.p)


class TestClusterMean:
    def test_one_reading_a_patient_is_the_ordinary_mean(self):
        y = np.array([1.0, 0, 2, -1])

        mean = cluster_mean(y, list("abcd"))

        assert mean.se_cr2 == pytest.approx(y.std(ddof=1) / 2)
        assert mean.df_satt == pytest.approx(3)
        assert mean.deff_cr2 == pytest.approx(1)

    def test_cr1_equals_statsmodels(self, preferences):
        d, patient = preferences(2)
        groups = np.unique(patient, return_inverse=True)[1]

        fit = sm.OLS(d, np.ones(d.size)).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True})

        assert cluster_mean(d, patient).se_cr1 == pytest.approx(fit.bse[0], rel=1e-9)

    def test_a_single_patient_has_a_mean_but_no_interval(self):
        mean = cluster_mean([1, 0, 1], ["a", "a", "a"])

        assert mean.mean == pytest.approx(2 / 3)
        assert mean.naive_se is not None
        assert (mean.se_cr2, mean.ci_cr2, mean.p_cr2) == (None, None, None)

    def test_a_single_reading_has_no_spread_at_all(self):
        mean = cluster_mean([1], ["a"])
        assert (mean.mean, mean.naive_se, mean.ci_cr2) == (1, None, None)

    def test_patients_with_equal_means_give_a_degenerate_interval_and_no_p(self):
        # Three thirds each: the residuals cancel within patients, and must do so exactly.
        mean = cluster_mean([1, 0, 0, 0, 1, 0], list("aaabbb"))

        assert mean.se_cr2 == 0
        assert mean.ci_cr2 == (mean.mean, mean.mean)
        assert mean.p_cr2 is None

    @pytest.mark.parametrize("seed", range(5))
    def test_turning_all_scores_round_mirrors_the_interval(self, preferences, seed):
        d, patient = preferences(seed)

        ab, ba = cluster_mean(d, patient), cluster_mean(-d, patient)

        assert (ab.mean, ab.se_cr2, ab.df_satt, ab.p_cr2) == (-ba.mean, ba.se_cr2, ba.df_satt, ba.p_cr2)
        assert ab.ci_cr2 == (-ba.ci_cr2[1], -ba.ci_cr2[0])
