import tracemalloc

import numpy as np
import pytest

from readerstudy.core.slices import MadeSlices, every_nth, percentile, pixel_count


def random_stack(kind, seed=1, shape=(7, 13, 11)):
    rng = np.random.default_rng(seed)
    drawn = {
        "counts": rng.integers(0, 900, shape).astype(np.float32),
        "real": rng.normal(0, 50, shape).astype(np.float32),
        "mostly air": np.where(rng.random(shape) < 0.997, 0, 5).astype(np.float32),
        "tiny": rng.normal(0, 1e-42, shape).astype(np.float32),
        "one value": np.full(shape, -3.5, np.float32),
    }
    return drawn[kind]


class TestPercentile:
    @pytest.mark.parametrize("kind", ["counts", "real", "mostly air", "tiny", "one value"])
    @pytest.mark.parametrize("percent", [0, 0.5, 50, 99, 99.5, 99.9, 100])
    def test_it_is_numpys_to_the_last_bit(self, kind, percent):
        for seed in range(5):
            stack = random_stack(kind, seed)

            assert percentile(stack, percent) == np.float32(np.percentile(stack, percent))

    @pytest.mark.parametrize("size", [1, 2, 3, 201, 1001])
    def test_stacks_of_any_length(self, size):
        stack = np.random.default_rng(size).random((size, 1, 1), np.float32)

        assert percentile(stack, 99.5) == np.float32(np.percentile(stack, 99.5))


class TestEveryNth:
    @pytest.mark.parametrize("step", [1, 2, 3, 10, 142, 143, 144, 500])
    def test_it_is_what_a_flat_array_gives(self, step):
        stack = random_stack("counts")

        assert np.array_equal(every_nth(stack, step), stack.reshape(-1)[::step])

    def test_it_holds_what_it_takes_and_no_slice(self):
        """100 slices of 40 kB are 4 MB; every 1000th value of them is nothing."""
        made = MadeSlices((100, 100, 100), lambda z: np.full((100, 100), z, np.float32))
        tracemalloc.start()

        every_nth(made, 1000)

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 0.3e6


class TestMadeSlices:
    def test_it_makes_what_is_asked_for_and_nothing_else(self):
        asked = []

        def make(z):
            asked.append(z)
            return np.full((2, 3), z)

        made = MadeSlices((5, 2, 3), make)

        assert (len(made), pixel_count(made)) == (5, 30)
        assert made[3][0, 0] == 3
        assert asked == [3]
