import numpy as np
import pytest

from enhancement.core.training_examples import Recipe, draw_plan, insert_lesions, make_examples
from enhancement.core.training_volumes import CleanSlice, SourceVolume

SMALL = {"patch_px": 32, "dead_leaves": 2, "spine_scenes": 1}
RECIPE = Recipe(**SMALL)


def volume(side=80, is_spine=False, native_sigma=0.01):
    pixels = np.random.default_rng(1).uniform(0.5, 1, (side, side)).astype(np.float32)
    return SourceVolume("v", "s", "CC0", is_spine, (CleanSlice(pixels, native_sigma),))


class TestExampleMaker:
    def test_a_batch_has_the_shape_of_the_recipe_and_only_finite_values(self):
        maker = make_examples([volume()], RECIPE, rng=np.random.default_rng(1))

        batch = maker.batch(12, np.random.default_rng(2))

        for part in (batch.noisy, batch.target, batch.sigma, batch.lesions):
            assert part.shape == (12, 1, 32, 32)
            assert part.isfinite().all()
        assert (batch.sigma > 0).all()

    def test_the_same_generator_gives_the_same_batch(self):
        maker = make_examples([volume()], RECIPE, rng=np.random.default_rng(1))

        first, second = (maker.batch(4, np.random.default_rng(2)) for _ in range(2))

        assert first.noisy.equal(second.noisy)

    def test_scenes_drawn_by_other_processes_are_the_same(self):
        recipe = Recipe(**SMALL | {"dead_leaves": 5})
        here, beside = (
            make_examples([volume()], recipe, rng=np.random.default_rng(1), processes=processes) for processes in (0, 2)
        )

        for kind in ("dead_leaves", "spine_scenes"):
            one, other = getattr(here, kind), getattr(beside, kind)
            assert len(one) == len(other) == getattr(recipe, kind)
            assert all(np.array_equal(a.pixels_yx, b.pixels_yx) for a, b in zip(one, other, strict=True))
        assert not np.array_equal(here.dead_leaves[0].pixels_yx, here.dead_leaves[4].pixels_yx)

    def test_the_noise_between_image_and_target_has_the_declared_level(self):
        maker = make_examples([volume()], Recipe(**SMALL | {"patch_px": 64}), rng=np.random.default_rng(1))

        batch = maker.batch(64, np.random.default_rng(2))

        ratio = (batch.noisy - batch.target).std((1, 2, 3)) / batch.sigma.mean((1, 2, 3))
        assert float(ratio.median()) == pytest.approx(1, abs=0.12)

    def test_the_added_noise_stays_above_the_slices_own(self):
        noisy_source = volume(native_sigma=0.2)
        maker = make_examples(
            [noisy_source],
            Recipe(**SMALL, dead_leaves_share=0, spine_scene_share=0),
            rng=np.random.default_rng(1),
        )

        batch = maker.batch(32, np.random.default_rng(2))

        snr = batch.target.mean((1, 2, 3)) / batch.sigma.mean((1, 2, 3))
        assert float(snr.max()) < 1 / (0.8 * 0.2) * 1.3  # signal 1 over 0.8 of its own noise; 1.3 for g-factors

    def test_images_smaller_than_a_patch_are_padded(self):
        maker = make_examples([volume(side=20)], RECIPE, rng=np.random.default_rng(1))

        assert maker.batch(2, np.random.default_rng(2)).noisy.shape == (2, 1, 32, 32)

    def test_the_lesions_are_what_their_insertion_adds_to_the_target(self):
        with_all = make_examples([volume()], Recipe(**SMALL, lesion_share=1), rng=np.random.default_rng(1))
        without = make_examples([volume()], Recipe(**SMALL, lesion_share=0), rng=np.random.default_rng(1))

        shown, plain = (maker.batch(8, np.random.default_rng(2)).lesions for maker in (with_all, without))

        assert (shown.abs().amax((1, 2, 3)) > 0.005).float().mean() > 0.7  # a few fall outside of the patch
        assert not plain.any()


class TestDrawPlan:
    def test_the_band_holds_the_patch_and_its_margins(self):
        plans = [draw_plan(112, rng=np.random.default_rng(seed)) for seed in range(200)]

        assert min(min(plan.band.inner_yx) for plan in plans) >= 112
        assert max(max(plan.band.inner_yx) for plan in plans if not plan.band.is_full) < 150
        assert {plan.band.is_full for plan in plans} == {True, False}

    def test_the_window_lies_within_the_band(self):
        for seed in range(50):
            plan = draw_plan(64, rng=np.random.default_rng(seed))
            for axis, (full, inner) in enumerate(zip(plan.band.full_yx, plan.band.inner_yx, strict=True)):
                filled = plan.window.any(1 - axis)
                reach = np.abs(np.fft.fftfreq(full) * full)[filled].max()
                assert reach <= inner / 2


class TestMakeExamples:
    def test_volumes_count_the_same_and_a_spine_three_times(self):
        volumes = [volume(), volume(side=240), volume(is_spine=True)]

        maker = make_examples(volumes, RECIPE, rng=np.random.default_rng(1))

        assert maker.probabilities == pytest.approx([0.2, 0.05, 0.05, 0.05, 0.05, 0.6])


class TestInsertLesions:
    def test_lesions_are_faint_and_local(self):
        flat = np.ones((64, 64), np.float32)

        changed = insert_lesions(flat, rng=np.random.default_rng(1))

        assert 0.03 < np.abs(changed - 1).max() < 1
        assert np.median(np.abs(changed - 1)) < 0.01
