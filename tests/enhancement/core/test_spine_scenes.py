import numpy as np

from enhancement.core.spine_scenes import MATRICES, draw_spine_scenes


class TestDrawSpineScenes:
    def test_as_many_as_asked_for_each_on_its_own_scale(self):
        scenes = draw_spine_scenes(3, rng=np.random.default_rng(1))

        assert len(scenes) == 3
        for scene in scenes:
            assert scene.dtype == np.float32
            assert scene.shape[0] == scene.shape[1] in MATRICES
            assert 0.3 < np.percentile(scene, 99.5) < 2  # of its stack, which is on a scale of 1

    def test_the_same_generator_gives_the_same_scenes(self):
        first, second = (draw_spine_scenes(1, rng=np.random.default_rng(4))[0] for _ in range(2))

        assert np.array_equal(first, second)
