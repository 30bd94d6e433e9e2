import numpy as np

from enhancement.core.dead_leaves import draw_dead_leaves


class TestDrawDeadLeaves:
    def test_it_is_a_bounded_image_with_structure(self):
        image = draw_dead_leaves(64, rng=np.random.default_rng(1))

        assert image.shape == (64, 64)
        assert image.dtype == np.float32
        assert image.min() >= 0
        assert image.std() > 0.02

    def test_its_flat_areas_hold_no_noise(self):
        image = draw_dead_leaves(96, rng=np.random.default_rng(4))

        neighbours = np.abs(np.diff(image, axis=1))
        assert np.percentile(neighbours, 10) < 1e-3
