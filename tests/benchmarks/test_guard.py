import numpy as np
import pytest

from benchmarks.guard import HONEST, Judged, acquired, figures, held_out, held_out_figures
from enhancement.core.guard import EXPECTED, Figure, Verdict


def judged(volume, ok=True, **values):
    """A series of which only these figures are known."""
    made = tuple(Figure(one.name, one.words, values.get(one.name), one.low, one.high, ok) for one in EXPECTED)
    return Judged(volume, Verdict(made))


def hills(*values):
    return [judged(f"volume {index}", hill=value) for index, value in enumerate(values)]


class TestHeldOut:
    def test_a_volume_that_alone_made_the_range_wide_is_held_without_it(self):
        """Without it the range ends at 6 + 0.25 x (6 - 5.5); within the shipped one, at 11.5, it would pass."""
        assert held_out({HONEST: hills(5, 6, 5, 6, 9)}) == {HONEST: 0.2}

    def test_alike_volumes_let_each_other_pass(self):
        assert held_out({HONEST: hills(5, 6, 5.5, 5.6, 6)}) == {HONEST: 0}

    def test_two_series_of_one_volume_do_not_vouch_for_each_other(self):
        twins = [judged("last", hill=9), judged("last", hill=9.1)]

        assert held_out({HONEST: [*hills(5, 6, 5.5), *twins]}) == {HONEST: 0.4}

    def test_harm_is_judged_by_ranges_without_its_own_volume(self):
        found = held_out(
            {HONEST: hills(5, 6, 5.5), "spot": [judged("volume 0", hill=40), judged("volume 1", hill=5.5)]}
        )

        assert found["spot"] == 0.5

    def test_an_end_that_falls_with_the_noise_is_compared_without_it(self):
        """Edge energy may fall by 0.8 for each unit of noise: 0.92 at 0.1 is what 1.0 is without noise."""
        series = [judged("a", edge_energy=1.0, noise=0.0), judged("b", edge_energy=1.0, noise=0.0)]

        assert held_out({HONEST: [*series, judged("c", edge_energy=0.92, noise=0.1)]}) == {HONEST: 0}
        assert held_out({HONEST: [*series, judged("c", edge_energy=0.92, noise=0.0)]}) == {HONEST: pytest.approx(1 / 3)}

    def test_what_is_no_number_is_held_by_any_range(self):
        found = held_out({HONEST: hills(5, 6), "nan": [judged("volume 0", not_finite=1.0)]})

        assert found["nan"] == 1

    def test_one_volume_tells_nothing(self):
        assert held_out_figures({HONEST: hills(5)}) == []


class TestFigures:
    def test_an_honest_series_that_is_held_misses_the_bar(self):
        looked, held, harm = figures({HONEST: [judged("a"), judged("b", ok=False)], "spot": [judged("a", ok=False)]})

        assert (looked.value, held.value, held.ok) == (2, 1, False)
        assert (harm.name, harm.value, harm.ok) == ("held: spot", 1, True)


class TestInputs:
    def test_a_volume_is_given_as_it_is_and_as_it_would_be_acquired(self):
        y, x = np.mgrid[-1:1:64j, -1:1:64j]
        volume = np.repeat(((np.hypot(y, x) < 0.9) * (1 + 0.1 * x))[None], 4, 0).astype(np.float32)

        low, high = acquired(volume, "disc", (8, 40), seed=1)

        assert low.shape == high.shape == (2, 64, 64)
        inside = np.hypot(y, x) < 0.7
        noise = [np.std(one[0][inside] / one[0][inside].mean() - volume[0][inside] / volume[0][inside].mean())
                 for one in (low, high)]  # fmt: skip
        assert noise[0] > 3 * noise[1]
