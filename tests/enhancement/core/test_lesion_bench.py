import numpy as np
import pytest
from scipy import ndimage

from enhancement.core.lesion_bench import collect_places, noise_free_retention, summarise
from enhancement.core.peers import gaussian, unchanged
from readerstudy.core.errors import BadData


@pytest.fixture(scope="module")
def scenes():
    """Homogeneous tissue with soft shading, where lesions find places."""
    y, x = np.mgrid[-1:1:160j, -1:1:160j]
    return [(1 + 0.1 * np.sin(3 * x + i)) * (np.hypot(y, x) < 0.9) for i in range(6)]


def summary(scenes, method, *, realisations=6):
    return summarise({8: collect_places(scenes, method, snr=8, realisations=realisations, seed=1)}, seed=1)


class TestLesionBench:
    def test_an_unchanged_image_is_as_detectable_as_before(self, scenes):
        bright, dark, overall = summary(scenes, unchanged)

        assert (bright.group, dark.group, overall.group) == ("SNR 8, bright", "SNR 8, dark", "all")
        for row in (bright, dark, overall):
            assert row.ratio == row.ratio_low == row.ratio_high == pytest.approx(1)
            assert row.false_response == pytest.approx(1)
            assert row.before.d_prime > 0.5

    def test_removing_lesions_with_the_noise_is_found_out(self, scenes):
        """A linear filter alone would lose nothing to this observer: it knows how to undo it."""

        def flattened(volume):
            return ndimage.median_filter(volume, (1, 15, 15))

        overall = summary(scenes, flattened)[-1]

        assert overall.ratio_high < 0.9

    def test_inventing_lesions_is_found_out(self, scenes):
        def inventing(volume):
            """Takes every small clump of noise for a lesion and makes more of it."""
            smooth = ndimage.gaussian_filter(volume, (0, 1, 1)) - ndimage.gaussian_filter(volume, (0, 5, 5))
            return volume + 2 * smooth

        assert summary(scenes, inventing)[-1].false_response > 1.2

    def test_the_same_seed_gives_the_same_answer(self, scenes):
        assert summary(scenes, gaussian) == summary(scenes, gaussian)

    def test_too_few_places_are_refused(self, scenes):
        with pytest.raises(BadData, match="patches"):
            summary(scenes[:1], unchanged, realisations=1)


class TestNoiseFreeRetention:
    def test_an_unchanged_image_keeps_all_and_shows_nothing_new(self, scenes):
        found = noise_free_retention(scenes, unchanged, seed=1)

        assert found.kept == pytest.approx(1)
        assert found.largest_change == pytest.approx(0)

    def test_smoothing_costs_contrast(self, scenes):
        assert noise_free_retention(scenes, gaussian, seed=1).kept < 0.95
