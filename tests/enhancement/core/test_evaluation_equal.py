import numpy as np
import pytest
from scipy import ndimage

from enhancement.core.evaluation import score_case
from enhancement.core.evaluation_cases import Setting, make_case
from enhancement.core.evaluation_equal import blended, equal_share


@pytest.fixture(scope="module")
def case():
    y, x = np.mgrid[-1:1:96j, -1:1:96j]
    clean = ((1 + 0.1 * np.sin(4 * x)) * (np.hypot(y, x) < 0.9))[None].astype(np.float32)
    setting = Setting(snr=8, zero_fill=1.0, phase_fraction=1.0, window="none", g_max=1.0)
    return make_case(clean, name="disc", setting=setting, case_index=0, seed=1, window_px=96)


def smoothed(volume, sigma):
    return ndimage.gaussian_filter(volume, (0, sigma, sigma))


def variance_of(case, output, floor_kept):
    score = score_case(lambda volume: output, case, name="one", with_soc=False)
    assert score.floor_kept == floor_kept
    return score.variance_after


class TestEqualShare:
    def test_the_blend_leaves_the_noise_that_was_asked_for(self, case):
        ours = score_case(lambda volume: smoothed(volume, 1), case, name="ours", with_soc=False)
        theirs = score_case(lambda volume: smoothed(volume, 0.5), case, name="theirs", with_soc=False)
        assert ours.variance_after < theirs.variance_after < ours.variance_before

        output = smoothed(case.fast, 1)
        share = equal_share(case, output, variance=theirs.variance_after, floor_kept=ours.floor_kept)

        assert 0 < share < 1
        left = variance_of(case, blended(case, output, share), ours.floor_kept)
        assert left == pytest.approx(theirs.variance_after, rel=1e-4)

    def test_all_of_the_output_goes_in_where_the_peer_leaves_less(self, case):
        assert equal_share(case, smoothed(case.fast, 0.5), variance=1e-6, floor_kept=True) == 1

    def test_nothing_of_it_goes_in_where_the_peer_leaves_all(self, case):
        assert equal_share(case, smoothed(case.fast, 0.5), variance=1e9, floor_kept=True) == 0

    def test_an_output_that_changes_nothing_gets_no_share(self, case):
        assert equal_share(case, case.fast, variance=1.0, floor_kept=True) == 0


class TestBlended:
    def test_it_lies_between_input_and_output(self, case):
        output = case.fast + 10

        assert np.allclose(blended(case, output, 0.25), case.fast + 2.5)
