import numpy as np
import pytest

from enhancement.core.training_batches import batches
from enhancement.core.training_examples import Recipe, make_examples
from enhancement.core.training_volumes import CleanSlice, SourceVolume


@pytest.fixture(scope="module")
def examples():
    pixels = np.random.default_rng(1).uniform(0.5, 1, (80, 80)).astype(np.float32)
    volume = SourceVolume("v", "s", "CC0", True, (CleanSlice(pixels, 0.01),))
    return make_examples([volume], Recipe(patch_px=16, dead_leaves=2, spine_scenes=1), rng=np.random.default_rng(1))


def stream(examples, *, first=0, steps=4, processes=0, size=4, uses=2):
    return list(batches(examples, batch_size=size, uses=uses, seed=3, first=first, steps=steps, processes=processes))


class TestBatches:
    @pytest.mark.parametrize("uses", [1, 2, 4])
    def test_there_is_one_for_each_step_that_is_left(self, examples, uses):
        assert [len(stream(examples, first=first, uses=uses)) for first in (0, 3, 4)] == [4, 1, 0]

    @pytest.mark.parametrize("uses", [1, 2, 4])
    def test_a_resumed_training_sees_what_it_would_have_seen(self, examples, uses):
        whole, rest = stream(examples, uses=uses), stream(examples, first=2, uses=uses)

        assert all(one.noisy.equal(other.noisy) for one, other in zip(whole[2:], rest, strict=True))

    def test_other_processes_make_the_same(self, examples):
        here, beside = stream(examples), stream(examples, processes=1)

        assert all(one.noisy.equal(other.noisy) for one, other in zip(here, beside, strict=True))

    def test_half_of_a_batch_are_the_last_steps_new_ones_turned(self, examples):
        first, second = stream(examples, steps=2)

        fresh, again = first.target[:2], second.target[2:]
        assert not again.equal(fresh) or again.equal(fresh.flip(-1))
        assert again.flatten().sort().values.equal(fresh.flatten().sort().values)

    def test_an_example_comes_again_at_growing_distances(self, examples):
        made = [one.target for one in stream(examples, steps=11, uses=4)]

        # one new example a batch; a turned one has the same values in another order
        places = [
            (step, place)
            for step, batch in enumerate(made)
            for place in range(4)
            if batch[place].flatten().sort().values.equal(made[0][0].flatten().sort().values)
        ]
        assert places == [(0, 0), (1, 1), (4, 2), (9, 3)]

    def test_an_odd_batch_has_its_size(self, examples):
        assert stream(examples, size=3)[0].noisy.shape == (3, 1, 16, 16)
