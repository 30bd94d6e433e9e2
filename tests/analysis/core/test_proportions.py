import pytest

from analysis.core.proportions import clopper_pearson, clustered_share, proportion, wilson


class TestWilson:
    def test_it_equals_the_published_example(self):
        # Newcombe 1998, Table I: 15 of 148 and 0 of 20.
        assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
        assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)

    def test_it_stays_within_0_and_1(self):
        assert wilson(20, 20)[1] == 1


class TestClopperPearson:
    def test_it_equals_the_published_example(self):
        # Newcombe 1998, Table I: 15 of 148 and 0 of 20.
        assert clopper_pearson(15, 148) == pytest.approx((0.0578, 0.1617), abs=5e-5)
        assert clopper_pearson(0, 20) == pytest.approx((0, 0.1684), abs=5e-5)


class TestProportion:
    def test_no_event_has_an_exact_upper_limit_and_the_rule_of_three(self):
        share = proportion(0, 61)

        assert share.upper95_one_sided == pytest.approx(1 - 0.05 ** (1 / 61))
        assert share.rule_of_three == 3 / 61

    def test_an_event_has_no_rule_of_three(self):
        assert proportion(1, 61).rule_of_three is None

    def test_all_events_have_the_upper_limit_1(self):
        assert proportion(3, 3).upper95_one_sided == 1


class TestClusteredShare:
    def test_readings_that_repeat_their_patient_count_once(self):
        # Two readings of each of four patients, always alike: the effective n is below 8.
        share = clustered_share([1, 1, 0, 0, 1, 1, 0, 0], list("aabbccdd"))

        assert share.n_eff == pytest.approx(0.25 / share.se_cr2**2)
        assert share.n_eff < 4
        assert share.wilson_deff[0] < share.wilson[0]

    def test_a_share_of_none_has_the_number_of_patients_as_effective_n(self):
        share = clustered_share([0, 0, 0, 0], list("aabb"))

        assert share.n_eff == 2
        assert share.wilson_deff == wilson(0, 2)

    def test_a_single_patient_has_no_clustered_interval(self):
        share = clustered_share([1, 0], ["a", "a"])
        assert (share.n_eff, share.wilson_deff) == (None, None)
