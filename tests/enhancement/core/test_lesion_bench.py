import numpy as np
import pytest
from scipy import ndimage

from enhancement.core import lesion_bench
from enhancement.core.lesion_bench import (
    CLEAN,
    DRAWN,
    EVERY,
    NOISY,
    collect_places,
    drawn_scene,
    noise_free_retention,
    overall,
    real_scene,
    run_bench,
    summarise,
)
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
        bright, dark, both = summary(scenes, unchanged)

        assert (bright.group, dark.group, both.group) == ("SNR 8, bright", "SNR 8, dark", "all")
        for row in (bright, dark, both):
            assert row.ratio == row.ratio_low == row.ratio_high == pytest.approx(1)
            assert row.false_response == pytest.approx(1)
            assert row.before.d_prime > 0.5

    def test_removing_lesions_with_the_noise_is_found_out(self, scenes):
        """A linear filter alone would lose nothing to this observer: it knows how to undo it."""

        def flattened(volume):
            return ndimage.median_filter(volume, (1, 15, 15))

        last = summary(scenes, flattened)[-1]

        assert last.ratio_high < 0.9

    def test_inventing_lesions_is_found_out(self, scenes):
        def inventing(volume):
            """Takes every small clump of noise for a lesion and makes more of it."""
            smooth = ndimage.gaussian_filter(volume, (0, 1, 1)) - ndimage.gaussian_filter(volume, (0, 5, 5))
            return volume + 2 * smooth

        assert summary(scenes, inventing)[-1].false_response > 1.2

    def test_the_same_seed_gives_the_same_answer(self, scenes):
        assert summary(scenes, gaussian) == summary(scenes, gaussian)

    def test_too_few_places_give_no_row(self, scenes):
        assert summary(scenes[:1], unchanged, realisations=1) == ()


@pytest.fixture(scope="module")
def noisy(scenes):
    """The same scenes with noise of their own, as strong as that of a scan of SNR 10."""
    rng = np.random.default_rng(3)
    return [scene + (scene > 0) * rng.normal(0, 0.1, scene.shape) for scene in scenes]


class TestRunBench:
    @pytest.fixture(autouse=True)
    def short_bootstrap(self, monkeypatch):
        """The intervals are not what is tested here, and take most of the time."""
        monkeypatch.setattr(lesion_bench, "_BOOTSTRAP", 20)

    def test_scenes_are_told_apart_by_their_own_noise(self, scenes, noisy):
        drawn, quiet, loud = drawn_scene(scenes[0]), real_scene(scenes[0] + 1e-3), real_scene(noisy[0])

        assert drawn.is_drawn
        assert not quiet.is_drawn
        assert drawn.is_clean_for(1000)
        assert loud.native_snr == pytest.approx(10, rel=0.2)
        assert loud.is_clean_for(4)
        assert not loud.is_clean_for(8)

    def test_removing_noise_of_a_scenes_own_counts_against_a_method_only_there(self, scenes, noisy):
        """The group that the figure is meant for must not move when noisy scenes are added."""
        both = [*map(drawn_scene, scenes), *map(real_scene, noisy)]

        def method(volume):
            return ndimage.gaussian_filter(volume, (0, 2, 2))

        found = run_bench(both, method, snrs=(8,), realisations=6, seed=1)

        clean, own, every = (overall(found, name) for name in (CLEAN, NOISY, EVERY))
        alone = run_bench([drawn_scene(one) for one in scenes], method, snrs=(8,), realisations=6, seed=1)
        assert clean.ratio == overall(alone, CLEAN).ratio == overall(found, DRAWN).ratio
        assert own.ratio < clean.ratio - 0.05
        assert every.places == clean.places + own.places

    def test_a_group_without_scenes_has_no_row(self, scenes):
        found = run_bench([drawn_scene(one) for one in scenes], unchanged, snrs=(8,), realisations=6, seed=1)

        assert {row.scenes for row in found} == {CLEAN, DRAWN, EVERY}
        assert overall(found, NOISY) is None

    def test_too_few_places_are_refused(self, scenes):
        with pytest.raises(BadData, match="more scenes or realisations"):
            run_bench([drawn_scene(scenes[0])], unchanged, snrs=(8,), realisations=1, seed=1)


class TestNoiseFreeRetention:
    def test_an_unchanged_image_keeps_all_and_shows_nothing_new(self, scenes):
        found = noise_free_retention(scenes, unchanged, seed=1)

        assert found.kept == pytest.approx(1)
        assert found.largest_change == pytest.approx(0)

    def test_smoothing_costs_contrast(self, scenes):
        assert noise_free_retention(scenes, gaussian, seed=1).kept < 0.95
